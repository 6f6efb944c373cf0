"""What a 3,000-page file costs: peak memory, CPU a page, wall time. Figures go to docs/measures.md.

`BENCH_PAGES=300 make bench` for a quicker look.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]
PAGES = int(os.environ.get("BENCH_PAGES", "3000"))
LIMIT_MB = 1000  # R4's promise: such a file never sits in memory


class Watch:
    """Highest resident set seen of one process tree, summed and for its largest process, in MB."""

    def __init__(self, pid: int) -> None:
        self.summed = self.largest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(psutil.Process(pid),), daemon=True)
        self._thread.start()

    def _look(self, root: psutil.Process) -> None:
        while not self._over.wait(0.2):
            try:
                tree = (root, *root.children(recursive=True))
                sizes = [process.memory_info().rss / 1e6 for process in tree]
            except psutil.NoSuchProcess:
                continue
            self.summed, self.largest = max(self.summed, sum(sizes)), max(self.largest, *sizes)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def generate(to: Path) -> Path:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "fixtures")}
    words = [sys.executable, "-m", "generator", "gros", "--pages", str(PAGES), "--vers", str(to)]
    subprocess.run(words, cwd=ROOT, env=env, check=True, capture_output=True)
    return to


@pytest.mark.timeout(7200)
def test_a_file_of_3000_pages(tmp_path: Path) -> None:
    file = generate(tmp_path / "gros.pdf")
    env = {**os.environ, "DOSSIER_DATA": str(tmp_path / "site")}
    begun = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "ingest", "--json", str(file)],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    ) as call:
        watch = Watch(call.pid)
        out, _ = call.communicate()
        watch.stop()
    wall = time.monotonic() - begun
    result = json.loads(out)
    covered = {n for p in result["pieces"] for n in range(p["pages"][0], p["pages"][1] + 1)}
    assert covered | {p["page"] for p in result["hors_pieces"]} == set(range(1, PAGES + 1))
    print(
        f"\n{PAGES} pages, {file.stat().st_size / 1e6:.0f} MB: {len(result['pieces'])} pieces\n"
        f"CPU {result['cpu_seconds'] / PAGES:.3f} s a page, wall {wall / PAGES:.3f} s a page, {wall:.0f} s\n"
        f"memory: {watch.largest:.0f} MB the largest process, {watch.summed:.0f} MB the whole tree"
    )
    assert watch.summed < LIMIT_MB
