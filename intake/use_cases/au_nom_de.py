"""A unit of work for what people do: each step of a history that it writes is a line of the journal (R32).

A use case need not know of it, and can forget no line. What a rule does in the same transaction (a freed
place, a duplicate seen again) is the service's own line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from intake.domain import acte as histoire
from intake.domain.acces import SYSTEME, Acteur
from intake.domain.acte import Acte, Fait
from intake.domain.envoi import Incident
from intake.domain.incident import Suite
from intake.domain.journal import Action, Evenement
from intake.domain.motif import StatutPiece
from intake.ports import Clock, Transaction, UnitOfWork

_ACTIONS = {
    "reclasser": Action.RECLASSEMENT,
    "deplacer": Action.DEPLACEMENT,
    "marquer": Action.MARQUAGE,
    "remplacer": Action.MARQUAGE,
    "demandercopie": Action.MARQUAGE,
}
# What of a change is told: nothing that names a demande, for each line names one only.
_TOLD = ("type", "categorie", "personne", "statut", "motif", "pages", "rotations")


class AuNomDe:
    def __init__(self, uow: UnitOfWork, clock: Clock, acteur: Acteur) -> None:
        self._uow = uow
        self._clock = clock
        self._acteur = acteur

    @contextmanager
    def __call__(self) -> Iterator[Transaction]:
        with self._uow() as tx:
            yield cast(Transaction, _Signed(tx, self._clock, _Lines(tx, self._acteur)))


class _Lines:
    """The lines that a transaction will write, in the order of what they tell."""

    def __init__(self, tx: Transaction, acteur: Acteur) -> None:
        self._tx = tx
        self._acteur = acteur
        self.seen: list[Evenement] = []

    def acte(self, acte: Acte) -> None:
        piece = self._tx.pieces.lire(acte.piece)
        now = piece.demande if piece else None
        before = acte.avant.get("demande", now)
        told = {n: f"{acte.avant.get(n)} → {acte.apres[n]}" for n in _TOLD if n in acte.apres}
        for demande in dict.fromkeys((before, now)):  # of a move, a line under each of both
            if demande is not None or before == now:
                action = _action(acte, moved=before != now)
                self._add(acte.fait, action, f"piece {acte.piece}", demande, told)

    def ouvert(self, incident: Incident) -> None:
        fait = Fait(incident.cree_le, incident.auteur or histoire.SYSTEME, "signaler", incident.message)
        told = {"motif": incident.motif.value}
        self._add(fait, Action.CREATION, f"incident {incident.id}", self._demande_of(incident), told)

    def suite(self, incident: Incident, suite: Suite) -> None:
        fait = Fait(suite.le, suite.par, suite.action, suite.commentaire)
        told = {"action": suite.action, "etat": suite.etat.value}
        self._add(fait, Action.MODIFICATION, f"incident {incident.id}", self._demande_of(incident), told)

    def _demande_of(self, incident: Incident) -> str | None:
        piece = self._tx.pieces.lire(incident.piece) if incident.piece else None
        return piece.demande if piece else None

    def _add(self, fait: Fait, action: Action, objet: str, demande: str | None, told: dict[str, str]) -> None:
        who = SYSTEME if fait.par == histoire.SYSTEME else self._acteur
        self.seen.append(Evenement(who, action, objet, demande, fait.raison, told))


def _action(acte: Acte, *, moved: bool) -> Action:
    if acte.apres.get("statut") == StatutPiece.SUPPRIMEE.value:
        return Action.SUPPRESSION
    if acte.apres and not acte.avant:
        return Action.CREATION
    return Action.DEPLACEMENT if moved else _ACTIONS.get(acte.fait.action, Action.MODIFICATION)


class _Signed:
    def __init__(self, tx: Transaction, clock: Clock, lines: _Lines) -> None:
        self._tx = tx
        self._clock = clock
        self._lines = lines
        self.histoire = _Histoire(tx, lines)
        self.incidents = _Incidents(tx, lines)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        self._tx.journal.ecrire(self._clock.now(), self._lines.seen)
        self._tx.commit()


class _Histoire:
    def __init__(self, tx: Transaction, lines: _Lines) -> None:
        self._histoire = tx.histoire
        self._lines = lines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._histoire, name)

    def inscrire(self, acte: Acte) -> None:
        self._histoire.inscrire(acte)
        self._lines.acte(acte)


class _Incidents:
    def __init__(self, tx: Transaction, lines: _Lines) -> None:
        self._incidents = tx.incidents
        self._lines = lines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._incidents, name)

    def ajouter(self, incident: Incident) -> bool:
        new = self._incidents.ajouter(incident)
        if new:
            self._lines.ouvert(incident)
        return new

    def avancer(self, vu: Incident, suite: Suite, pris_par: str | None) -> bool:
        done = self._incidents.avancer(vu, suite, pris_par)
        if done:
            self._lines.suite(vu, suite)
        return done
