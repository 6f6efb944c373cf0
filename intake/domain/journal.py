"""The log of accesses (R32): lines chained by hash, of which one can be blanked (R34) and still verifies.

The chain runs over digests. A line's contents and its salt can go; its digest, its moment and its kind of
action stay, and nothing of whom it named can be found again from them: that is R34's anonymous count. Which
lines a purge blanked is said by the purge's own line, and of no other is the absence believed.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import accumulate
from typing import Any

from intake.domain.acces import Acteur

ORIGINE = "0" * 64  # what the first line is chained to
_EFFACEES = "lignes"
_RUNS = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


class Action(StrEnum):
    """What is logged. A move is two lines, one under each demande: no line names two households."""

    CREATION = "creation"
    CONSULTATION = "consultation"
    TELECHARGEMENT = "telechargement"
    RECLASSEMENT = "reclassement"
    MARQUAGE = "marquage"
    DEPLACEMENT = "deplacement"
    SUPPRESSION = "suppression"
    MODIFICATION = "modification"
    EXPORT = "export"
    RECHERCHE = "recherche"
    CONNEXION = "connexion"
    REFUS = "refus"
    ADMINISTRATION = "administration"
    PURGE = "purge"


@dataclass(frozen=True, slots=True)
class Evenement:
    """What happened: who, as what, when is the journal's; `objet` names what was touched by its id."""

    acteur: Acteur
    action: Action
    objet: str
    demande: str | None = None  # the demande that the line names, by its own number
    pourquoi: str = ""
    details: dict[str, str] = field(default_factory=dict)

    def contenu(self) -> str:
        """Canonical text: what the digest is taken of."""
        a = self.acteur
        document = {
            "qui": a.id,
            "nom": a.nom,
            "role": a.role.value,
            "guichet": a.guichet,
            "objet": self.objet,
            "demande": self.demande,
            "pourquoi": self.pourquoi,
            "details": self.details,
        }
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode("utf-8", "replace").decode()  # half a UTF-16 pair can be neither hashed nor kept


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line as kept. `contenu` and `sel` are both there, or both gone with the demande they named."""

    numero: int
    moment: datetime
    action: str
    demande: str | None
    contenu: str | None
    sel: str | None
    condense: str
    precedent: str
    empreinte: str


def effacement(numeros: Sequence[int]) -> dict[str, str]:
    """What the line of a purge says of the lines it blanked, given in order: « 3-5,9 »."""
    runs: list[list[int]] = []
    for numero in numeros:
        if runs and runs[-1][1] + 1 == numero:
            runs[-1][1] = numero
        else:
            runs.append([numero, numero])
    told = ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    return {_EFFACEES: told} if told else {}


def _effacees_par(line: Ligne, told: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """The runs of lines that this one says it blanked: none but earlier ones."""
    if line.action == Action.PURGE:
        for first, last in _RUNS.findall(told.get("details", {}).get(_EFFACEES, "")):
            yield int(first), min(int(last or first), line.numero - 1)


def condenser(sel: str, contenu: str) -> str:
    return _sha256(f"{sel}\n{contenu}")


def chainer(precedent: str, numero: int, moment: datetime, action: str, condense: str) -> str:
    return _sha256("\n".join((precedent, str(numero), moment.astimezone(UTC).isoformat(), action, condense)))


def ligne(evenement: Evenement, numero: int, moment: datetime, precedent: str, sel: str) -> Ligne:
    """The line that follows `precedent`."""
    contenu = evenement.contenu()
    condense = condenser(sel, contenu)
    action = evenement.action.value
    empreinte = chainer(precedent, numero, moment, action, condense)
    return Ligne(numero, moment, action, evenement.demande, contenu, sel, condense, precedent, empreinte)


@dataclass(frozen=True, slots=True)
class Defaut:
    """`genre`: trou, modifiee, chaine, ancre, effacee (blanked by no purge)."""

    genre: str
    numero: int
    detail: str


@dataclass
class Verification:
    """Reads the lines in order and says what is wrong with them; `ancres` were noted earlier, elsewhere.

    The end of a chain can be cut without a trace in what is left: an anchor beyond it shows that.
    """

    ancres: dict[int, str] = field(default_factory=dict)
    lignes: int = 0
    effacees: int = 0
    dernier: int = 0
    tete: str = ORIGINE
    _vides: list[int] = field(default_factory=list)
    _dites: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, lignes: Iterable[Ligne]) -> Iterator[Defaut]:
        waiting = dict(self.ancres)
        for line in lignes:
            yield from self._line(line)
            noted = waiting.pop(line.numero, None)
            if noted is not None and noted != line.empreinte:
                yield Defaut("ancre", line.numero, "l'empreinte n'est pas celle qui avait été notée")
        for numero in sorted(waiting):
            yield Defaut("ancre", numero, "la ligne notée n'est plus dans le journal : sa fin a été coupée")
        for numero in self._sans_purge():
            yield Defaut("effacee", numero, "le contenu a été effacé, et aucune purge ne dit l'avoir fait")

    def _sans_purge(self) -> Iterator[int]:
        runs = sorted(self._dites)
        starts = [first for first, _ in runs]
        ends = list(accumulate((last for _, last in runs), max))  # the furthest of all that begin by there
        for numero in self._vides:
            at = bisect_right(starts, numero)
            if not at or ends[at - 1] < numero:
                yield numero

    def _line(self, line: Ligne) -> Iterator[Defaut]:
        if line.numero != self.dernier + 1:
            yield Defaut("trou", line.numero, f"{line.numero - self.dernier - 1} ligne(s) manquent avant")
        if line.precedent != self.tete:
            yield Defaut("chaine", line.numero, "n'est pas chaînée à la ligne qui la précède")
        if line.contenu is None:
            self.effacees += 1
            self._vides.append(line.numero)
            sound = line.sel is None and line.demande is None
        else:
            sound = line.sel is not None and condenser(line.sel, line.contenu) == line.condense
            told = json.loads(line.contenu) if sound else {}
            sound = sound and line.demande == told.get("demande")
            self._dites += _effacees_par(line, told)
        expected = chainer(line.precedent, line.numero, line.moment, line.action, line.condense)
        if not sound or expected != line.empreinte:
            yield Defaut("modifiee", line.numero, "le contenu n'est plus celui qui a été écrit")
        self.lignes += 1
        self.dernier, self.tete = line.numero, line.empreinte


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
