"""What each decoder alone, the ladder, and each of its rungs read of pictures of codes.

From the checkout, `PYTHONPATH=.:tests:fixtures python -m bench.marks [--n 6] [--seed 1] [--only photo]`;
`--to FOLDER` keeps the pictures, `--of FOLDER` reads another's (`labels.jsonl`: file, condition, text).
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from bench.samples import Sample, samples
from intake.readers.marks_decoders import zbar, zxing
from intake.readers.marks_ladder import LadderMarkReader


def of_folder(folder: Path, only: str = "") -> Iterator[Sample]:
    for line in (folder / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        if only in (condition := str(label.get("condition", ""))):
            with Image.open(folder / label["file"]) as opened:
                dpi = float(label["dpi"]) if "dpi" in label else float(opened.info.get("dpi", (0, 0))[0])
                image = ImageOps.exif_transpose(opened)
                image = image if image.mode in ("L", "RGB") else image.convert("RGB")
            yield Sample(condition, label.get("text") or "", image, 0 if dpi <= 72 else dpi)


def to_folder(made: Iterable[Sample], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "labels.jsonl").open("w") as labels:
        for i, s in enumerate(made):
            name = f"{i:05d}.png" if s.dpi else f"{i:05d}.jpg"
            s.image.save(folder / name, quality=92, dpi=(s.dpi, s.dpi) if s.dpi else (72, 72))
            labels.write(
                json.dumps({"file": name, "condition": s.condition, "text": s.text, "dpi": s.dpi}) + "\n"
            )


@dataclass
class Tally:
    """What was read, per condition and per rung."""

    rows: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rungs: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[tuple[str, str]] = field(default_factory=list)
    missed_by_ladder: list[str] = field(default_factory=list)  # that one decoder read at one scale

    def take(self, sample: Sample, *, effort: str = "normal") -> None:
        grey = np.asarray(sample.image.convert("L"))
        alone = {"zbar": zbar(grey), "zxing": zxing(grey)}
        right = {name: any(s.texte == sample.text for s in found) for name, found in alone.items()}
        reader = LadderMarkReader(effort=effort, watch=self._rung(sample.text))  # type: ignore[arg-type]
        start = time.process_time()
        found = reader.read(sample.page)
        spent = time.process_time() - start
        read = any(s.texte == sample.text for s in found)
        union = right["zbar"] or right["zxing"]
        row = self.rows[sample.condition]
        row.update({"n": 1, "union": union, "ladder": read, "ms": int(spent * 1000), **right})
        self.wrong += [(sample.condition, s.texte) for s in found if s.texte != sample.text]
        if union and not read:
            self.missed_by_ladder.append(sample.condition)

    def _rung(self, text: str) -> Callable[[str, tuple[str, ...], float], None]:
        seen: set[str] = set()

        def note(name: str, texts: tuple[str, ...], seconds: float) -> None:
            new = text in texts and text not in seen
            seen.update(texts)
            self.rungs[name].update({"tried": 1, "added": int(new), "us": int(seconds * 1e6)})

        return note

    @property
    def total(self) -> Counter[str]:
        return sum(self.rows.values(), Counter())

    def __str__(self) -> str:
        columns = ("n", "zbar", "zxing", "union", "ladder")
        lines = [f"{'condition':22}" + "".join(f"{c:>8}" for c in columns) + "  ms/image"]
        for name, row in [*self.rows.items(), ("all", self.total)]:
            lines.append(
                f"{name:22}" + "".join(f"{row[c]:8}" for c in columns) + f"{row['ms'] / row['n']:10.0f}"
            )
        lines.append(
            f"wrong texts {len(self.wrong)}; read by a decoder and not by the ladder: {self.missed_by_ladder}"
        )
        lines.append(f"\n{'rung':26}{'tried':>8}{'added':>8}  ms each  ms for each added")
        for name, r in sorted(self.rungs.items(), key=lambda kv: -kv[1]["added"]):
            each, worth = r["us"] / 1000 / r["tried"], r["us"] / 1000 / max(1, r["added"])
            lines.append(f"{name:26}{r['tried']:8}{r['added']:8}{each:9.1f}{worth:19.0f}")
        return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--to", type=Path)
    parser.add_argument("--of", type=Path)
    args = parser.parse_args()
    made = of_folder(args.of, args.only) if args.of else samples(args.n, args.seed, args.only)
    if args.to:
        to_folder(made, args.to)
        return
    tally = Tally()
    for sample in made:
        tally.take(sample, effort=args.effort)
    print(tally)
    print(*tally.wrong, sep="\n")


if __name__ == "__main__":
    main()
