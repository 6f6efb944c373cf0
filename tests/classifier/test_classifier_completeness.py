"""« Page 2 sur 4 » without its fellows: which pages of a piece are missing."""

import pytest

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
    ],
)
def test_what_is_missing(feet: list[str], absent: tuple[int, ...]) -> None:
    assert missing([numbered(i, foot) for i, foot in enumerate(feet, 1)]) == absent


def test_a_reference_in_the_text_is_no_page_number() -> None:
    body = [*BODY[:6], "voir la page 2/4 de la notice", *BODY[6:]]
    assert missing([numbered(1, "fin", body)]) == ()
