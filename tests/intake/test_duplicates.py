"""R25: the same paper scanned again is recognised, two like papers never are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.duplicates import REPERES, Signalement, doublon_de, semblables

CLEAR = """CARTE NATIONALE D'IDENTITÉ N° : 205726696130 Nationalité Française
Nom : CHEVALLIER Prénom(s) : Chloé, Isabelle Sexe : F Né(e) le : 09/12/2000 à Reims
Adresse : 47 rue de la Fontaine délivrée le 04/04/2023 par SOUS-PRÉFECTURE DE BESANÇON
Carte valable jusqu'au 03/04/2033"""
POOR = """Nabonaité Françasse Nom : CHEVALIER Prénom(s) : Chloé, Isabelle Sexe : F le : 09/12/2000 Reims
Adresse : 47 rue de la Fontaine déhvrée le 04/04/2023 par SOUS-PRÉFECTURE DE BESANÇON"""
BACK = """Adresse : 47 rue de la Fontaine Le Havre délivrée le 04/04/2023
Signature de l'autorité préfet couleur des yeux marron taille tampon officiel cachet sec"""

MORE = "mentions légales durée prolongée cinq années décret titulaire majeur autorité compétente délivrance"
SISTER = CLEAR.replace("09/12/2000", "01/02/2011").replace("205726696130", "301111222333")


def repere(**fields: str) -> tuple[str, ...]:
    return tuple(fields.get(name, "") for name in REPERES)


HIDDEN = """CARTE NATIONALE SEELLE 205726696130 Françasse CHEVALIER Chloé DOTOT MARSEE Reims
LIRFRA ESSALE Adresse Fontaine PRENE JUSQUAUT BESANCON"""
CARD = Signalement("P1", "aa", "carte_identite", CLEAR, ("0" * 16,), repere(date="2023-04-04"), "D")


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"texte": POOR}, True),  # a poorer scan of the card of that day
        ({"texte": POOR, "repere": repere(fin_validite="2033-04-03")}, False),  # nothing read on both
        ({"texte": CLEAR.replace("205726696130", "205726696180")}, True),  # one of its digits misread
        ({"texte": CLEAR.replace("205726696130", "205796696180")}, False),
        ({"texte": POOR, "personne": "C"}, False),
        ({"texte": CLEAR, "repere": repere(date="2011-01-02")}, False),  # the card before this one
        (
            {"texte": CLEAR + " " + BACK + " " + BACK.replace("a", "é").upper()},
            False,
        ),  # both faces: shows more
        ({"texte": CLEAR.replace("09/12/2000", "01/02/2011").replace("205726696130", "301111222333")}, False),
        ({"texte": BACK}, False),  # the other face is not the same again
        ({"texte": HIDDEN}, True),  # by its pattern, all but its number
        ({"texte": HIDDEN, "repere": repere(fin_validite="2033-04-03")}, False),
        ({"texte": HIDDEN.replace("205726696130", "205726")}, False),
        ({"texte": POOR, "type": "passeport"}, False),
        ({"texte": BACK, "sha256": "aa", "type": "inconnu"}, True),  # the same bytes, whatever was read
    ],
)
def test_a_card_scanned_again(changed: dict[str, str], same: bool) -> None:
    again = replace(CARD, id="P2", **{"sha256": "bb", **changed})  # type: ignore[arg-type]
    assert (doublon_de(again, [CARD]) is not None) is same


def test_the_number_of_a_zone_is_worth_more_than_a_day_that_was_misread() -> None:
    first = replace(CARD, repere=repere(date="2023-04-04", numero_document="OR6759389"))
    again = replace(first, id="P2", sha256="bb", texte=POOR)
    other_day = repere(date="2023-08-04", numero_document="OR6759389")
    assert doublon_de(replace(again, repere=other_day), [first])
    assert not doublon_de(
        replace(again, repere=repere(date="2023-08-04", numero_document="OR6759380")), [first]
    )
    assert not doublon_de(replace(again, repere=repere(date="2023-08-04")), [first])
    assert not doublon_de(replace(again, repere=other_day, type="certificat_scolarite"), [first])


FEW = "Certificat scolarité 2026-2027 Louane MERCIER née 14/05/2012 classe 5e INE 120345678 le 02/09/2026"


@pytest.mark.parametrize(
    ("text", "picture", "same"),
    [
        (FEW.replace("Certificat", "Certifcat"), "0" * 14 + "ff", True),  # a letter lost, and a shade
        (FEW.replace("Certificat", "Certifcat"), "0" * 12 + "ffff", False),  # another picture
        (FEW.replace("120345678", "120345679"), "0" * 14 + "ff", False),  # her twin's
        (FEW.replace("classe", "cl"), "0" * 14 + "ff", True),
        ("Certificat assiduité Louane PETIT née 14/05/2012 INE 120345678 le 02/09/2026", "0" * 16, False),
    ],
)
def test_a_paper_of_few_words_and_the_same_figures(text: str, picture: str, *, same: bool) -> None:
    paper = Signalement("P1", "aa", "certificat_scolarite", FEW, ("0" * 16,), repere())
    again = replace(paper, id="P2", sha256="bb", texte=text, empreintes=(picture,))
    assert (doublon_de(again, [paper]) is not None) is same


WAGES = """BULLETIN DE SALAIRE SAS BATI HAINAUT période {month} paiement emploi maçon qualification ouvrier
salaire base éléments paie mutuelle complémentaire retraite famille assurance chômage allègement employeur
2 050,00 1 518,40 455,70 1 594,30 1 652,71 1 574,47 16 527,10 20 500,00 745,57 143,50 13 591,20"""
POOR_WAGES = """BULLETIN DE SALARE SAS BATI HANAUT pénode {month} paiernent emploi maçon quaMcation ouvrier
salaire bese éléments paie muluelle complémentaire retraite famile assurance chômage aliègement employeur
2 050,00 1 518,40 455,70 1 594,30 1 6S2,71 1 574,47 16 527,10 20 500,00 7 45,5 14,50 1 359,20"""


OTHER_WAGES = f"""{WAGES.partition("2 050")[0]}
1 890,00 1 400,10 420,15 1 469,85 1 523,30 1 451,20 15 237,00 18 900,00 687,40 132,30 12 530,40"""


MENDED_WAGES = f"""{WAGES.partition("2 050")[0]}
2 200,00 1 518,40 489,20 1 710,80 1 773,51 1 689,40 16 527,10 20 650,00 800,13 143,50 13 707,70"""


@pytest.mark.parametrize(
    ("month", "text", "same"),
    [
        ("2026-10", POOR_WAGES, True),  # hardly read, and what is paid is the same amounts for the same month
        ("2026-09", POOR_WAGES, False),  # a wage that does not change
        ("", POOR_WAGES, False),  # of which month it is was not read
        ("2026-10", OTHER_WAGES, False),
        ("2026-10", MENDED_WAGES, False),  # corrected: a bonus changes most of its amounts
    ],
)
def test_a_poor_copy_of_a_payslip(month: str, text: str, same: bool) -> None:
    first = Signalement(
        "A", "1", "bulletin_salaire", WAGES.format(month="octobre"), repere=repere(periode="2026-10")
    )
    again = Signalement(
        "B", "2", "bulletin_salaire", text.format(month="octobre"), repere=repere(periode=month)
    )
    assert (doublon_de(again, [first]) is not None) is same


def test_the_day_of_one_stands_for_the_month_that_was_not_read_on_the_other() -> None:
    """Whichever of the two came first, and whether or not anything was read of the other."""
    end = "\npaiement le 31/10/2026"
    dated = Signalement(
        "A", "1", "bulletin_salaire", WAGES.format(month="octobre") + end, repere=repere(date="2026-10-31")
    )
    poor = Signalement("B", "2", "bulletin_salaire", POOR_WAGES.format(month="octobre") + end)
    assert doublon_de(poor, [dated]) is not None
    assert doublon_de(dated, [poor]) is not None
    silent = replace(
        poor, texte=POOR_WAGES.format(month="octobre")
    )  # its own day says nothing of the other's
    assert doublon_de(silent, [dated]) is None
    assert doublon_de(dated, [silent]) is None
    both = replace(
        silent, repere=repere(date="2026-10-31")
    )  # « payé le 31 octobre » on both, no month on either
    assert doublon_de(both, [dated]) is not None
    assert doublon_de(replace(both, repere=repere(date="2026-09-30")), [dated]) is None


def test_payslips_of_two_months_are_two_papers() -> None:
    text = "BULLETIN DE PAIE ENTREPRISE DURAND salaire brut cotisations retraite mutuelle emploi agent {}"
    march = Signalement(
        "A", "1", "bulletin_salaire", text.format("1 812,44 03/2026"), repere=repere(periode="2026-03")
    )
    april = replace(
        march, id="B", sha256="2", texte=text.format("1 812,44 04/2026"), repere=repere(periode="2026-04")
    )
    assert doublon_de(april, [march]) is None


def test_rows_written_before_a_field_was_compared_still_are() -> None:
    old = replace(CARD, repere=("2023-04-04", "", ""))
    assert doublon_de(replace(CARD, id="P2", sha256="bb", texte=POOR), [old]) is old


HEAD = "AVIS D'IMPÔT MARTIN Claire 12 rue des Lilas Reims référence 26 51 4457 numéro fiscal 1234567890123"
MIDDLE = "revenus déclarés salaires 21 450 déduction forfaitaire 2 145 quotient familial nombre parts 2,5"
FOOT = "service impôts particuliers Reims échéance 15/09/2026 montant 1 250 prélèvement mensuel banque"


def avis(id_: str, *parts: str, partielle: bool = False) -> Signalement:
    text = "\n".join(parts)
    return Signalement(id_, id_, "avis_imposition", text, ("f" * 16,), (), "D", partielle)


def test_a_paper_of_which_the_middle_was_left_unread_is_found_in_its_whole_copy() -> None:
    part, whole = avis("P1", HEAD, FOOT, partielle=True), avis("P2", HEAD, MIDDLE, FOOT)
    assert doublon_de(whole, [part]) is part
    assert doublon_de(part, [whole]) is whole


def test_two_papers_read_in_part_that_share_one_strip_only_are_two() -> None:
    other = avis("P2", HEAD, FOOT.replace("15/09/2026", "16/10/2025").replace("1 250", "980"), partielle=True)
    assert doublon_de(other, [avis("P1", HEAD, FOOT, partielle=True)]) is None
    assert doublon_de(avis("P3", HEAD, MIDDLE), [avis("P1", HEAD, FOOT)]) is None  # both were read whole


SLIP = """BULLETIN DE PAIE LIBRAIRIE VAUQUELIN salarié matricule emploi vendeur qualification échelon
ancienneté salaire base sécurité sociale maladie complémentaire prévoyance retraite chômage cotisations{month}
1 567,00 {between} 1 567,00 109,69 18,80 32,91 108,12 133,98 {net} € cumul 14 103,00"""


def slip(id_: str, *, month: str = "", between: str = "", net: str = "1 195,98", **more: str) -> Signalement:
    text = SLIP.format(month=f" {month}" if month else "", between=between, net=net)
    return Signalement(id_, id_, "bulletin_salaire", text, ("0" * 16,), repere(**more), "D")


def test_the_cells_of_a_table_are_figures_whichever_of_them_make_a_line() -> None:
    first = slip("A", periode="2026-09")
    assert doublon_de(slip("B", between="\n", periode="2026-09"), [first]) is first
    assert doublon_de(slip("C", between=": ‘", net="1 795,98", periode="2026-09"), [first]) is first


@pytest.mark.parametrize(
    ("mine", "its"),
    [("septembre 2026", "octobre 2026"), ("01/09/2026", "01/10/2026"), ("SEPTEMBRE", "Octobre")],
)
def test_the_same_pay_another_month_is_another_paper_though_no_period_was_read(mine: str, its: str) -> None:
    assert doublon_de(slip("B", month=its), [slip("A", month=mine)]) is None
    assert doublon_de(slip("B", month=its), [slip("A", month=its)]) is not None
    assert doublon_de(slip("B", month=its), [slip("A")]) is not None  # one of the two says nothing of it


def test_two_receipts_of_one_day_for_two_months_are_two_papers() -> None:
    march, may = (
        slip("A", month="mars 2024", date="2024-06-01"),
        slip("B", month="mai 2024", date="2024-06-01"),
    )
    assert doublon_de(may, [march]) is None


def test_everybodys_avis_is_of_the_same_day() -> None:
    text = "AVIS D'IMPÔT 2026 direction générale finances publiques numéro fiscal {} {} revenu {} €"
    told = {"date": "2026-07-11", "annee_revenus": "2025"}
    samir = text.format("14 47 328 442 309", "BENALI Samir", 17860)
    mine = Signalement("A", "A", "avis_imposition", samir, ("0" * 16,), repere(**told))
    julie = text.format("28 85 555 980 133", "MOREAU Julie", 17890)
    assert doublon_de(replace(mine, id="B", sha256="B", texte=julie), [mine]) is None


RECEIPT = """PRÉFECTURE bureau du séjour RÉCÉPISSÉ DE DEMANDE DE CARTE DE SÉJOUR valable six mois autorise
titulaire travailler NOM PRÉNOM FATOUMATA nationalité ivoirienne adresse place Gambetta étranger 9903790602
expire 01/04/2027 19/08/1983 renouvellement vie privée familiale
titulaire présent séjour régulier justifie intéressé {own}"""


@pytest.mark.parametrize(
    ("text", "day", "same"),
    [
        (RECEIPT.format(own=""), "2027-04-01", True),  # its own day unread, its last one was taken for it
        (RECEIPT.format(own="02/10/2026"), "2027-04-01", False),  # read, and another was taken: who knows why
        (RECEIPT.format(own="").replace("01/04/2027", "02/10/2027"), "2027-10-02", False),  # the next receipt
    ],
)
def test_a_scan_on_which_another_day_was_taken_for_its_own(text: str, day: str, same: bool) -> None:
    first = Signalement(
        "A", "1", "titre_sejour", RECEIPT.format(own="02/10/2026"), repere=repere(date="2026-10-02")
    )
    again = Signalement("B", "2", "titre_sejour", text, repere=repere(date=day))
    assert (doublon_de(again, [first]) is not None) is same
    assert (doublon_de(first, [again]) is not None) is same


def test_a_later_paper_that_recalls_the_day_of_the_earlier_is_another() -> None:
    """« Annule et remplace le bulletin du 31/08/2026 »: of other papers than titles a day read is its own."""
    slip = WAGES.format(month="août") + "\npaiement le {} {}"
    first = Signalement(
        "A", "1", "bulletin_salaire", slip.format("31/08/2026", ""), repere=repere(date="2026-08-31")
    )
    mended = Signalement(
        "B",
        "2",
        "bulletin_salaire",
        slip.format("15/09/2026", "annule et remplace celui du 31/08/2026"),
        repere=repere(date="2026-09-15"),
    )
    assert doublon_de(mended, [first]) is None


DECISION = """MDPH des Hautes Vallées dossier 991322 notification de décision {title} Madame Fourcade
des droits et de l'autonomie des personnes handicapées réunie le 12 novembre 2025 a reconnu à Noémie Fourcade
née le 31/08/1986 {what} période d'ouverture du 01/12/2025 au 30/11/2030 cette décision a été prise au vu des
besoins exprimés et de l'évaluation de l'équipe pluridisciplinaire la présidente voies de recours vous pouvez
contester cette décision dans un délai de deux mois recours administratif préalable conciliation"""


def test_two_decisions_of_one_day_are_two_papers_and_a_copy_hardly_read_is_one() -> None:
    fields = repere(date="2025-11-20")
    first = DECISION.format(
        title="attribution allocation aux adultes",
        what="taux compris entre 50 et 79 restriction substantielle",
    )
    other = DECISION.format(title="reconnaissance travailleur qualité", what="statut ouvert")
    filed = Signalement("P1", "aa", "notification_mdph", first, ("0" * 16,), fields, "D")
    assert doublon_de(replace(filed, id="P2", sha256="bb", texte=other), [filed]) is None
    hardly = (
        first.replace("Madame", "Madarne").replace("substantielle", "sudstantiele").replace("équipe", "éqmpe")
    )
    assert doublon_de(replace(filed, id="P2", sha256="bb", texte=hardly), [filed]) is filed


QUITTANCE = """M. GARRIGUE Bertrand 22 chemin de la Source 99210 Cormeuil QUITTANCE DE LOYER
Période du 1er au 31 octobre 2026. Je soussigné, bailleur, déclare avoir reçu de Mme Xiaolan TI et M. Duc HO
la somme de 605,00 euros au titre du loyer et des charges du logement situé 27 boulevard Carnolet,
99100 Montreville, et lui en donne quittance. Loyer principal {loyer} Provision sur charges 65,00 €
Total acquitté 605,00 € La présente quittance annule tous les reçus {more}"""


@pytest.mark.parametrize(
    ("loyer", "same"), [(",4000 €", True), ("$40,00 €", True), ("5400,0 €", True), ("4123 €", False)]
)
def test_a_figure_whose_first_digit_was_lost_is_the_same_figure(loyer: str, same: bool) -> None:
    first = Signalement(
        "P1",
        "aa",
        "quittance_loyer",
        QUITTANCE.format(loyer=loyer, more=""),
        ("0" * 16,),
        repere(date="2026-10-31"),
    )
    again = replace(first, id="P2", sha256="bb", texte=QUITTANCE.format(loyer="540,00 €", more="7707"))
    assert (doublon_de(again, [first]) is first) is same


def test_of_a_paper_read_in_part_and_its_copy_the_rest_is_read_before_they_are_compared() -> None:
    whole = (
        "MAIRIE DE ROQUEFIERE Service de l'etat civil COPIE INTEGRALE D'ACTE DE NAISSANCE Commune Roquefiere "
        "janvier heures minutes sexe feminin maternite Amadou Essarts Hauts Capucine Leroy Fontaine Dresse "
        "officier delegation declaration lecture faite signe avec nous Mentions marginales Neant Copie"
    )
    part = whole.partition("Amadou")[0]
    assert semblables(part, whole)
    assert not semblables(f"{part} Lucie Mercier Besancon Doubs jumelle reconnue adoptee", whole)
    assert not semblables("MAIRIE DE ROQUEFIERE", whole)


IN_A_HAND = """Madame Philippine Destouches impasse du Moulin Reçu de loyer octobre 2026 Reçu de Monsieur
Martel Christophe mon locataire impasse des Jardins la somme de 595 euros pour le loyer et les charges du mois
octobre Quittance pour solde loyer à jour le 05/10/2026"""
OF_A_HAND = Signalement(
    "P1", "aa", "quittance_loyer", IN_A_HAND, ("0" * 16,), repere(date="2026-10-05", periode="2026-10")
)


@pytest.mark.parametrize(
    ("texte", "of", "same"),
    [
        (IN_A_HAND.replace("595", "545").replace("Monsieur", "Moncieur"), {}, True),  # one digit misread
        (IN_A_HAND.replace("595", "612"), {}, False),  # another sum, paid on that day
        (IN_A_HAND.replace("595", "545"), {"date": "2026-10-06"}, False),
        (IN_A_HAND.replace("595", "545").replace("le loyer et", "le garage et"), {}, False),
    ],
)
def test_a_receipt_in_a_hand_scanned_again(texte: str, of: dict[str, str], same: bool) -> None:
    told = repere(**{"date": "2026-10-05", "periode": "2026-10", **of})
    again = replace(OF_A_HAND, id="P2", sha256="bb", texte=texte, repere=told)
    assert (doublon_de(again, [OF_A_HAND]) is not None) is same


RIGHTS = """MAISON DEPARTEMENTALE PERSONNES HANDICAPEES commission droits autonomie décision notifiée Monsieur
Martel né le 15/05/1970 dossier 99024633 valable du 1er mars 2026 au 28 février 2031 voies de recours délai
deux mois tribunal judiciaire président commission signature {what}"""


def test_two_decisions_of_one_day_to_one_person_say_other_things() -> None:
    worker = RIGHTS.format(what="reconnaissance qualité travailleur")
    market = RIGHTS.format(what="orientation professionnelle marché ordinaire")
    first = Signalement("P1", "aa", "notification_mdph", worker, ("0" * 16,), repere(date="2026-02-20"), "D")
    second = replace(first, id="P2", sha256="bb", texte=market)
    assert doublon_de(second, [first]) is None
