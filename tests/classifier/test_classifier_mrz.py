"""Machine-readable zones: every format, and what OCR does to them; damaged, they never say something else."""

from __future__ import annotations

import random
from datetime import date

import pytest
from feuillets import page
from hypothesis import given
from hypothesis import strategies as st

from classifier.mrz import Mrz, check_digit, find_mrz
from generator import marks
from generator.people import Personne, menage
from generator.registre import REFERENCE
from intake.domain.lecture import LigneLue

EXPIRY = date(2031, 5, 17)
FORMATS = ("td1", "titre", "td2", "td3", "ancienne", "visa")


def key(field: str) -> str:
    return str(check_digit(field))


def zone(form: str, seed: int) -> tuple[list[str], Personne, str]:
    """The rows, whose they are, and the number in them."""
    rng = random.Random(seed)
    who = menage(rng, REFERENCE).demandeur
    number = marks.numero_document(rng)
    if form == "td1":
        return marks.td1(who, number, EXPIRY), who, number
    if form == "titre":
        return marks.td1(who, number, EXPIRY, code="IR", nationalite="SEN"), who, number
    if form == "ancienne":
        rows = marks.td2_ancienne_carte(rng, who, date(2016, 3, 1))
        return rows, who, rows[1][:12]
    if form == "td3":
        return marks.td3(who, number, EXPIRY), who, number
    head, length = ("ID", 36) if form == "td2" else ("V<", 44)
    name = marks.td3(who, number, EXPIRY)[0][5:]
    born, end = f"{who.naissance:%y%m%d}", f"{EXPIRY:%y%m%d}"
    row = f"{number}{key(number)}BEL{born}{key(born)}{who.sexe}{end}{key(end)}"
    if form == "visa":
        return [f"{head}FRA{name}"[:length].ljust(length, "<"), row.ljust(length, "<")], who, number
    row = row.ljust(35, "<")
    row += key(row[0:10] + row[13:20] + row[21:35])
    return [f"{head}BEL{name}"[:length].ljust(length, "<"), row], who, number


def read(rows: list[str]) -> Mrz | None:
    return find_mrz(page("\n".join(rows)).texte.lignes)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(12))
def test_a_clean_zone_is_read_whole(form: str, seed: int) -> None:
    rows, who, number = zone(form, seed)
    found = read(rows)
    assert found is not None
    assert found.type == {"td3": "passeport", "titre": "titre_sejour", "visa": "titre_sejour"}.get(
        form, "carte_identite"
    )
    assert found.naissance == who.naissance.isoformat()
    assert found.expiration == ("" if form == "ancienne" else EXPIRY.isoformat())
    assert found.numero == number
    assert found.verifie
    assert not found.fausses
    assert found.nom[:4] == marks._mrz_nom(who, 39).split("<<")[0].replace("<", " ")[:4]


LOOK_ALIKE = {
    "0": "OQD",
    "1": "IL",
    "2": "Z",
    "5": "S",
    "8": "B",
    "6": "G",
    "O": "0",
    "I": "1",
    "S": "5",
    "B": "8",
}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, int, list[str]]:
    form, seed = draw(st.sampled_from(FORMATS)), draw(st.integers(0, 40))
    rows = list(zone(form, seed)[0])
    for _ in range(draw(st.integers(0, 5))):
        row = draw(st.integers(0, len(rows) - 1))
        at = draw(st.integers(0, max(0, len(rows[row]) - 1)))
        text = rows[row]
        how = draw(st.sampled_from(("alike", "other", "drop", "double", "filler", "quote", "space", "small")))
        char = text[at : at + 1]
        new = {
            "alike": draw(st.sampled_from(LOOK_ALIKE.get(char, char) or "<")),
            "other": draw(st.sampled_from("0123456789ABEKXZ<")),
            "drop": "",
            "double": char * 2,
            "filler": "KCE"[seed % 3] if char == "<" else char,
            "quote": "«" if char == "<" else char,
            "space": char + " ",
            "small": "e" if char == "<" else char,
        }[how]
        rows[row] = text[:at] + new + text[at + 1 :]
    return form, seed, rows


@given(damaged())
def test_a_damaged_zone_says_the_truth_or_nothing_unless_its_digits_agree(
    case: tuple[str, int, list[str]],
) -> None:
    """A wrong value may only come with digits that agree with it: damage of digit and date together."""
    form, seed, rows = case
    _, who, number = zone(form, seed)
    found = read(rows)
    if found is None:
        return
    flat = "".join(rows).replace(" ", "").upper()
    figures = flat.translate(str.maketrans("OQDILZASGTB", "00011245678"))
    for told, true in (
        (found.naissance, who.naissance.isoformat()),
        (found.expiration, EXPIRY.isoformat()),
    ):
        if told and told != true:
            short = told[2:].replace("-", "")
            assert short + key(short) in figures
    if found.numero and found.numero != number:
        body = found.numero if form == "ancienne" else found.numero.ljust(9, "<")
        assert body + key(body) in (flat, figures)[form == "ancienne"] or key(body) in figures
    if found.verifie:
        assert not found.fausses


@given(st.sampled_from(FORMATS), st.integers(0, 40), st.data())
def test_one_wrong_figure_of_a_birth_date_never_passes(form: str, seed: int, data: st.DataObject) -> None:
    rows, who, _ = zone(form, seed)
    second = 1
    start = rows[second].index(f"{who.naissance:%y%m%d}")
    at = start + data.draw(st.integers(0, 5))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != rows[second][at]]))
    rows[second] = rows[second][:at] + wrong + rows[second][at + 1 :]
    found = read(rows)
    assert found is None or not found.naissance
    assert found is None or not found.verifie


@pytest.mark.parametrize("form", FORMATS)
def test_look_alikes_fillers_and_split_rows_are_mended(form: str) -> None:
    rows, who, _ = zone(form, 3)
    born = f"{who.naissance:%y%m%d}"
    misread = born.replace("0", "O").replace("1", "I")
    rows[1] = rows[1].replace(born, misread)
    found = read(rows)
    assert found is not None
    assert found.naissance == who.naissance.isoformat()
    lines = []
    for i, row in enumerate(zone(form, 3)[0]):
        lines.append(LigneLue(row[:17], (100, 100 + 40 * i, 440, 130 + 40 * i), 90.0))
        lines.append(LigneLue(row[17:], (450, 101 + 40 * i, 990, 131 + 40 * i), 90.0))
    again = find_mrz(lines)
    assert again is not None
    assert again.naissance == who.naissance.isoformat()


def test_fillers_read_as_letters_are_no_name() -> None:
    rows = ["P<FRADELMOTTE<<KARIM<JEAN<<<<KKKKK<<<<<CCEEK", zone("td3", 1)[0][1]]
    found = read(rows)
    assert found is not None
    assert (found.nom, found.prenoms) == ("DELMOTTE", "KARIM JEAN")


def test_a_number_over_all_that_disagrees_is_told() -> None:
    rows, who, _ = zone("td3", 5)
    rows[1] = rows[1][:-1] + str((int(rows[1][-1]) + 1) % 10)
    found = read(rows)
    assert found is not None
    assert found.naissance == who.naissance.isoformat()
    assert found.fausses
    assert not found.verifie


def test_a_sentence_that_quotes_is_no_zone() -> None:
    told = "particulier. rubriaue « Gérer mon prélèvement à la source »."
    assert read([told, "1 2042 58 12 99 26 068 101 327 1998 000"]) is None


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cut", [1, 2])
def test_a_passport_whose_first_characters_a_crop_took_keeps_its_dates(seed: int, cut: int) -> None:
    rows, who, _ = zone("td3", seed)
    found = read([rows[0][cut:], rows[1][1:]])
    assert found is not None
    assert found.type == "passeport"
    assert found.naissance == who.naissance.isoformat()
    assert found.expiration == EXPIRY.isoformat()
    assert found.numero == ""
    assert not found.fausses


@pytest.mark.parametrize("head", ["PKFRA", "PPFRA", "POITA", "PKDZA", "VCFRA", "VDFRA"])
def test_a_row_that_has_its_first_characters_is_not_given_them_twice(head: str) -> None:
    rows, _, _ = zone("td3", 3)
    found = read([head + rows[0][5:], rows[1]])
    assert found is not None
    assert found.type == ("titre_sejour" if head.startswith("V") else "passeport")
    assert found.nom.replace(" ", "<") == rows[0][5:].split("<<")[0]


def test_what_follows_the_fillers_is_no_given_name() -> None:
    """Fillers of a faint row are read as L and as currency; a zone parts given names by one filler only."""
    rows = ["P<FRAMOUREAU<<SANDRA<<<<<<<<<L<<<<LLLLLLEKLL", "26TX154503FRA5811030F2406307<<<<<<<<<<<<<<<2"]
    found = read(rows)
    assert found is not None
    assert (found.nom, found.prenoms) == ("MOUREAU", "SANDRA")


def test_a_first_row_read_too_long_is_still_one_of_three() -> None:
    """Fillers split in two make 33 characters of 30, as many as the old card of two rows begins with."""
    long = read(
        [
            "IDFRAXB8KXZZZVEOG<<<<<EL<<KELLLLE",
            "9905256F3305108FRA<<<<<<<<<<<8",
            "MARCHANDEAU<<NOLWENN<<<<<<<<<<",
        ]
    )
    assert long is not None
    assert (long.nom, long.prenoms, long.naissance) == ("MARCHANDEAU", "NOLWENN", "1999-05-25")


@pytest.mark.parametrize(
    ("read", "number"),
    [
        ("98ZV33911", "98ZV33911"),
        ("982V33911", "98ZV33911"),  # its letter read as a figure: two digits tell
        ("98ZV3391I", "98ZV33911"),
        ("9B2V33911", ""),  # two of them: nothing tells
        ("98XV33911", ""),
    ],
)
def test_a_letter_of_the_number_read_as_a_figure_is_what_two_digits_say(read: str, number: str) -> None:
    true = "98ZV33911" + str(check_digit("98ZV33911"))
    dates = f"910207{check_digit('910207')}M340218{check_digit('340218')}"
    over_all = check_digit(true + dates[:7] + dates[8:] + "<" * 15)
    row = f"{read}{true[9]}FRA{dates}" + "<" * 15 + str(over_all)
    zone = find_mrz(page("P<FRAMALATERRE<<SIMON<<<<<<<<<<<<<<<<<<<<<<<<\n" + row).texte.lignes)
    assert zone is not None
    assert (zone.numero, zone.fausses) == (number, not number)
    assert zone.verifie is (read == number)  # what was made good accuses nobody


def test_fillers_read_as_letters_are_no_given_name() -> None:
    digits = "992X059417FRA9111118F3402199<<<<<<<<<<<<<<<2"
    read = find_mrz(page("P<CHNWUKKLEI<<<<<<<<<<<<<LLLLLLLLLLLLLELLLEE\n" + digits).texte.lignes)
    assert read is not None
    assert (read.nom, read.prenoms) == ("WUKKLEI", "")


def test_of_two_fillers_between_the_names_one_was_read_as_a_letter() -> None:
    """« YU<<MEI », its other fillers read anyhow: a surname of two words has a given name behind it."""
    digits = "992X059417FRA9111118F3402199<<<<<<<<<<<<<<<2"
    read = find_mrz(page("P<FRAYUK<MEI<<<<<<<R<LLELEELERELELELELELLLEE\n" + digits).texte.lignes)
    assert read is not None
    assert (read.nom, read.prenoms) == ("YU", "MEI")
    own = find_mrz(page("P<FRAKACK<ALI<<SAMIRA<<<<<<<<<<<<<<<<<<<<<<<<\n" + digits).texte.lignes)
    assert own is not None
    assert (own.nom, own.prenoms) == ("KACK ALI", "SAMIRA")
    two = find_mrz(page("P<PRTDA<COSTAKLIMAK<RUI<<<<<<<<<<L<<<<<<<<<<\n" + digits).texte.lignes)
    assert two is not None
    assert (two.nom, two.prenoms) == ("DA COSTAKLIMA", "RUI")  # not at the C of COSTA
