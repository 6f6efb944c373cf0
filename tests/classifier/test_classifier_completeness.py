"""« Page 2 sur 4 » without its fellows: which pages of a piece are missing."""

from dataclasses import replace

import pytest

from classifier.completeness import absent, undecided
from classifier.numbering import missing
from readings import page

BODY = [f"ligne {i} du document" for i in range(12)]


def numbered(n: int, foot: str, body: list[str] = BODY):  # type: ignore[no-untyped-def]
    return page(n, *body, foot)


@pytest.mark.parametrize(
    ("feet", "absent"),
    [
        (["Page 1/4", "Page 2/4"], (3, 4)),
        (["Page 2 sur 4"], (1, 3, 4)),
        (["1/2", "2/2"], ()),
        (["Page 1/1"], ()),
        (["Page 1/3", "sans numéro", "Page 3/3"], ()),  # the middle one may be the second
        (["Page 1/4", "sans numéro"], (2, 3, 4)),
        (["sans numéro"], ()),
        (["Page 1/4", "Page 2/3"], ()),  # two documents: nothing is certain
        (["1/2", "2/12"], ()),  # a stain before the figure, read as one more
        (["1/3", "3/13"], (2,)),
        (["Page 113,", "Page 3 l 3"], (2,)),  # the stroke read as a figure, as a letter
        (["Page 13", "Page 413"], ()),
        (["Feuillet n° 213"], ()),
        (["Page 213"], ()),
        (["- 1 -", "- 2 -", "- 4 -"], (3,)),
        (["page 1", "page 2", "page 4"], (3,)),
        (["page 1", "page 3"], ()),  # its verso may be blank
        (["page 1", "page 3", "page 4"], ()),
        (["page 1", "page 2", "règlement de copropriété page 4"], ()),
        (["- 1 -", "- 2 -\n- 3 -", "- 4 -"], ()),  # a booklet, an opening a sheet
        (["page 1", "page 3", "page 5"], ()),  # the versos are blank, and were not scanned
        (["- 1 -", "- 2 -", "- 9 -"], ()),  # misread, or another paper
        (["- 2 -", "- 4 -"], ()),  # leaves of a booklet
        (["- 1 -", "sans numéro", "- 3 -"], ()),
        (["Page 12", "Page 2/2"], ()),  # « 1/2 », its stroke lost
        (["Page 12", "Page 3/3"], (1, 2)),  # of another paper
        (["page 172"], ()),
        (["sans numéro", "sans numéro", "1/7"], ()),  # scribble of a signature: a first page comes first
        (["sans numéro", "sans numéro", "3/7"], (1, 2, 4, 5, 6, 7)),
        (["sans numéro", "1/7"], (2, 3, 4, 5, 6, 7)),  # behind a slip
        (["sans numéro", "sans numéro", "Page 1 sur 7"], (2, 3, 4, 5, 6, 7)),
    ],
)
def test_what_is_missing(feet: list[str], absent: tuple[int, ...]) -> None:
    assert missing([numbered(i, foot) for i, foot in enumerate(feet, 1)]) == absent


def test_a_number_that_was_guessed_at_announces_nothing() -> None:
    """« 2/2 » with a speck behind it, of which OCR believes nothing itself."""
    read = numbered(1, "2/22")
    lines = [*read.texte.lignes[:-1], replace(read.texte.lignes[-1], confiance=0.0)]
    assert missing([replace(read, texte=replace(read.texte, lignes=tuple(lines)))]) == ()
    assert len(missing([read])) == 21


def test_a_reference_in_the_text_is_no_page_number() -> None:
    body = [*BODY[:6], "voir la page 2/4 de la notice", *BODY[6:]]
    assert missing([numbered(1, "fin", body)]) == ()


LEASE = [
    "Article 1 – Désignation des parties et des locaux",
    "Le bailleur donne en location au locataire, qui accepte, un logement de trois pièces principales",
    "Article 2 – Durée du contrat et prise d'effet",
    "Le présent contrat est conclu pour une durée de trois années entières et consécutives à compter du",
    "Article 3 – Loyer et charges récupérables",
    "Le loyer mensuel de 612,50 € est payable d'avance le premier jour de chaque mois au domicile de",
    "Article 4 – Dépôt de garantie",
    "Le locataire verse à la signature une somme qui lui sera rendue à la fin de la location, déduction",
]
UNPRICED = [
    "Bailleur : Mme Odette BRUN, 3 rue des Lilas. Locataire : Mme Anaïs VERDIER, née le 14/02/1991. Le",
    "logement de trois pièces, 61 m2, est loué pour trois ans à compter du 5 octobre. Le loyer est fixé à",
]
LATER = [line.replace("Article ", "Article 1") for line in LEASE]  # 11, 12, 13, 14
ROMAN = [
    f"{number}. {line} : le bailleur et le locataire, qui l'accepte en l'état, en conviennent pour un an"
    for number, line in zip(
        ["I", "IL", "III", "IV", "V", "VI", "VIL", "VIIL", "IX", "X"],
        ["Objet du contrat", "Durée", "Loyer de 612 €", "Charges", "Dépôt", *["Travaux et entretien"] * 5],
        strict=True,
    )
]
BROKEN = "et que le locataire s'engage à prendre à sa charge pendant toute la durée du bail ainsi que la"
SIGNED = ["Fait à Marchelles en deux exemplaires", "Le bailleur      Le locataire", *LEASE[1:5:2], LEASE[7]]


@pytest.mark.parametrize(
    ("bodies", "titre", "absent_part"),
    [
        ([["CONTRAT DE LOCATION", *LEASE], SIGNED], True, ""),
        ([["CONTRAT DE LOCATION", *LEASE], [*LATER, *SIGNED]], True, "des pages au milieu"),
        ([[*LATER, *SIGNED]], False, "le début"),
        ([["location ci-après désignée, dans l'état où elle se trouve", *LEASE, *SIGNED]], False, "le début"),
        ([["CONTRAT DE LOCATION", *LEASE, BROKEN]], True, "la fin"),
        ([["CONTRAT DE LOCATION", *UNPRICED * 3], ["paisible.", *SIGNED]], True, "des pages au milieu"),
        ([["CONTRAT DE LOCATION", *UNPRICED * 3, "612 E par mois"], ["et paisible.", *SIGNED]], True, ""),
        ([["CONTRAT DE LOCATION", *UNPRICED * 3, *SIGNED]], True, ""),
        ([["CONTRAT DE LOCATION", *LEASE, BROKEN, "Page 1 sur 1"]], True, ""),  # its end is numbered
        ([["CONTRAT DE LOCATION", *ROMAN[:8]], [*ROMAN[8:], *SIGNED]], True, ""),  # II, VII, VIII misread
        ([["CONTRAT DE LOCATION", *ROMAN[:4]], [*ROMAN[7:], *SIGNED]], True, "des pages au milieu"),
    ],
)  # fmt: skip
def test_clauses_and_sentences_tell_too(bodies: list[list[str]], titre: bool, absent_part: str) -> None:
    pages = [page(i, *body) for i, body in enumerate(bodies, 1)]
    assert absent("bail", pages, titre=titre) == absent_part


def test_what_was_not_read_is_not_missing() -> None:
    first = page(1, "CONTRAT DE LOCATION", *LEASE)
    half = replace(first, texte=replace(first.texte, partielle=True))
    last = page(2, *LATER, *SIGNED)
    assert absent("bail", [half, last], titre=True) == ""
    assert undecided("bail", [half, last])  # the clauses between may be in its middle
    assert not undecided("bail", [first, last])
    assert not undecided("bulletin_salaire", [half, last])


def test_nothing_is_said_of_what_could_hardly_be_read() -> None:
    assert absent("bail", [page(1, *LATER, confidence=50.0)], titre=False) == ""


def test_only_deeds_have_an_end_that_must_be_there() -> None:
    assert absent("bulletin_salaire", [page(1, *LEASE)], titre=True) == ""


INNER = [
    "AVIS D'IMPÔT SUR LES REVENUS 2025 - revenus 2024 N° fiscal : 99 29 591 052 479",
    "Détail des revenus",
    "Déclar. 1 Déclar. 2 Total",
    "Salaires 18 400 0 18 400",
    "Déduction 10 % ou frais réels - 1 840",
    "Salaires, pensions, rentes nets 16 560",
    "Revenu brut global 16 560",
    "Revenu imposable 16 560",
    "Impôt sur les revenus soumis au barème 612",
    "Revenu fiscal de référence 16 560",
]


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ([], "le début"),
        (["M. DELMOTTE KARIM"], ""),
        (["12 rue des Lilas", "75011 PARIS"], ""),
        (["Date de mise en recouvrement : 31/07/2025"], ""),
    ],
)
def test_an_avis_that_says_neither_when_nor_for_whom_lost_its_first_page(
    more: list[str], missing: str
) -> None:
    assert absent("avis_imposition", [page(1, *more, *INNER)], titre=True) == missing


@pytest.mark.parametrize(
    ("last", "missing_part"),
    [
        ("PAR CES MOTIFS le juge CONDAMNE Mme VIGNERON à payer la somme due", ""),
        ("Ainsi la dette locative est établie et les parties en conviennent", "la fin"),
        ("La greffière La juge", "des pages au milieu"),
    ],
)
def test_a_judgment_says_what_it_rules(last: str, missing_part: str) -> None:
    """« devant le juge des contentieux » in its facts is no ruling."""
    facts = [
        f"{i} : l'affaire est appelée devant le juge des contentieux de la protection" for i in range(24)
    ]
    pages = [page(1, "TRIBUNAL JUDICIAIRE DE TOULOUSE", *facts), page(2, *facts[:9], last)]
    assert absent("jugement_expulsion", pages, titre=True) == missing_part


def test_a_judgment_whose_last_page_bears_signatures_alone_lost_its_ruling() -> None:
    facts = [
        f"{i} : l'affaire est appelée devant le juge aux affaires familiales et débattue" for i in range(24)
    ]
    pages = [page(1, "TRIBUNAL JUDICIAIRE DU HAVRE", *facts), page(3, "La greffière", "Le juge")]
    assert absent("jugement_divorce", pages, titre=True) == "des pages au milieu"
    half = replace(pages[0], texte=replace(pages[0].texte, partielle=True))
    assert absent("jugement_divorce", [half, pages[1]], titre=True) == ""
    assert undecided("jugement_divorce", [half, pages[1]])


def test_as_many_pages_as_one_announces_lack_nothing() -> None:
    """« - 1/3 - » was read on the first page only, and the ruling is in words that no rule knows."""
    facts = [f"{i} : l'affaire est appelée devant le juge des tutelles et débattue" for i in range(24)]
    rest = [page(2, *facts, "- 2/3 -"), page(3, *facts, "PLACE l'intéressé sous curatelle")]
    again = [page(2, *facts, "- 1/3 -"), rest[1]]
    first = ("TRIBUNAL JUDICIAIRE DU HAVRE", *facts)
    assert absent("jugement_tutelle", [page(1, *first), *rest], titre=True)
    assert absent("jugement_tutelle", [page(1, *first, "- 1/3 -"), *rest], titre=True) == ""
    assert absent(
        "jugement_tutelle", [page(1, *first, "- 1/3 -"), *again], titre=True
    )  # the first page twice


@pytest.mark.parametrize(
    ("foot", "told"), [("- 313 -", (1, 2)), ("- 3|3 -", (1, 2)), ("- 412 -", ()), ("313", ())]
)
def test_a_stroke_between_dashes_read_as_a_figure(foot: str, told: tuple[int, ...]) -> None:
    assert missing([numbered(1, foot)]) == told
