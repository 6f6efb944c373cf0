"""What reading an envoi costs beside the programs that people use for it today, on one bundle and in one run.

The peers: `ocrmypdf -l fra --skip-text --output-type pdf` (plain), and what the best-known open document
manager does by default: a barcode pass over pages drawn at 300 dpi, then `--deskew --rotate-pages --clean
--output-type pdfa`. Neither classifies, splits or files anything. `BENCH_DEMANDES=10 make bench` for more.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]
DEMANDES = os.environ.get("BENCH_DEMANDES", "5")
BARCODES = """
import sys, pypdfium2, zxingcpp
from pyzbar import pyzbar
document = pypdfium2.PdfDocument(sys.argv[1])
for page in document:
    image = page.render(scale=300 / 72).to_pil()
    zxingcpp.read_barcodes(image)
    pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of processor (children included), seconds on the wall, megabytes of the whole process tree."""

    cpu: float
    wall: float
    memory: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.memory, other.memory))


def cost_of(words: list[str], env: dict[str, str] | None = None) -> tuple[Cost, str]:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    settings = {**os.environ, **(env or {})}
    with subprocess.Popen(
        words, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as call:
        watch = _Watch(call.pid)
        out, _ = call.communicate()
        peak = watch.stop()
    assert call.returncode == 0, words
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - begun, peak), out


class _Watch:
    def __init__(self, pid: int) -> None:
        self._peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(psutil.Process(pid),), daemon=True)
        self._thread.start()

    def _look(self, root: psutil.Process) -> None:
        while not self._over.wait(0.1):
            try:
                tree = (root, *root.children(recursive=True))
                self._peak = max(self._peak, sum(p.memory_info().rss / 1e6 for p in tree))
            except psutil.NoSuchProcess:
                continue

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._peak


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("bundle")
    words = ["envoi", "--seed", "9101", "--demandes", DEMANDES, "--vers", str(to), "--incidents"]  # none
    env = {**os.environ, "PYTHONPATH": str(ROOT / "fixtures")}
    subprocess.run([sys.executable, "-m", "generator", *words], cwd=ROOT, env=env, check=True)
    return to


@pytest.mark.timeout(3600)
def test_beside_the_peers(bundle: Path, tmp_path: Path) -> None:
    file = bundle / "envoi.pdf"
    site = {"DOSSIER_DATA": str(tmp_path / "site")}
    flask = [sys.executable, "-m", "flask"]
    cost_of([*flask, "demandes", "import", str(bundle / "demandes.jsonl")], site)
    ours, out = cost_of([*flask, "ingest", "--json", str(file)], site)
    result = json.loads(out)
    pages = result["pages"]
    ocr = [sys.executable, "-m", "ocrmypdf", "-l", "fra", "--quiet"]
    plain, _ = cost_of([*ocr, "--skip-text", "--output-type", "pdf", str(file), str(tmp_path / "a.pdf")])
    codes, _ = cost_of([sys.executable, "-c", BARCODES, str(file)])
    careful = ["--deskew", "--rotate-pages", "--clean", "--output-type", "pdfa"]
    full, _ = cost_of([*ocr, *careful, str(file), str(tmp_path / "b.pdf")])
    rows = {
        "flask ingest": ours,
        "ocrmypdf, plain": plain,
        "barcodes at 300 dpi + ocrmypdf deskew, rotate, clean, PDF/A": codes + full,
    }
    print(f"\n{pages} scanned pages, {len(result['pieces'])} pieces filed or held by ours")
    print(f"{'':62} {'CPU s/page':>10} {'wall s/page':>11} {'memory MB':>9} {'CPU, ours =':>11}")
    for name, cost in rows.items():
        ratio = f"{ours.cpu / cost.cpu:.3f} of it"
        print(f"{name:62} {cost.cpu / pages:10.3f} {cost.wall / pages:11.3f} {cost.memory:9.0f} {ratio:>11}")


@pytest.mark.timeout(3600)
def test_where_our_time_goes(bundle: Path) -> None:
    """CPU seconds a page, stage by stage, in one process: the next thing to make faster."""
    stages = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("stages.py")), str(bundle / "envoi.pdf")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_THREAD_LIMIT": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    print("\n" + stages)
