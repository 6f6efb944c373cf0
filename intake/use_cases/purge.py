"""What time ends: quarantines after 15 days, demandes radiated for a year (R9, R34, R35); and the reminders.

Rows first, with the keys of their bytes noted in the same transaction; then bytes, each once no row needs
it. Killed anywhere, the next run goes on from there; run twice, it finds nothing left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from intake.domain.acces import SYSTEME
from intake.domain.acte import GenrePurge
from intake.domain.courrier import rappel_de_quarantaine
from intake.domain.demande import Demande, StatutDemande
from intake.domain.envoi import Envoi, Piece, derniere
from intake.domain.incident import EN_COURS
from intake.domain.jour import jour_civil
from intake.domain.journal import Action, Evenement, effacement
from intake.domain.plan import echeance
from intake.ports import Clock, Echeances, Echue, ObjectStore, Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class Delais:
    """Every figure is configuration with that default."""

    quarantaine: timedelta = timedelta(days=15)
    rappel: timedelta = timedelta(days=10)
    radiation_mois: int = 12
    repos: timedelta = timedelta(days=30)

    @property
    def preavis(self) -> timedelta:
        """From the reminder to the purge."""
        return self.quarantaine - self.rappel


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


@dataclass(frozen=True, slots=True)
class _Radiation:
    """What goes with a radiated demande; `seuls`: its envois that go too, `partages`: those that stay."""

    numero: str
    pieces: tuple[Piece, ...]
    seuls: tuple[str, ...]
    partages: tuple[str, ...]

    @property
    def fin(self) -> Fin:
        pages = len({(p.envoi, n) for p in self.pieces for n in p.pages})
        return Fin(GenrePurge.RADIATION, self.numero, len(self.seuls), len(self.pieces), pages)


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
                if (plan := self._plan(tx, numero, tenir=False)) is not None:
                    ends.append(plan.fin)
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
        due = self.echeances.echues(self.clock.now() - self.delais.quarantaine)
        return [e for e in due if self._prevenue(e)]

    def _lots(self) -> list[Echue]:
        due = self.echeances.lots(self.clock.now() - self.delais.quarantaine)
        return [lot for lot in due if self._prevenue(lot)]

    def _prevenue(self, echue: Echue) -> bool:
        """Its sender had the time between reminder and purge to act, or nobody can be told (R9)."""
        if echue.rappele_le is None:
            return not self._adresses(echue)
        return echue.rappele_le <= self.clock.now() - self.delais.preavis

    def _a_rappeler(self) -> list[Echue]:
        """Due in five days at the earliest, and not yet told."""
        due = {e.envoi for e in (*self._echues(), *self._lots())}
        since = self.clock.now() - self.delais.rappel
        soon = [*self.echeances.echues(since), *self.echeances.lots(since)]
        return [e for e in soon if e.envoi not in due and e.rappele_le is None]

    def _radiees(self) -> list[str]:
        return self.echeances.radiees(*self._limites())

    def _limites(self) -> tuple[date, date]:
        today = jour_civil(self.clock.now())
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
            pieces = [p for i in echue.pieces if (p := tx.pieces.lire(i)) is not None]
            if len(pieces) < len(echue.pieces) or any(p.demande is not None and p.vive for p in pieces):
                return False  # repaired meanwhile
            if not _tenues(tx, pieces):
                return False
            envoi = tx.envois.lire(echue.envoi, verrou=True)
            if envoi is None or _en_travail(envoi) or envoi.delai_depuis != echue.depuis:
                return False  # purged, or restarted meanwhile
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
            plan = self._plan(tx, numero, tenir=True)
            if plan is None:
                return None
            keys = tx.purges.pieces([p.id for p in plan.pieces])
            for envoi in plan.seuls:
                keys += tx.purges.envoi(envoi)
            tx.purges.demande(numero, plan.partages)
            tx.objets.condamner(keys)
            self._compter(tx, plan.fin, tx.journal.effacer(numero))
            tx.commit()
        return plan.fin

    def _plan(self, tx: Transaction, numero: str, *, tenir: bool) -> _Radiation | None:
        """What goes with a demande; None when nothing may, now. `tenir`: nobody changes it meanwhile.

        An envoi goes with it only where nothing in it can be anybody else's: its processing is over, all its
        pieces are this demande's, and no page of it became an incident instead of a piece (R2).
        """
        demande = tx.registre.chercher(numero)
        if demande is None or not self._due(demande):
            return None  # reactivated meanwhile: that cancels it
        pieces = _de_la_demande(tx, demande)
        if tenir and not _tenues(tx, pieces):
            return None
        alone: list[str] = []
        shared: list[str] = []
        for identifiant in sorted({p.envoi for p in pieces}):
            envoi = tx.envois.lire(identifiant, verrou=tenir)
            if envoi is None or not envoi.termine:
                return None  # being cut at this moment: what is whose is known at its end
            mine = [p for p in pieces if p.envoi == identifiant]
            rest = alone if not envoi.mis_de_cote and _rien_d_autre(tx, envoi, mine) else shared
            rest.append(identifiant)
        return _Radiation(numero, tuple(pieces), tuple(alone), tuple(shared))

    def _retenu(self, lot: Echue) -> bool:
        with self.uow() as tx:
            keys = tx.purges.lot(lot.envoi)
            if not keys:
                return False  # another sweeper was faster
            tx.objets.condamner(keys)
            self._compter(tx, _quarantaine(lot))
            tx.commit()
        return True

    def _compter(self, tx: Transaction, end: Fin, effacees: Sequence[int] = ()) -> None:
        """What stays of it: an anonymous count, and a line of the journal (R9, R34)."""
        now, of_demande = self.clock.now(), end.genre is GenrePurge.RADIATION
        counts = (int(of_demande), end.envois, end.pieces, end.pages)
        tx.purges.compter(end.genre, now, None if of_demande else end.cle, counts)
        told = dict(zip(("demandes", "envois", "pieces", "pages"), map(str, counts), strict=True))
        told |= effacement(effacees)
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
        end = jour_civil(max(echue.depuis + self.delais.quarantaine, now + self.delais.preavis))
        with self.uow() as tx:
            if not tx.courriers.rappeler(echue.envoi, now, echue.depuis):
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


def _tenues(tx: Transaction, pieces: Sequence[Piece]) -> bool:
    """Whether they are as they were read, and stay so until the end of the transaction."""
    # In somebody's hands at this moment: the next run will see.
    return all(tx.pieces.changer(replace(p, message="Purge.")) for p in pieces)


def _de_la_demande(tx: Transaction, demande: Demande) -> list[Piece]:
    """Its pieces, those held under a number of its, and those whose pages went into one of them."""
    numbers = (demande.numero_unique, *demande.alias)
    found = {p.id: p for p in (*tx.pieces.de_demande(numbers[0]), *tx.pieces.de_numero(numbers))}
    for envoi in sorted({p.envoi for p in found.values()}):
        rows = {p.id: p for p in tx.pieces.de_envoi(envoi)}
        found |= {i: p for i, p in rows.items() if derniere(p, rows).id in found}
    return list(found.values())


def _rien_d_autre(tx: Transaction, envoi: Envoi, siennes: Sequence[Piece]) -> bool:
    ids = {p.id for p in siennes}
    pages = {n for p in siennes for n in p.pages}
    if any(p.id not in ids for p in tx.pieces.de_envoi(envoi.id)):
        return False
    if set(tx.lectures.sans_sort(envoi.id)) - pages:
        return False
    # An open incident that names none of its pages may be all that is left of another's.
    groups = (i for i in tx.incidents.de_envoi(envoi.id) if i.piece is None and i.etat in EN_COURS)
    return all(pages & set(i.pages) for i in groups)


def _en_travail(envoi: Envoi) -> bool:
    """Outside every delay: being processed, or put aside for a fault of ours."""
    return not envoi.termine or envoi.mis_de_cote
