"""What a page lacks: forms nobody filled in, posters about nobody, dates that are not the document's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from feuillets import page

from classifier import build
from intake.domain.lecture import PageLue

POSTERS = [
    "France Travail\nJob dating\nVous cherchez un emploi ? Venez rencontrer nos entreprises à la "
    "salle des fêtes. "
    "Entrée libre, apportez plusieurs CV et préparez vos questions sur l'allocation.",
    "Caisse d'allocations familiales\nLe quotient familial, à quoi ça sert ?\nIl dépend de vos "
    "ressources et de "
    "votre foyer. Faites une simulation sur le site avant de demander une aide au logement.",
]


@pytest.mark.parametrize("text", POSTERS)
def test_a_poster_about_nobody_is_no_piece(text: str) -> None:
    assert build().classify([page(text)]).type == "inconnu"


def test_a_model_is_no_piece_and_the_same_filled_in_is_one() -> None:
    blank = (
        "QUITTANCE DE LOYER (modèle vierge)\nReçu de : ........\nLa somme de : ........ €\n"
        "Pour le loyer du mois de : ........\nFait à ........ le ........\nLe bailleur"
    )
    filled = (
        "QUITTANCE DE LOYER\nReçu de : Mme Ève MARTINEAU\nLa somme de : 612,40 €\n"
        "Pour le loyer du mois de : mars 2026\nFait à Nulleville le 02/04/2026\nLe bailleur"
    )
    assert build().classify([page(blank)]).type == "inconnu"
    assert build().classify([page(filled)]).type == "quittance_loyer"


def test_a_specimen_is_a_piece_once_somebody_is_named_and_numbered_on_it() -> None:
    card = (
        "RÉPUBLIQUE FRANÇAISE CARTE MOBILITÉ INCLUSION\nNom\n{}\nPrénom\n{}\nDate de fin de validité\n"
        "Sans limitation de durée\nN° de carte\n{}\nINVALIDITÉ\nBesoin d'accompagnement\nSPÉCIMEN"
    )
    assert build().classify([page(card.format("", "", ""))]).type == "inconnu"
    filled = card.format("MARTINEAU", "Ève", "99901774523")
    assert build().classify([page(filled)]).type == "carte_mobilite_inclusion"


def test_a_form_filled_in_by_a_hand_that_is_not_read_is_filled_in() -> None:
    printed = ["ATTESTATION D'ÉLECTION DE DOMICILE", "Nom de l'organisme agréé : {}", "Adresse : {}",
               "Bénéficiaire", "Nom : {}", "Certifie que l'intéressé a élu domicile au : {}",
               "Date de première élection de domicile : {}", "L'attestation est accordée pour un an.",
               "Elle permet l'ouverture des droits aux prestations sociales.", "Fait le {}"]  # fmt: skip
    blank = page("\n".join(printed).replace("{}", "........"))
    assert build().classify([blank]).type == "inconnu"
    logo = "\n".join(["wUx ArLk", "ÉclL oNe", "SsOr bLq", *printed]).replace("{}", "........")
    assert build().classify([_guessed(page(logo), "wUx", "ÉclL", "SsOr")]).type == "inconnu"
    hand = _guessed(page("\n".join(printed).replace("{}", "enruQ ab Vs")), "enruQ")
    assert build().classify([hand]).type == "attestation_domiciliation"
    # Print and hand on one line make it look read: the words behind the label tell.
    mixed = page("\n".join(printed).replace("{}", "pvenve NONTP"))
    assert build().classify([_guessed_at(mixed, "pvenve", "NONTP")]).type == "attestation_domiciliation"
    dots = page("\n".join(printed).replace("{}", "eesse sesse"))
    assert build().classify([_guessed_at(dots, "eesse", "sesse")]).type == "inconnu"


def _guessed_at(read: PageLue, *words: str) -> PageLue:
    """These words are hardly read, on lines that are."""
    lines = tuple(
        replace(x, surete=bytes(20 if w in words else 95 for w in x.texte.split())) for x in read.texte.lignes
    )
    return replace(read, texte=replace(read.texte, lignes=lines))


def _guessed(read: PageLue, *of: str) -> PageLue:
    """The lines that hold one of these are hardly read."""
    lines = tuple(
        replace(x, confiance=38.0) if any(w in x.texte for w in of) else x for x in read.texte.lignes
    )
    return replace(read, texte=replace(read.texte, lignes=lines))


def test_the_entry_date_is_not_the_date_of_a_payslip() -> None:
    text = (
        "BULLETIN DE PAIE\nPériode : mars 2026\nSalarié : MARTINEAU Ève\nDate d'entrée : 04/09/2017\n"
        "Ancienneté depuis le 04/09/2017\nSalaire de base 1 850,00\nNet à payer 1 462,11"
    )
    fields = build().classify([page(text)]).fields
    assert fields["periode"] == "2026-03"
    assert fields["date"] == "2026-03-31"
    undated = build().classify([page(text.replace("Période : mars 2026\n", ""))]).fields
    assert "date" not in undated


def test_the_hosted_person_comes_before_the_host() -> None:
    text = (
        "Attestation d'hébergement\nJe soussigné Paul DURIEU certifie héberger à mon domicile "
        "Madame Léa MARTINEAU "
        "depuis le 4 mars 2025.\nFait à Nulleville le 02/04/2026"
    )
    assert build().classify([page(text)]).fields["noms"] == "Léa MARTINEAU;Paul DURIEU"


AVIS = (
    "AVIS D'IMPÔT SUR LES REVENUS 2025\nImpôt sur les revenus de 2024\nMme MARTINEAU ÈVE\n99990 NULLEVILLE\n"
    "N° fiscal : 99 07 828 340 766\nDate d'établissement : 01/08/2025\nRevenu fiscal de référence : 15 201 €"
)
SECOND = (
    "AVIS D'IMPÔT SUR LES REVENUS 2025 - revenus 2024\nDétail des revenus\n"
    "Déclarant 1 Total\nSalaires 16 890\n"
)


def test_the_detail_page_of_an_avis_goes_on_with_it_though_it_repeats_its_title() -> None:
    classifier = build()
    again = page(SECOND + "Revenu imposable 15 201\nRevenu fiscal de référence 15201\nMontant net à payer", 2)
    other = page(AVIS.replace("15 201", "31 870").replace("2024", "2023"), 2)
    assert classifier.boundary([page(AVIS)], again).probabilite < 0.2
    assert classifier.boundary([page(AVIS)], other).probabilite > 0.8


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("livret_famille", "Deuxième enfant\nExtrait de l'acte de naissance n° 221\nLe 4 mai 2019 "
         "est né Hugo "
         "MARTINEAU à Nulleville\nMentions marginales\nL'officier de l'état civil"),
        ("acte_naissance", "EXTRAIT D'ACTE DE NAISSANCE\nLe 4 mai 2019 est née Lina MARTINEAU, fille de Paul "
         "MARTINEAU\nPour extrait conforme le 03/04/2026\nL'officier de l'état civil"),
        ("conge_bailleur", "Monsieur,\nVotre bail arrive à échéance le 31 décembre 2026. Je ne "
         "souhaite pas le "
         "renouveler car je compte y loger mon fils. Vous devrez libérer l'appartement.\nHenri VASSEUR"),
        ("inconnu", "Objet : préavis de départ\nMonsieur, je vous informe de mon départ de l'appartement le "
         "30/06/2026 et vous donne congé avec un mois de préavis.\nÈve MARTINEAU"),
        ("certificat_medical", "Docteur Anne LEROUX\nJe certifie que l'état de santé de M. Jean "
         "POTIER nécessite "
         "un logement en rez-de-chaussée.\nle 03/02/2026"),
    ],
)  # fmt: skip
def test_letters_without_a_title_are_known_by_what_they_say(kind: str, text: str) -> None:
    assert build().classify([page(text)]).type == kind


CERFA = """cerfa
N° 14069*05
Demande de logement social
Ressources mensuelles et motif
Salaire ou revenu d'activité {income}
Motif principal {reason}
Mode {mode}
Les champs sont à remplir en majuscules, à l'encre noire. Les réponses marquées d'un astérisque sont
obligatoires pour l'enregistrement de la demande. La loi rend passible d'amende et d'emprisonnement
quiconque se rend coupable de fausses déclarations en vue de son enregistrement auprès du guichet."""


def test_a_comb_that_a_hand_filled_in_makes_a_form_somebodys() -> None:
    blank = page(CERFA.format(income="", reason="", mode=""))
    assert build().classify([blank]).type == "inconnu"
    by_hand = {"Motif principal lelslmlelnTt tlrlolpl": 38.0, "Mode Tlolclaltlalilrlel alu plalrlcl": 53.0}
    read = page(
        CERFA.format(income="", reason="lelslmlelnTt tlrlolpl", mode="Tlolclaltlalilrlel alu plalrlcl")
    )
    lines = tuple(replace(x, confiance=by_hand.get(x.texte, x.confiance)) for x in read.texte.lignes)
    assert build().classify([replace(read, texte=replace(read.texte, lignes=lines))]).type == "cerfa_demande"


@pytest.mark.parametrize(
    ("day", "sure", "doubted"),
    [
        ("04/1/2026", 78.0, True),
        ("04/1/2026", 95.0, False),
        ("04/11/2026", 78.0, False),
        ("4/1/2026", 78.0, False),
    ],
)
def test_a_day_of_which_a_figure_may_have_been_lost_is_doubted(
    day: str, sure: float, *, doubted: bool
) -> None:
    """An 11 read as a 1 would make a certificate of this month obsolete (R24)."""
    text = f"Docteur Elias Tomasi\nLe {day}\nCERTIFICAT MÉDICAL\nJe certifie l'état de M. Rayan SOILIHI"
    read = page(text)
    lines = tuple(replace(x, confiance=sure) if day in x.texte else x for x in read.texte.lignes)
    answer = build().classify([replace(read, texte=replace(read.texte, lignes=lines))])
    assert answer.fields["date"] == f"2026-{'11' if '/11/' in day else '01'}-04"
    assert ("date_douteuse" in answer.fields) is doubted
