"""Pages that do not belong to the piece before them, and some that only seem not to."""

from __future__ import annotations

import pytest
from feuillets import commence, page

from classifier import build
from intake.domain.lecture import PageLue, Qualite, RaisonQualite, TexteLu
from textes import TEXTES


def test_a_page_of_which_nothing_can_be_read_hides_behind_no_card_without_a_zone() -> None:
    front = page(TEXTES["permis_conduire"][0])
    assert build().classify([front]).type == "permis_conduire"
    blurred = TexteLu(largeur=1654, hauteur=2339, qualite=Qualite(False, (RaisonQualite.FLOU,)))
    assert build().boundary([front], PageLue(2, texte=blurred)).probabilite > 0.8


_MENU = """Pizza du Port
Ouvert 7j/7, livraison gratuite dès 18 euros
Margherita 8,50
Quatre fromages 10,90
Calzone 11,20
Tiramisu 4,00
2 pizzas achetées, la troisième offerte"""
_RECIPE = """Gratin de ma grand-mère
Ingrédients : 1 kg de pommes de terre, 50 cl de crème, 1 gousse d'ail, noix de
muscade, beurre, sel, poivre.
Préparation : épluchez et émincez les pommes de terre. Frottez le plat d'ail,
beurrez. Disposez en couches, salez, poivrez. Versez la
crème et enfournez 1 h 15 à 150 degrés."""


@pytest.mark.parametrize("stranger", [_MENU, _RECIPE], ids=["menu", "recipe"])
@pytest.mark.parametrize("kind", ["avis_imposition", "ordonnance_protection", "bail"])
def test_a_paper_on_another_subject_is_no_inner_page(kind: str, stranger: str) -> None:
    ended = TEXTES[kind][0] + "\nPage 1/1"
    assert commence(ended, stranger) > 0.7
    assert commence(TEXTES[kind][0], stranger) > 0.3  # within what a count announced may settle


def test_the_annexes_named_by_a_last_clause_end_the_lease_that_signs_below() -> None:
    end = """XI. Annexes : état des lieux d'entrée, notice d'information, diagnostics,
attestation d'assurance.
Fait à Vaucelles-le-Pont, le 26 mars 2021, en trois originaux.
Le bailleur, Le(s) locataire(s), lu et approuvé"""
    assert (
        commence([TEXTES["bail"][0], "Clause 10. Aucune transformation n'est permise sans accord."], end)
        < 0.3
    )


def test_the_clauses_of_an_apprentice_are_those_of_an_employee() -> None:
    first = (
        TEXTES["contrat_apprentissage"][0] + "\nArticle 5. Le salarié sera affilié aux régimes de retraite."
    )
    assert (
        commence(first, "Article 6. La durée du travail est de 35 heures par semaine.\nLe salarié est payé.")
        < 0.3
    )


def test_the_accounts_of_another_firm_are_no_annex_of_an_accountants_letter() -> None:
    letter = """FIDUCIAIRE DU LITTORAL
ATTESTATION DE REVENUS PROFESSIONNELS
En notre qualité d'expert-comptable de Mme DELMOTTE, nous attestons que le chiffre d'affaires
encaissé du 1er janvier au 30 septembre 2026 s'élève à 17 420 euros, soit un bénéfice estimé
de 11 497 euros."""
    accounts = """{firm}
COMPTES ANNUELS
Exercice clos le 31 décembre 2025
Bilan actif et passif
Compte de résultat"""
    other = commence(letter, accounts.format(firm="CABINET ORVAL & ASSOCIÉS"))
    assert other > 0.5 > commence(letter, accounts.format(firm="FIDUCIAIRE DU LITTORAL"))


def test_the_payslip_of_a_colleague_of_the_month_begins_whatever_its_scan_put_on_one_line() -> None:
    """One form, one employer, one month: its head and its words stand on both, and only the name tells."""
    slip = """Brasserie du Pont-Levant Fiche de paie - octobre 2026
Salarié(e)
Solène GRÉGORI
Cheffe de rang — CDI — temps complet
Montant net versé sur votre compte
1 573,22 €
Employeur
Brasserie du Pont-Levant
2, quai Vauquelin, 99900 Valmoret
SIRET 999 660 104 00031
Montant net social
Salaire mensuel
Accidents du travail
Retraite
Famille Chômage
Titres-restaurant
Congés payés restants : 6 jours
Document à conserver sans limite de durée, consultable aussi dans votre coffre"""
    colleague = """Brasserie du Pont-Levant Fiche de paie - octobre 2026
Salarié(e) Employeur
Christelle MAUBERT Brasserie du Pont-Levant
Plongeuse — CDI — temps complet 2, quai Vauquelin, 99900 Valmoret
SIRET 999 660 104 00031
Montant net versé sur votre compte Montant net social
1 386,28 €
Salaire mensuel 1 802,00
Accidents du travail 21,62
Retraite 203,63
Famille 62,17 Chômage 73,88
Titres-restaurant
Congés payés restants : 15 jours
Document à conserver sans limite de durée, consultable aussi dans votre coffre"""
    assert commence(slip, colleague) > 0.6
