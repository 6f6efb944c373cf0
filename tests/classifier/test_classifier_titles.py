"""Titles that no rule knows, and titles that are none: does a piece begin there?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from feuillets import commence, page

from classifier import build
from intake.domain.lecture import PageLue, serrer
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


CARD = """Université des Hautes-Landes
CARTE D'ÉTUDIANT
2026-2027
D'HAUTEFEUILLE Apolline
Née le 11/11/2002
N° étudiant 22920027
INE 9920020417GK
Licence 2 Sciences de la vie"""
LETTER = """CROUS des Hautes-Landes
Département des bourses
99910 Montferrand
Apolline D'HAUTEFEUILLE
1 bis rue des Écoles
99000 Montferrand-les-Eaux
{reference} Le 2 septembre 2026
{title}
Année universitaire 2026-2027
La rectrice de région académique, par délégation"""


def spread(text: str, last: int) -> PageLue:
    """Lines at the top of an A4 page, from 150 to `last`."""
    read = page(text, 2)
    step = (last - 150) // (len(read.texte.lignes) - 1)
    lines = tuple(
        replace(x, boite=(x.boite[0], 150 + i * step, x.boite[2], 180 + i * step))
        for i, x in enumerate(read.texte.lignes)
    )
    return replace(read, texte=replace(read.texte, lignes=lines))


def test_a_short_letter_has_its_title_in_the_middle_of_what_it_says() -> None:
    """And a student's number stands on all their papers."""
    told = {
        "reference": "Dossier INE 9920020417GK",
        "title": "Notification définitive d'attribution de bourse",
    }
    letter = LETTER.format(**told)
    assert build().boundary([page(CARD)], spread(letter, 850)).probabilite > 0.6
    untitled = LETTER.format(**{**told, "title": "Vos droits"})
    assert build().boundary([page(CARD)], spread(untitled, 850)).probabilite < 0.5


@pytest.mark.parametrize(
    ("suite", "cut"), [(" (suite)", False), ("\nSuite", False), (" dans leur suite", True), ("", True)]
)
def test_what_says_that_it_is_the_sequel_is(suite: str, cut: bool) -> None:
    lease = TEXTES["bail"][0]
    clauses = (
        f"Conditions générales de la location{suite}\nCongé. Le bailleur donne congé au locataire six mois "
        "avant l'échéance, par lettre recommandée, pour vendre le logement ou le reprendre. Le congé pour "
        "vente vaut offre de vente au profit du locataire.\nÉlection de domicile. Le bailleur élit domicile."
    )
    assert (commence(lease, clauses) >= 0.5) is cut


def test_what_a_sheet_lists_is_not_its_title() -> None:
    """Its number and its code under a stain: it still is a fiche, and its pieces are those of nobody yet."""
    listed = "1. Attestation de l'employeur\n2. Quittance de loyer ou attestation de loyer à jour"
    who = "Rang Personne Né(e) le\nD GUILLEMOT Loïc 02/10/1986"
    sheet = f"FICHE RÉCAPITULATIVE\n{who}\nPièces jointes :\n{listed}"
    answer = build().classify([page(sheet)])
    assert answer.type == "fiche_recapitulative"
    assert answer.confidence > 0.85


FORM = """cerfa Demande de logement social
N° 14069*05 Articles L. 441-1 et R. 441-2-1 et suivants du code de la construction et de l'habitation
{title}
{questions}
Les champs sont à remplir en majuscules, à l'encre noire. Les réponses marquées d'un astérisque sont
obligatoires pour l'enregistrement de la demande. La loi rend passible d'amende et d'emprisonnement
quiconque se rend coupable de fausses déclarations."""


def test_another_page_of_a_form_is_not_its_first_page_again() -> None:
    first = FORM.format(
        title="Le demandeur", questions="Nom de naissance\nPrénom\nSituation de famille\nNationalité"
    )
    last = FORM.format(
        title="Logement actuel et signature", questions="Mode\nSurface\nNombre d'occupants\nFait à"
    )
    pages = [page(first), page(first.replace("Le demandeur", "Le logement recherché"), 2)]
    assert build().boundary(pages, page(last, 3)).probabilite < 0.5
    assert build().boundary(pages, page(first, 3)).probabilite > 0.5


def test_a_fiche_whose_head_is_blotted_out_is_one_by_what_it_asks() -> None:
    """R8: its number is then unreadable, and not its sheet lost."""
    answer = build().classify(
        [
            page(
                "Nombre de pièces jointes à cette fiche 5\nPlacer les pièces justificatives de la demande "
                "derrière cette feuille, dans l'ordre, sans agrafe ni trombone. Ne\npas mélanger les pièces "
                "de deux demandes.\nImprimé le 18/11/2026 - à conserver en tête de lot"
            )
        ]
    )
    assert (answer.type, answer.confidence >= 0.7) == ("fiche_recapitulative", True)


FIRST = """Fonderies Arvault
M. Tiago GARNACHO
BULLETIN DE PAIE
Salaire de base 2 080,00
Salaire brut 2 080,00
Net à payer 1 589,40"""
SECOND = """Entreprise Lumen SAS BULLETIN DE SALAIRE
Mois de septembre 2026
HEURES NORMALES 1 432,20
*** BRUT 1 540,00
NET A PAYER 1 199,66"""


def parted(text: str, after: str, gap: int) -> PageLue:
    """A second page, a gap of so many pixels after a word of its first line."""
    current = page(text, 2)
    top, *rest = current.texte.lignes
    x, boxes = 150, []
    for word in top.texte.split():
        boxes.append((x, 150, x + 12 * len(word), 180))
        x += 12 * len(word) + (gap if word == after else 8)
    apart = replace(top, boite=(150, 150, x, 180), mots=serrer(boxes), surete=b"")
    return replace(current, texte=replace(current.texte, lignes=(apart, *rest)))


def test_who_writes_at_the_left_of_a_running_head_begins_nothing() -> None:
    first = (
        "MDPH\nMaison départementale des personnes handicapées\nDossier n° 314692\nLe 20 novembre 2025\n"
        "NOTIFICATION DE DÉCISION\nMonsieur Fernand ARGELLIES, né(e) le 30/10/1947,\n"
        "Prestation de compensation du handicap (PCH)\nDécision : ACCORD\nLa présidente de la CDAPH"
    )
    second = (
        "MDPH Dossier de ARGELLIES Fernand - voies et délais de recours\n"
        "1. Recours administratif préalable obligatoire (RAPO)\n"
        "Adressez un courrier motivé à la MDPH, accompagné d'une copie de la présente notification.\n"
        "2. Recours contentieux\nVous pourrez saisir le pôle social du tribunal judiciaire\n2/2"
    )
    assert build().boundary([page(first)], parted(second, "MDPH", 500)).probabilite < 0.5


@pytest.mark.parametrize(("gap", "begins"), [(500, True), (8, False)])
def test_a_title_on_the_level_of_a_name_stands_by_itself(gap: int, begins: bool) -> None:
    """At the other side of the page; in a sentence it is only named."""
    current = parted(SECOND, "SAS", gap)
    assert (build().boundary([page(FIRST)], current).probabilite > 0.9) is begins


PAID = """Caisse d'allocations familiales
N° allocataire : 5487808
Madame Hasnaa BENCHEKROUN
Attestation de paiement - quotient familial
a reçu pour le mois d'octobre 2026 : aide personnalisée au logement, prime d'activité
Page 1/3"""
OBLIGED = """Caisse d'allocations familiales - allocataire {number} - BENCHEKROUN Hasnaa
Personnes de votre foyer
Vos obligations : signaler tout changement de situation dans le mois.
Page {page}"""


@pytest.mark.parametrize(
    ("number", "page_number", "begins"),
    [
        ("5487808", "3/3", False),
        ("7712345", "3/3", True),  # another's, whose first pages are lost
        ("5487808", "3/4", True),
        ("5487808", "1/3", True),
    ],
)
def test_a_title_on_the_last_page_of_a_piece_whose_middle_is_lost_begins_none(
    number: str, page_number: str, begins: bool
) -> None:
    """Of « 1/3 » and « 3/3 » one page is missing; of two pieces, four would be."""
    assert (commence(PAID, OBLIGED.format(number=number, page=page_number)) > 0.5) is begins


def test_a_short_form_filled_in_again_is_another_paper_whatever_its_page() -> None:
    form = "FRANCE TRAVAIL\nAttestation de situation\n{}\nIdentifiant 1234567\nVous êtes inscrite\nPage {}"
    first = form.format("Mme MARTIN Camille", "1/3")
    assert commence(first, form.format("Mme FAURE Nicole", "3/3")) > 0.5


def test_a_payslip_whose_title_went_unread_is_another_though_of_the_first_only_head_and_foot_were_read() -> (
    None
):
    head = (
        "{}\nCLINIQUE SAINT-ELME\n90 avenue Foch, 99200 Morvigny\nSiret 97688187610107\nNom prénom\n"
        "N° INSEE\nGrade / emploi\nBOUKHALFA Mehdi\n1 93 03 59 299 267 34\nBrancardier\n"
        "6 rue des Filatiers 99120 Saint-Aurel\n"
        "Rubriques\nTaux sal.\nPart salarié\nPart employeur"
    )
    rows = "Salaire de base|Complémentaire santé|Accidents du travail|Retraite plafonnée|Retraite déplafonnée"
    rows += "|Assurance chômage|CSG déductible|CSG CRDS non déductible|Net social|Impôt prélevé à la source"
    body = "\n".join(f"{label} {i} 914,00" for i, label in enumerate(rows.split("|")))
    foot = (
        "Dans votre intérêt, conservez ce bulletin de paie sans limitation de durée.\n"
        "CCN hospitalisation privée du 18/04/2002 — du 01/{0}/2026 au 31/{0}/2026"
    )
    first = page(f"{head.format('BULLETIN DE PAIE CLARIFIÉ')}\n{foot.format('07')}")
    first = replace(first, texte=replace(first.texte, partielle=True))
    second = page(f"{head.format('Temps')}\n{body}\n{foot.format('08')}", 2)
    answer = build().boundary([first], second)
    assert answer.probabilite > 0.8, answer
