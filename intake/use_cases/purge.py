"""What time ends: quarantines after 15 days, demandes radiated for a year (R9, R34, R35); and the reminders.

Rows first, with the keys of their bytes noted in the same transaction; then bytes, each once no row needs
it. Killed anywhere, the next run goes on from there; run twice, it finds nothing left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from intake.domain.acces import SYSTEME
from intake.domain.acte import GenrePurge
from intake.domain.courrier import rappel_de_quarantaine
from intake.domain.demande import Demande, StatutDemande
from intake.domain.envoi import Piece
from intake.domain.journal import Action, Evenement
from intake.domain.plan import echeance
from intake.ports import Clock, ObjectStore, Transaction, UnitOfWork
from intake.ports_suivi import Echeances, Echue


@dataclass(frozen=True, slots=True)
class Delais:
    """Every figure is configuration with that default."""

    quarantaine: timedelta = timedelta(days=15)
    rappel: timedelta = timedelta(days=10)
    radiation_mois: int = 12
    repos: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Fin:
    """Something whose time has come; `cle` is an envoi, a held batch, or a demande until it is purged."""

    genre: GenrePurge
    cle: str
    envois: int
    pieces: int
    pages: int


@dataclass(frozen=True, slots=True)
class Bilan:
    fins: tuple[Fin, ...] = ()
    rappels: int = 0
    objets: int = 0  # bytes erased


@dataclass(frozen=True)
class Purger:
    uow: UnitOfWork
    objects: ObjectStore
    echeances: Echeances
    clock: Clock
    delais: Delais = Delais()

    def prevoir(self) -> Bilan:
        """What a purge would do now; nothing is written."""
        ends = [_quarantaine(e) for e in self._echues()]
        for numero in self._radiees():
            with self.uow() as tx:
                pieces = _de_la_demande(tx, numero)
                alone = [e for e in _envois(pieces) if _restantes(tx, e, pieces) == []]
            pages = len({(p.envoi, n) for p in pieces for n in p.pages})
            ends.append(Fin(GenrePurge.RADIATION, numero, len(alone), len(pieces), pages))
        ends += [_quarantaine(lot) for lot in self._lots()]
        return Bilan(tuple(ends), sum(bool(self._adresses(e)) for e in self._a_rappeler()))

    def __call__(self, dire: Callable[[Fin], None] = lambda _: None) -> Bilan:
        """`dire` is told each thing purged, once it is."""
        ends = []
        for echue in self._echues():
            if self._quarantaine(echue):
                ends.append(_quarantaine(echue))
                dire(ends[-1])
        for numero in self._radiees():
            end = self._radiation(numero)
            if end is not None:
                ends.append(end)
                dire(end)
        for lot in self._lots():
            if self._retenu(lot):
                ends.append(_quarantaine(lot))
                dire(ends[-1])
        reminded = sum(self._rappeler(e) for e in self._a_rappeler())
        return Bilan(tuple(ends), reminded, self._effacer())

    # -- what is due

    def _echues(self) -> list[Echue]:
        return self.echeances.echues(self.clock.now() - self.delais.quarantaine)

    def _a_rappeler(self) -> list[Echue]:
        """Due in five days and not yet told."""
        due = {e.envoi for e in (*self._echues(), *self._lots())}
        since = self.clock.now() - self.delais.rappel
        soon = [*self.echeances.echues(since), *self.echeances.lots(since)]
        return [e for e in soon if e.envoi not in due and not e.rappelee]

    def _lots(self) -> list[Echue]:
        return self.echeances.lots(self.clock.now() - self.delais.quarantaine)

    def _radiees(self) -> list[str]:
        return self.echeances.radiees(*self._limites())

    def _limites(self) -> tuple[date, date]:
        today = self.clock.now().date()
        return echeance(today, -self.delais.radiation_mois), today - self.delais.repos

    def _due(self, demande: Demande) -> bool:
        """As `Echeances.radiees` says it, once the demande is locked."""
        radiated, modified = demande.date_radiation, demande.date_derniere_modification
        radiee_avant, modifiee_avant = self._limites()
        return (
            demande.statut is StatutDemande.RADIEE
            and radiated is not None
            and radiated < radiee_avant
            and (modified or radiated) < modifiee_avant
        )

    # -- rows

    def _quarantaine(self, echue: Echue) -> bool:
        with self.uow() as tx:
            for identifiant in echue.pieces:
                piece = tx.pieces.lire(identifiant)
                if piece is None or piece.demande is not None:
                    return False  # repaired meanwhile
                if not tx.pieces.changer(replace(piece, message="Délai de quarantaine échu.")):
                    return False  # in somebody's hands at this moment: the next run will see
            keys = tx.purges.pieces(echue.pieces)
            if echue.entier:
                if tx.pieces.de_envoi(echue.envoi):
                    return False
                whole = tx.purges.envoi(echue.envoi)
                if not whole:
                    return False  # another sweeper was faster
                keys += whole
            tx.objets.condamner(keys)
            self._compter(tx, _quarantaine(echue))
            tx.commit()
        return True

    def _radiation(self, numero: str) -> Fin | None:
        with self.uow() as tx:
            tx.registre.verrouiller(numero)
            demande = tx.registre.chercher(numero)
            if demande is None or not self._due(demande):
                return None  # reactivated meanwhile: that cancels it
            pieces = _de_la_demande(tx, numero)
            envois = _envois(pieces)
            pages = len({(p.envoi, n) for p in pieces for n in p.pages})
            keys = tx.purges.pieces([p.id for p in pieces])
            alone = [e for e in envois if not tx.pieces.de_envoi(e)]
            for envoi in alone:
                keys += tx.purges.envoi(envoi)
            tx.purges.demande(numero, [e for e in envois if e not in alone])
            tx.objets.condamner(keys)
            end = Fin(GenrePurge.RADIATION, numero, len(alone), len(pieces), pages)
            tx.journal.effacer(numero)
            self._compter(tx, end)
            tx.commit()
        return end

    def _retenu(self, lot: Echue) -> bool:
        with self.uow() as tx:
            keys = tx.purges.lot(lot.envoi)
            if not keys:
                return False  # another sweeper was faster
            tx.objets.condamner(keys)
            self._compter(tx, _quarantaine(lot))
            tx.commit()
        return True

    def _compter(self, tx: Transaction, end: Fin) -> None:
        """What stays of it: an anonymous count, and a line of the journal (R9, R34)."""
        now, of_demande = self.clock.now(), end.genre is GenrePurge.RADIATION
        counts = (int(of_demande), end.envois, end.pieces, end.pages)
        tx.purges.compter(end.genre, now, None if of_demande else end.cle, counts)
        told = dict(zip(("demandes", "envois", "pieces", "pages"), map(str, counts), strict=True))
        objet = "demande radiée" if of_demande else f"envoi {end.cle}"
        tx.journal.ecrire(now, [Evenement(SYSTEME, Action.PURGE, objet, details=told)])

    # -- reminders

    def _adresses(self, echue: Echue) -> tuple[str, ...]:
        """Whoever sent it; else the guichet that its bordereau names. None: told as soon as one is known."""
        with self.uow() as tx:
            for sender in echue.deposants:
                if found := tx.adresses.de_deposant(sender, self.clock.now()):
                    return found
        return ()

    def _rappeler(self, echue: Echue) -> bool:
        addresses, now = self._adresses(echue), self.clock.now()
        if not addresses:
            return False
        end = (echue.recu_le + self.delais.quarantaine).date()
        with self.uow() as tx:
            if not tx.courriers.rappeler(echue.envoi, now):
                return False
            for address in addresses:
                letter = rappel_de_quarantaine(address, echue.envoi, echue.fichier, len(echue.pieces), end)
                tx.courriers.ajouter(letter, now)
            tx.commit()
        return True

    # -- bytes

    def _effacer(self) -> int:
        """The bytes noted, by this run or one that was killed; those another row needs stay (R25)."""
        erased = 0
        with self.uow() as tx:
            keys = tx.objets.condamnes()
        for key in keys:
            with self.uow() as tx:
                tx.objets.verrouiller(key)
                if not tx.objets.utile(key):
                    self.objects.delete(key)
                    erased += 1
                tx.objets.rayer(key)
                tx.commit()
        return erased


def _quarantaine(echue: Echue) -> Fin:
    return Fin(GenrePurge.QUARANTAINE, echue.envoi, int(echue.entier), len(echue.pieces), echue.pages)


def _de_la_demande(tx: Transaction, numero: str) -> list[Piece]:
    demande = tx.registre.chercher(numero)
    numbers = (numero, *demande.alias) if demande else (numero,)
    found = {p.id: p for p in (*tx.pieces.de_demande(numero), *tx.pieces.de_numero(numbers))}
    return list(found.values())


def _envois(pieces: list[Piece]) -> list[str]:
    return sorted({p.envoi for p in pieces})


def _restantes(tx: Transaction, envoi: str, gone: list[Piece]) -> list[str]:
    ids = {p.id for p in gone}
    return [p.id for p in tx.pieces.de_envoi(envoi) if p.id not in ids]
