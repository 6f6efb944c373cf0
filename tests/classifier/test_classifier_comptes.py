"""Where accounts of several pages end and the next year's begin."""

from __future__ import annotations

import pytest
from feuillets import commence

COVER = """COMPTES ANNUELS
Exercice du 01/01/{year} au 31/12/{year}
DUVAL Simone — Entreprise individuelle
Couture et retouches
Attestation de l'expert-comptable
Dans le cadre de la mission de présentation des comptes annuels de Mme DUVAL Simone, nous n'avons pas
relevé d'éléments remettant en cause la cohérence et la vraisemblance des comptes annuels.
Fait le 20 avril {next}.
Signature"""
BALANCE = """DUVAL Simone — Entreprise individuelle
Exercice clos le 31/12/{year} Exercice précédent 31/12/{before}
BILAN ACTIF / PASSIF
ACTIF Net PASSIF Net
Immobilisations corporelles 8 420 Capital individuel 6 200
Stocks 1 150 Résultat de l'exercice 15 964
Créances clients 5 310 Emprunts 4 180
Disponibilités 14 890 Dettes fiscales et sociales 3 426
TOTAL 29 770 TOTAL 29 770"""


def cover(year: int) -> str:
    return COVER.format(year=year, next=year + 1)


def balance(year: int) -> str:
    return BALANCE.format(year=year, before=year - 1)


def test_the_balance_follows_the_cover_that_is_signed() -> None:
    assert commence(cover(2025), balance(2025)) < 0.3


@pytest.mark.parametrize("year", [2022, 2024])
def test_the_accounts_of_another_year_begin(year: int) -> None:
    assert commence([cover(2025), balance(2025)], cover(year)) > 0.7
    assert commence(balance(2025), cover(year)) > 0.7
    assert commence(cover(2025), balance(year)) > 0.7


def test_how_to_contest_is_part_of_the_decision_though_the_sentence_begins_beside_its_title() -> None:
    decision = """MAISON DÉPARTEMENTALE DES PERSONNES HANDICAPÉES
MME ODILE PERRAULT
NOTIFICATION DE DÉCISION
Dossier n° 4471 — CDAPH du 16 juin 2026
La Commission des droits et de l'autonomie a décidé de vous accorder l'allocation aux adultes handicapés.
Validité : du 16 juin 2026 au 16 juin 2031."""
    appeal = """VOIES DE RECOURS — Si vous contestez cette décision, vous pouvez former un recours
administratif préalable obligatoire dans un délai de deux mois auprès de la MDPH.
Le président de la commission"""
    assert commence(decision, appeal) < 0.3


def test_a_year_that_ended_on_the_29th_of_february() -> None:
    ended = balance(2024).replace("31/12/2024", "29/02/2024")
    assert 0 < commence(ended, cover(2025)) < 1
