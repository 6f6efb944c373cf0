"""Titles that no rule knows, and titles that are none: does a piece begin there?"""

from __future__ import annotations

from feuillets import commence

from textes import TEXTES

COMPLAINT = "POLICE NATIONALE\nCOMMISSARIAT DE ROUBAIX\nPROCÈS-VERBAL DE DÉPÔT DE PLAINTE\nPV n° 2026/1079"
HOSTEL = (
    "LES SALORGES\nAssociation Tournesol\n{title}\nJe soussigné, directeur de l'établissement, atteste que\n"
    "Madame Parwana AHMADI est suivie par notre structure depuis le 02/10/2024.\nTourcoing, le 15/01/2025"
)


def test_an_attestation_of_a_kind_that_is_in_no_list_begins_by_its_title() -> None:
    assert commence(COMPLAINT, HOSTEL.format(title="ATTESTATION DE SUIVI SOCIAL")) > 0.6
    assert commence(COMPLAINT, HOSTEL.format(title="il est convenu ce qui suit")) < 0.5
    lease = TEXTES["bail"][0] + "\nArticle 9. Assurance"
    clause = (
        "ATTESTATION D'ASSURANCE\nLe locataire remet chaque année au bailleur une attestation d'assurance."
    )
    assert commence(lease, clause) < 0.5


def test_the_deed_of_a_notary_goes_on_though_it_is_called_an_attestation() -> None:
    deed = (
        "Étude de Maître Bertrand LECOMTE, notaire\nATTESTATION DE PROPRIÉTÉ\nAux termes d'un acte reçu par "
        "Maître Bertrand LECOMTE, publié au service de la publicité foncière, il résulte que\n"
        "Madame Jocelyne ROUSSEL est devenue propriétaire du bien cadastré section AC\n"
        "possession réelle."
    )
    price = (
        "PRIX\nLa vente a été conclue moyennant 96 000 €, payé\ncomptant et quittancé dans l'acte.\n"
        "EN FOI DE QUOI la présente attestation a été établie.\nÀ SAINT-OMER, le 14 novembre 2004."
    )
    assert commence(deed, price) < 0.5
