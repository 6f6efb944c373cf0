"""How right the verdict on photos is, at once (`quality.apercu`) and once read; figures in docs/measures.md.

`PYTHONPATH=.:fixtures python tests/bench/photos.py FOLDER [--read]`, FOLDER holding `labels.jsonl` with
`file`, `readable` and `reasons`, as `python -m generator photos` makes it; without FOLDER, what a verdict
costs on a 12-megapixel JPEG. `--slanted 20`: words found on so many photos in strong perspective, of those
printed, with the sheet flattened and without.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import time
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import cv2
import pypdfium2
from PIL import Image

from classifier import quality, reading
from generator import corpus, rendu
from generator.photo import Prise, photographie
from generator.registre import catalogue, generer
from intake.domain.lecture import Qualite
from intake.ports import PageImage
from intake.readers.files import open_file
from intake.readers.sniff import NUMERISEUR

PHOTO = Path(__file__).parents[2] / "fixtures" / "photos" / "ombre.jpg"


def verdict(path: Path, *, read: bool) -> Qualite:
    if not read:
        return quality.apercu(Image.open(path))
    opened = open_file(path, NUMERISEUR)
    try:
        return reading.read_page(opened.page(1)).qualite
    finally:
        opened.close()


def score(folder: Path, *, read: bool) -> None:
    refused, total, told = {True: 0, False: 0}, {True: 0, False: 0}, 0
    spent = 0.0
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        readable = bool(label.get("readable", True))
        start = time.process_time()
        found = verdict(folder / label["file"], read=read)
        spent += time.process_time() - start
        total[readable] += 1
        refused[readable] += not found.lisible
        told += not readable and bool({*found.raisons} & {*label["reasons"]})
        if found.lisible != readable:
            print(f"  {label['file']}: expected {label.get('reasons')}, found {found}")
    good, bad = total[True], total[False]
    print(
        f"{'read' if read else 'at once'}: refused among readable {refused[True]}/{good}, "
        f"bad ones refused {refused[False]}/{bad}, right reason {told}/{bad}, "
        f"{spent / (good + bad):.2f} CPU-s a photo"
    )


def cost(times: int = 9) -> None:
    """On one core, a 3000 by 4000 JPEG: the median and the worst of some runs."""
    cv2.setNumThreads(1)
    held = io.BytesIO()
    Image.open(PHOTO).convert("RGB").resize((3000, 4000), Image.Resampling.LANCZOS).save(
        held, "JPEG", quality=85
    )
    spent = []
    for _ in range(times):
        start = time.process_time()
        quality.apercu(Image.open(io.BytesIO(held.getvalue())))
        spent.append(time.process_time() - start)
    print(f"12 megapixels: median {sorted(spent)[times // 2]:.3f} CPU-s, worst {max(spent):.3f}")


def slanted(many: int, seed: int) -> None:
    """The same photos read twice."""
    totals = {"flattened": 0, "as it is": 0}
    printed = 0
    codes = list(catalogue())
    for n in range(many):
        rng = corpus.graine(seed, "slanted", n)
        document = generer(codes[n * 7 % len(codes)], rng)
        taken = Prise(perspective=0.09, angle=rng.uniform(-8, 8), cote=2200)
        jpeg = photographie(next(rendu.pages(document.pdf, 220)), taken, rng)
        pdf = pypdfium2.PdfDocument(document.pdf)
        want = words(pdf[0].get_textpage().get_text_range())
        pdf.close()
        printed += want.total()
        page = PageImage(1, Image.open(io.BytesIO(jpeg)).convert("RGB"), 0, photo=True)
        for name in totals:
            with patch.object(reading, "_corners", reading._corners if name == "flattened" else _no_corners):
                totals[name] += sum((words(reading.read_page(page, entiere=True).texte) & want).values())
    for name, found in totals.items():
        print(f"{many} slanted photos, {name}: words {found}/{printed} ({100 * found / printed:.1f} %)")


def _no_corners(*_: object) -> None:
    return None


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w{2,}", text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--read", action="store_true", help="the verdict once the page is read, too")
    parser.add_argument("--slanted", type=int, metavar="N", help="N photos in strong perspective")
    parser.add_argument("--seed", type=int, default=9500)
    args = parser.parse_args()
    if args.slanted:
        slanted(args.slanted, args.seed)
        return
    if args.folder is None:
        cost()
        return
    for read in (False, True)[: 1 + args.read]:
        score(args.folder, read=read)


if __name__ == "__main__":
    main()
