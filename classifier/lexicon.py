"""Owns the loading of the readable rules: lexicon.toml (types of the plan) and lookalikes.toml (the rest)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from classifier.text import Phrase
from intake.domain.plan import INCONNU

_HERE = Path(__file__).parent
_WEIGHTS = {"titres": 10.0, "indices": 3.0, "mots": 1.0, "contre": -4.0, "exige": 0.0, "tournures": 8.0}
# Said against nearly every type: a notice that lists pieces names them all.
_EVERYWHERE = "liste des pièces"


@dataclass(frozen=True, slots=True)
class Indice:
    phrase: Phrase
    poids: float


@dataclass(frozen=True, slots=True)
class Tournure:
    """A turn of phrase that no list of fixed phrases could hold, over a page's folded text."""

    motif: re.Pattern[str]
    poids: float


@dataclass(frozen=True, slots=True)
class Regle:
    """What speaks for and against one type; `nom` names a look-alike when `type` is `inconnu`."""

    type: str
    nom: str
    titres: tuple[Indice, ...]
    indices: tuple[Indice, ...]
    mots: tuple[Indice, ...]
    tournures: tuple[Tournure, ...]
    contre: tuple[Indice, ...]
    exige: tuple[Phrase, ...]

    @property
    def sosie(self) -> bool:
        return self.type == INCONNU


@cache
def regles() -> tuple[Regle, ...]:
    rules: list[Regle] = []
    for name in ("lexicon.toml", "lookalikes.toml"):
        table = tomllib.loads((_HERE / name).read_text(encoding="utf-8"))
        rules.extend(_rule(raw) for raw in table["regle"])
    return tuple(rules)


@cache
def types() -> tuple[str, ...]:
    """Codes of the plan that the classifier can answer, `inconnu` apart."""
    return tuple(r.type for r in regles() if not r.sosie)


def _rule(raw: dict[str, Any]) -> Regle:
    code = str(raw.get("type", INCONNU))
    return Regle(
        code,
        str(raw.get("nom", code)),
        _clues(raw, "titres"),
        _clues(raw, "indices"),
        _clues(raw, "mots"),
        tuple(_turn(t) for t in raw.get("tournures", ())),
        tuple(c for c in _clues(raw, "contre") if c.phrase.texte != _EVERYWHERE),
        tuple(Phrase.de(p) for p in raw.get("exige", ())),
    )


def _clues(raw: dict[str, Any], key: str) -> tuple[Indice, ...]:
    phrases: Iterable[str] = raw.get(key, ())
    clues: dict[str, Indice] = {}
    for written in phrases:
        text, _, weight = written.partition("|")
        phrase = Phrase.de(text.strip())
        if phrase.serre:
            clues.setdefault(phrase.serre, Indice(phrase, float(weight) if weight else _WEIGHTS[key]))
    return tuple(clues.values())


def _turn(written: str) -> Tournure:
    """« pattern => weight »: a bar belongs to the pattern."""
    pattern, _, weight = written.partition(" => ")
    return Tournure(re.compile(rf"\b(?:{pattern})\b"), float(weight) if weight else _WEIGHTS["tournures"])
