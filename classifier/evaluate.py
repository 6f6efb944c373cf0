"""Owns the measure of the classifier on a folder of labelled files: `python -m classifier.evaluate DIR`.

DIR holds `labels.jsonl`, one object per line with at least `file` and `type`; `condition`, `date` and
`personnes` are used where present.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageOps, ImageSequence

from classifier import build
from classifier.text import plain
from intake.domain.lecture import Classement, PageLue
from intake.ports import PageImage
from intake.readers.couche import couche_de

_DPI = 200
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Cas:
    """One labelled file and what was answered for it."""

    fichier: str
    condition: str
    attendu: str
    obtenu: Classement
    pages: int
    secondes: float
    date_attendue: str | None
    noms_attendus: tuple[str, ...]

    @property
    def juste(self) -> bool:
        return self.obtenu.type == self.attendu


@dataclass
class Bilan:
    """The figures over many cases."""

    cas: list[Cas] = field(default_factory=list)

    @property
    def exactitude(self) -> float:
        return sum(c.juste for c in self.cas) / len(self.cas) if self.cas else 0.0

    @property
    def sures(self) -> list[Cas]:
        return [c for c in self.cas if c.obtenu.confidence >= _SURE]

    @property
    def exactitude_sures(self) -> float:
        sure = self.sures
        return sum(c.juste for c in sure) / len(sure) if sure else 1.0

    def rappel(self) -> dict[str, float]:
        by_type: dict[str, list[bool]] = defaultdict(list)
        for case in self.cas:
            by_type[case.attendu].append(case.juste)
        return {kind: sum(values) / len(values) for kind, values in sorted(by_type.items())}

    def confusions(self) -> Counter[tuple[str, str]]:
        return Counter((c.attendu, c.obtenu.type) for c in self.cas if not c.juste)

    def calibration(self) -> list[tuple[float, int, float]]:
        """(lower bound of confidence, answers, share right) by tenth."""
        bins: dict[int, list[bool]] = defaultdict(list)
        for case in self.cas:
            bins[min(9, int(case.obtenu.confidence * 10))].append(case.juste)
        return [(b / 10, len(values), sum(values) / len(values)) for b, values in sorted(bins.items())]

    def dates(self) -> float:
        asked = [c for c in self.cas if c.date_attendue and c.juste]
        return sum(c.obtenu.fields.get("date") == c.date_attendue for c in asked) / max(1, len(asked))

    def noms(self) -> tuple[float, float]:
        """(share where one of the expected surnames was read, share where names were read and none fits)."""
        asked = [c for c in self.cas if c.noms_attendus and c.juste]
        met = missed = 0
        for case in asked:
            read = plain(case.obtenu.fields.get("noms", ""))
            if any(plain(n) in read for n in case.noms_attendus):
                met += 1
            elif read:
                missed += 1
        return met / max(1, len(asked)), missed / max(1, len(asked))


def open_pages(path: Path, *, photo: bool, layer: bool = True) -> Iterator[PageImage]:
    """Pages of a labelled file; the files are ours, so no sandbox is needed here."""
    if path.suffix.lower() == ".pdf":
        document = pypdfium2.PdfDocument(path)
        for index in range(len(document)):
            page = document[index]
            image = page.render(scale=_DPI / 72).to_pil()
            yield PageImage(index + 1, image, _DPI, photo, couche_de(page, image.size) if layer else None)
        return
    if path.suffix.lower() in {".heic", ".heif"}:
        import pi_heif

        pi_heif.register_heif_opener()
    with Image.open(path) as opened:
        for index, frame in enumerate(ImageSequence.Iterator(opened)):
            image = ImageOps.exif_transpose(frame)
            dpi = 0.0 if photo else float(opened.info.get("dpi", (_DPI, _DPI))[0])
            yield PageImage(index + 1, image.convert("RGB"), dpi, photo)


def evaluate(folder: Path, *, layer: bool = True, limit: int | None = None) -> Bilan:
    """Classify every labelled file of `folder`."""
    classifier = build()
    result = Bilan()
    labels = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    for line in labels[:limit]:
        label: dict[str, Any] = json.loads(line)
        condition = str(label.get("condition", ""))
        start = time.process_time()
        photo = condition == "photo"
        pages = [
            PageLue(p.numero, texte=classifier.read(p))
            for p in open_pages(folder / label["file"], photo=photo, layer=layer)
        ]
        answer = classifier.classify(pages)
        spent = time.process_time() - start
        result.cas.append(
            Cas(
                label["file"],
                condition,
                label["type"],
                answer,
                len(pages),
                spent,
                label.get("date"),
                _surnames(label.get("personnes", ())),
            )
        )
    return result


def _surnames(people: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(n for p in people for n in (p.get("nom"), p.get("nom_usage")) if n)


def report(result: Bilan) -> str:
    lines = [
        f"{len(result.cas)} fichiers, exactitude {result.exactitude:.1%}",
        f"confiance ≥ {_SURE} : {len(result.sures)} réponses, justes à {result.exactitude_sures:.1%}",
        f"date exacte {result.dates():.1%} ; nom attendu lu {result.noms()[0]:.1%}, "
        f"noms étrangers seuls {result.noms()[1]:.1%}",
        f"{sum(c.secondes for c in result.cas) / max(1, sum(c.pages for c in result.cas)):.2f} s CPU par "
        f"page",
        "",
        "calibration : "
        + " ".join(f"[{low:.1f}] {right:.0%} de {n}" for low, n, right in result.calibration()),
    ]
    lines += [f"  {kind} {share:.0%}" for kind, share in result.rappel().items() if share < 1]
    lines += [f"  {a} → {b} : {n}" for (a, b), n in result.confusions().most_common(40)]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Mesure le classement sur un dossier de fichiers étiquetés.")
    parser.add_argument("dossier", type=Path)
    parser.add_argument("--sans-couche", action="store_true", help="ignorer le texte des PDF : tout par OCR")
    parser.add_argument("--limite", type=int, default=None)
    parser.add_argument("--json", action="store_true", help="une ligne par fichier")
    options = parser.parse_args(arguments)
    result = evaluate(options.dossier, layer=not options.sans_couche, limit=options.limite)
    if options.json:
        for case in result.cas:
            row: dict[str, Any] = {"file": case.fichier, "expected": case.attendu, "type": case.obtenu.type}
            row |= {"confidence": case.obtenu.confidence, "fields": case.obtenu.fields}
            row |= {"evidence": case.obtenu.evidence, "raisons": case.obtenu.qualite.raisons}
            row |= {"readable": case.obtenu.qualite.lisible, "cpu_seconds": round(case.secondes, 3)}
            print(json.dumps(row, ensure_ascii=False))  # the answer of the command
    print(report(result), file=sys.stderr if options.json else sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
