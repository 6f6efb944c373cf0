"""Reads, when nothing else waits, what was left unread of a piece: for search, and to look once more (R14).

Nothing of its filing changes by it: type, demande, statut, place and bytes stay. A complete text that names
another household opens an incident, and a person decides. A page is read outside any transaction; what some
pages gave is written in one, if the piece is still the one that was seen: killed anywhere or run twice, it is
done once.
"""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from intake.domain import numero as numeros
from intake.domain.acte import SYSTEME, Fait
from intake.domain.demande import Demande
from intake.domain.envoi import LECTURE, Envoi, Incident, Piece
from intake.domain.incident import EN_COURS
from intake.domain.jour import jour_civil
from intake.domain.lecture import PageLue
from intake.domain.motif import Gravite, Motif
from intake.domain.travail import ESSAIS, attente
from intake.errors import IntakeError
from intake.identity import Accord, Concordance
from intake.noms import concordance
from intake.ports import Classifier, Clock, Lecteur, Transaction, UnitOfWork
from intake.use_cases.desk import SORTIES, conclure
from intake.use_cases.lease import LEASE, Bail, HorsDelai, Limite, sans_limite, tenir
from intake.use_cases.originals import Originaux
from intake.use_cases.place import texte_de

_BATCH = 10  # pages of a step: what a crash costs at most
_log = logging.getLogger(__name__)


class Completion(StrEnum):
    FINIE = "finie"  # all of the piece was read, as far as it can be
    SUITE = "suite"  # some was, and there is more; or the piece changed meanwhile
    RENDUE = "rendue"  # something else waits: nothing was done
    AUTRES = "autres"  # somebody is at it, or it is not to be done any more
    ECHEC = "echec"  # it will be tried again
    ABANDONNEE = "abandonnee"  # it failed too often: the text stays as it is


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Vue:
    """A piece, and its pages that are to be read."""

    piece: Piece
    envoi: Envoi
    reste: tuple[int, ...]


@dataclass(frozen=True)
class Completer:
    uow: UnitOfWork
    originaux: Originaux
    lecteur: Lecteur
    classifier: Classifier
    clock: Clock
    nom: str = ""
    bail: timedelta = LEASE
    borner: Callable[[Limite], AbstractContextManager[None]] = sans_limite

    def __call__(self, identifiant: str, attendu: Callable[[], bool] = _never) -> Completion:
        """One short step of the piece; `attendu`, asked before each page: whether something else waits."""
        token = f"{(self.nom or socket.gethostname())[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        if self._claim(identifiant, token) is None:
            return Completion.AUTRES
        try:
            claimed = tenir(lambda: self._claim(identifiant, token) is not None, identifiant, self.bail)
            with claimed as bail, self.borner(Limite.TRANCHE):
                done = self._step(identifiant, token, bail, attendu)
        except (Exception, HorsDelai) as fault:  # noqa: BLE001 - a door of the work: one bad piece ends no worker
            return self._note(identifiant, token, fault)
        except BaseException:
            with suppress(IntakeError):
                self._give_back(identifiant, token)
            raise
        if done not in (Completion.FINIE, Completion.AUTRES):
            self._give_back(identifiant, token)
        return done

    def _step(self, identifiant: str, token: str, bail: Bail, attendu: Callable[[], bool]) -> Completion:
        # what is left of it
        seen = self._see(identifiant, token)
        if seen is None:
            return Completion.FINIE
        if attendu():
            return Completion.RENDUE
        # its pages, one at a time: whatever else comes waits for one page at most
        path = self.originaux.chemin(seen.envoi)
        read: list[PageLue] = []
        for number in seen.reste[:_BATCH]:
            if bail.perdu or attendu():
                break
            read += self.lecteur.pages(path, [number], entieres=True)
        if not read:
            return Completion.RENDUE
        # what they gave, in one transaction
        done = self._write(seen, token, read)
        if done is Completion.FINIE and not self._others(seen.envoi):
            self.originaux.oublier(seen.envoi)
        return done

    def _see(self, identifiant: str, token: str) -> _Vue | None:
        """None where there is nothing to read any more, which is noted."""
        with self.uow() as tx:
            piece = tx.pieces.lire(identifiant)
            tried = tx.completions.prendre(identifiant, token, self.clock.now(), self.clock.now() + self.bail)
            if piece is not None and piece.vive and tried is not None:
                envoi = tx.envois.lire(piece.envoi)
                pages = {p.numero: p for p in tx.lectures.lire(piece.envoi, piece.pages)}
                partial = (n for n in piece.pages if n in pages and pages[n].texte.partielle)
                left = tuple(sorted(n for n in partial if n > tried))
                if envoi is not None and left:
                    tx.commit()
                    return _Vue(piece, envoi, left)
            tx.completions.finir(identifiant, token)
            tx.commit()
        return None

    def _write(self, seen: _Vue, token: str, read: Sequence[PageLue]) -> Completion:
        last = read[-1].numero
        with self.uow() as tx:
            if seen.piece.demande is not None:
                tx.registre.verrouiller(seen.piece.demande)  # as everybody who changes its pieces
            piece = tx.pieces.lire(seen.piece.id)
            if piece is None:
                return Completion.AUTRES  # purged meanwhile: nothing of it may come back
            if piece.version != seen.piece.version:
                return Completion.SUITE
            before = {p.numero: p for p in tx.lectures.lire(piece.envoi, piece.pages)}
            whole = [w for p in read if (w := _completed(before.get(p.numero), p)) is not None]
            now = {**before, **{p.numero: p for p in whole}}
            changed = _with_text(piece, _in_order(piece, now))
            if changed != piece and not tx.pieces.changer(changed):
                return Completion.SUITE
            if not all(tx.lectures.completer(piece.envoi, page) for page in whole):
                return Completion.SUITE
            if not tx.completions.avancer(piece.id, token, last):
                return Completion.AUTRES
            over = last == seen.reste[-1]
            if over:
                tx.completions.finir(piece.id, token)
            self._look_again(tx, piece, _in_order(piece, before), _in_order(piece, now))
            tx.commit()
        return Completion.FINIE if over else Completion.SUITE

    # ── whose it is, now that all is read ──

    def _look_again(
        self, tx: Transaction, piece: Piece, before: Sequence[PageLue], now: Sequence[PageLue]
    ) -> None:
        """An incident where what was read now names others; what was known before, somebody has judged."""
        demande = tx.registre.chercher(piece.demande) if piece.demande else None
        if demande is None or piece.statut in SORTIES or before == now:
            return
        told = self._others_named(piece, before, now, demande) or _other_number(tx, before, now, demande)
        if told is None:
            return
        motif, message = told
        known = tx.incidents.de_piece(piece.id)
        if any(i.motif is motif and i.etat in EN_COURS for i in known):
            return
        le = self.clock.now()
        sensitive = tx.plans.en_vigueur(jour_civil(le)).sensible(piece.type)
        incident = Incident(
            id=f"{piece.id}-I{len(known) + 1}" if known else f"{piece.id}-I",
            envoi=piece.envoi,
            motif=motif,
            pages=piece.pages,
            message=message,
            cree_le=le,
            gravite=Gravite.SENSIBLE if sensitive else Gravite.A_TRAITER,
            piece=piece.id,
            trouve=f"{piece.type}, demande {piece.demande}",
        )
        tx.incidents.ajouter(incident)
        conclure(tx, piece.envoi, Fait(le, SYSTEME, "completer", message))

    def _others_named(
        self, piece: Piece, before: Sequence[PageLue], now: Sequence[PageLue], demande: Demande
    ) -> tuple[Motif, str] | None:
        names = self._names(piece, now, demande)
        if names.accord is not Accord.CONTREDIT:
            return None
        if self._names(piece, before, demande).accord is Accord.CONTREDIT:
            return None
        who = ", ".join(names.autres[:2])
        return Motif.IDENTITE_INCOHERENTE, (
            f"Lue en entier, la pièce est au nom de {who}, qui n'est pas de ce ménage : "
            "vérifiez qu'elle est dans le bon dossier."
        )

    def _names(self, piece: Piece, pages: Sequence[PageLue], demande: Demande) -> Concordance:
        answer = replace(self.classifier.classify(pages), type=piece.type)
        return concordance(pages, answer, demande)

    # ── claims and failures ──

    def _claim(self, identifiant: str, token: str) -> int | None:
        now = self.clock.now()
        with self.uow() as tx:
            tried = tx.completions.prendre(identifiant, token, now, now + self.bail)
            tx.commit()
        return tried

    def _give_back(self, identifiant: str, token: str) -> None:
        with self.uow() as tx:
            tx.completions.rendre(identifiant, token, None)
            tx.commit()

    def _others(self, envoi: Envoi) -> bool:
        """Whether other pieces of this envoi wait for the same bytes."""
        with self.uow() as tx:
            return tx.completions.reste(envoi.id)

    def _note(self, identifiant: str, token: str, fault: Exception | HorsDelai) -> Completion:
        """A store that does not answer is nobody's bug; else ESSAIS times, and the text stays as it is."""
        code = fault.code if isinstance(fault, (IntakeError, HorsDelai)) else type(fault).__name__
        ours = not (isinstance(fault, IntakeError) and fault.retryable)
        _log.warning("complétion", extra={"piece": identifiant, "code": code})
        with suppress(IntakeError), self.uow() as tx:
            count = tx.completions.rendre(identifiant, token, self._later)
            given_up = ours and count >= ESSAIS
            if given_up:
                tx.completions.finir(identifiant, token)
            tx.commit()
            return Completion.ABANDONNEE if given_up else Completion.ECHEC
        return Completion.ECHEC

    def _later(self, count: int) -> datetime:
        return self.clock.now() + attente(count)


def _completed(known: PageLue | None, read: PageLue) -> PageLue | None:
    """The reading kept, with all its text; None where it failed, or lies otherwise than its piece was cut."""
    if known is None or read.erreur is not None or read.blanche:
        return None
    if read.texte.rotation != known.texte.rotation or read.texte.mots < known.texte.mots:
        return None
    return replace(known, texte=read.texte, cpu_seconds=known.cpu_seconds + read.cpu_seconds)


def _in_order(piece: Piece, pages: Mapping[int, PageLue]) -> list[PageLue]:
    return [pages[n] for n in piece.pages if n in pages and not pages[n].blanche]


def _with_text(piece: Piece, pages: Sequence[PageLue]) -> Piece:
    fields = piece.fields
    if not any(p.texte.partielle for p in pages):
        fields = {k: v for k, v in fields.items() if k != LECTURE}
    return replace(piece, texte=texte_de(pages), fields=fields)


def _other_number(
    tx: Transaction, before: Sequence[PageLue], now: Sequence[PageLue], demande: Demande
) -> tuple[Motif, str] | None:
    """Printed as it stands, and known: a digit misread would be somebody else's number."""
    text, known = texte_de(now), numeros.compact(texte_de(before))
    plain = numeros.compact(text)
    for number in numeros.imprimes(text):
        other = tx.registre.chercher(number) if number in plain and number not in known else None
        if other is not None and other.numero_unique != demande.numero_unique:
            return Motif.MAUVAISE_DEMANDE, (
                f"Lue en entier, la pièce porte le numéro {number}, d'une autre demande : "
                "vérifiez qu'elle est dans le bon dossier."
            )
    return None
