"""Dates, periods, amounts and names read from typed pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from time import process_time

import pytest
from feuillets import mots, page

from classifier import build
from classifier.births import births
from classifier.columns import compose
from classifier.dates import dates, months
from classifier.mrz import check_digit, find_mrz
from classifier.numbering import numbering
from classifier.places import Feuilles
from classifier.twoddoc import DeuxDDoc, parse
from intake.domain.lecture import Couche, MotCouche, PageLue, TexteLu
from textes import TEXTES


def lire(text: str) -> dict[str, str]:
    return build().classify([page(text)]).fields


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("le 12/03/2024", date(2024, 3, 12)),
        ("le 12 mars 2024", date(2024, 3, 12)),
        ("le 1er avril 2023", date(2023, 4, 1)),
        ("le 3 décernbre 2022", date(2022, 12, 3)),
        ("du O1.02.2O25", date(2025, 2, 1)),
        ("5 janv. 2024", date(2024, 1, 5)),
        ("le 07-08-19", date(2019, 8, 7)),
    ],
)
def test_dates_are_read_as_written_and_as_misread(text: str, expected: date) -> None:
    assert [d.jour for d in dates(text)] == [expected]


@pytest.mark.parametrize(
    "text", ["9. 10. 11. 12.", "31/02/2024", "01 99 00 00 00", "1 234,56", "loi n° 89-462"]
)
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert dates(text) == []


def test_a_month_of_payslip() -> None:
    assert [(m.annee, m.mois) for m in months("Paie du mois de mars 2025")] == [(2025, 3)]
    assert [(m.annee, m.mois) for m in months("Période 04/2025")] == [(2025, 4)]
    assert months("le 4 mars 2025") == []


def test_the_own_date_is_not_a_birth_date_nor_the_law() -> None:
    fields = lire(TEXTES["attestation_hebergement"][0])
    assert fields["date"] == "2025-05-06"


def test_period_of_payslip_and_rent() -> None:
    assert lire(TEXTES["bulletin_salaire"][0])["periode"] == "2025-03"
    assert lire(TEXTES["quittance_loyer"][0])["periode"] == "2025-03"
    assert lire(TEXTES["attestation_france_travail"][1])["periode"] == "2025-02"


def test_a_tax_notice_gives_year_income_and_number() -> None:
    fields = lire(TEXTES["avis_imposition"][0])
    assert fields["annee_revenus"] == "2023"
    assert fields["rfr"] == "18452"
    assert fields["numero_fiscal"] == "3012345678901"
    assert fields["date"] == "2024-07-08"


def test_the_nir_is_located_but_never_given() -> None:
    fields = lire(TEXTES["carte_vitale"][0])
    assert fields["nir"] == "present"
    left, top, right, bottom = (int(v) for v in fields["nir_boites"].removeprefix("1:").split(","))
    assert left < right
    assert top < bottom
    assert not any("999" in value and "75" in value for key, value in fields.items() if key != "nir_boites")


@pytest.mark.parametrize(
    ("kind", "index", "expected", "foreign"),
    [
        ("attestation_hebergement", 0, "OKORO", "BRUN"),
        ("certificat_medical", 0, "COLIN", "TOUX"),
        ("attestation_employeur", 0, "DELMOTTE", "BRIQUE"),
        ("certificat_scolarite", 0, "DELMOTTE", "Sansnom"),
        ("bulletin_salaire", 1, "OKORO", "Nulleville"),
        ("quittance_loyer", 0, "VERDIER", "Lilas"),
        ("jugement_expulsion", 0, "DELMOTTE", "VILLENEUVE"),
        ("acte_deces", 0, "VERDIER", "PETIT"),
    ],
)
def test_names_are_those_the_piece_is_about(kind: str, index: int, expected: str, foreign: str) -> None:
    names = lire(TEXTES[kind][index])["noms"].upper()
    assert expected in names
    assert foreign.upper() not in names


def test_names_come_from_labels_with_and_without_colon() -> None:
    assert "VERDIER Anaïs" in lire("Attestation\nNom : VERDIER\nPrénom : Anaïs\nFait le 12 mars 2025")["noms"]
    slip = "Fiche de paie du mois : octobre 2026\nNETTOYAGE DU PONANT Convention : Propreté (IDCC 3043)\n"
    read = lire(
        slip + "58 rue du Docteur-Lemoine, 99370 Port-Laval Mme LE BIHAN Tiphaine\nSIRET 999 699 229 00035"
    )
    assert read["noms"] == "LE BIHAN Tiphaine"  # a street is no doctor, and an employer nobody
    rent = "QUITTANCE DE LOYER\nLogement : 12 rue Victor Hugo Bailleur : Monsieur Paul MARTIN\n"
    assert lire(rent + "Locataire : Madame Fatou DIALLO\nLoyer 500,00 euros")["noms"] == "Fatou DIALLO"
    assert "DU PLANTIER" in lire("BULLETIN DE PAIE\nSalarié DU PLANTIER Paul\nNet à payer 12,00")["noms"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a given name and its surname on two lines
        (
            "Je certifie que l'état de santé de Monsieur Jean-Pierre\nKERDRAON, né le 14 février 1988",
            "KERDRAON",
        ),
        # employer and employee side by side, read as two surnames, then two given names
        ("Nom : TESSER\nNom : BOURDON\nPrénom : Minh\nPrénom : Aurélie", "TESSER Minh;BOURDON Aurélie"),
        ("Nom : TESSER\nNom : BOURDON\nPrénom : Minh Prénom : Aurélie", "TESSER Minh;BOURDON Aurélie"),
        ("Nom : TESSER Nom : BOURDON\nPrénom : Minh Prénom : Aurélie", "TESSER Minh;BOURDON Aurélie"),
        ("Nom : TESSER Prénom : Minh Nom : BOURDON Prénom : Aurélie", "TESSER Minh;BOURDON Aurélie"),
        ("Nom : TESSER\nNom d'usage : BOURDON\nPrénom : Aurélie", "TESSER Aurélie;BOURDON Aurélie"),
        # the head of a letter is nobody
        ("SELAS BELKACEM Étude ouverte du lundi au vendredi\nCOMMANDEMENT DE PAYER", ""),
        ("ACCUEIL Agrément préfectoral n° 2024-082\nATTESTATION DE DOMICILIATION", ""),
        # two columns on one line: the person beside the letterhead is somebody
        ("CAF Centre de gestion FAURE Nicole\nNotification de droits du mois", "FAURE Nicole"),
        ("FAURE Nicole Résidence Les Lilas\nQuittance du mois de mars", "FAURE Nicole"),
        ("Locataire : LOYER Karim\nQuittance du mois de mars", "LOYER Karim"),
        ("À la requête de Sylvain TRAORÉ, bailleur\nCOMMANDEMENT DE PAYER", ""),
    ],
)
def test_names_across_lines_columns_and_letterheads(text: str, expected: str) -> None:
    names = lire(text).get("noms", "")
    assert expected in names if expected else not names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Je certifie que Mme Anaïs VERDIER, née le 14/02/1991, est suivie", "1991-02-14"),
        ("Nom : VERDIER\nPrénom : Anaïs\nDate de naissance : 14/02/1991", "1991-02-14"),
        (
            "NOM / Surname\nVERDIER\nPrénoms / Given names\nAnaïs\nDATE DE NAISS.\nF FRA 14 02 1991",
            "1991-02-14",
        ),
        # an act's own date, a stranger's birthday, two birthdays for one name: nobody's
        ("Mme Anaïs VERDIER\nExtrait de l'acte de naissance n° 12 du 3 mars 2020", ""),
        ("Mme Anaïs VERDIER héberge l'enfant du voisin, né le 3 mars 2012", ""),
        ("Mme Anaïs VERDIER, née le 14/02/1991\nMme Anaïs VERDIER, née le 03/09/1997", ""),
    ],
)
def test_a_birthday_goes_with_the_name_before_it(text: str, expected: str) -> None:
    read = lire(text)
    born = dict(zip(read["noms"].split(";"), read.get("naissances", "").split(";"), strict=False))
    assert next(day for name, day in born.items() if "VERDIER" in name) == expected


def test_a_name_of_one_word_said_a_thousand_times_is_looked_for_once() -> None:
    name = "MARTIN MARTIN MARTIN MARTIN CLAIRE"
    sheet = page("\n".join([f"Nom : {name}", *["MARTIN " * 10] * 200, f"{name} née le 03/09/1997"]))
    assert births(Feuilles([sheet] * 3), [], [name]) == (date(1997, 9, 3),)  # it took minutes


@pytest.mark.slow
@pytest.mark.parametrize(
    "word", ["1 85 05 78 006 084 36 ", "Nom : MARTIN Prénom : Ana ", "né le 01/02/1990 "]
)
@pytest.mark.parametrize("end", ["", "\n"], ids=["on one line", "in lines"])
def test_a_page_that_repeats_itself_takes_no_longer_than_its_length(word: str, end: str) -> None:
    spent = []
    for times in (100, 800):
        sheet = page("ATTESTATION\n" + (word * 4 + end) * times)
        start = process_time()
        build().classify([sheet])
        spent.append(process_time() - start)
    assert spent[1] < 30 * spent[0] + 0.5  # eight times the text; by its square it would be 64


def test_mrz_of_a_passport_and_of_both_french_cards() -> None:
    passport = find_mrz(page(TEXTES["passeport"][0]).texte.lignes)
    assert passport is not None
    assert (passport.type, passport.nom, passport.prenoms) == ("passeport", "VERDIER", "ANAIS LOUISE")
    assert (passport.naissance, passport.expiration) == ("1991-02-14", "2029-06-01")
    old = find_mrz(page(TEXTES["carte_identite"][0]).texte.lignes)
    assert old is not None
    assert (old.type, old.nom) == ("carte_identite", "VERDIER")
    rows = "IDFRAX4ZTQ7Q123<<<<<<<<<<<<<<<\n7809039M3204119FRA<<<<<<<<<<<8\nDELMOTTE<<KARIM<JEAN<<<<<<<<<<"
    new = find_mrz(page(rows).texte.lignes)
    assert new is not None
    assert (new.type, new.nom, new.prenoms, new.naissance) == (
        "carte_identite",
        "DELMOTTE",
        "KARIM JEAN",
        "1978-09-03",
    )


def test_a_line_of_text_is_no_mrz() -> None:
    assert (
        find_mrz(page("ATTESTATION DE PAIEMENT DES ALLOCATIONS FAMILIALES\nIDENTIFIANT 1234567").texte.lignes)
        is None
    )


def test_check_digits_follow_the_standard() -> None:
    assert check_digit("520727") == 3
    assert check_digit("AB2134<<<") == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BAIL\nPage 2 sur 4", "2/4"),
        ("Relevé\nsuite\n3/5", "3/5"),
        ("Texte\n- 2 -", "2"),
        ("Texte\nFeuillet n° 1/2", "1/2"),
        ("Le 12/03/2024", "None"),
        ("Page 7/3", "None"),
    ],
)
def test_page_numbers(text: str, expected: str) -> None:
    assert str(numbering(page(text))) == expected


def test_a_strange_2ddoc_is_no_error() -> None:
    assert parse("https://exemple.invalid") is None
    assert parse("DC04") is None
    strange = parse("DC04FR000001FFFF1F301F309901FR??")
    assert strange is not None
    assert strange.type == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jo 23 Mo 09 An 2026", date(2026, 9, 23)),
        ("Le 6. avril 2026", date(2026, 4, 6)),
        ("le 13 septembre: 2026", date(2026, 9, 13)),
    ],
)
def test_dates_in_boxes_and_with_specks_between_are_read(text: str, expected: date) -> None:
    assert [d.jour for d in dates(text)] == [expected]


OWN_DATES = [
    (
        "jugement, la loi citée de côté",
        "TRIBUNAL JUDICIAIRE DE VILLEVAINE\nAffaires familiales\nORDONNANCE DE PROTECTION\n"
        "(articles 515-9 et suivants du code civil) – 26 juillet 2026\n"
        "Partie demanderesse : Madame Noémie BELLANGIER. Partie défenderesse : Monsieur Ismaël KOROMA.",
        "2026-07-26",
    ),
    (
        "facture et jour du prélèvement",
        "Électricité Lointaine\nVotre facture du 03/01/2026\nRéférence client 0888903960\n"
        "Abonnement HT 14,20\nConsommation – 412 kWh 71,02\nMontant TTC à payer 115,36 €\n"
        "Prélèvement le 18/01/2026. Prochain relevé du compteur dans 2 mois.",
        "2026-01-03",
    ),
    (
        "titre de pension",
        "SERVICE DES RETRAITES DE L'ÉTAT\nCertificat d'inscription – Titre de pension\n"
        "Titulaire OUADDAH Karim\nDate d'effet 15/04/2026\nMontant brut annuel 18 400,00 €\n"
        "Titre concédé par arrêté du 16 mars 2026.",
        "2026-03-16",
    ),
    (
        "attestation d'un temps passé",
        "pôle emploi\nATTESTATION DE PAIEMENT\nLe directeur atteste que Monsieur Loïc MARCHADIER, "
        "identifiant 1234567X, a perçu l'allocation de solidarité spécifique (ASS) :\n"
        "Janvier 2023 30 540,10 €\nFévrier 2023 28 520,00 €\n"
        "Attestation établie le 3 décembre 2023 à la demande de l'intéressé.",
        "2023-12-03",
    ),
    (
        "dernière colonne d'un tableau",
        "AGENCE DE LA LUNE\nQUITTANCE DE LOYER\nLocataire Lot Période Date d'édition\n"
        "VASSEROT Maud T2 du 01/01/2026 au 30/01/2026 06/01/2026\nLoyer principal 560,00\nTotal 625,00",
        "2026-01-06",
    ),
    (
        "timbre de réception, d'une quittance",
        "QUITTANCE DE LOYER\nPériode : du 01/09/2026 au 30/09/2026\nTotal 416,60\nREÇU LE\n13 NOV. 2026",
        "2026-09-30",
    ),
    (
        "reçu le loyer",
        "QUITTANCE DE LOYER\nLocataire : Mme MARTIN Camille, bail du 01/02/2020\nReçu le 05/11/2026",
        "2026-11-05",
    ),
    (
        "timbre de réception, d'une attestation",
        "ATTESTATION DE L'EMPLOYEUR\nFait à Lille le 03/02/2024\nCOURRIER ARRIVÉ LE 13/11/2026",
        "2024-02-03",
    ),
]


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in OWN_DATES], ids=[c[0] for c in OWN_DATES])
def test_the_own_date_is_the_one_the_paper_gives_itself(text: str, expected: str) -> None:
    assert lire(text)["date"] == expected


@pytest.mark.parametrize(("sure", "doubted"), [(96, False), (80, True)])
def test_a_day_written_by_hand_is_doubted_where_it_was_hardly_read(sure: int, *, doubted: bool) -> None:
    """« 08/11/2026 » was read « 04/1/2016 », and the attestation would have been ten years old (R24)."""
    read = page("ATTESTATION D'HÉBERGEMENT\nJe déclare héberger à mon domicile\nFait à Lyon, le 04/01/2016")
    lines = tuple(
        replace(x, confiance=45.0, surete=bytes([sure if "/" in w else 30 for w in x.texte.split()]))
        for x in read.texte.lignes
    )
    answer = build().classify([replace(read, texte=replace(read.texte, lignes=lines, confiance=45.0))])
    assert answer.fields["date"] == "2016-01-04"
    assert ("date_douteuse" in answer.fields) is doubted


@pytest.mark.parametrize(
    "line", ["Revenu fiscal de référence (25) 13 410", "Revenu fiscal de référence : 13 410 €"]
)
def test_a_note_beside_the_revenu_fiscal_is_not_its_amount(line: str) -> None:
    text = "AVIS D'IMPÔT SUR LES REVENUS\nrevenus de l'année 2023\nRevenu brut global 13 410\n"
    assert lire(text + line)["rfr"] == "13410"


def test_a_year_after_the_revenu_fiscal_is_not_its_amount() -> None:
    text = "AVIS D'IMPÔT SUR LES REVENUS\nNombre de parts 1\nRevenu fiscal de référence\nREVENUS 2023"
    assert lire(text).get("rfr") is None


@pytest.mark.parametrize(
    ("text", "expected", "foreign"),
    [
        (
            "Banque du Lointain\nRELEVÉ DE COMPTE au 17/06/2026\nVotre conseiller : 09 99 99 99 99 "
            "M. EUDES OUADDAH\nCompte chèques n° 99905819286\nDate Opération Débit Crédit\n"
            "SOLDE PRÉCÉDENT 177,00\nNOUVEAU SOLDE 885,55",
            "OUADDAH",
            "Lointain",
        ),
        (
            "HÔTEL DU MÉRIDIEN\nATTESTATION D'HÉBERGEMENT\nLe gérant de l'hôtel certifie que la famille "
            "JACQUEMOTTE réside dans l'établissement depuis le 23/03/2025.\nFait le 04/03/2026.",
            "JACQUEMOTTE",
            "MÉRIDIEN",
        ),
        (
            "ATTESTATION DE RENOUVELLEMENT D'UNE DEMANDE DE LOGEMENT SOCIAL\n"
            "Numéro unique : 099907249999999917\nTitulaire de la demande : DA COSTA MIRANDELO Evariste\n"
            "Date du renouvellement : 23/07/2026",
            "DA COSTA MIRANDELO",
            "Titulaire",
        ),
    ],
)
def test_banks_hosts_and_advisers_do_not_hide_whom_the_piece_is_about(
    text: str, expected: str, foreign: str
) -> None:
    names = lire(text)["noms"]
    assert expected in names
    assert foreign not in names


def test_a_study_of_bailiffs_alone_on_its_line_is_nobody() -> None:
    text = "SELARL BRUME JUSTICE\nCOMMANDEMENT DE PAYER LES LOYERS\nvisant la clause résolutoire"
    assert "BRUME" not in lire(text).get("noms", "")


def test_an_addressee_in_capitals_is_named_where_nothing_else_is() -> None:
    def line(text: str, x: int, y: int) -> list[MotCouche]:
        return mots(text.split(), x, y)

    words = [
        *line("AVIS D'IMPÔT 2026", 820, 60),
        *line("Établi en 2026 sur les revenus de 2025", 820, 100),
        *line("SIP DE BOURG-AUX-CONFINS", 120, 200),
        *line("OLIVEIRETE SOLVEIG", 820, 200),
        *line("1 PLACE DU NÉANT", 120, 230),
        *line("51 BOULEVARD DU TEMPS PERDU", 820, 230),
        *line("99940 BOURG CEDEX", 120, 260),
        *line("99940 BOURG-AUX-CONFINS", 820, 260),
        *line("Revenu fiscal de référence : 30 536", 120, 400),
    ]
    lines = compose(Couche(tuple(words)), 1654, 2339).lignes
    read = PageLue(1, texte=TexteLu(lines, 0, 1654, 2339, 100.0, "pdf"))
    assert build().classify([read]).fields["noms"] == "OLIVEIRETE SOLVEIG"


def test_what_parts_names_in_what_is_kept_is_in_no_name_of_a_code() -> None:
    assert DeuxDDoc("avis_imposition", {"46": "VERDIER;X/ANAIS"}).noms == ("VERDIER X ANAIS",)
