"""The same change asked for again (R5), on SQLite and PostgreSQL: told again, never done again."""

from __future__ import annotations

from typing import Any

import pytest

from api_site import ApiSite
from intake.errors import StockageIndisponible
from orders_for_tests import AGENT, BAIL, UNKNOWN, held_group, says
from readings import N1
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
    "a telephone": (f"/demandes/{N1}", {"telephone": "0102"}),
    "a radiation": (f"/demandes/{N1}/radiation", {}),
    "a reactivation": (f"/demandes/{N1}/reactivation", {}),
    "an alias": (f"/demandes/{N1}/alias/999012400088875001", {}),
}
METHODS = {"a telephone": "PATCH", "an alias": "PUT"}


def sent(api: ApiSite, what: str, **other: Any) -> Any:
    path, body = CHANGES[what]
    why = {} if path.startswith("/incidents") and "action" not in body else {"raison": "vu"}
    if what in ("a report", "a demande", "a telephone"):
        why = {}
    return keyed(api, METHODS.get(what, "POST"), path, json={**why, **body, **other})


def keyed(api: ApiSite, method: str, path: str, key: str = "k1", **more: Any) -> Any:
    headers = {"Idempotency-Key": key, **more.pop("headers", {})}
    return api.call(AGENT, method, f"/api/v1{path}", headers=headers, **more)


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


@pytest.mark.parametrize("what", ["a mark", "a comment", "a demande", "a telephone"])
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


def test_a_late_replay_undoes_nothing_of_what_came_after(api: ApiSite) -> None:
    first = sent(api, "a telephone").get_json()
    keyed(api, "PATCH", f"/demandes/{N1}", "k2", json={"telephone": "0999"})
    assert sent(api, "a telephone").get_json() == first
    assert api.get(AGENT, f"/demandes/{N1}").get_json()["telephone"] == "0999"
    for turn in ("radiation", "reactivation", "radiation"):
        again = keyed(api, "POST", f"/demandes/{N1}/{turn}", f"k-{turn}", json={"raison": "vu"})
        assert again.status_code == 200
    assert api.get(AGENT, f"/demandes/{N1}").get_json()["statut"] == "active"  # the last was a replay
    reused = keyed(api, "POST", f"/demandes/{N1}/radiation", "k-radiation", json={"raison": "autre"})
    assert says(reused) == (422, "CLE_REUTILISEE")
    assert says(sent(api, "a telephone", telephone="0888")) == (422, "CLE_REUTILISEE")


def test_an_upload_begun_is_begun_once_under_its_key(api: ApiSite) -> None:
    def begin(length: str) -> Any:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": length, "Upload-Metadata": "filename YS5wZGY="}
        return keyed(api, "POST", "/televersements", headers=headers)

    first, again = begin("5"), begin("5")
    assert (first.status_code, again.status_code) == (201, 201)
    told = ("Location", "Upload-Offset", "Upload-Expires", "Tus-Resumable")
    assert [again.headers[n] for n in told] == [first.headers[n] for n in told]
    assert says(begin("6")) == (422, "CLE_REUTILISEE")
    begun = [p for p in (api.site.settings.data / "recus" / "tus").glob("*") if p.suffix == ""]
    assert len(begun) == 1


def test_a_link_asked_for_again_is_the_same_link(api: ApiSite) -> None:
    def link(usage: str) -> Any:
        return keyed(api, "POST", f"/pieces/{BAIL}/liens", json={"usage": usage})

    first, again = link("page"), link("page")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()
    assert says(link("masquee")) == (422, "CLE_REUTILISEE")


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
