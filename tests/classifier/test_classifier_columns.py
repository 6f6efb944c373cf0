"""Lines of a PDF's own text: their order, their boxes, whatever way the words came."""

from __future__ import annotations

import random

import pytest
from feuillets import mots

from classifier.columns import compose
from intake.domain.lecture import Couche, LigneLue, MotCouche, desserrer, serrer

PROSE = "Le locataire verse ce jour la somme convenue au bail et les parties en ont pris connaissance".split()


def lines(*groups: list[MotCouche], seed: int | None = None) -> list[str]:
    words = [m for group in groups for m in group]
    if seed is not None:
        random.Random(seed).shuffle(words)
    return [line.texte for line in compose(Couche(tuple(words)), 1654, 2339).lignes]


def column(words: list[str], x: float, y: float, *, rows: int = 6, pas: float = 40) -> list[MotCouche]:
    return [m for i in range(rows) for m in mots([*words[:6], f"ligne{i}"], x, y + pas * i)]


@pytest.mark.parametrize("seed", range(5))
def test_two_texts_side_by_side_are_read_one_after_the_other(seed: int) -> None:
    title = mots(["CONTRAT", "DE", "LOCATION"], 400, 60)
    left, right = column(PROSE, 100, 200), column(PROSE[6:], 880, 200)
    foot = mots(
        "Fait en deux exemplaires dont un remis à chacune des parties qui le reconnaît".split(), 100, 600
    )
    read = lines(title, left, right, foot, seed=seed)
    assert read[0] == "CONTRAT DE LOCATION"
    assert [r.split()[-1] for r in read[1:7]] == [f"ligne{i}" for i in range(6)]
    assert all(r.startswith("Le locataire") for r in read[1:7])
    assert all(r.startswith(" ".join(PROSE[6:9])) for r in read[7:13])
    assert read[13].startswith("Fait en deux exemplaires")


def test_an_address_beside_a_letterhead_keeps_its_lines_together() -> None:
    sender = [
        m
        for i, t in enumerate(["CAF", "Allocations", "familiales", "75010"])
        for m in mots([t], 100, 100 + 28 * i)
    ]
    person = [
        m for i, t in enumerate(["MME", "VERDIER", "rue", "ville"]) for m in mots([t], 900, 112 + 37 * i)
    ]
    assert lines(sender, person) == [
        "CAF", "Allocations", "familiales", "75010", "MME", "VERDIER", "rue", "ville",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_a_table_is_read_along_its_rows(seed: int) -> None:
    rows = [
        m
        for i in range(8)
        for x, text in ((100, f"Libellé {i}"), (900, f"{i}00,00"), (1300, f"{i}50,00"))
        for m in mots(text.split(), x, 200 + 45 * i)
    ]
    assert lines(rows, seed=seed) == [f"Libellé {i} {i}00,00 {i}50,00" for i in range(8)]


def test_each_word_keeps_its_own_box() -> None:
    (line,) = compose(Couche(tuple(mots(["Fait", "le", "12/03/2025"], 100, 50))), 1654, 2339).lignes
    at = line.texte.index("12/03")
    assert line.boite_de(at, at + 10) == (180, 50, 281, 71)
    assert line.boite_de(at, at + 5) == (180, 50, 231, 71)
    assert line.boite_de(0, len(line.texte)) == line.boite


@pytest.mark.parametrize(("angle", "rotation"), [(0, 0), (90, 270), (180, 180), (270, 90)])
def test_a_page_set_sideways_is_read_upright(angle: int, rotation: int) -> None:
    """What stands at (100, 50) once upright, on a picture of 1000 × 1400 that shows it turned."""
    width, height = (1000, 1400) if angle in (0, 180) else (1400, 1000)

    def shown(m: MotCouche) -> MotCouche:
        left, top, right, bottom = m.boite
        box = {
            0: m.boite,
            90: (height - bottom, left, height - top, right),
            180: (width - right, height - bottom, width - left, height - top),
            270: (top, width - right, bottom, width - left),
        }[angle]
        return MotCouche(m.texte, box, angle)

    words = [*mots(["Première", "ligne"], 100, 50), *mots(["Seconde", "ligne"], 100, 90)]
    page = compose(Couche(tuple(shown(m) for m in words)), 1000, 1400)
    assert page.rotation == rotation
    assert (page.largeur, page.hauteur) == (width, height)
    assert [x.texte for x in page.lignes] == ["Première ligne", "Seconde ligne"]
    assert page.lignes[0].boite == (100, 50, 241, 71)


def test_boxes_survive_their_packing_and_a_line_without_them_gives_a_share() -> None:
    boxes = [(0, 1, 2, 3), (70_000, 5, 6, 7)]
    assert desserrer(serrer(boxes)) == [(0, 1, 2, 3), (65_535, 5, 6, 7)]
    assert LigneLue("abcd efgh", (0, 0, 90, 10)).boite_de(5, 9) == (50, 0, 90, 10)


@pytest.mark.parametrize("seed", range(3))
def test_labels_and_values_under_a_letterhead_are_read_along_their_rows(seed: int) -> None:
    """The letterhead and the table share their gutter; the rows of the table stand wider apart."""
    office = [
        m
        for i, t in enumerate(["CENTRE", "DES", "FINANCES", "PUBLIQUES"])
        for m in mots([t], 100, 60 + 27 * i)
    ]
    person = [
        m for i, t in enumerate(["AVIS", "VERDIER", "rue", "ville"]) for m in mots([t], 800, 72 + 31 * i)
    ]
    table = [
        m
        for i, (label, value) in enumerate(
            [("Pensions", "14900"), ("Abattement", "1490"), ("Référence", "13410")]
        )
        for m in (*mots([label], 110, 300 + 55 * i), *mots([value], 900, 300 + 55 * i))
    ]
    read = lines(office, person, table, seed=seed)
    assert read[-3:] == ["Pensions 14900", "Abattement 1490", "Référence 13410"]
    assert read[:8] == ["CENTRE", "DES", "FINANCES", "PUBLIQUES", "AVIS", "VERDIER", "rue", "ville"]
