"""The same change asked for again (R5), on SQLite and PostgreSQL: told again, never done again."""

from __future__ import annotations

from typing import Any

import pytest

from api_site import ApiSite
from intake.errors import StockageIndisponible
from orders_for_tests import AGENT, BAIL, UNKNOWN, held_group, says
from storage.api_queries import ApiQueries

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a mark": (f"/pieces/{BAIL}/marque", {"marque": "obsolete"}),
    "a withdrawal": (f"/pieces/{BAIL}/retrait", {"statut": "obsolete"}),
    "a replacement": ("/pieces/E1-0003/remplacement", {"sortante": BAIL}),
    "a report": (f"/pieces/{BAIL}/incidents", {"motif": "MAUVAISE_DEMANDE", "texte": "autre nom"}),
    "a comment": (f"/incidents/{BAIL}-I/commentaires", {"texte": "vu"}),
    "a taking": (f"/incidents/{BAIL}-I/prise-en-charge", {}),
    "an answer": (f"/incidents/{BAIL}-I/resolution", {"action": "reclasser", "type": "rib"}),
    "a repair": ("/envois/E9/mise-a-l-ecart", {}),
    "a demande": ("/demandes", {"numero_unique": UNKNOWN, "personnes": []}),
    "a turn": (f"/pieces/{BAIL}/rotation", {"degres": 90}),
}


def sent(api: ApiSite, what: str) -> Any:
    path, body = CHANGES[what]
    why = {} if path.startswith("/incidents") and "action" not in body else {"raison": "vu"}
    if what in ("a report", "a demande"):
        why = {}
    return api.post(AGENT, path, json={**why, **body}, headers={"Idempotency-Key": "k1"})


def changed(api: ApiSite) -> list[str]:
    """Every line of the journal that says that something was changed."""
    told = ("consultation", "connexion", "administration")
    return [line for line in api.lines() if not line.startswith(told)]


@pytest.mark.parametrize("killed", [False, True], ids=["answer lost", "killed after the commit"])
@pytest.mark.parametrize("what", sorted(CHANGES))
def test_a_change_whose_answer_was_lost_is_told_again_and_not_done_again(
    api: ApiSite, what: str, killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_group(api)

    def lost(*_: object) -> None:
        raise StockageIndisponible("la réponse se perd")

    with monkeypatch.context() as broken:
        broken.setattr(ApiQueries, "repondre", lost)
        if killed:
            broken.setattr(ApiQueries, "oublier", lost)
        assert sent(api, what).status_code == 503
    done = changed(api)
    assert done
    if killed:
        api.clock.advance(minutes=11)
    for _ in range(2):
        again = sent(api, what)
        assert again.status_code in (200, 201), again.data
    assert changed(api) == done


@pytest.mark.parametrize("what", ["a mark", "a comment", "a demande"])
def test_a_request_that_died_before_its_commit_is_done_by_the_next_and_once(
    api: ApiSite, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_group(api)

    def dies(*_: object) -> None:
        raise StockageIndisponible("la base s'arrête")

    with monkeypatch.context() as broken:
        broken.setattr(ApiQueries, "accomplir", dies)
        broken.setattr(ApiQueries, "oublier", dies)
        assert sent(api, what).status_code == 503
    assert changed(api) == []
    assert says(sent(api, what)) == (409, "REQUETE_EN_COURS")
    api.clock.advance(minutes=11)
    assert sent(api, what).status_code in (200, 201)
    assert len(changed(api)) >= 1


def test_who_took_over_a_key_is_alone_to_commit_under_it(api: ApiSite) -> None:
    with api.site.uow() as tx:
        begun = api.clock.now()
        assert tx.api.retenir("a", "k", "e", begun)
        api.clock.advance(minutes=11)
        now = api.clock.now()
        assert tx.api.reprendre_cle("a", "k", begun, now)
        assert not tx.api.reprendre_cle("a", "k", begun, now)
        assert not tx.api.accomplir("a", "k", begun)
        assert tx.api.accomplir("a", "k", now)
        assert tx.api.accomplir("a", "k", now)  # a request may commit twice
