"""Bench of the marks ladder on generated bad scans and photographs.

From the checkout: ``PYTHONPATH=. python tests/bench/marks.py [--n 12]``.

Prints, per condition, what zbar and zxing-cpp read at one scale, their union and the ladder; then, per rung,
what it read that no earlier rung did, and the CPU time of the whole.
"""

from __future__ import annotations

import argparse
import io
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import segno
from PIL import Image, ImageChops, ImageDraw, ImageFont

from intake.ports import PageImage
from intake.readers.marks_decoders import zbar, zxing
from intake.readers.marks_ladder import LadderMarkReader

Grey = npt.NDArray[Any]
Rng = np.random.Generator
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
_WORDS = (
    "attestation demande logement social numéro unique date guichet commune personne dossier pièce".split()
)


def _f32(values: object) -> Grey:
    return np.array(values, np.float32)


def texts(rng: Rng) -> str:
    n = f"999{rng.integers(1, 13):02d}24{rng.integers(0, 999999):06d}75001"
    return str(
        rng.choice(
            [
                n,
                f"https://exemple.invalid/attestation/{n}",
                f"NUD={n};TYPE=R",
                f"DU1;T=ATT;N={n};A=R;D=20260114",
                f"DU1;T=FIC;N={n};B=B{rng.integers(0, 99999):05d};P=7;S=ABCDEFGHIJKLMNOP",
                "DU1;T=SEP",
            ]
        )
    )


def page(rng: Rng, *, qr: bool = True, mm: float | None = None) -> tuple[Grey, str, tuple[int, int, int]]:
    """An A4 at 300 dpi with text, its QR's text, and the QR's (x, y, side)."""
    image = Image.new("L", (2480, 3508), 255)
    draw = ImageDraw.Draw(image)
    y = int(rng.integers(180, 400))
    while y < 3300:
        size = int(rng.choice([28, 34, 40, 60]))
        font = ImageFont.truetype(_FONT, size)
        line = " ".join(rng.choice(_WORDS, int(rng.integers(2, 11))))
        if rng.random() < 0.85:
            draw.text((200, y), line[: int(2000 / size / 0.55)], font=font, fill=int(rng.integers(0, 60)))
        y += int(size * rng.choice([1.3, 1.6, 2.5]))
    text, box = "", (0, 0, 0)
    if qr:
        text = texts(rng)
        code = segno.make(text, error=str(rng.choice(["m", "q"])), micro=False)
        modules = code.symbol_size(border=4)[0]
        side = int((mm or rng.uniform(15, 30)) / 25.4 * 300 * modules / (modules - 8))
        buffer = io.BytesIO()
        code.save(buffer, kind="png", scale=8, border=4)
        stamp = Image.open(buffer).convert("L").resize((side, side), Image.Resampling.BOX)
        x = int(rng.choice([150, 2480 - side - 150, 1240 - side // 2]))
        top = int(rng.choice([120, 3508 - side - 150, int(rng.integers(300, 2800))]))
        image.paste(stamp, (x, top))
        box = (x, top, side)
    return np.asarray(image).copy(), text, box


def at_dpi(a: Grey, dpi: float) -> Grey:
    f = dpi / 300
    return cv2.resize(a, None, fx=f, fy=f, interpolation=cv2.INTER_AREA) if f < 1 else a


def noisy(a: Grey, rng: Rng, sigma: float = 6) -> Grey:
    return np.clip(a + rng.normal(0, sigma, a.shape), 0, 255).astype(np.uint8)


def skew(a: Grey, degrees: float) -> Grey:
    if abs(degrees) > 2.5:  # nothing leaves the sheet
        a = cv2.copyMakeBorder(a, 700, 700, 900, 900, cv2.BORDER_CONSTANT, value=255)
    h, w = a.shape
    m = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1)
    return cv2.warpAffine(a, m, (w, h), flags=cv2.INTER_LINEAR, borderValue=255)


def salt(a: Grey, rng: Rng, p: float) -> Grey:
    r = rng.random(a.shape)
    out = a.copy()
    out[r < p / 2] = 0
    out[r > 1 - p / 2] = 255
    return out


def photocopy(a: Grey, rng: Rng, cut: int | None = None) -> Grey:
    b = cv2.GaussianBlur(a, (0, 0), 1.5)
    b = noisy(b, rng, 22)
    return np.where(b > (cut or int(rng.integers(95, 190))), 255, 0).astype(np.uint8)


def fade(a: Grey, contrast: float, base: int = 235) -> Grey:
    return (base - (255 - a.astype(np.float32)) * contrast).clip(0, 255).astype(np.uint8)


def jpeg(a: Grey, q: int) -> Grey:
    data = cv2.imencode(".jpg", a, [cv2.IMWRITE_JPEG_QUALITY, q])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def staple(a: Grey, box: tuple[int, int, int], rng: Rng) -> Grey:
    """A staple across a corner of the code: a dark bar with a bright edge, 12 mm by 0.7 mm."""
    out = a.copy()
    x, y, s = box
    cx, cy = x + s * rng.uniform(0.15, 0.85), y + s * rng.uniform(0.15, 0.85)
    t = rng.uniform(0, np.pi)
    dx, dy = 70 * np.cos(t), 70 * np.sin(t)
    p, q = (int(cx - dx), int(cy - dy)), (int(cx + dx), int(cy + dy))
    cv2.line(out, (p[0] + 4, p[1] + 5), (q[0] + 4, q[1] + 5), 90, 10)
    cv2.line(out, p, q, 200, 8)
    cv2.line(out, p, q, 240, 3)
    return out


def corner_hit(a: Grey, box: tuple[int, int, int], rng: Rng) -> Grey:
    """A finder pattern covered: by a hole, a blot, or a label's corner."""
    out = a.copy()
    x, y, s = box
    side = s * 0.2
    near, far = s * 0.11 + side / 2, s * 0.89 - side / 2
    dx, dy = [(near, near), (far, near), (near, far)][int(rng.integers(3))]
    cx, cy = x + dx, y + dy
    radius = int(side * rng.uniform(0.3, 0.6))
    shift = side * rng.uniform(-0.25, 0.25, 2)
    cv2.circle(out, (int(cx + shift[0]), int(cy + shift[1])), radius, int(rng.choice([0, 255, 120])), -1)
    return out


def pen(a: Grey, box: tuple[int, int, int], rng: Rng) -> Grey:
    out = a.copy()
    x, y, s = box
    for _ in range(2):
        pts = (np.array([x, y]) + rng.uniform(-0.1, 1.1, (6, 2)) * s).astype(np.int32)
        cv2.polylines(out, [pts], False, int(rng.integers(20, 110)), int(rng.integers(3, 7)), cv2.LINE_AA)
    return out


def crease(a: Grey, box: tuple[int, int, int], rng: Rng) -> Grey:
    """Folded and scanned not quite flat: one half shifts, with a shadow line."""
    _, y, s = box
    yy = int(y + s * rng.uniform(0.2, 0.8))
    out = a.copy()
    out[yy:, :] = np.roll(a[yy:, :], int(rng.integers(3, 10)), axis=1)
    out[yy - 4 : yy + 4] = (out[yy - 4 : yy + 4] * 0.5).astype(np.uint8)
    out[yy - 40 : yy + 60] = (out[yy - 40 : yy + 60] * 0.8).astype(np.uint8)
    return out


def coffee(a: Grey, box: tuple[int, int, int], rng: Rng) -> Grey:
    x, y, s = box
    layer: Grey = np.zeros(a.shape, np.float32)
    c = (int(x + s * rng.uniform(0, 1)), int(y + s * rng.uniform(0, 1)))
    cv2.circle(layer, c, int(s * 0.6), 0.45, -1)
    cv2.circle(layer, c, int(s * 0.6), 0.8, int(s * 0.08))
    layer = cv2.GaussianBlur(layer, (0, 0), 8)
    return (a * (1 - layer)).astype(np.uint8)


def stamp(a: Grey, box: tuple[int, int, int], rng: Rng) -> Image.Image:
    """A coloured office stamp over the code."""
    x, y, s = box
    image = Image.fromarray(a).convert("RGB")
    over = Image.new("RGB", image.size, "white")
    d = ImageDraw.Draw(over)
    colour = [(200, 30, 60), (40, 60, 200), (90, 40, 160)][int(rng.integers(3))]
    c = (x + s * rng.uniform(0.2, 0.8), y + s * rng.uniform(0.2, 0.8))
    for r in (s * 0.7, s * 0.6, s * 0.35):
        d.ellipse([c[0] - r, c[1] - r, c[0] + r, c[1] + r], outline=colour, width=int(s * 0.05))
    font = ImageFont.truetype(_FONT, int(s * 0.16))
    d.text((c[0] - s * 0.5, c[1] - s * 0.1), "REÇU LE 12", font=font, fill=colour)
    return ImageChops.multiply(image, over)


def photo(
    a: Grey,
    rng: Rng,
    *,
    hard: bool = False,
    curve: bool = False,
    glare: bool = False,
    box: tuple[int, int, int] = (0, 0, 0),
) -> Image.Image:
    """A phone's picture of the sheet on a table: perspective, shadow, blur, noise, JPEG."""
    h, w = a.shape
    if curve:
        xs, ys = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
        bend = (40 * np.sin(xs / w * np.pi * rng.uniform(1, 2.5))).astype(np.float32)
        a = cv2.remap(
            a, xs + 12 * np.sin(ys / 300).astype(np.float32), ys + bend, cv2.INTER_LINEAR, borderValue=255
        )
    long = 3000 if hard else 3600
    ow, oh = int(long * 0.75), long
    k = 0.2 if hard else 0.1
    quad = _f32([[0.1, 0.08], [0.9, 0.08], [0.9, 0.92], [0.1, 0.92]]) + rng.uniform(
        -k / 2, k / 2, (4, 2)
    ).astype(np.float32)
    dst = (quad * [ow, oh]).astype(np.float32)
    m = cv2.getPerspectiveTransform(_f32([[0, 0], [w, 0], [w, h], [0, h]]), dst)
    table = cv2.resize(
        rng.integers(60, 130, (40, 30), dtype=np.uint8), (ow, oh), interpolation=cv2.INTER_CUBIC
    )
    sheet = cv2.warpPerspective(a, m, (ow, oh), flags=cv2.INTER_AREA, borderValue=0)
    mask = cv2.warpPerspective(np.full_like(a, 255), m, (ow, oh))
    out: Grey = np.where(mask > 127, sheet, table).astype(np.float32)
    yy, xx = np.mgrid[0:oh, 0:ow].astype(np.float32)
    t = rng.uniform(0, 2 * np.pi)
    edge = (xx - ow / 2) * np.cos(t) + (yy - oh / 2) * np.sin(t)
    depth = 0.65 if hard else 0.45
    out *= 1 - depth / (1 + np.exp(-edge / (60 if hard else 250)))
    out *= rng.uniform(0.6, 1.0)
    if glare:
        p = cv2.perspectiveTransform(
            _f32([[[box[0] + box[2] * rng.uniform(0, 1), box[1] + box[2] * rng.uniform(0, 1)]]]), m
        )[0, 0]
        spot = np.exp(-((xx - p[0]) ** 2 + (yy - p[1]) ** 2) / (2 * (box[2] * 0.25) ** 2))
        out = out + 230 * spot
    out = cv2.GaussianBlur(out, (0, 0), rng.uniform(2.2, 3.4) if hard else rng.uniform(0.8, 1.8))
    out = np.clip(out + rng.normal(0, 9 if hard else 5, out.shape), 0, 255).astype(np.uint8)
    return Image.fromarray(jpeg(out, 60 if hard else 80)).convert("RGB")


def motion(a: Grey, rng: Rng, length: int) -> Grey:
    kernel = np.zeros((length, length), np.float32)
    t = rng.uniform(0, np.pi)
    c = length / 2
    cv2.line(
        kernel,
        (int(c - c * np.cos(t)), int(c - c * np.sin(t))),
        (int(c + c * np.cos(t)), int(c + c * np.sin(t))),
        1,
        1,
    )
    return cv2.filter2D(a, -1, kernel / kernel.sum())


Made = tuple[Image.Image | Grey, str, float]


def conditions() -> dict[str, Callable[[Rng], Made]]:
    def scan(
        change: Callable[[Grey, tuple[int, int, int], Rng], Grey], dpi: float, mm: float | None = None
    ) -> Callable[[Rng], Made]:
        def make(rng: Rng) -> Made:
            a, text, box = page(rng, mm=mm)
            return at_dpi(change(a, box, rng), dpi), text, dpi

        return make

    def shot(**how: bool) -> Callable[[Rng], Made]:
        def make(rng: Rng) -> Made:
            a, text, box = page(rng, mm=rng.uniform(20, 30))
            return photo(a, rng, box=box, **how), text, 0.0

        return make

    def coloured(rng: Rng) -> Made:
        a, text, box = page(rng)
        image = stamp(a, box, rng)
        return image.resize((1654, 2339), Image.Resampling.BOX), text, 200

    def low(a: Grey, box: tuple[int, int, int], rng: Rng) -> Grey:
        return noisy(skew(a, rng.uniform(-2, 2)), rng)

    return {
        "normal 300": scan(low, 300),
        "normal 200": scan(low, 200),
        "normal 150": scan(low, 150),
        "low dpi 100": scan(low, 100),
        "low dpi 75": scan(low, 75, 25),
        "low dpi 72 jpeg": scan(lambda a, b, r: jpeg(at_dpi(low(a, b, r), 72), 45), 300, 25),
        "skew 3-12": scan(lambda a, b, r: noisy(skew(a, r.uniform(3, 12) * r.choice([-1, 1])), r), 200),
        "skew 20-45 100 dpi": scan(lambda a, b, r: noisy(skew(a, r.uniform(20, 45)), r), 100, 25),
        "gauss 40": scan(lambda a, b, r: noisy(a, r, 90), 200),
        "salt 10 %": scan(lambda a, b, r: salt(at_dpi(a, 200), r, 0.1), 300),
        "photocopy": scan(lambda a, b, r: photocopy(skew(a, r.uniform(-2, 2)), r), 200),
        "photocopy 1-bit 200": scan(lambda a, b, r: photocopy(at_dpi(a, 200), r), 300),
        "photocopy of photocopy": scan(
            lambda a, b, r: photocopy(skew(photocopy(a, r), r.uniform(-3, 3)), r), 150
        ),
        "fade 30 %": scan(lambda a, b, r: noisy(fade(a, 0.3), r, 5), 200),
        "fade 12 % noisy": scan(lambda a, b, r: noisy(fade(at_dpi(a, 200), 0.12), r, 7), 300),
        "jpeg q10": scan(lambda a, b, r: jpeg(at_dpi(low(a, b, r), 150), 10), 300),
        "staple": scan(lambda a, b, r: noisy(staple(staple(a, b, r), b, r), r), 200),
        "finder covered": scan(
            lambda a, b, r: noisy(skew(corner_hit(a, b, r), r.uniform(-3, 3)), r), 200, 25
        ),
        "pen": scan(lambda a, b, r: noisy(pen(a, b, r), r), 200),
        "crease": scan(lambda a, b, r: noisy(crease(a, b, r), r), 200),
        "coffee": scan(lambda a, b, r: noisy(coffee(a, b, r), r), 200),
        "stamp over": coloured,
        "blur": scan(lambda a, b, r: noisy(cv2.GaussianBlur(a, (0, 0), r.uniform(4, 7)), r), 200),
        "motion blur": scan(lambda a, b, r: noisy(motion(a, r, int(r.integers(11, 21))), r), 200),
        "inverted": scan(lambda a, b, r: 255 - noisy(a, r), 150),
        "photo": shot(),
        "photo hard": shot(hard=True),
        "photo curved": shot(curve=True),
        "photo glare": shot(glare=True),
        "photo hard curved": shot(hard=True, curve=True),
    }


def as_page(made: Image.Image | Grey, dpi: float) -> PageImage:
    image = made if isinstance(made, Image.Image) else Image.fromarray(made)
    return PageImage(1, image, dpi, photo=dpi == 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--effort", default="normal")
    args = parser.parse_args()
    reader = LadderMarkReader(effort=args.effort)
    rungs: Counter[str] = Counter()
    total = np.zeros(6)
    wrong = 0
    print(f"{'condition':26} {'n':>3} {'zbar':>5} {'zxing':>5} {'union':>5} {'ladder':>6} {'cpu s':>6}")
    for k, (name, make) in enumerate(conditions().items()):
        if args.only and args.only not in name:
            continue
        row = np.zeros(6)
        for i in range(args.n):
            made, text, dpi = make(np.random.default_rng([args.seed, k, i]))
            shown = as_page(made, dpi)
            grey = np.asarray(shown.image.convert("L"))
            by_zbar = any(s.texte == text for s in zbar(grey))
            by_zxing = any(s.texte == text for s in zxing(grey))
            start = time.process_time()
            found = reader.read(shown)
            row += [
                1,
                by_zbar,
                by_zxing,
                by_zbar or by_zxing,
                any(s.texte == text for s in found),
                time.process_time() - start,
            ]
            wrong += sum(s.texte != text for s in found)
            rungs.update(s.par for s in found if s.texte == text)
        total += row
        print(_line(name, row), flush=True)
    print(_line("all", total))
    print("wrong texts:", wrong)
    for name, n in rungs.most_common():
        print(f"  {name:40} {n}")
    without(reader)


def _line(name: str, row: Grey) -> str:
    counts = f"{row[0]:3.0f} {row[1]:5.0f} {row[2]:5.0f} {row[3]:5.0f} {row[4]:6.0f}"
    return f"{name:26} {counts} {row[5] / row[0]:6.2f}"


def without(reader: LadderMarkReader) -> None:
    """What an ordinary page costs: text only, 200 dpi grey."""
    pages = [
        at_dpi(noisy(page(np.random.default_rng([9, i]), qr=False)[0], np.random.default_rng(i)), 200)
        for i in range(6)
    ]
    start = time.process_time()
    found = [reader.read(as_page(p, 200)) for p in pages]
    each = (time.process_time() - start) / len(pages) * 1000
    print(f"page without a code: {each:.0f} ms, read: {sum(map(len, found))}")


if __name__ == "__main__":
    main()
