"""`flask decode`: what a sheet shows in print stands in for a code that was seen and could not be decoded."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
from PIL import Image, ImageDraw

from generator.terrain import Gris
from warm import warm_sandboxes
from web.app import create_app

pytestmark = pytest.mark.real  # Tesseract
NUMERO = "999012400012375001"
Decode = Callable[[Gris], list[dict[str, Any]]]


@pytest.fixture
def decode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Decode]:
    monkeypatch.setenv("DOSSIER_DATA", str(tmp_path / "site"))
    runner = create_app().test_cli_runner()

    def marks(page: Gris) -> list[dict[str, Any]]:
        Image.fromarray(page).save(tmp_path / "page.png", dpi=(200, 200))
        result = runner.invoke(args=["decode", "--json", str(tmp_path / "page.png")])
        assert result.exit_code == 0, result.output
        (answer,) = json.loads(result.stdout)["pages"]
        found: list[dict[str, Any]] = answer["marks"]
        return found

    with warm_sandboxes():
        yield marks


def sheet(title: str, number: str = "999 0124 000123 75001") -> Gris:
    image = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(image)
    draw.text((150, 150), title, fill=0, font_size=48)
    draw.text((150, 420), f"Numero unique : {number}", fill=0, font_size=40)
    for i in range(12):
        draw.text((150, 700 + 60 * i), "Votre demande de logement est enregistrée.", fill=20, font_size=32)
    return np.asarray(image).copy()


def qr() -> Gris:
    out = io.BytesIO()
    segno.make(NUMERO, error="m", micro=False).save(out, kind="png", scale=7, border=4)
    return np.asarray(Image.open(out).convert("L")).copy()


def scratched(page: Gris) -> Gris:
    """A code whose finder patterns stand and whose data are gone."""
    symbol = qr()
    side = symbol.shape[0]
    noise = np.random.default_rng(5).integers(0, 2, (side // 6 + 1, side // 6 + 1), np.uint8) * 255
    modules = np.kron(noise, np.ones((6, 6), np.uint8))[:side, :side]
    low, high = int(side * 0.36), int(side * 0.88)
    symbol[low:high, low:high] = modules[low:high, low:high]
    page[150 : 150 + side, 1250 : 1250 + side] = symbol
    return page


ATTESTATION = "ATTESTATION D'ENREGISTREMENT"


@pytest.mark.parametrize(
    ("title", "kind"), [(ATTESTATION, "attestation"), ("FICHE RECAPITULATIVE", "fiche")], ids=["att", "fic"]
)
def test_the_printed_number_of_a_sheet_whose_code_is_lost(decode: Decode, title: str, kind: str) -> None:
    (mark,) = decode(scratched(sheet(title)))
    assert (mark["symbology"], mark["kind"], mark["numero_unique"]) == ("OCR", kind, NUMERO)
    assert (mark["signature"], mark["text"]) == ("absente", NUMERO)


def test_without_a_code_on_the_page_the_print_is_no_mark(decode: Decode) -> None:
    assert decode(sheet(ATTESTATION)) == []


def test_a_lost_code_on_a_page_that_is_no_sheet_is_no_mark(decode: Decode) -> None:
    assert decode(scratched(sheet("Quittance de loyer"))) == []


def test_a_code_that_is_read_is_the_only_mark(decode: Decode) -> None:
    page = sheet(ATTESTATION, "999 0124 000124 75001")
    symbol = qr()
    page[150 : 150 + symbol.shape[0], 1250 : 1250 + symbol.shape[1]] = symbol
    assert [(m["symbology"], m["numero_unique"]) for m in decode(page)] == [("QRCODE", NUMERO)]
