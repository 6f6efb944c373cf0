"""What preparing and reading a page costs, and which of its words come out; figures in docs/measures.md.

`PYTHONPATH=.:fixtures python tests/bench/reading.py --condition scan`: every type of the generator, whose
PDF tells the words that are really printed. A word counts when OCR gives it exactly, accents included.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

import pypdfium2

from classifier import reading
from generator import corpus
from intake.ports import PageImage
from intake.readers.blank import is_blank
from intake.readers.files import open_file
from intake.readers.sniff import NUMERISEUR

_WORD = re.compile(r"\w{2,}")


def words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text))


def truth(pdf: Path) -> list[Counter[str]]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [words(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def pages(path: Path) -> list[PageImage]:
    opened = open_file(path, NUMERISEUR)
    try:
        return [opened.page(n) for n in range(1, opened.pages + 1)]
    finally:
        opened.close()


def measure(folder: Path, condition: str, seed: int, many: int, types: list[str] | None) -> None:
    printed, seen = folder / "natif", folder / condition
    corpus.documents(printed, seed=seed, par_type=many, condition="natif", types=types)
    corpus.documents(seen, seed=seed, par_type=many, condition=condition, types=types)
    total = found = count = 0
    spent, worst = 0.0, []
    for pdf in sorted(printed.glob("*/*.pdf")):
        expected = truth(pdf)
        (scanned,) = (seen / pdf.parent.name).glob(pdf.stem + ".*")
        for page, want in zip(pages(scanned), expected, strict=False):
            if is_blank(page):
                continue
            start = time.process_time()
            text = reading.read_page(page)
            cost = time.process_time() - start
            got = sum((words(text.texte) & want).values())
            spent, count, total, found = spent + cost, count + 1, total + want.total(), found + got
            worst.append((got / max(1, want.total()), cost, f"{pdf.parent.name}/{pdf.stem} p{page.numero}"))
    print(f"{condition}: {count} pages, words {found}/{total} ({100 * found / total:.2f} %),"
          f" {spent / count:.3f} CPU-s a page")  # fmt: skip
    for share, cost, name in sorted(worst)[:6]:
        print(f"  {share:.2f} {cost:.2f} s {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--condition", choices=corpus.CONDITIONS[1:], default="scan")
    parser.add_argument("--seed", type=int, default=9100)
    parser.add_argument("--par-type", type=int, default=1)
    parser.add_argument("--types", nargs="*")
    parser.add_argument("--vers", type=Path, help="keep the documents here")
    args = parser.parse_args()
    if args.vers:
        measure(args.vers, args.condition, args.seed, args.par_type, args.types)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), args.condition, args.seed, args.par_type, args.types)


if __name__ == "__main__":
    main()
