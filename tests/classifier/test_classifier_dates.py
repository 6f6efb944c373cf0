"""Days of a hand, of which a figure went unread; the days of an act of birth."""

from __future__ import annotations

import pytest
from feuillets import page

from classifier import build
from classifier.dates import a_peu_pres

HOSTED = """Attestation d'hébergement
Je soussigné M. Fouad EL KHATIB, demeurant 5 allée des Saules, certifie sur l'honneur
héberger à mon domicile à titre gratuit Mme Nour EL KHATIB, née le 21 juin 1993.
Fait pour servir et valoir ce que de droit.
à Valcourt le {} juin 2025"""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("à Valcourt le 2e juin 2025", "2025-06-29"),
        ("le 3o juin 2025", "2025-06-30"),
        ("le 2c juin 2025", "2025-06-29"),
        ("le 2é février 2025", "2025-02-28"),
        ("le Z4 mai 2025", "2025-05-24"),
        ("le I1 mai 2025", "2025-05-11"),
        ("le T1 mai 2025", "2025-05-31"),  # the latest that it may be
        ("le 1O mai 2025", "2025-05-10"),
        ("le 1e mai 2025", None),  # the first, its r lost
        ("le 24 mai 2025", None),
        ("le 1er mai 2025", None),
        ("le 4e trimestre 2025", None),
        ("le 2e juin 1995", None),  # a birthday, of which nothing is guessed
    ],
)
def test_a_day_of_which_one_figure_went_unread_is_the_latest_it_may_be(text: str, day: str | None) -> None:
    assert [d.jour.isoformat() for d in a_peu_pres(text)] == ([day] if day else [])


def test_a_letter_of_such_a_day_may_be_obsolete_and_a_person_says_so() -> None:
    fields = build().classify([page(HOSTED.format("2e"))]).fields
    assert fields["date_au_plus_tard"] == "2025-06-29"
    assert "date" not in fields  # by which two scans of one letter are compared
    assert "date_au_plus_tard" not in build().classify([page(HOSTED.format("20"))]).fields


@pytest.mark.parametrize(
    ("born", "day"),
    [
        ("Le 6 août 2019, à 3 heures 44 minutes, est né Tiago", "2019-08-06"),
        ("Le six août deux mille dix-neuf est né Tiago", None),  # its father's comes first
        ("Le six août deux mille dix-neuf est né Tiago, sa mère née le 11 février 1990", None),
    ],
)
def test_an_act_of_birth_begins_with_the_day_that_it_records(born: str, day: str | None) -> None:
    act = f"""COPIE INTÉGRALE D'ACTE DE NAISSANCE
{born} DE LA MOTTE, du sexe masculin, fils de Jean DE LA MOTTE, né le 3 mars 1988, et de
Clémence DE LA MOTTE, sa mère, née le 11 février 1990.
Mention : sœur de Rose DE LA MOTTE, née le 5 mai 2021
Copie délivrée selon procédé informatisé, le 30 août 2026. L'officier de l'état civil"""
    assert build().classify([page(act)]).fields.get("jour_de_l_acte") == day


def test_a_heading_of_a_lease_is_nobody() -> None:
    lease = """CONTRAT DE LOCATION
Locaux à usage d'habitation — loi n° 89-462 du 6 juillet 1989
1. DÉSIGNATION DES PARTIES
Le présent contrat est conclu entre les soussignés :"""
    assert "noms" not in build().classify([page(lease)]).fields
