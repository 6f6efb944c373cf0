"""Owns the measure of the classifier on labelled files: what was expected, what was answered, the figures.

Labels are `labels.jsonl` in the folder, one object a line with `file` and `type` (`condition`, `date`,
`personnes`, `fields` and `readable` are compared where present); without it, each sub-folder bears the name
of a type.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier import lexicon
from classifier.text import plain
from intake.domain.lecture import Classement
from intake.domain.plan import INCONNU

SURE = 0.9
_BINS = 10
_FIELDS = ("periode", "annee_revenus", "rfr", "fin_validite")


@dataclass(frozen=True, slots=True)
class Etiquette:
    """What is true of one file."""

    fichier: str
    type: str
    condition: str = ""
    date: str | None = None
    noms: tuple[str, ...] = ()
    champs: dict[str, str] = field(default_factory=dict)
    lisible: bool | None = None


class EtiquettesInvalides(ValueError):
    """The sentence says which line, and what is wrong with it."""


def etiquettes(dossier: Path) -> list[Etiquette]:
    """In the order of the labels, or of the names. Raises EtiquettesInvalides."""
    labels = dossier / "labels.jsonl"
    found = _from_lines(labels) if labels.is_file() else _from_folders(dossier)
    if not found:
        raise EtiquettesInvalides(
            f"Rien à mesurer dans {dossier} : il faut un fichier labels.jsonl, ou un sous-dossier par type."
        )
    return found


def _from_lines(labels: Path) -> list[Etiquette]:
    found = []
    for number, line in enumerate(labels.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_label(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EtiquettesInvalides(f"{labels.name}, ligne {number} : {error!r}.") from error
    return found


def _label(raw: dict[str, Any]) -> Etiquette:
    people = raw.get("personnes") or ()
    names = [n for p in people if isinstance(p, dict) for n in (p.get("nom"), p.get("nom_usage")) if n]
    read = raw.get("fields") or {}
    return Etiquette(
        str(raw["file"]),
        _known(str(raw["type"])),
        str(raw.get("condition") or ""),
        raw.get("date") or None,
        tuple(names),
        {k: str(read[k]) for k in _FIELDS if read.get(k)},
        raw.get("readable"),
    )


def _from_folders(dossier: Path) -> list[Etiquette]:
    known = {*lexicon.types(), INCONNU}
    return [
        Etiquette(str(file.relative_to(dossier)), folder.name)
        for folder in sorted(dossier.iterdir())
        if folder.is_dir() and folder.name in known
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(".")
    ]


def _known(kind: str) -> str:
    if kind != INCONNU and kind not in lexicon.types():
        raise ValueError(f"« {kind} » n'est pas un type du plan")
    return kind


@dataclass(frozen=True, slots=True)
class Cas:
    """One file: its label and its answer. `obtenu` is None for a file that could not be opened."""

    etiquette: Etiquette
    obtenu: Classement | None
    pages: int = 0
    cpu_secondes: float = 0.0
    erreur: str = ""

    @property
    def type(self) -> str:
        return self.obtenu.type if self.obtenu else ""

    @property
    def confiance(self) -> float:
        return self.obtenu.confidence if self.obtenu else 0.0

    @property
    def juste(self) -> bool:
        return self.type == self.etiquette.type


@dataclass(frozen=True, slots=True)
class Tranche:
    """Answers whose confidence lies in one tenth."""

    de: float
    reponses: int
    confiance: float  # their mean confidence
    justes: float  # the share of them that is right


@dataclass
class Bilan:
    """Every figure, over any set of cases. `categorie` gives the category of a type."""

    cas: list[Cas]
    categorie: Callable[[str], str]

    def par_condition(self) -> dict[str, Bilan]:
        groups: dict[str, list[Cas]] = defaultdict(list)
        for case in self.cas:
            groups[case.etiquette.condition or "—"].append(case)
        return {name: Bilan(cases, self.categorie) for name, cases in groups.items()}

    @property
    def exactitude(self) -> float:
        return _share(c.juste for c in self.cas)

    @property
    def exactitude_connus(self) -> float:
        """Over the documents that are of a type of the plan."""
        return _share(c.juste for c in self.cas if c.etiquette.type != INCONNU)

    @property
    def categories(self) -> float:
        return _share(
            bool(c.type) and self.categorie(c.type) == self.categorie(c.etiquette.type) for c in self.cas
        )

    @property
    def inconnus(self) -> float:
        """Of the documents outside the plan, those answered so."""
        return _share(c.juste for c in self.cas if c.etiquette.type == INCONNU)

    @property
    def sures(self) -> list[Cas]:
        return [c for c in self.cas if c.confiance >= SURE]

    @property
    def sures_justes(self) -> float:
        return _share(c.juste for c in self.sures)

    def rappels(self) -> dict[str, tuple[int, int]]:
        """By expected type: how many right, of how many."""
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for case in self.cas:
            counts[case.etiquette.type][0] += case.juste
            counts[case.etiquette.type][1] += 1
        return {kind: (right, every) for kind, (right, every) in sorted(counts.items())}

    def confusions(self) -> list[tuple[str, str, int]]:
        wrong = Counter((c.etiquette.type, c.type or "(illisible)") for c in self.cas if not c.juste)
        return [(expected, got, n) for (expected, got), n in wrong.most_common()]

    def calibration(self) -> list[Tranche]:
        bins: dict[int, list[Cas]] = defaultdict(list)
        for case in self.cas:
            if case.obtenu is not None:
                bins[min(_BINS - 1, int(case.confiance * _BINS))].append(case)
        return [
            Tranche(k / _BINS, len(b), sum(c.confiance for c in b) / len(b), _share(c.juste for c in b))
            for k, b in sorted(bins.items())
        ]

    @property
    def ecart_de_calibration(self) -> float:
        """Expected calibration error: mean distance between confidence and truth, weighted by answers."""
        bins = self.calibration()
        every = sum(b.reponses for b in bins)
        return sum(b.reponses * abs(b.confiance - b.justes) for b in bins) / every if every else 0.0

    def champs(self) -> dict[str, tuple[int, int]]:
        """By field: how many read exactly, of the files of a right type whose label gives it."""
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for case in self.cas:
            if not case.juste or case.obtenu is None:
                continue
            label, read = case.etiquette, case.obtenu.fields
            expected = {**({"date": label.date} if label.date else {}), **label.champs}
            for name, value in expected.items():
                counts[name][0] += read.get(name) == value
                counts[name][1] += 1
            if label.noms:
                names = plain(read.get("noms", ""))
                counts["noms"][0] += any(plain(n) in names for n in label.noms)
                counts["noms"][1] += 1
        return {name: (right, every) for name, (right, every) in sorted(counts.items())}

    def lisibilite(self) -> tuple[int, int, int, int]:
        """(readable refused, readable, unreadable refused, unreadable), of the files whose label says."""
        told = [c for c in self.cas if c.etiquette.lisible is not None]
        good = [c for c in told if c.etiquette.lisible]
        bad = [c for c in told if not c.etiquette.lisible]
        return sum(map(_refused, good)), len(good), sum(map(_refused, bad)), len(bad)

    @property
    def cpu_par_page(self) -> float:
        return sum(c.cpu_secondes for c in self.cas) / max(1, sum(c.pages for c in self.cas))

    def document(self) -> dict[str, Any]:
        """The figures as JSON; shares are between 0 and 1."""
        refused = self.lisibilite()
        return {
            "files": len(self.cas),
            "unopened": sum(c.obtenu is None for c in self.cas),
            "accuracy": _round(self.exactitude),
            "accuracy_of_known_types": _round(self.exactitude_connus),
            "category_accuracy": _round(self.categories),
            "unknown_answered_inconnu": _round(self.inconnus),
            "confident": {
                "threshold": SURE,
                "share": _round(len(self.sures) / max(1, len(self.cas))),
                "right": _round(self.sures_justes),
            },
            "calibration_error": _round(self.ecart_de_calibration),
            "calibration": [
                {
                    "from": t.de,
                    "answers": t.reponses,
                    "confidence": _round(t.confiance),
                    "right": _round(t.justes),
                }
                for t in self.calibration()
            ],
            "conditions": {
                name: {
                    "files": len(b.cas),
                    "accuracy": _round(b.exactitude),
                    "category_accuracy": _round(b.categories),
                }
                for name, b in self.par_condition().items()
            },
            "recall": {kind: {"right": right, "files": n} for kind, (right, n) in self.rappels().items()},
            "confusion": [{"expected": a, "got": b, "files": n} for a, b, n in self.confusions()],
            "fields": {name: {"right": right, "files": n} for name, (right, n) in self.champs().items()},
            "quality": dict(
                zip(
                    ("readable_refused", "readable", "unreadable_refused", "unreadable"), refused, strict=True
                )
            ),
            "cpu_seconds_per_page": round(self.cpu_par_page, 4),
        }


def lignes(cas: Sequence[Cas]) -> Iterator[dict[str, Any]]:
    """One object a file, for who wants to look closer."""
    for case in cas:
        row: dict[str, Any] = {
            "file": case.etiquette.fichier,
            "expected": case.etiquette.type,
            "type": case.type,
        }
        row["condition"] = case.etiquette.condition
        if case.obtenu is None:
            yield row | {"error": case.erreur}
            continue
        answer = case.obtenu
        yield row | {
            "confidence": round(answer.confidence, 4),
            "evidence": list(answer.evidence),
            "fields": dict(answer.fields),
            "readable": answer.qualite.lisible,
            "reasons": list(answer.qualite.raisons),
            "pages": case.pages,
            "cpu_seconds": round(case.cpu_secondes, 3),
        }


def _refused(case: Cas) -> bool:
    return case.obtenu is None or not case.obtenu.qualite.lisible


def _share(values: Iterable[bool]) -> float:
    """1.0 of nothing: no answer is wrong."""
    read = list(values)
    return sum(read) / len(read) if read else 1.0


def _round(value: float) -> float:
    return round(value, 4)
