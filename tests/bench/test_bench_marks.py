"""What the marks ladder reads and costs, rung by rung; figures go to docs/measures.md.

`BENCH_IMAGES` pictures of each condition (4), `BENCH_SCANS` ordinary scans (1200): a longer or quicker look.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bench.marks import Tally
from bench.samples import normal_scan, plain, samples
from generator.terrain import Telephone, grain, telephone
from intake.ports import PageImage
from intake.readers.files import open_file
from intake.readers.marks_ladder import LadderMarkReader
from intake.readers.sniff import NUMERISEUR

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
IMAGES = int(os.environ.get("BENCH_IMAGES", "4"))
SCANS = int(os.environ.get("BENCH_SCANS", "1200"))
DOCUMENTS = Path(__file__).parents[2] / "fixtures/documents"


def test_every_condition_of_the_field() -> None:
    tally = Tally()
    for sample in samples(IMAGES, seed=9100):
        tally.take(sample)
    print(f"\n{tally}")
    assert tally.wrong == []
    assert tally.missed_by_ladder == []
    assert tally.total["ladder"] > tally.total["union"]


def test_ordinary_scans() -> None:
    read: Counter[str] = Counter()
    missed: list[str] = []
    spent = 0.0
    for i in range(SCANS):
        sample = normal_scan(np.random.default_rng([7000, i]))
        start = time.process_time()
        found = LadderMarkReader().read(sample.page)
        spent += time.process_time() - start
        assert all(s.texte == sample.text for s in found)
        read[sample.condition] += bool(found)
        if not found:
            missed.append(f"{i} ({sample.condition})")
    told = ", ".join(f"{n} at {dpi}" for dpi, n in sorted(read.items()))
    print(f"\nread {read.total()} of {SCANS} ordinary scans ({told}), {1000 * spent / SCANS:.0f} ms each")
    print("missed:", ", ".join(missed) or "none")
    assert read.total() >= 0.995 * SCANS


def test_pages_of_documents() -> None:
    """The committed documents: what their marks cost, drawing included, and where a code is only seen."""
    spent, pages, seen = 0.0, 0, Counter[str]()
    for path in sorted(DOCUMENTS.glob("*.pdf")):
        opened = open_file(path, NUMERISEUR)
        for n in range(1, opened.pages + 1):
            start = time.process_time()
            regard = LadderMarkReader().look(opened.page(n))
            spent += time.process_time() - start
            pages += 1
            seen["read"] += bool(regard.symboles)
            seen["only seen"] += regard.code_vu and not regard.symboles
        opened.close()
    print(f"\n{pages} pages: {spent / pages:.3f} CPU-seconds each, {dict(seen)}")
    assert spent / pages < 0.10


def test_nothing_is_read_where_there_is_no_code() -> None:
    spent: dict[str, list[float]] = {}
    read: list[str] = []
    for kind, page in _without_code(IMAGES * 8):
        start = time.process_time()
        read += [f"{kind}: {s.texte!r}" for s in LadderMarkReader().read(page)]
        spent.setdefault(kind, []).append(time.process_time() - start)
    print("\n" + "\n".join(f"{k:12} {len(v):4} pages {1000 * np.mean(v):6.0f} ms" for k, v in spent.items()))
    assert read == []


def _without_code(n: int) -> Iterator[tuple[str, PageImage]]:
    """Text, print in a telephone's picture, and textures of which some decoder might make something."""
    for i in range(n):
        rng = np.random.default_rng([9300, i])
        text = plain(rng)
        yield "text", PageImage(1, Image.fromarray(text), 200)
        taken = telephone(text, (600, 600, 300), rng, Telephone(2200))
        yield "photograph", PageImage(1, taken, 0, photo=True)
        yield "texture", PageImage(1, Image.fromarray(_texture(rng)), (0.0, 200.0)[i % 2])


def _texture(rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Squares, stripes, checks, or nested frames by chance, smoothed or not, with some grain."""
    side, size = int(rng.integers(2, 14)), 900
    kind = int(rng.integers(4))
    cells = size // side + 1
    if kind == 0:
        shown = rng.integers(0, 2, (cells, cells))
    elif kind == 1:
        shown = np.tile(rng.integers(0, 2, cells), (cells, 1))
    elif kind == 2:
        shown = np.indices((cells, cells)).sum(axis=0) % int(rng.integers(2, 5)) == 0
    else:
        shown = np.maximum(*np.abs(np.indices((cells, cells)) % 9 - 4)) % 2
    page = np.kron(shown.astype(np.uint8) * 255, np.ones((side, side), np.uint8))[:size, :size]
    soft = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 2))
    return grain(np.asarray(soft, np.uint8), rng, rng.uniform(0, 30))
