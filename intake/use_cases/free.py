"""Held pieces get a place in their category: another's, or one that has become free (R20, R21)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from intake.domain.acte import SYSTEME, Fait
from intake.domain.envoi import Piece
from intake.domain.jour import jour_civil
from intake.domain.motif import Motif, StatutPiece
from intake.errors import ChangementImpossible, IntakeError
from intake.ports import Clock, Transaction, UnitOfWork
from intake.use_cases.desk import Desk
from intake.use_cases.place import deposer


@dataclass(frozen=True)
class Liberer:
    uow: UnitOfWork
    clock: Clock

    def remplacer(
        self, held: str, out: str, raison: str, par: str = SYSTEME, vu: int | None = None
    ) -> tuple[Piece, Piece]:
        """Put the held piece `held`, as it was seen in its version `vu`, in the place of `out`, atomically.

        Raises PieceInconnue, ChangementImpossible: nothing has changed then.
        """
        with self.uow() as tx:
            desk = self._desk(tx, "remplacer", raison, par)
            waiting, leaving = desk.saisir([held, out], vues={held: vu} if vu is not None else None)
            if waiting.demande is None or waiting.demande != leaving.demande or leaving.occupe is None:
                raise ChangementImpossible(
                    "Les deux pièces ne sont pas de la même demande, ou la place est libre."
                )
            if waiting.statut is not StatutPiece.EN_ATTENTE or waiting.categorie != leaving.occupe[0]:
                raise ChangementImpossible("La pièce à déposer n'attend pas de place dans cette catégorie.")
            gone = desk.changer(leaving, _obsolete(leaving, raison))
            filed = self._into_freed_place(desk, waiting)
            desk.finir()
            tx.commit()
        return gone, filed

    def _into_freed_place(self, desk: Desk, waiting: Piece) -> Piece:
        assert waiting.demande is not None
        demande = desk.tx.registre.chercher(waiting.demande)
        if demande is None or not demande.active:
            raise ChangementImpossible(f"La demande {waiting.demande} est radiée.")
        filed = deposer(desk.tx, waiting, desk.plan, desk.fait.le)
        if filed.statut is not StatutPiece.DEPOSEE:
            raise ChangementImpossible("La place libérée n'est pas pour la personne de cette pièce.")
        return desk.changer(waiting, filed, regle=frozenset({Motif.CATEGORIE_PLEINE}))

    def promouvoir(self, numero: str) -> list[Piece]:
        """File every held piece of a demande that finds a place: after a limit was raised."""
        with self.uow() as tx:
            tx.registre.verrouiller(numero)
            desk = self._desk(tx, "deposer", "des places se sont libérées", SYSTEME)
            held = [p for p in tx.pieces.de_demande(numero) if p.statut is StatutPiece.EN_ATTENTE]
            filed = [done for piece in held if (done := desk.deposer_en_attente(piece))]
            desk.finir()
            tx.commit()
        return filed

    def promouvoir_tout(self) -> list[Piece]:
        """Every held piece for which there is a place: what nobody's gesture filed at once.

        A demande reactivated, or given a place while it was radiated, by a process that died right after; a
        plan whose limits are higher from today on.
        """
        today = jour_civil(self.clock.now())
        with self.uow() as tx:
            numeros = tx.pieces.demandes_a_placer(tx.plans.en_vigueur(today), today)
        done: list[Piece] = []
        for numero in numeros:
            try:
                done += self.promouvoir(numero)
            except IntakeError as e:
                if e.retryable:
                    raise
                # One that cannot be filed keeps no other from its place; it is on a list.
        return done

    def _desk(self, tx: Transaction, action: str, raison: str, par: str) -> Desk:
        now = self.clock.now()
        return Desk(tx, tx.plans.en_vigueur(jour_civil(now)), Fait(now, par, action, raison))


def _obsolete(piece: Piece, raison: str) -> Piece:
    return replace(piece, statut=StatutPiece.OBSOLETE, motif=Motif.OBSOLETE, message=raison, occupe=None)
