"""A dense page is read head and foot first, and whole wherever these do not tell enough."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from classifier import ocr, reading, strips
from classifier.image import Gris
from classifier.reading import read_page
from classifier.scores import score_page
from intake.domain.lecture import LigneLue, PageLue
from intake.ports import PageImage
from intake.readers.pixels import halved

HEAD = [
    "CONTRAT DE LOCATION",
    "Bail d'habitation, loi du 6 juillet 1989",
    "Entre les soussignés : SCI DES TILLEULS, bailleur",
    "et Madame Camille VERDIER, locataire",
    "Désignation du logement : 12 rue des Lilas, 75071 PARIS",
    "Le bailleur donne en location au locataire les locaux désignés ci-dessus",
    "Durée du contrat : trois ans. Loyer mensuel : 612,50 euros. Dépôt de garantie : 612,50 euros",
]
CLAUSE = "Le locataire s'oblige à user paisiblement des locaux loués suivant leur destination, clause {}"
FOOT = [
    "Fait à Paris le 12/03/2024 en deux exemplaires",
    "Le bailleur, le locataire : lu et approuvé",
    "Page 1",
]


def drawn(lines: list[str]) -> PageImage:
    image = Image.new("L", (1654, 2339), 250)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype("DejaVuSans.ttf", 26)
    for i, line in enumerate(lines):
        pen.text((130, 110 + i * 52), line, font=font, fill=20)
    return PageImage(1, image, 200)


def dense(middle: str = "") -> PageImage:
    body = [CLAUSE.format(n) for n in range(1, 30)]
    body[17] = middle or body[17]
    return drawn([*HEAD, *body, *FOOT])


@pytest.mark.real
def test_the_middle_is_left_where_head_and_foot_tell_enough() -> None:
    read = read_page(dense())
    assert read.partielle
    assert "CONTRAT DE LOCATION" in read.texte
    assert "VERDIER" in read.texte
    assert "lu et approuvé" in read.texte
    tops = [line.boite[1] for line in read.lignes]
    assert tops == sorted(tops)
    assert max(tops) > 1900


@pytest.mark.real
def test_all_of_it_is_read_when_asked() -> None:
    read = read_page(dense("Assurance souscrite par Benoît QUIMPART"), entiere=True)
    assert not read.partielle
    assert "QUIMPART" in read.texte


@pytest.mark.real
def test_a_page_that_does_not_say_what_it_is_is_read_whole() -> None:
    lines = [
        f"Observation numéro {n} faite au cours de la promenade du matin dans les bois" for n in range(38)
    ]
    read = read_page(drawn(lines))
    assert not read.partielle
    assert "numéro 20" in read.texte


def test_a_strip_that_took_too_long_is_unread_not_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a page half read would pass for a page read whole (R14), and be shown unmasked (R33)."""

    class Slow:
        def words(self, gris: Gris, dpi: int, etendue: ocr.Etendue = ocr.Etendue.PAGE) -> list[ocr.Mot]:
            raise ocr.TropLong

    monkeypatch.setattr(ocr, "engine", Slow)
    assert read_page(dense(), entiere=True).partielle


@pytest.mark.parametrize(("first", "read"), [("", "Assurance"), ("Xqzt", "Xqzt")])
def test_a_direction_that_took_all_the_time_in_vain_leaves_time_for_the_other(
    monkeypatch: pytest.MonkeyPatch, first: str, read: str
) -> None:
    """An identity card beside its back, upside down on a busy machine, was told to be blurred."""
    spent = [0.0]

    class SlowAtFirst:
        def words(self, gris: Gris, dpi: int, etendue: ocr.Etendue = ocr.Etendue.PAGE) -> list[ocr.Mot]:
            said = "Assurance" if spent[0] else first
            spent[0] = reading._PAGE_SECONDS + 1
            return [ocr.Mot(said, (10, 10, 90, 30), 96.0, (1, 1, 1))] if said else []

    clock = reading._cpu
    monkeypatch.setattr(reading, "_cpu", lambda: clock() + spent[0])
    monkeypatch.setattr(ocr, "engine", SlowAtFirst)
    assert set(read_page(dense(), entiere=True).texte.split()) == {read}


LEASE = [  # no heading, yet nothing else than a lease
    "Suite des conditions convenues entre les parties",
    "ARTICLE 5 : Dépôt de garantie. Le locataire verse au bailleur un dépôt de garantie",
    "ARTICLE 6 : Clause résolutoire. À défaut de paiement du loyer, le bail est résilié de plein droit",
    "ARTICLE 7 : Charges récupérables. Les provisions pour charges sont régularisées chaque année",
    "ARTICLE 8 : Révision du loyer selon l'indice de référence des loyers",
    "ARTICLE 9 : État des lieux dressé à la remise des clés au preneur",
]


@pytest.mark.real
def test_a_deeds_inner_page_needs_no_name_to_be_left() -> None:
    """Its first page has it; a piece that names nobody is read whole (`test_main_job_edges`)."""
    page = drawn(
        [
            *LEASE,
            *(CLAUSE.format(n) for n in range(10, 36)),
            "Le bailleur délivre un logement décent",
            "Paraphes",
        ]
    )
    read = read_page(page)
    score = score_page(PageLue(1, texte=read))
    assert score.entete() is None
    assert read.partielle
    assert "clause 22" not in read.texte


@pytest.mark.real
def test_strips_follow_downwards_while_the_name_is_not_read() -> None:
    body = [CLAUSE.format(n) for n in range(1, 30)]
    body[2] = "et Madame Camille VERDIER, locataire"
    read = read_page(drawn([*(line for line in HEAD if "VERDIER" not in line), *body, *FOOT]))
    assert read.partielle
    assert "VERDIER" in read.texte
    assert "clause 24" not in read.texte


def test_what_one_type_is_fond_of_is_no_title() -> None:
    """The letterhead of a grant speaks of a student's number, as certificates of schooling do."""
    head = [
        "Centre régional des œuvres universitaires et scolaires",
        "Dossier social étudiant",
        "N° INE : 1199C04471K MLLE THÉVENIN CLARISSE",
        "Auberive, le 11 juillet 2026",
    ]
    lines = [LigneLue(t, (100, 90 + i * 40, 1500, 120 + i * 40), 92.0) for i, t in enumerate(head)]
    assert not strips.assez(lines, 1654, 2339, 92.0)
    title = LigneLue("NOTIFICATION D'ATTRIBUTION DE BOURSE", (300, 400, 1300, 450), 92.0)
    assert strips.assez([*lines, title], 1654, 2339, 92.0)


AVIS = [
    "AVIS D'IMPÔT SUR LES REVENUS 2026",
    "Vos droits. Vous disposez d'un droit d'accès et de rectification",
]
AVIS += [
    "La décote atténue l'impôt des foyers dont l'impôt brut est peu élevé, le quotient familial est plafonné"
]
FIP = "N° FIP 628570916588 Réf. avis 4811669762383"


@pytest.mark.parametrize(
    ("middle", "number", "enough"),
    [
        ("Prélèvement à la source : récapitulatif des retenues", "4/4", True),
        ("Prélèvement à la source : récapitulatif des retenues", "1/4", False),  # whose it is may stand there
        ("Détail des revenus Déclarant 1 Déclarant 2", "2/4", False),  # the income stands below
        ("Détail des revenus. Revenu fiscal de référence : 40 010", "2/4", True),
    ],
)
def test_the_notices_of_an_avis_are_left_and_its_figures_are_not(
    middle: str, number: str, *, enough: bool
) -> None:
    texts = [*AVIS, middle, f"{FIP} {number}"]
    lines = [LigneLue(t, (130, 110 + 52 * i, 1500, 150 + 52 * i), 93.0) for i, t in enumerate(texts)]
    assert strips.assez(lines, 1654, 2339, 93.0) is enough


def test_the_frame_of_what_is_read_holds_faint_print_too() -> None:
    """Light strokes lose most of their contrast where the page is searched for what to read."""
    page = drawn(HEAD)
    font = ImageFont.truetype("DejaVuSans.ttf", 28)
    ImageDraw.Draw(page.image).text((900, 1900), "Quittance remise à Madame DUPONT", font=font, fill=218)
    quart = halved(halved(np.asarray(page.image)))
    ink = strips.sans_poussiere(strips.encre(quart, pale=True))
    left, top, right, bottom = strips.cadre(ink, (0, 2339), (2339, 1654))
    assert (left < 130, top < 110, right > 1380, bottom > 1930) == (True, True, True, True)
    assert strips.cadre(ink, (1000, 1800), (2339, 1654)) == (
        0,
        1000,
        1654,
        1800,
    )  # an empty one is read whole
