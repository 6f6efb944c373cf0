"""The register over HTTP, where two write at once or write what may not be, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from api_site import LOGICIEL, ApiSite
from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.demande import Demande, Personne
from intake.ports import Transaction
from orders_for_tests import UNKNOWN, mine_too, says
from readings import N1, N2

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service


def put_alias(api: ApiSite, numero: str, alias: str) -> Any:
    return api.call(LOGICIEL, "PUT", f"/api/v1/demandes/{numero}/alias/{alias}")


def while_open(api: ApiSite, write: Callable[[Transaction], None], ask: Callable[[], Any]) -> Any:
    """The answer to who asks while somebody else has written, and not yet committed."""
    told: list[Any] = []
    other = threading.Thread(target=lambda: told.append(ask()))
    with api.site.uow() as tx:
        write(tx)
        other.start()
        other.join(0.5)
        tx.commit()
    other.join()
    return told[0]


def registering(tx: Transaction) -> None:
    tx.registre.creer(Demande(UNKNOWN, guichet="75001"))


def naming(tx: Transaction) -> None:
    known = tx.registre.chercher(N2)
    assert known is not None
    tx.registre.enregistrer(replace(known, alias=(UNKNOWN,)))


def test_who_comes_second_is_told_what_he_would_be_told_later(api: ApiSite) -> None:
    """It was « la base de données ne répond pas », or two demandes under one number."""
    body = {"numero_unique": UNKNOWN, "personnes": []}
    second = while_open(api, registering, lambda: api.post(LOGICIEL, "/demandes", json=body))
    assert says(second) == says(api.post(LOGICIEL, "/demandes", json=body)) == (409, "DEMANDE_EXISTANTE")


def test_a_number_being_registered_is_nobodys_alias(api: ApiSite) -> None:
    second = while_open(api, registering, lambda: put_alias(api, N1, UNKNOWN))
    assert says(second) == says(put_alias(api, N1, UNKNOWN)) == (422, "REGISTRE_INVALIDE")


def test_an_alias_being_given_is_given_once(api: ApiSite) -> None:
    mine_too(api)
    second = while_open(api, naming, lambda: put_alias(api, N1, UNKNOWN))
    assert says(second) == says(put_alias(api, N1, UNKNOWN)) == (422, "REGISTRE_INVALIDE")
    created = api.post(LOGICIEL, "/demandes", json={"numero_unique": UNKNOWN, "personnes": []})
    assert says(created) == (409, "DEMANDE_EXISTANTE")


def test_a_demande_is_not_its_own_alias(api: ApiSite) -> None:
    """It was registered, and no correction could be written over it afterwards."""
    body = {"numero_unique": UNKNOWN, "alias": [f"{UNKNOWN[:3]} {UNKNOWN[3:]}"], "personnes": []}
    refused = api.post(LOGICIEL, "/demandes", json=body)
    assert says(refused) == (422, "REGISTRE_INVALIDE")
    assert "propre alias" in refused.get_json()["title"]
    twice = {**body, "alias": ["999012400088875001"] * 2}
    made = api.post(LOGICIEL, "/demandes", json=twice)
    assert (made.status_code, made.get_json()["alias"]) == (201, ["999012400088875001"])
    assert says(put_alias(api, UNKNOWN, UNKNOWN)) == (422, "REQUETE_INVALIDE")
    changed = api.call(LOGICIEL, "PATCH", f"/api/v1/demandes/{UNKNOWN}", json={"telephone": "0102"})
    assert changed.status_code == 200


def patch(api: ApiSite, numero: str, **changed: Any) -> Any:
    return api.call(LOGICIEL, "PATCH", f"/api/v1/demandes/{numero}", json=changed)


def test_null_erases_what_a_demande_may_do_without(api: ApiSite) -> None:
    filled = {"telephone": "0102", "email": "x@exemple.invalid", "date_depot": "2024-01-15"}
    assert patch(api, N1, **filled).get_json().items() >= filled.items()
    for name in filled:
        erased = patch(api, N1, **{name: None})
        assert (erased.status_code, erased.get_json()[name]) == (200, None)
    kept = api.get(LOGICIEL, f"/demandes/{N1}").get_json()
    assert [kept[name] for name in filled] == [None] * 3
    assert kept["guichet"] == "75001"  # what is not said stays
    assert kept["personnes"]


def test_null_is_refused_where_there_must_be_something(api: ApiSite) -> None:
    assert says(patch(api, N1, personnes=None)) == (422, "REQUETE_INVALIDE")
    before = api.get(LOGICIEL, f"/demandes/{N1}").get_json()
    nameless = [{"rang": "D", "nom": None, "prenom": "Camille"}]
    assert says(patch(api, N1, personnes=nameless)) == (422, "REQUETE_INVALIDE")
    assert api.get(LOGICIEL, f"/demandes/{N1}").get_json() == before


def test_the_guichet_is_erased_by_who_keeps_the_demande_without_it(api: ApiSite) -> None:
    """Else it would be nobody's that can be asked to put it right."""
    assert says(patch(api, N1, guichet=None)) == (403, "DROITS_INSUFFISANTS")
    _, api.tokens["du territoire"] = api.site.jetons.creer(
        *(SYSTEME, "L", "75001", Role.AGENT_GUICHET, list(Portee), "d@exemple.invalid"), territoires=["999"]
    )
    erased = api.call("du territoire", "PATCH", f"/api/v1/demandes/{N1}", json={"guichet": None})
    assert (erased.status_code, erased.get_json()["guichet"]) == (200, None)


def born(day: str) -> list[dict[str, str]]:
    return [{"rang": "D", "nom": "ROY", "prenom": "Anne", "date_naissance": day}]


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2026-11-24", "2999-01-01"])
def test_nobody_alive_was_born_then(api: ApiSite, day: str) -> None:
    api.clock.moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # the 23rd in Paris
    refused = api.post(LOGICIEL, "/demandes", json={"numero_unique": UNKNOWN, "personnes": born(day)})
    assert says(refused) == (422, "REGISTRE_INVALIDE")
    assert "naissance" in refused.get_json()["title"]
    assert says(patch(api, N1, personnes=born(day))) == (422, "REGISTRE_INVALIDE")


@pytest.mark.parametrize("day", ["1900-01-01", "1985-01-01", "2026-11-23"])
def test_an_unknown_day_and_a_child_of_today_are_registered(api: ApiSite, day: str) -> None:
    """R15: 01-01-AAAA stands for a day unknown."""
    api.clock.moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    made = api.post(LOGICIEL, "/demandes", json={"numero_unique": UNKNOWN, "personnes": born(day)})
    assert (made.status_code, made.get_json()["personnes"][0]["date_naissance"]) == (201, day)


def test_a_birth_registered_before_keeps_nobody_from_another_change(api: ApiSite) -> None:
    with api.site.uow() as tx:
        tx.registre.creer(
            Demande(UNKNOWN, guichet="75001", personnes=(Personne("D", "ROY", "Anne", None, None, date.min),))
        )
        tx.commit()
    assert patch(api, UNKNOWN, telephone="0102").status_code == 200
    assert patch(api, UNKNOWN, personnes=born("1985-01-01")).status_code == 200
