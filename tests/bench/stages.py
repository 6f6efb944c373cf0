"""CPU seconds a page of each stage, in one process: `PYTHONPATH=. python tests/bench/stages.py FILE`."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from classifier import build
from intake.domain.lecture import PageLue
from intake.readers.blank import is_blank
from intake.readers.files import open_file
from intake.readers.fingerprint import fingerprint
from intake.readers.marks_ladder import LadderMarkReader
from intake.readers.sniff import NUMERISEUR
from intake.readers.tasks import DPI
from intake.splitting import decouper

spent: dict[str, float] = defaultdict(float)


@contextmanager
def stage(name: str) -> Iterator[None]:
    start = time.process_time()
    yield
    spent[name] += time.process_time() - start


def main(file: Path) -> None:
    cv2.setNumThreads(1)  # as in the reading processes
    classifier, ladder, pages = build(), LadderMarkReader(), []
    opened = open_file(file, NUMERISEUR)
    classifier.read(opened.page(1, dpi=DPI))  # Tesseract starts once, whatever the number of pages
    for n in range(1, opened.pages + 1):
        with stage("page image"):
            page = opened.page(n, dpi=DPI)
        with stage("blank?"):
            blank = is_blank(page)
        if blank:
            pages.append(PageLue(n, blanche=True))
            continue
        with stage("marks"):
            symbols = ladder.read(page)
        with stage("text"):
            text = classifier.read(page)
        with stage("fingerprint"):
            mark = fingerprint(page.image, text.rotation)
        pages.append(PageLue(n, symbols, text, empreinte=mark))
    with stage("cutting into pieces"):
        cut = decouper(pages, classifier)
    by_number = {p.numero: p for p in pages}
    with stage("types and fields"):
        for piece in (p for lot in cut.lots for d in lot.dossiers for p in d.pieces):
            classifier.classify([by_number[n] for n in piece.pages])
    whole = sum(spent.values())
    for name, seconds in sorted(spent.items(), key=lambda s: -s[1]):
        print(f"{name:22} {seconds / len(pages):7.3f} s a page  {100 * seconds / whole:5.1f} %")
    print(f"{'all':22} {whole / len(pages):7.3f} s a page")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
