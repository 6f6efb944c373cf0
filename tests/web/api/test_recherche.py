"""Searching the pieces through the service (R31, R32, R33), on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from api_site import HABILITE, LOGICIEL, ApiSite, acteur_de, api_on, fill
from intake.domain.acces import Role
from intake.use_cases.place import texte_de
from readings import N1, N2, page
from web.api.rights import REGLES
from web.recherche import debut, fin

pytestmark = pytest.mark.slow  # each test opens a database of its own

AGENT, SIMPLE = Role.AGENT_GUICHET.value, Role.CONSULTANT_SIMPLE.value
TEXTS = {
    "E1-0001": "Contrat de bail de Mme MARTIN,\nn° de sécurité sociale 2 85 04 75 123 456 78, loyer de 600 €",
    "E1-0002": "Dépôt de plainte : menaces contre la locataire, qui ne paie plus son loyer",
    "E1-0003": "Quittance de loyer du mois de février",
    "E2-0001": "Bail de Mme FAURE, loyer de 500 €",
    "E3-0001": "Bail envoyé par le téléphone : loyer",
}


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path, database_url) as made:
        fill(made)
        with made.site.uow() as tx:
            for name, texte in TEXTS.items():
                piece = tx.pieces.lire(name)
                assert piece is not None
                assert tx.pieces.changer(replace(piece, texte=texte_de([page(1, *texte.split("\n"))])))
            tx.commit()
        yield made


def ask(api: ApiSite, who: str, **wanted: Any) -> Any:
    answer = api.post(who, "/pieces/recherche", json=wanted)
    assert answer.status_code == 200, answer.data
    return answer.json


def found(api: ApiSite, who: str, **wanted: Any) -> list[str]:
    return sorted(e["id"] for e in ask(api, who, **wanted)["elements"])


def test_each_finds_what_it_may_read(api: ApiSite) -> None:
    everything = {
        HABILITE: ["E1-0001", "E1-0002", "E1-0003", "E3-0001"],
        AGENT: ["E1-0001", "E1-0003", "E3-0001"],
        LOGICIEL: ["E1-0001", "E1-0003", "E3-0001"],
        Role.CONSULTANT_DEMANDE.value: ["E1-0001", "E1-0003", "E3-0001"],
        Role.CONSULTANT_SENSIBLE.value: ["E1-0001", "E1-0002", "E1-0003", "E3-0001"],
        Role.DEMANDEUR.value: ["E1-0001", "E1-0002", "E1-0003", "E3-0001"],
    }
    assert {who: found(api, who, texte="loyer") for who in everything} == everything


def test_nothing_of_a_sensitive_piece_shows_without_the_clearance(api: ApiSite) -> None:
    for wanted in ({"texte": "menaces"}, {"texte": "plainte"}, {"categorie": "MOS"}, {"envoi": "E1"}):
        told = json.dumps(ask(api, AGENT, **wanted))
        assert not {"E1-0002", "menaces", "MOS"} & set(told.replace('"', " ").split()), wanted
    seen = [ask(api, AGENT, texte="loyer", limite=n) for n in (1, 2, 3)]
    assert [bool(s["suivant"]) for s in seen] == [True, True, False]  # three are his, the fourth is nowhere


def test_who_has_the_list_alone_does_not_read_by_searching(api: ApiSite) -> None:
    answer = api.post(SIMPLE, "/pieces/recherche", json={"texte": "loyer"})
    assert (answer.status_code, json.loads(answer.data)["code"]) == (403, "DROITS_INSUFFISANTS")
    assert "refus" in api.lines()[-1]
    listed = ask(api, SIMPLE, nom="martin", statut="deposee")["elements"]
    assert [(e["id"], e["extrait"]) for e in listed] == [("E1-0001", [])]


def test_an_extract_marks_the_words_and_hides_the_nir(api: ApiSite) -> None:
    (one,) = ask(api, AGENT, texte='"contrat de bail" martin')["elements"]
    assert [s["texte"] for s in one["extrait"] if s["trouve"]] == ["Contrat de bail", "MARTIN"]
    whole = "".join(s["texte"] for s in one["extrait"])
    assert "loyer de 600 €" in whole
    assert "123" not in whole
    assert found(api, AGENT, texte="2 85 04 75 123 456 78") == []


def test_by_number_name_state_and_day(api: ApiSite) -> None:
    today = api.clock.now().date().isoformat()
    assert found(api, HABILITE, numero=f"{N1[:3]} {N1[3:7]}", statut="en_attente") == ["E1-0003"]
    assert found(api, HABILITE, numero=N2) == []
    assert found(api, HABILITE, nom="MARTIN", type="bail", recu_depuis=today) == ["E1-0001", "E3-0001"]
    assert found(api, HABILITE, nom="cam martin", type="bail") == ["E1-0001", "E3-0001"]  # the first name too
    assert found(api, HABILITE, motif="CATEGORIE_PLEINE", recu_jusqu_a=today) == ["E1-0003"]
    assert found(api, HABILITE, recu_jusqu_a="2020-01-01") == []
    assert found(api, HABILITE, recu_jusqu_a="9999-12-31", categorie="LOG", envoi="E3") == ["E3-0001"]
    assert len(found(api, HABILITE)) == 4
    assert len(found(api, HABILITE, texte="  ")) == 4  # nothing is looked for yet
    assert found(api, HABILITE, texte='"') == []  # something is, and it is no word


def test_a_day_of_the_search_is_one_of_paris() -> None:
    day = date(2026, 7, 1)
    assert (debut(day), fin(day)) == (
        datetime(2026, 6, 30, 22, tzinfo=UTC),
        datetime(2026, 7, 1, 22, tzinfo=UTC),
    )
    assert debut(date.min) < debut(day)  # type: ignore[operator]
    assert fin(date.max) is None


def test_page_after_page(api: ApiSite) -> None:
    seen, cursor = [], None
    while True:
        got = ask(api, HABILITE, texte="loyer", limite=1, curseur=cursor)
        seen += [e["id"] for e in got["elements"]]
        if (cursor := got["suivant"]) is None:
            break
    assert seen == ["E3-0001", "E1-0003", "E1-0002", "E1-0001"]  # the newest first


@pytest.mark.parametrize(
    "typed",
    [
        *('"', '"""', "NEAR(", "a AND", "* *", "loyer*)", "\x00", "loyer\x00", "^loyer", "{texte}: loyer"),
        *(
            "'; DROP TABLE pieces; --",
            "x" * 5000,
            "loyer " * 1600,
            '" ' * 2500,
            "& | ! <->",
            "é" * 3,
        ),
    ],
)
def test_nothing_that_is_typed_is_an_error(tmp_path: Path, typed: str) -> None:
    with api_on(tmp_path) as api:
        fill(api)
        for field in ("texte", "nom", "numero"):
            body = json.dumps({field: typed})
            answer = api.post(AGENT, "/pieces/recherche", data=body, content_type="application/json")
            assert answer.status_code == 200 if field == "texte" else answer.status_code in (200, 422), field


def test_what_is_no_question_is_refused(api: ApiSite) -> None:
    for wrong in (
        {"texte": 3},
        {"statut": "perdue"},
        {"limite": 0},
        {"curseur": "abc"},
        {"curseur": "WyJoaWVyIiwgIkUxIl0"},  # ["hier", "E1"]
        {"curseur": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgIkUxIl0"},  # a moment without its zone
        {"nom": "a\x00"},
        {"recu_depuis": "hier"},
        {"inconnu": 1},
    ):
        answer = api.post(AGENT, "/pieces/recherche", json=wrong)
        assert (answer.status_code, json.loads(answer.data)["code"]) == (422, "REQUETE_INVALIDE"), wrong


def lines(api: ApiSite) -> list[tuple[str | None, dict[str, str]]]:
    with api.site.uow() as tx:
        kept = [x for x in tx.journal.lignes() if x.action == "recherche"]
    return [(x.demande, json.loads(x.contenu or "{}")["details"]) for x in kept]


def test_each_dossier_that_is_shown_has_its_line(api: ApiSite) -> None:
    ask(api, AGENT, texte="2 85 04 75 123 456 78 loyer")
    ask(api, AGENT, texte="quittance", nom="martin")
    assert lines(api) == [
        (None, {"criteres": "texte", "pieces": ""}),
        (N1, {"criteres": "texte nom", "pieces": "E1-0003", "texte": "quittance", "nom": "martin"}),
    ]
    ask(api, Role.DEMANDEUR.value, texte="introuvable")
    assert lines(api)[-1] == (N1, {"criteres": "texte", "pieces": ""})  # his own number goes with him


def test_a_purged_demande_is_found_no_more_and_its_lines_say_nothing(api: ApiSite) -> None:
    ask(api, AGENT, texte="quittance")
    with api.site.uow() as tx:
        ids = [p.id for p in tx.pieces.de_demande(N1)]
        tx.purges.pieces(ids)
        tx.purges.demande(N1, ["E1", "E3"])
        tx.journal.effacer(N1)
        tx.commit()
    assert found(api, HABILITE, texte="loyer") == []
    assert "quittance" not in "".join(api.lines())


def test_the_rule_of_the_search_is_in_the_table(api: ApiSite) -> None:
    rule = REGLES["api.pieces_chercher"]
    for who in (Role.NUMERISEUR.value, Role.ADMINISTRATEUR.value):
        assert acteur_de(api, who).role not in rule.roles
        assert api.post(who, "/pieces/recherche", json={}).status_code == 403
