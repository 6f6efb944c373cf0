"""What is read of documents besides their type: `PYTHONPATH=. python tests/bench/fields.py FOLDER KEPT`.

FOLDER holds `labels.jsonl`; each page is read once and kept in KEPT, so that the same readings can be judged
again by other rules. Without FOLDER the kept readings alone are judged. A value counts as wrong where another
was given.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from classifier import build
from classifier.text import plain
from intake.domain.lecture import Classement, PageLue
from intake.readers.files import open_file
from intake.readers.sniff import NUMERISEUR
from intake.readers.tasks import PageReading, PageTask

_FIELDS = ("annee_revenus", "rfr", "periode", "fin_validite")
_ENDING = frozenset({"titre_sejour", "carte_identite"})  # whose `date_fin` is the end of their validity
_PAGES = msgspec.json.Decoder(list[PageLue])


def read(folder: Path, kept: Path) -> None:
    known = {row["file"] for row in rows(kept)} if kept.exists() else set()
    handler = PageReading(build)()
    with kept.open("a", encoding="utf-8") as out:
        for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            path = folder / label["file"]
            if label["file"] in known or not path.exists():
                continue
            opened = open_file(path, NUMERISEUR)
            count = opened.pages
            opened.close()
            pages = [handler(PageTask(path, n, NUMERISEUR)) for n in range(1, count + 1)]
            row = {"file": label["file"], "label": label, "pages": msgspec.to_builtins(pages)}
            out.write(json.dumps(row) + "\n")


def rows(kept: Path) -> Iterator[dict[str, Any]]:
    for line in kept.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def wanted(label: dict[str, Any]) -> dict[str, str]:
    fields = label.get("fields") or {}
    values = {name: str(fields[name]) for name in _FIELDS if fields.get(name)}
    if label.get("date"):
        values["date"] = label["date"]
    old_card = label["type"] == "carte_identite" and "ancienne" in str(label.get("modele"))
    if fields.get("date_fin") and label["type"] in _ENDING and not old_card:
        values["fin_validite"] = fields["date_fin"]
    return values


def judged(label: dict[str, Any], answer: Classement) -> Iterator[tuple[str, bool, bool]]:
    """(field, right, wrong) for each field that the label tells."""
    for name, value in wanted(label).items():
        given = answer.fields.get(name, "")
        yield name, given == value, given not in ("", value)
    people = [n for p in label.get("personnes") or () for n in (p.get("nom"), p.get("nom_usage")) if n]
    if people:
        given = plain(answer.fields.get("noms", ""))
        met = any(plain(n) in given for n in people)
        yield "noms", met, bool(given) and not met
    if "falsification" in answer.fields:
        yield "falsification", False, True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("kept", type=Path)
    parser.add_argument("--misses", action="store_true", help="each value that is not the label's")
    options = parser.parse_args()
    if options.folder:
        read(options.folder, options.kept)
    classifier = build()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows(options.kept):
        label = row["label"]
        answer = classifier.classify(_PAGES.decode(json.dumps(row["pages"])))
        if answer.type != label["type"]:
            continue
        for name, right, wrong in judged(label, answer):
            for at, one in enumerate((right, True, wrong)):
                counts[name][at] += one
            if options.misses and not right:
                print(label["file"], name, wanted(label).get(name), answer.fields.get(name))
    for name, (met, every, other) in counts.items():
        print(f"{name}: {met}/{every} ({met / every:.1%}), {other} wrong")


if __name__ == "__main__":
    main()
