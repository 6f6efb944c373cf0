"""Fiches incident: one person at a time, a history that tells all, and the exposed piece first (R26, R27)."""

from __future__ import annotations

import pytest

from intake.domain.incident import EtatIncident, peut_devenir
from intake.domain.motif import Canal, Motif
from intake.errors import ChangementImpossible, IncidentInconnu, PieceInconnue
from readings import FAURE, MARTIN, N1, page, piece
from site_for_tests import TestSite
from storage.follow_up_queries import FiltreIncidents

HELD = (
    page(1, "A", MARTIN, code=N1),
    piece(2, "bail", MARTIN),
    piece(3, "bulletin_salaire", FAURE),
    piece(4, "jugement_divorce", MARTIN),
)


def incident_of(site: TestSite, n: int) -> str:
    return site.deposit(*HELD, canal=Canal.GUICHET).pieces[n].id + "-I"


def test_the_states_are_a_road_with_no_way_back() -> None:
    roads = {(a.value, b.value) for a in EtatIncident for b in EtatIncident if peut_devenir(a, b)}
    assert roads == {
        ("ouverte", "prise_en_charge"),
        ("prise_en_charge", "prise_en_charge"),
        ("prise_en_charge", "resolue"),
        ("prise_en_charge", "rejetee"),
        ("resolue", "close"),
        ("rejetee", "close"),
    }


def test_an_incident_is_in_the_hands_of_one_person(site: TestSite) -> None:
    held = incident_of(site, 1)
    assert site.suivre.prendre(held, "alice").pris_par == "alice"
    with pytest.raises(ChangementImpossible, match="alice"):
        site.suivre.prendre(held, "bob")
    with pytest.raises(ChangementImpossible, match="alice"):
        site.suivre.rejeter(held, "bob", "rien à voir")
    site.suivre.commenter(held, "bob", "je peux aider")
    assert site.suivre.prendre(held, "bob", a_la_place_de="alice").pris_par == "bob"
    with pytest.raises(ChangementImpossible):
        site.suivre.prendre(held, "carole", a_la_place_de="alice")
    assert [(s.par, s.action, s.etat.value) for s in site.suivi.suites(held)] == [
        ("alice", "prendre", "prise_en_charge"),
        ("bob", "commenter", "prise_en_charge"),
        ("bob", "prendre", "prise_en_charge"),
    ]


def test_what_holds_a_piece_is_not_waved_away(site: TestSite) -> None:
    held = incident_of(site, 1)
    for answer in (site.suivre.rejeter, site.suivre.constater):
        with pytest.raises(ChangementImpossible, match="retient"):
            answer(held, "alice", "peu importe")
    with pytest.raises(ChangementImpossible):
        site.suivre.clore(held, "alice")
    with pytest.raises(IncidentInconnu):
        site.suivre.prendre("E-rien", "alice")
    with pytest.raises(ChangementImpossible, match="pourquoi"):
        site.suivre.commenter(held, "alice", " ")


def test_a_person_reports_a_filed_piece_and_another_answers(site: TestSite) -> None:
    done = site.deposit(*HELD, canal=Canal.GUICHET)
    bail = done.pieces[0].id
    told = site.suivre.signaler(
        bail, Motif.MAL_CLASSEE, "alice", "c'est une quittance", attendu="quittance_loyer"
    )
    with pytest.raises(ChangementImpossible, match="déjà signalé"):
        site.suivre.signaler(bail, Motif.MAL_CLASSEE, "bob", "moi aussi")
    with pytest.raises(ChangementImpossible):
        site.suivre.signaler(bail, Motif.SANS_BORDEREAU, "bob", "non")
    with pytest.raises(PieceInconnue):
        site.suivre.signaler("E1-0001", Motif.MAL_CLASSEE, "bob", "non")
    assert site.suivre.rejeter(told.id, "bob", "c'est bien un bail").etat is EtatIncident.REJETEE
    assert site.suivre.clore(told.id, "alice").etat is EtatIncident.CLOSE
    assert [(s.par, s.etat.value, s.commentaire) for s in site.suivi.suites(told.id)] == [
        ("bob", "prise_en_charge", ""),
        ("bob", "rejetee", "c'est bien un bail"),
        ("alice", "close", ""),
    ]
    assert site.suivre.signaler(bail, Motif.MAL_CLASSEE, "bob", "si").id != told.id


def test_an_exposed_sensitive_piece_comes_first(site: TestSite) -> None:
    done = site.deposit(*HELD, canal=Canal.GUICHET)
    bail, payslip, judgment = done.pieces
    assert judgment.statut.value == "deposee"
    site.suivre.signaler(bail.id, Motif.MAUVAISE_DEMANDE, "alice", "d'un autre")
    site.suivre.signaler(judgment.id, Motif.MAUVAISE_DEMANDE, "alice", "d'un autre")
    seen = site.suivi.incidents(FiltreIncidents())
    assert seen[0].incident.piece == judgment.id
    assert seen[0].rang == 0
    assert {v.incident.piece for v in seen[1:]} == {bail.id, payslip.id}
    assert [v.place for v in seen] == sorted(v.place for v in seen)
    # page by page: the same list
    paged, last = [], None
    while page_ := site.suivi.incidents(FiltreIncidents(limite=1, apres=last)):
        paged += page_
        last = page_[-1].place
    assert paged == seen


def test_the_list_is_filtered(site: TestSite) -> None:
    done = site.deposit(*HELD, canal=Canal.GUICHET)
    ask = site.suivi.incidents
    held = f"{done.pieces[1].id}-I"
    assert [v.incident.id for v in ask(FiltreIncidents(demande=N1))] == [held]
    assert [v.incident.id for v in ask(FiltreIncidents(motif=Motif.IDENTITE_INCOHERENTE))] == [held]
    assert ask(FiltreIncidents(envoi="E-autre")) == []
    assert ask(FiltreIncidents(guichet="75001")) == []
    assert ask(FiltreIncidents(types_exclus=frozenset({"bulletin_salaire"}))) == []
    assert ask(FiltreIncidents(pris_par="alice")) == []
    site.suivre.prendre(held, "alice")
    assert [v.incident.id for v in ask(FiltreIncidents(pris_par="alice"))] == [held]
    assert ask(FiltreIncidents(etats=frozenset({EtatIncident.OUVERTE}))) == []
