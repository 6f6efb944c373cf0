"""Papers on which one thing was altered: what is printed is no longer what the zone or the 2D-Doc says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from feuillets import page

from classifier import build
from classifier.mrz import check_digit
from intake.domain.lecture import PageLue, SymboleLu

PRINTED = {
    "nom": "LEFORESTIER",
    "prenom": "Gaëlle",
    "numero": "22KT70491",
    "ne": "14 03 1986",
    "delivre": "02 05 2022",
    "expire": "01 05 2032",
}
ZONE = {
    "nom": "LEFORESTIER",
    "prenom": "GAELLE",
    "numero": "22KT70491",
    "ne": "860314",
    "expire": "320501",
}


def td3(**other: str) -> str:
    """The two rows of a passport, their digits right, or as they are given."""
    z = {**ZONE, **other}
    first = f"P<FRA{z['nom']}<<{z['prenom']}".ljust(44, "<")
    number = z["numero"] + other.get("cle_numero", str(check_digit(z["numero"])))
    dates = z["ne"] + other.get("cle_ne", str(check_digit(z["ne"]))) + "F"
    dates += z["expire"] + str(check_digit(z["expire"]))
    personal = "<" * 14 + "0"
    # What was altered afterwards, the digit over all does not know.
    counted = f"{z['numero']}{check_digit(z['numero'])}{z['ne']}{check_digit(z['ne'])}{dates[8:]}{personal}"
    return f"{first}\n{number}FRA{dates}{personal}{check_digit(counted)}"


def passport(zone: str, confiance: float = 96.0, **other: str) -> PageLue:
    shown = {**PRINTED, **other}
    text = f"""PASSEPORT PASSPORT RÉPUBLIQUE FRANÇAISE
Passeport n° {shown["numero"]}
Nom / Surname (1)
{shown["nom"]}
Prénoms / Given names (2)
{shown["prenom"]}
Nationalité / Nationality (3) Française
Date de naissance / Date of birth (4)
{shown["ne"]}
Date de délivrance / Date of issue (7)
{shown["delivre"]}
{shown.get("label", "Date d'expiration / Date of expiry (9)")}
{shown["expire"]}
{zone}"""
    return surely(page("\n".join([text, *["—"] * 30])), confiance)  # as close as the rows of a card


def surely(read: PageLue, confiance: float) -> PageLue:
    lines = tuple(replace(line, confiance=confiance) for line in read.texte.lignes)
    return replace(read, texte=replace(read.texte, lignes=lines, confiance=confiance))


def accused(*pages: PageLue) -> str:
    return build().classify(pages).fields.get("falsification", "")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, ""),
        ({"numero": "22KT70853"}, "numéro"),
        ({"numero": "22KT7O491"}, ""),  # O for 0
        ({"numero": "22KT70497"}, ""),  # one figure: misread
        ({"numero": "Z2KT7B4S1"}, ""),  # letters where the zone has figures: one of the two was misread
        ({"numero": "22XT70A91"}, ""),
        ({"numero": "19ZX55238"}, ""),  # another number altogether: of the passport that it replaces
        ({"expire": "01 05 2037", "label": "Date d'expiration / Date of expiry (9)"}, ""),  # one figure
        ({"expire": "01 05 2033", "delivre": "02 05 2023"}, "expiration"),  # one too, and a whole term
        ({"expire": "01 05 2033", "delivre": "02 05 2022"}, ""),
        ({"expire": "18 11 2035"}, "expiration"),
        ({"expire": "28 11 2035", "delivre": "29 11 2025", "label": "~"}, "expiration"),  # its label unread
        ({"expire": "28 11 2035", "label": "~"}, ""),  # nor is it any term of what is printed
        ({"expire": "0l 05 2O3Z", "delivre": "01 05 2022", "label": "Valable jusqu'au"}, ""),
        ({"expire": "01 JVN 2032", "delivre": "02 MAY 2022", "label": "Date of issue Date of expiry"}, ""),
        ({"expire": "18 11 2035 — validité prorogée"}, ""),
        ({"expire": "18 11 2025"}, ""),  # earlier: the day of issue, of entry, or of the card before
        ({"prenom": "Nathalie"}, "prénom"),
        ({"prenom": "Domicile"}, ""),  # no name that is common: what stands there may be anything
        ({"prenom": "Gaele"}, ""),
        ({"prenom": "Nationality"}, ""),
        ({"nom": "OBERKAMPF"}, "nom"),
    ],
)
def test_one_thing_printed_is_not_the_zones(other: dict[str, str], said: str) -> None:
    answer = accused(passport(td3(), 96.0, **other))
    assert (said in answer) if said else not answer, answer
    assert not accused(passport(td3(), 60.0, **other))


@pytest.mark.parametrize(
    "first",
    [
        "P<FRALEFORESTIER".ljust(44, "<"),  # its given name hidden by a flash
        "P<FRALEFORESTIER<<G".ljust(44, "<"),
        "P<FRALEFORESTIER<<NATHALIE<",  # its end is not there: what else?
        "P<FRA<<GAELLE".ljust(44, "<"),
        "P<FRAL<<GAELLE".ljust(44, "<"),
    ],
)
def test_a_row_of_names_read_in_part_contradicts_nothing(first: str) -> None:
    assert not accused(passport(f"{first}\n" + td3().split("\n")[1]))


@pytest.mark.parametrize(
    ("label", "number", "said"),
    [
        ("Passeport n° / Passport No", "EC8041127", "numéro"),  # another altogether, under its label
        ("Passeport n° / Passport No", "EC80411", ""),  # read in part
        ("Passeport n° / Passport No", "ZZKT70491", ""),  # misread
        ("Remplace le passeport n°", "EC8041127", ""),
        ("N° étranger", "EC8041127", ""),
    ],
)
def test_the_number_under_its_label(label: str, number: str, said: str) -> None:
    text = "\n".join(x.texte for x in passport(td3()).texte.lignes)
    answer = accused(surely(page(text.replace("Passeport n° 22KT70491", f"{label}\n{number}")), 96.0))
    assert (said in answer) if said else not answer, answer


def test_the_card_of_a_twin_beside_the_zone_of_the_other_accuses_nobody() -> None:
    assert not accused(passport(td3(prenom="PIERRE"), numero="22KT70528"))


def test_of_two_given_names_that_begin_alike_one_is_not_the_other() -> None:
    zone = td3(prenom="BAKARY")
    assert "prénom" in accused(passport(zone, prenom="Boubacar"))
    assert not accused(passport(zone, 90.0, prenom="Boubacar"))
    assert not accused(passport(zone, prenom="Bakari"))


@pytest.mark.parametrize(
    ("printed", "zone", "told"),
    [
        ("Fatima Zahra", "FATIMAZAHRA", False),
        ("Jean, Marc", "JEANKMARC", False),  # a filler read as a letter
        ("Khadidja", "KHAD", False),  # the zone ran out of room
        ("Jean, Marc", "NATHALIE", True),
    ],
)
def test_given_names_joined_or_cut_are_the_same(printed: str, zone: str, *, told: bool) -> None:
    assert ("prénom" in accused(passport(td3(prenom=zone), prenom=printed))) is told


def test_two_numbers_of_one_shape_are_a_brothers_and_his() -> None:
    card = passport(td3(), numero="22XT70A91")
    text = "\n".join([*(x.texte for x in card.texte.lignes), "Passeport n° 22KT70528"])
    assert not accused(surely(page(text), 96.0))


@pytest.mark.parametrize(
    ("digits", "confiance", "said"),
    [
        ({"cle_ne": "4"}, 97.0, "date de naissance"),  # where 2 is right
        ({"cle_ne": "4"}, 90.0, ""),
        ({"cle_ne": "7"}, 97.0, ""),  # which 2 is taken for
        ({"cle_numero": "3", "numero": "22KT73498"}, 97.0, ""),  # where 0 is right: a letter may be a figure
    ],
)
def test_a_digit_of_the_zone_is_false_though_print_and_zone_agree(
    digits: dict[str, str], confiance: float, said: str
) -> None:
    answer = accused(passport(td3(**digits), confiance, numero=digits.get("numero", PRINTED["numero"])))
    assert (f"pour l{'a' if 'date' in said else 'e'} {said}" in answer) if said else not answer, answer


def test_the_zone_alone_names_somebody() -> None:
    """Its card by its dates and number, the names of it unread: the household tells whose it is."""
    zone = td3(nom="TRAORE", prenom="SEYDOU")
    card = passport(zone, nom="C", prenom="e")
    assert build().classify([card]).fields["nom_de_la_bande_seule"] == "TRAORE, SEYDOU"
    hardly = passport(zone, 90.0, nom="C", prenom="e")
    assert "nom_de_la_bande_seule" not in build().classify([hardly]).fields  # a name has no digit
    own = passport(td3(), nom="LEFORESTIER", prenom="e")
    assert "nom_de_la_bande_seule" not in build().classify([own]).fields
    other = passport(zone, nom="C", prenom="e", ne="11 12 1990", expire="01 01 2031", numero="19ZX55238")
    assert "nom_de_la_bande_seule" not in build().classify([other]).fields


@pytest.mark.parametrize(
    ("printed", "zone", "sure", "told"),
    [
        ({}, {"nom": "TRAORE"}, 93.0, True),
        ({}, {"nom": "TRAORE"}, 90.0, False),  # a surname may be any word
        ({}, {"prenom": "NATHALIE"}, 82.0, True),  # the surname bears its row out
        ({}, {"prenom": "NATHALIE"}, 78.0, False),
        ({}, {"prenom": "NATHALYX"}, 96.0, False),  # no such name exists
        ({"prenom": "Gaëllenathalie"}, {"prenom": "NATHALIE"}, 96.0, False),  # run together
        ({"prenom": "Nathaliette"}, {"prenom": "NATHALIE"}, 96.0, False),  # the zone ran out of room
        ({"nom": "PETIT\nNom d'usage / Usual name\nGAILLAC"}, {"nom": "TRAORE"}, 96.0, False),
        ({}, {}, 96.0, False),
        ({}, {"nom": "TRAORE", "prenom": "SEYDOU"}, 96.0, False),  # neither: `nom_de_la_bande_seule`
    ],
)
def test_a_zone_of_which_one_name_is_printed_and_the_other_is_not(
    printed: dict[str, str], zone: dict[str, str], sure: float, *, told: bool
) -> None:
    """The household tells whether the other is one of theirs."""
    fields = build().classify([passport(td3(**zone), sure, **printed)]).fields
    assert ("bande_autrement" in fields) is told, fields


def test_of_two_cards_or_of_a_zone_whose_digits_are_false_no_name_is_told() -> None:
    zone = td3(prenom="NATHALIE")
    assert "bande_autrement" in build().classify([passport(zone)]).fields
    two = passport(zone, label="TITRE DE SÉJOUR\nDate d'expiration / Date of expiry (9)")
    assert not {"bande_autrement", "bande_nee"} & build().classify([two]).fields.keys()
    false = td3(prenom="NATHALIE", cle_ne="9", cle_numero="9")
    assert "bande_autrement" not in build().classify([passport(false)]).fields


def test_a_title_in_two_languages_on_two_lines_makes_no_second_card() -> None:
    read = passport(td3(cle_ne="4"), 97.0)
    text = "\n".join(x.texte for x in read.texte.lignes)
    title = "CARTE NATIONALE D'IDENTITÉ\nRÉPUBLIQUE FRANÇAISE / IDENTITY CARD"
    twice = text.replace("PASSEPORT PASSPORT RÉPUBLIQUE FRANÇAISE", title)
    assert "date de naissance" in accused(surely(page(twice), 97.0))
    couple = twice.replace("Nationalité", "CARTE NATIONALE D'IDENTITÉ\nNationalité")
    assert not accused(surely(page(couple), 97.0))


def test_the_birthday_of_a_zone_that_is_not_printed_is_told_with_those_that_are() -> None:
    fields = build().classify([passport(td3(ne="880314"))]).fields
    assert fields["bande_nee"] == "1988-03-14;1986-03-14;2022-05-02;2032-05-01"
    assert "bande_nee" not in build().classify([passport(td3())]).fields
    assert "bande_nee" not in build().classify([passport(td3(ne="880314"), 80.0)]).fields


def test_a_birth_whose_digit_is_right_is_believed_though_the_number_was_misread() -> None:
    """« T7BF24716 » read TIBF24716: the birth's own digit bears it out, and the print differs."""
    zone = td3(ne="820314", cle_numero="9")
    assert "naissance" in accused(passport(zone, 99.0))  # read again, alone
    assert not accused(passport(zone, 96.0))
    assert "naissance" in accused(passport(td3(ne="820314"), 96.0))


def test_three_figures_of_a_number_are_not_misread_together() -> None:
    """9 for 3, 8 for 3 and 0 for 8, each of which OCR does, on a row read well; two may be."""
    zone = td3(numero="22KT73398")
    assert "numéro" in accused(passport(zone, 97.0, numero="22KT79800"))
    assert not accused(passport(zone, 90.0, numero="22KT79800"))
    assert not accused(passport(zone, 97.0, numero="22KT79898"))


@pytest.mark.parametrize(("row", "said"), [("F FRA 16 04 1997", "naissance"), ("F FRA 14 03 1986", "")])
def test_the_birth_on_the_row_of_sex_and_nationality_whose_label_went_unread(row: str, said: str) -> None:
    card = passport(td3(cle_numero="1"), ne=row, prenom="é")
    text = "\n".join(x.texte for x in card.texte.lignes if "naissance" not in x.texte).replace("é", "Gaëlle")
    answer = accused(surely(page(text), 97.0))
    assert (said in answer) if said else "naissance" not in answer, answer


def avis(code: dict[str, str], *, parts: str = "2,50", numero: str = "30 84 362 274 781") -> PageLue:
    text = f"""AVIS D'IMPÔT SUR LES REVENUS DE L'ANNÉE 2025
Direction générale des finances publiques
Numéro fiscal : {numero}
Déclarant 1 : DELMOTTE KARIM
Nombre de parts : {parts}
Revenu fiscal de référence : 18 452
Montant de votre impôt : 812 €
Date d'établissement : 12/07/2026"""
    fields = {"43": "2.5", "45": "2025", "46": "DELMOTTE KARIM", "47": "3084362274781", "41": "18452", **code}
    fixed = {"45", "47"}
    body = "".join(f"{k}{v}" + ("" if k in fixed else "\x1d") for k, v in fields.items())
    symbol = SymboleLu("datamatrix", f"DC04FR000001FFFF1F302801FR{body}")
    return replace(surely(page(text), 97.0), symboles=(symbol,))


@pytest.mark.parametrize(
    ("code", "other", "said"),
    [
        ({}, {}, ""),
        ({"43": "4.5"}, {}, "parts"),
        ({"43": "3.5"}, {}, ""),
        ({"43": "2.5"}, {"parts": "2,5"}, ""),
        ({"43": "2"}, {"parts": "2,00"}, ""),
        ({"43": "4"}, {"parts": "3,00"}, "parts"),
        ({"43": "4"}, {"parts": "0"}, ""),  # of another row
        ({"43": "4"}, {"parts": "14 %"}, ""),
        ({"43": "4"}, {"parts": "2 enfants à charge : 2,50"}, ""),
        ({"43": "4"}, {"parts": "(1) 2, 50"}, ""),
        ({"43": "4"}, {"parts": "1 2,50"}, ""),
        ({"43": "4"}, {"parts": "2,58"}, ""),  # no half, no quarter
        ({"47": "3084362915781"}, {}, "numéro fiscal"),
        ({"47": "3084362274787"}, {}, ""),  # one figure: misread
        ({"47": "3084362747810"}, {}, ""),  # a figure lost, and one more read
        ({"47": "3084362915781"}, {"numero": "30 84 362 274 781 5"}, ""),
        ({"47": "1279905811364"}, {}, ""),  # of the other declarant, whom the code does not name
        ({"49": "3084362274781", "47": "1279905811364"}, {}, ""),
    ],
)
def test_parts_and_tax_number_of_an_avis(code: dict[str, str], other: dict[str, str], said: str) -> None:
    answer = accused(avis(code, **other))
    assert (said in answer) if said else not answer, answer


def test_a_number_that_is_not_told_to_be_the_tax_number_accuses_nobody() -> None:
    base = avis({"47": "3084362915781"})
    lines = tuple(
        replace(line, texte=line.texte.replace("Numéro fiscal", "Votre référence"))
        for line in base.texte.lignes
    )
    assert accused(base)
    assert not accused(replace(base, texte=replace(base.texte, lignes=lines)))


def test_of_two_labels_of_given_names_neither_is_surely_the_holders() -> None:
    text = "\n".join(x.texte for x in passport(td3(), prenom="Nathalie").texte.lignes)
    assert accused(surely(page(text), 96.0))
    assert not accused(surely(page(f"Prénoms / Given names (2)\nSolange\n{text}"), 96.0))


def test_the_parts_on_the_row_of_their_label_of_a_table_read_by_columns() -> None:
    def read(level: int) -> PageLue:
        base = avis({"43": "4"}, parts="—")
        lines = [line for line in base.texte.lignes if "parts" not in line.texte]
        label = replace(lines[0], texte="Nombre de parts", boite=(850, 800, 1050, 830))
        value = replace(lines[0], texte="2,00", boite=(1450, level, 1510, level + 28))
        return replace(base, texte=replace(base.texte, lignes=(*lines, label, value)))

    assert "parts" in accused(read(800))
    assert not accused(read(860))


def test_a_date_under_the_label_is_no_income() -> None:
    base = avis({})
    lines = [line for line in base.texte.lignes if "référence" not in line.texte]
    label = replace(lines[0], texte="Numéro de rôle : 011 — Revenu fiscal de référence :")
    date = replace(lines[0], texte="Date d'établissement : 24/07/2026")
    text = replace(base.texte, lignes=(*lines, label, date))
    assert not accused(replace(base, texte=text))


def test_a_long_line_of_figures_and_capitals_is_no_row_of_a_zone() -> None:
    """« 26 99 8614808 20 MADAME WO LUDMILA »: the addressee, whom the code names."""
    base = avis({"46": "WO LUDMILA"})
    lines = [line for line in base.texte.lignes if "DELMOTTE" not in line.texte]
    window = replace(lines[0], texte="26 99 8614808 20 MADAME WO LUDMILA", boite=(468, 345, 1220, 392))
    street = replace(lines[0], texte="12 RUE DES GRIVES", boite=(868, 395, 1220, 425))
    town = replace(lines[0], texte="99400 PORT-DOLMEN", boite=(868, 430, 1220, 460))
    read = replace(base, texte=replace(base.texte, lignes=(window, street, town, *lines)))
    assert not accused(read)
