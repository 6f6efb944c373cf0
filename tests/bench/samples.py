"""Draws sheets with a code in every condition of the field, by seed: what the benches of marks read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import segno
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from generator import marks as formes
from generator import terrain as t
from generator.terrain import DUR, Gris, Place, Rng, Telephone
from intake.ports import PageImage
from intake.readers.marks_decoders import zxing

_ROOT = Path(__file__).parents[2]
_SHEETS = ("attestation_enregistrement", "attestation_renouvellement", "fiche_recapitulative")
_GROUNDS = len(_SHEETS) + 5
_MARGIN = 200
_WORDS = "attestation demande logement social numero unique date guichet commune personne dossier".split()
Made = Image.Image | Gris


@dataclass(frozen=True)
class Sample:
    """One picture and the text of its code; "" when it bears none. `dpi` 0 is a photograph."""

    condition: str
    text: str
    image: Image.Image
    dpi: float

    @property
    def page(self) -> PageImage:
        return PageImage(1, self.image, self.dpi, photo=self.dpi == 0)


def text_of(rng: Rng) -> str:
    """Every form of marks.md, in like shares."""
    guichet = rng.choice(["75001", "GDPUB", "69A38", "13055"])
    parts = [
        "999",
        f"{rng.integers(1, 13):02d}{rng.integers(10, 27)}",
        f"{rng.integers(0, 10**6):06d}",
        guichet,
    ]
    n, letter = "".join(parts), str(rng.choice(["E", "R"]))
    day = f"2026{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}"
    du1 = f"DU1;T=ATT;N={n};A={letter};D={day}"
    forms = [
        n,
        str(rng.choice([" ", "-", "."])).join(parts),
        f"https://exemple.invalid/attestation/{n}",
        f"https://exemple.invalid/verifier?nud={n}&t={letter}",
        str(rng.choice([f"NUD={n};TYPE={letter}", f"type={letter}|nud={n}", f"Nud={n}\nType={letter}"])),
        du1,
        formes.signe(du1),
        formes.signe(f"DU1;T=FIC;N={n};B=B{rng.integers(0, 10**6):06d};P={rng.integers(1, 40)}"),
        f"DU1;T=BOR;B=B{rng.integers(0, 10**6):06d};G={guichet};D={day};F=12;P=140",
        "DU1;T=SEP",
    ]
    return str(forms[int(rng.integers(len(forms)))])


@cache
def _ground(kind: int) -> tuple[Gris, Place | None]:
    """An A4 at 300 dpi, and where it has room for a code: a sheet whose own was taken off, or mere text."""
    if kind < len(_SHEETS):
        document = pypdfium2.PdfDocument(_ROOT / f"fixtures/documents/{_SHEETS[kind]}.pdf")
        sheet = np.asarray(
            document[0].render(scale=300 / 72).to_pil().convert("L").resize((2480, 3508))
        ).copy()
        document.close()
        (symbol,) = zxing(sheet)
        x0, y0, x1, y1 = symbol.boite or (0, 0, 0, 0)
        sheet[y0 - 12 : y1 + 12, x0 - 12 : x1 + 12] = 255
        return sheet, (x0, y0, x1 - x0)
    rng = np.random.default_rng(kind)
    image = Image.new("L", (2480, 3508), 255)
    draw = ImageDraw.Draw(image)
    y = int(rng.integers(180, 400))
    while y < 3300:
        size = int(rng.choice([28, 34, 40, 60]))
        line = " ".join(rng.choice(_WORDS, int(rng.integers(2, 11))))
        draw.text((200, y), line[: int(2000 / size / 0.55)], font_size=size, fill=int(rng.integers(0, 60)))
        y += int(size * rng.choice([1.3, 1.6, 2.5]))
    return np.asarray(image).copy(), None


@cache
def _ground_at(kind: int, dpi: int) -> tuple[Gris, Place | None]:
    ground, room = _ground(kind)
    scaled = (int(room[0] * dpi / 300), int(room[1] * dpi / 300), int(room[2] * dpi / 300)) if room else None
    return t.a_dpi(ground, dpi), scaled


def sheet(rng: Rng, mm: tuple[float, float], dpi: int = 300) -> tuple[Gris, str, Place]:
    """A sheet with a code whose symbol is `mm` wide, its text, and its place."""
    ground, room = _ground_at(int(rng.integers(_GROUNDS)), dpi)
    page, text = ground.copy(), text_of(rng)
    code = segno.make(text, error=str(rng.choice(["m", "q"])), micro=False)
    modules = code.symbol_size(border=4)[0]
    side = int(rng.uniform(*mm) / 25.4 * dpi * modules / (modules - 8))
    out = io.BytesIO()
    code.save(out, kind="png", scale=8, border=4)
    symbol = np.asarray(Image.open(out).convert("L").resize((side, side), Image.Resampling.LANCZOS))
    if room:
        x, y = (max(0, room[k] + (room[2] - side) // 2) for k in (0, 1))
    else:
        (h, w), edge = page.shape, dpi // 2
        x = int(rng.choice([edge, w - side - edge, (w - side) // 2]))
        y = int(rng.choice([edge, h - side - edge, int(rng.integers(edge, h - side - edge))]))
    page[y : y + side, x : x + side] = symbol
    return page, text, (x, y, side)


def plain(rng: Rng) -> Gris:
    """An ordinary page at 200 dpi: no code on it."""
    return t.grain(t.a_dpi(_ground(int(rng.integers(_GROUNDS)))[0], 200), rng)


@cache
def _noise() -> NDArray[np.float32]:
    """Drawn once, used from another corner each time: it would be most of the cost of a page."""
    noise = np.random.default_rng(0).normal(0, 1, (3510 + _MARGIN, 2490 + _MARGIN))
    return noise.astype(np.float32)


def normal_scan(rng: Rng) -> Sample:
    """An ordinary day's scan of a sheet, code of 25 mm or more: cheap to make, so that there may be many."""
    dpi = int(rng.choice([150, 200, 240, 300]))
    page, text, _ = sheet(rng, (25, 30), dpi)
    h, w = page.shape
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), rng.uniform(-1.6, 1.6), 1)
    page = np.asarray(cv2.warpAffine(page, turn, (w, h), flags=cv2.INTER_LINEAR, borderValue=255), np.uint8)
    if rng.random() < 0.5:
        page = t.flou(page, rng.uniform(0.3, 0.6) * dpi / 150)
    page = t.pali(page, rng.uniform(0.8, 1.0), 250)
    y, x = int(rng.integers(_MARGIN)), int(rng.integers(_MARGIN))
    noise = _noise()[y : y + h, x : x + w]
    page = np.clip(page + (noise * rng.uniform(1, 7)).astype(np.int16), 0, 255).astype(np.uint8)
    page = t.comprime(page, int(rng.integers(55, 80)))
    return Sample(f"{dpi} dpi", text, Image.fromarray(page), dpi)


Change = Callable[[Gris, Place, Rng], Made]


def _little(a: Gris, _: Place, r: Rng) -> Gris:
    return t.grain(t.penche(a, r.uniform(-2, 2)), r)


def _copied(a: Gris, _: Place, r: Rng) -> Gris:
    return t.photocopie(t.penche(t.photocopie(a, r), r.uniform(-3, 3)), r)


LARGE, ANY = (25.0, 30.0), (15.0, 30.0)
# name: (what is done at 300 dpi, the scan's dpi, the symbol's width)
SCANS: dict[str, tuple[Change, float, tuple[float, float]]] = {
    "normal 300": (_little, 300, ANY),
    "normal 200": (_little, 200, ANY),
    "normal 150": (_little, 150, ANY),
    "100 dpi": (_little, 100, ANY),
    "75 dpi": (_little, 75, LARGE),
    "72 dpi, JPEG 45": (lambda a, b, r: t.comprime(t.a_dpi(_little(a, b, r), 72), 45), 72, LARGE),
    "150 dpi, JPEG 10": (lambda a, b, r: t.comprime(t.a_dpi(_little(a, b, r), 150), 10), 150, ANY),
    "tilted 3-12": (lambda a, b, r: t.grain(t.penche(a, r.uniform(3, 12)), r), 200, ANY),
    "tilted 45": (lambda a, b, r: t.grain(t.penche(a, r.uniform(38, 52)), r), 150, ANY),
    "tilted 45, 100 dpi": (lambda a, b, r: t.grain(t.penche(a, r.uniform(38, 52)), r), 100, LARGE),
    "grain": (lambda a, b, r: t.grain(a, r, 90), 200, ANY),
    "salt": (lambda a, b, r: t.poivre(t.a_dpi(a, 200), r, 0.1), 200, ANY),
    "photocopy": (lambda a, b, r: t.photocopie(t.penche(a, r.uniform(-2, 2)), r), 200, ANY),
    "photocopy, 1 bit": (lambda a, b, r: t.photocopie(t.a_dpi(a, 200), r), 200, ANY),
    "photocopy twice": (_copied, 150, ANY),
    "faded 30 %": (lambda a, b, r: t.grain(t.pali(a, 0.3), r, 5), 200, ANY),
    "faded 12 %": (lambda a, b, r: t.grain(t.pali(t.a_dpi(a, 200), 0.12), r, 7), 200, ANY),
    "staples": (lambda a, b, r: t.grain(t.agrafe(t.agrafe(a, b, r), b, r), r), 200, ANY),
    "finder covered": (lambda a, b, r: _little(t.coin_couvert(a, b, r), b, r), 200, LARGE),
    "pen": (lambda a, b, r: t.grain(t.stylo(a, b, r), r), 200, ANY),
    "folded": (lambda a, b, r: t.grain(t.pli(a, b, r), r), 200, ANY),
    "coffee": (lambda a, b, r: t.grain(t.cafe(a, b, r), r), 200, ANY),
    "stamp": (t.tampon, 200, ANY),
    "torn": (lambda a, b, r: _little(t.dechire(a, b, r), b, r), 200, ANY),
    "crumpled": (lambda a, b, r: t.grain(t.froisse(a, r), r), 200, ANY),
    "blurred": (lambda a, b, r: t.grain(t.flou(a, r.uniform(4, 7)), r), 200, ANY),
    "moved": (lambda a, b, r: t.grain(t.bouge(a, r, int(r.integers(11, 21))), r), 200, ANY),
    "inverted": (lambda a, b, r: 255 - t.grain(a, r), 150, ANY),
}


def _same(a: Gris, _b: Place, _r: Rng) -> Gris:
    return a


# name: (what is done to the sheet, how it is taken)
PHOTOS: dict[str, tuple[Callable[[Gris, Place, Rng], Gris], Callable[[Rng], Telephone]]] = {
    "photo": (_same, lambda r: Telephone()),
    "photo hard": (_same, lambda r: DUR),
    "photo curved": (lambda a, b, r: t.courbe(a, r), lambda r: Telephone()),
    "photo hard curved": (lambda a, b, r: t.courbe(a, r), lambda r: DUR),
    "photo crumpled": (lambda a, b, r: t.froisse(a, r, 1.3), lambda r: Telephone()),
    "photo glare": (_same, lambda r: Telephone(eclat=True)),
    "photo tilted 45": (_same, lambda r: Telephone(part=0.6, angle=r.uniform(30, 60))),
    "photo small": (_same, lambda r: Telephone(3200, r.uniform(0.28, 0.45), flou=(0.6, 1.2))),
    "photo moved": (_same, lambda r: Telephone(bouge=int(r.integers(5, 14)), flou=(0.6, 1.0))),
    "photo 75-100 dpi": (_same, lambda r: Telephone(int(r.integers(1050, 1450)), flou=(0.5, 0.8))),
    "photo torn": (t.dechire, lambda r: Telephone()),
    "photo pen": (t.stylo, lambda r: Telephone()),
    "photo staple": (t.agrafe, lambda r: Telephone()),
    "photo dark": (_same, lambda r: Telephone(lumiere=(0.12, 0.3), bruit=7)),
}
CONDITIONS = (*SCANS, *PHOTOS)


def make(condition: str, seed: tuple[int, ...]) -> Sample:
    rng = np.random.default_rng([*seed, CONDITIONS.index(condition)])
    if condition in SCANS:
        change, dpi, mm = SCANS[condition]
        page, text, place = sheet(rng, mm)
        made = change(page, place, rng)
        image = made if isinstance(made, Image.Image) else Image.fromarray(made)
        if max(image.size) > 1.05 * 11.7 * dpi * (1 if image.height < 4000 else 1.4):  # still at 300 dpi
            image = image.resize(
                (int(image.width * dpi / 300), int(image.height * dpi / 300)), Image.Resampling.BOX
            )
        return Sample(condition, text, image, dpi)
    damage, how = PHOTOS[condition]
    page, text, place = sheet(rng, (20, 30))
    return Sample(condition, text, t.telephone(damage(page, place, rng), place, rng, how(rng)), 0)


def samples(n: int, seed: int, only: str = "") -> Iterator[Sample]:
    chosen = [c for c in CONDITIONS if only in c]
    yield from (make(condition, (seed, i)) for i in range(n) for condition in chosen)
