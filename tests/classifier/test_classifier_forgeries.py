"""What several places of a paper say together against its code or its zone, and honest papers like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from feuillets import page, placee

from classifier import build
from classifier.mrz import check_digit
from intake.domain.lecture import Boite, PageLue, SymboleLu

HEADER = "DC04FR000001FFFF1F302801FR"
AVIS = [
    "AVIS D'IMPÔT ÉTABLI EN 2026",
    "Impôt sur les revenus de l'année 2025",
    "Référence de l'avis 26 99 0012345",
    "Mme LANCELIN Odile",
    "4 rue des Tilleuls",
    "99120 VALMOREAU",
    "Date d'établissement 25/07/2026",
    "Nombre de parts : 1",
]


def row(text: str, box: Boite, sure: float, base: PageLue) -> PageLue:
    line = replace(base.texte.lignes[0], texte=text, boite=box, confiance=sure, mots=b"")
    return replace(base, texte=replace(base.texte, lignes=(*base.texte.lignes, line)))


def avis(noms: str = "LANCELIN ODILE", rfr: str = "30650", *more: str) -> PageLue:
    read = page("\n".join([*AVIS, *more]))
    return replace(
        read, symboles=(SymboleLu("DATAMATRIX", f"{HEADER}45202543001,00\x1d46{noms}\x1d41{rfr}"),)
    )


def with_incomes(printed: str, others: Sequence[tuple[str, int]], label: float = 93.0) -> list[PageLue]:
    """An avis that prints its income beside its label, and other amounts at their distance from the left."""
    first = row(f"Revenu fiscal de référence : {printed} €", (200, 1700, 700, 1730), label, avis())
    second = page("Détail des revenus", 2)
    for rank, (amount, left) in enumerate(others):
        top = 400 + 50 * rank
        second = row("Salaires imposables", (200, top, 500, top + 30), 95.0, second)
        second = row(amount, (left, top, left + 100, top + 30), 95.0, second)
    return [first, second]


@pytest.mark.parametrize(
    ("printed", "others", "accused"),
    [
        ("20 650", [("20 650", 1400), ("20 650", 1400)], True),  # a 2 like a 3, but everywhere
        ("20 650", [("20 650", 1400)], False),
        ("20 650", [("20 650", 600), ("20 650", 600)], False),  # one column: a scratch runs down it
        ("20 650", [("20 650", 1400), ("30 650", 1400)], False),  # the code's, where it is not asked
        ("0 650", [("0 650", 1400), ("0 650", 1400)], True),  # its first figure is rubbed out everywhere
        ("3 065", [("3 065", 1400), ("3 065", 1400)], False),  # its last one is under a rule
        ("130 650", [("130 650", 1400), ("130 650", 1400)], False),  # a bar beside each cell
        ("30 650", [("20 650", 1400), ("20 650", 1400)], False),
    ],
)
def test_an_income_alike_the_codes_that_the_whole_avis_bears_out(
    printed: str, others: list[tuple[str, int]], accused: bool
) -> None:
    answer = build().classify(with_incomes(printed, others))
    assert answer.type == "avis_imposition"
    assert ("falsification" in answer.fields) is accused, answer.fields


@pytest.mark.parametrize(("sure", "accused"), [(93.0, True), (74.0, False), (30.0, False)])
def test_the_taxable_income_is_another_figure_where_the_one_asked_was_hardly_read(
    sure: float, *, accused: bool
) -> None:
    """30 650, with what was saved for old age, read as the 20 650 that stand on every other row."""
    pages = with_incomes("20 650", [("20 650", 1400), ("20 650", 1400)], sure)
    assert ("falsification" in build().classify(pages).fields) is accused


@pytest.mark.parametrize("label", ["2 0 650", "3 0 650"])
def test_a_first_figure_set_apart_is_one_of_the_amount(label: str) -> None:
    pages = with_incomes(label, [("30 650", 1400), ("30 650", 1400)])
    assert "falsification" not in build().classify(pages).fields


@pytest.mark.parametrize(
    ("noms", "more", "alone"),
    [
        ("HAUTEBORDE ODILE", (), "HAUTEBORDE ODILE"),
        ("LANCELIN ODILE", (), ""),
        ("HAUTEBORDE ODILE", ("Déclarant 1 : HAUTEBORDE",), ""),
        ("HAUTEBORDE ODILE", ("Déclarant 1 : HAUTEBQRDE",), ""),  # misread
        ("LANCELOT ODILE", (), ""),
        ("HAUTEBORDE", (), ""),
        ("HAUTEBORDE GEORGETTE", (), "HAUTEBORDE GEORGETTE"),
    ],
)
def test_the_surname_that_only_the_code_knows_is_noted(noms: str, more: tuple[str, ...], alone: str) -> None:
    read = avis(noms, "30650", *more, "Revenu fiscal de référence : 30 650 €")
    whole = row("Vos démarches en ligne, notre service vous répond", (200, 2100, 900, 2130), 95.0, read)
    for rank in range(4):
        whole = row(
            "Conservez ce document avec soin, il vous est utile", (200, 2150 + rank, 900, 2180), 95.0, whole
        )
    fields = build().classify([whole]).fields
    assert fields.get("noms_du_code_seul", "") == alone
    assert "falsification" not in fields  # a birth name may be printed nowhere


@pytest.mark.parametrize(
    ("noms", "alone", "words"),
    [
        ("PORTEVIN CLAIRE", "PORTEVIN CLAIRE", "PORTEVIN;CLAIRE"),  # « Salaires » is no CLAIRE
        ("LANCELIN CLAIRE", "", "CLAIRE"),
        ("LANCELIN ODETTE", "", "ODETTE"),
        ("LANCELIN ODYLE", "", ""),  # misread
        ("LANCELIN ODILE\x1d48PORTEVIN CLAIRE", "PORTEVIN CLAIRE", ""),  # an avis of two, sent to one
    ],
)
def test_what_of_the_codes_names_is_printed_nowhere(noms: str, alone: str, words: str) -> None:
    read = avis(noms, "30650", "Revenu fiscal de référence : 30 650 €", "Salaires, pensions et rentes")
    rest = ["Conservez ce document avec soin, il vous est utile"] * 4
    for rank, text in enumerate([*rest, "le service vous répond, et pour déclarer vos revenus"]):
        read = row(text, (200, 2100 + 40 * rank, 900, 2130 + 40 * rank), 95.0, read)
    for rank, text in enumerate(["MME LANCELIN ODILE", "4 rue des Tilleuls", "99120 VALMOREAU"]):
        read = row(text, (950, 600 + 40 * rank, 1400, 630 + 40 * rank), 95.0, read)
    fields = build().classify([read]).fields
    assert (fields.get("noms_du_code_seul", ""), fields.get("mots_du_code_seul", "")) == (alone, words)


_NUMBER, _BORN, _UNTIL = "98ZV33911", "910207", "340218"
ZONE = (
    f"{_NUMBER}{check_digit(_NUMBER)}FRA{_BORN}{check_digit(_BORN)}M"
    f"{_UNTIL}{check_digit(_UNTIL)}<<<<<<<<<<<<<<<0"
)


def passport(*texts: tuple[str, Boite]) -> PageLue:
    return placee(
        [
            ("RÉPUBLIQUE FRANÇAISE", (280, 347, 473, 369)),
            ("PASSEPORT / PASSPORT", (665, 353, 855, 368)),
            ("Passeport n° 98ZV33911", (500, 387, 658, 416)),
            *texts,
            ("P<FRAMALATERRE<<SIMON<<<<<<<<<<<<<<<<<<<<<<<", (274, 767, 960, 788)),
            (ZONE, (274, 804, 960, 827)),
        ]
    )


BORN, EXPIRY = (498, 605, 588, 620), (498, 699, 587, 715)
ISSUED = ("19 02 2024", (620, 699, 700, 715))


@pytest.mark.parametrize(
    ("texts", "accused"),
    [
        ([("01 01 1975", BORN), ("18 02 2034", EXPIRY)], True),
        ([("01 01 1975", BORN), ("18 02 2034", EXPIRY), ISSUED], True),
        ([("07 02 1991", BORN), ("18 02 2034", EXPIRY), ISSUED], False),
        ([("01 01 1975", BORN)], False),  # whose print that is, nothing says
        ([("18 02 2034", EXPIRY), ISSUED], False),
        ([("01 01 1975", BORN), ("18 02 2034", EXPIRY), ("09 10 1968", (700, 605, 790, 620))], False),
        ([("01 01 1975", (1100, 605, 1190, 620)), ("18 02 2034", EXPIRY)], False),  # of the card beside it
        ([("01 01 1975", (498, 100, 588, 115)), ("18 02 2034", EXPIRY)], False),  # of the form over it
        ([("Remplace celui du 12 05 1995", BORN), ("18 02 2034", EXPIRY)], False),
        ([("01 02 1997", BORN), ("18 02 2034", EXPIRY)], False),  # a 7 and a 1, twice misread
        ([("12 05 2014", BORN), ("18 02 2034", EXPIRY)], False),  # nobody's who is grown up
    ],
)
def test_a_birth_over_the_zone_of_a_passport_whose_label_went_unread(
    texts: list[tuple[str, Boite]], accused: bool
) -> None:
    answer = build().classify([passport(*texts)])
    assert answer.type == "passeport"
    assert ("falsification" in answer.fields) is accused, answer.fields


@pytest.mark.parametrize(
    ("surname", "given", "born", "accused"),
    [
        ("LOPEZ", "Esteban", "07 02 1991", True),  # its own dates, and nobody of its zone
        ("LOPEZ", "Simon", "07 02 1991", True),  # its given name
        ("MALATERRE", "Esteban", "07 02 1991", False),
        ("MALATERBE", "Slmon", "07 02 1991", False),  # misread
        ("LOPEZ", "Française", "07 02 1991", False),
        ("LOPEZ", "Esteban", "", False),  # whose print that is, nothing says
    ],
)
def test_another_over_the_zone_of_a_passport_whose_labels_went_unread(
    surname: str, given: str, born: str, accused: bool
) -> None:
    names = [(surname, (376, 464, 432, 479)), (given, (376, 488, 443, 503))]
    days = [(born, BORN), ("18 02 2034", EXPIRY)]
    answer = build().classify([passport(*names, *(d for d in days if d[0]))])
    assert ("falsification" in answer.fields) is accused, answer.fields


CARD = """CARTE NATIONALE D'IDENTITÉ / IDENTITY CARD
NOM / Surname
THÉVENOT
Prénoms / Given names
{given}
DATE DE NAISS. / Date of birth
29 02 1992
IDFRAX991CYFCT1<<<<<<<<<<<<<<<
790211{0}M301010{1}FRA<<<<<<<<<<<6
THEVENOT<<CYPRIEN<<<<<<<<<<<<<"""


@pytest.mark.parametrize(("given", "accused"), [("Maxence", True), ("Cyprien", False), ("Cyprlen", False)])
def test_the_card_of_a_relative_over_a_zone_whose_number_was_misread(given: str, accused: bool) -> None:
    text = CARD.replace("{0}", str(check_digit("790211"))).replace("{1}", str(check_digit("301010")))
    answer = build().classify([page(text.format(given=given))])
    assert ("falsification" in answer.fields) is accused, answer.fields


RESIDENT = """TITRE DE SÉJOUR
NOM
OZTURK
PRÉNOM(S)
Kemal
DATE DE NAISSANCE
{born}
CARTE VALABLE JUSQU'AU
{until}
IRFRA99O2C447T4RK<<<<<<<<<<<<<
740406{0}M320220{1}TUR<<<<<<<<<<<6
OZTURK<<KEMAL<<<<<<<<<<<<<<<<<"""


@pytest.mark.parametrize(
    ("born", "until", "accused"),
    [
        ("06 04 1981", "20 02 2032", True),  # of a number misread, but its expiry is the card's
        ("06 04 1981", "20 02 2033", False),
        ("06 04 1974", "20 02 2032", False),
        ("06 04 1977", "20 02 2032", False),  # one figure, which may be misread
        ("06 01 1971", "20 02 2032", False),  # two, each like the other: 4 and 1, its digit lets that pass
        (
            "06 04 1981\nTITRE DE SÉJOUR",
            "20 02 2032",
            False,
        ),  # a couple's two cards: whose it is, is not sure
    ],
)
def test_a_zone_whose_number_was_misread_is_believed_where_the_card_prints_its_expiry(
    born: str, until: str, accused: bool
) -> None:
    digits = [str(check_digit("740406")), str(check_digit("320220"))]
    text = RESIDENT.replace("{0}", digits[0]).replace("{1}", digits[1]).format(born=born, until=until)
    answer = build().classify([page(text)])
    assert answer.type == "titre_sejour"
    assert ("falsification" in answer.fields) is accused, answer.fields


def test_a_code_whose_header_is_none_of_the_standards_is_of_the_kind_that_it_speaks_of() -> None:
    odd = (
        "DC04FR000001FFFF25EC25EC0401FR452025431.5\x1d44269998218801841"
        + "31720\x1d46LANCELIN ODILE\x1d47229986600475"
    )
    read = page("\n".join([*AVIS, "Revenu fiscal de référence : 18 450 €"]))
    second = page("Détail des revenus\nRevenu fiscal de référence : 18 450 €", 2)
    answer = build().classify([replace(read, symboles=(SymboleLu("DATAMATRIX", odd),)), second])
    assert "31720" in answer.fields["falsification"]


@pytest.mark.parametrize("born", ["810000", "740400", "<<<<<<"])
def test_a_zone_whose_birth_is_unknown_contradicts_nothing(born: str) -> None:
    digits = [str(check_digit(born)), str(check_digit("320220"))]
    text = RESIDENT.replace("740406{0}", f"{born}{digits[0]}").replace("{1}", digits[1])
    answer = build().classify([page(text.format(born="06 04 1981", until="20 02 2032"))])
    assert "falsification" not in answer.fields
