"""How right the main job is on envois of seeds no rule was tuned on (9000 and up): figures, not a verdict.

What must never happen is asserted all the same: a page lost, a piece filed in somebody else's demande.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]
CASES = [(9001, "scan", "pdf"), (9002, "mauvais", "pdf"), (9003, "nette", "tiff"), (9004, "scan", "tiff")]
DEMANDES = os.environ.get("BENCH_DEMANDES", "12")
FILED = {"deposee", "en_attente", "doublon", "obsolete"}


def generate(seed: int, condition: str, form: str, to: Path) -> dict[str, Any]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "fixtures")}
    words = ["envoi", "--seed", str(seed), "--demandes", DEMANDES, "--condition", condition, "--format", form]
    subprocess.run(
        [sys.executable, "-m", "generator", *words, "--vers", str(to)], cwd=ROOT, env=env, check=True
    )
    expected: dict[str, Any] = json.loads((to / "expected.json").read_text())
    return expected


def ingest(folder: Path, site: Path, key: str | None) -> dict[str, Any]:
    env = {**os.environ, "DOSSIER_DATA": str(site), **({"QR_SIGNING_KEY": key} if key else {})}
    file = next(p for p in folder.iterdir() if p.stem == "envoi")
    out = ""
    for words in (["demandes", "import", str(folder / "demandes.jsonl")], ["ingest", "--json", str(file)]):
        out = subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    result: dict[str, Any] = json.loads(out)
    return result


@pytest.mark.timeout(3600)
def test_envois_of_unseen_seeds(tmp_path: Path) -> None:
    total: Counter[str] = Counter()
    for seed, condition, form in CASES:
        expected = generate(seed, condition, form, tmp_path / str(seed))
        result = ingest(tmp_path / str(seed), tmp_path / f"site-{seed}", expected.get("cle_signature"))
        counts = compare(result, expected)
        total += counts
        print(f"\n{condition:<8} {form:<5} {result['pages']:>4} pages  {told(counts)}", end="")
    print(f"\nall            {told(total)}")
    assert total["pages lost"] == 0
    assert total["wrong demande"] == 0


def compare(result: dict[str, Any], expected: dict[str, Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    got = {tuple(p["pages"]): p for p in result["pieces"]}
    owner = {
        n: p["numero_unique"] for p in expected["pieces"] for n in range(p["pages"][0], p["pages"][1] + 1)
    }
    covered = {n for a, b in got for n in range(a, b + 1)} | {p["page"] for p in result["hors_pieces"]}
    covered |= {n for i in result["incidents"] for n in i["pages"]}
    counts["pages lost"] = len(set(range(1, result["pages"] + 1)) - covered)
    for want in expected["pieces"]:
        counts["pieces"] += 1
        found = got.get(tuple(want["pages"]))
        counts["exact"] += found is not None
        if found is not None:
            counts["type"] += found["type"] in [want["type"], *want.get("types_admis", [])]
            counts["statut"] += found["statut"] in want["statuts_admis"]
    for (first, last), piece in got.items():
        if piece["statut"] in FILED:
            counts["filed"] += 1
            whose = {owner.get(n) for n in range(first, last + 1)} - {None}
            counts["wrong demande"] += bool(whose - {piece["numero_unique"]})
    for incident in expected["incidents"]:
        counts["incidents"] += 1
        counts["incidents found"] += any(
            i["motif"] == incident["motif"]
            and (set(i["pages"]) & set(incident["pages"]) or not incident["pages"])
            for i in result["incidents"]
        )
    return counts


def told(c: Counter[str]) -> str:
    def share(part: str, whole: str) -> str:
        return f"{part} {c[part]}/{c[whole]} ({100 * c[part] / max(1, c[whole]):.1f} %)"

    return "  ".join(
        [
            share("exact", "pieces"),
            share("type", "exact"),
            share("statut", "exact"),
            share("incidents found", "incidents"),
            f"wrong demande {c['wrong demande']}",
            f"lost {c['pages lost']}",
        ]
    )
