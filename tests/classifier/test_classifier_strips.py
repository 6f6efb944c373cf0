"""A dense page is read head and foot first, and whole wherever these do not tell enough."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from classifier.decision import decide
from classifier.reading import read_page
from classifier.scores import score_page
from intake.domain.lecture import PageLue
from intake.ports import PageImage

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


LEASE = [  # no heading, yet nothing else than a lease
    "Suite des conditions convenues entre les parties",
    "ARTICLE 5 : Dépôt de garantie. Le locataire verse au bailleur un dépôt de garantie",
    "ARTICLE 6 : Clause résolutoire. À défaut de paiement du loyer, le bail est résilié de plein droit",
    "ARTICLE 7 : Charges récupérables. Les provisions pour charges sont régularisées chaque année",
    "ARTICLE 8 : Révision du loyer selon l'indice de référence des loyers",
    "ARTICLE 9 : État des lieux dressé à la remise des clés au preneur",
]


@pytest.mark.real
@pytest.mark.parametrize(("foot", "inner"), [("Page 2/4", True), ("Paraphes", False)])
def test_a_deed_that_names_nobody_is_left_only_where_its_number_says_inner(foot: str, inner: bool) -> None:
    """Else a stranger named in the middle would never be compared with the household (R14)."""
    body = [CLAUSE.format(n) for n in range(10, 36)]
    body[14] = "Caution solidaire donnée par Monsieur Benoît QUIMPART"
    page = drawn([*LEASE, *body, "Le bailleur délivre au locataire un logement décent", foot])
    read = read_page(page)
    score = score_page(PageLue(1, texte=read))
    assert score.entete() is None
    assert decide([score], 95.0).confiance >= 0.95  # sure of its type either way
    assert read.partielle is inner
    assert ("QUIMPART" in read.texte) is not inner
