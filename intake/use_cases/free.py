"""Takes pieces out of a category, and lets the oldest held piece have the place at once (R20, R21)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from intake.domain.envoi import Piece
from intake.domain.motif import Motif, StatutPiece
from intake.domain.plan import PlanDeClassement
from intake.errors import IntakeError, PieceInconnue
from intake.ports import Clock, Transaction, UnitOfWork
from intake.use_cases.place import deposer

RETIREES = frozenset({StatutPiece.OBSOLETE, StatutPiece.SUPPRIMEE, StatutPiece.REJETEE})


class ChangementImpossible(IntakeError):
    code = "CHANGEMENT_IMPOSSIBLE"
    hint = "Relisez l'état de la pièce : elle a pu changer entre-temps."


@dataclass(frozen=True)
class Liberer:
    uow: UnitOfWork
    clock: Clock

    def retirer(self, identifiant: str, statut: StatutPiece, raison: str) -> tuple[Piece, Piece | None]:
        """Mark a piece obsolete, rejected or deleted; the piece that got its place, if one was waiting.

        Raises PieceInconnue, ChangementImpossible.
        """
        if statut not in RETIREES:
            raise ChangementImpossible(f"Une pièce ne se retire pas avec le statut « {statut} ».")
        with self.uow() as tx:
            piece = _lock(tx, identifiant)
            gone = _withdraw(tx, piece, statut, raison)
            filed = self._promote(tx, piece)
            tx.commit()
        return gone, filed

    def remplacer(self, held: str, out: str, raison: str) -> tuple[Piece, Piece]:
        """Put the held piece `held` in the place of `out`, in one atomic action.

        Raises PieceInconnue, ChangementImpossible: nothing has changed then.
        """
        with self.uow() as tx:
            waiting, leaving = _lock(tx, held), _lock(tx, out)
            if waiting.demande is None or waiting.demande != leaving.demande or leaving.occupe is None:
                raise ChangementImpossible(
                    "Les deux pièces ne sont pas de la même demande, ou la place est libre."
                )
            if waiting.statut is not StatutPiece.EN_ATTENTE or waiting.categorie != leaving.occupe[0]:
                raise ChangementImpossible("La pièce à déposer n'attend pas de place dans cette catégorie.")
            gone = _withdraw(tx, leaving, StatutPiece.OBSOLETE, raison)
            filed = self._file(tx, waiting, self._plan(tx))
            if filed is None:
                raise ChangementImpossible("La place libérée n'est pas pour la personne de cette pièce.")
            tx.commit()
        return gone, filed

    def promouvoir(self, numero: str) -> list[Piece]:
        """File every held piece of a demande that finds a place: after a limit was raised."""
        with self.uow() as tx:
            tx.registre.verrouiller(numero)
            plan = self._plan(tx)
            held = [p for p in tx.pieces.de_demande(numero) if p.statut is StatutPiece.EN_ATTENTE]
            filed = [done for piece in held if (done := self._file(tx, piece, plan))]
            tx.commit()
        return filed

    def _promote(self, tx: Transaction, freed: Piece) -> Piece | None:
        if freed.demande is None or freed.occupe is None:
            return None
        plan = self._plan(tx)
        for piece in tx.pieces.de_demande(freed.demande):
            waiting = piece.statut is StatutPiece.EN_ATTENTE and piece.categorie == freed.occupe[0]
            if waiting and (filed := self._file(tx, piece, plan)):
                return filed
        return None

    def _file(self, tx: Transaction, piece: Piece, plan: PlanDeClassement) -> Piece | None:
        demande = tx.registre.chercher(piece.demande) if piece.demande else None
        today = self.clock.now().date()
        if demande is None or not demande.active or (piece.validite and piece.validite < today):
            return None  # radiated or out of date since it waits (R16, R24): it goes on waiting
        done = deposer(tx, piece, plan)
        if done.statut is not StatutPiece.DEPOSEE or not tx.pieces.changer(done, StatutPiece.EN_ATTENTE):
            return None
        tx.incidents.clore(piece.id, "resolue")
        return done

    def _plan(self, tx: Transaction) -> PlanDeClassement:
        return tx.plans.en_vigueur(self.clock.now().date())


def _lock(tx: Transaction, identifiant: str) -> Piece:
    piece = tx.pieces.lire(identifiant)
    if piece is None:
        raise PieceInconnue(f"La pièce {identifiant} n'existe pas.")
    if piece.demande is not None:
        tx.registre.verrouiller(piece.demande)
        piece = tx.pieces.lire(identifiant) or piece  # as it is now that nobody else may change it
    return piece


def _withdraw(tx: Transaction, piece: Piece, statut: StatutPiece, raison: str) -> Piece:
    motif = Motif.OBSOLETE if statut is StatutPiece.OBSOLETE else piece.motif
    gone = replace(piece, statut=statut, motif=motif, message=raison, occupe=None)
    if piece.statut is statut or not tx.pieces.changer(gone, piece.statut):
        raise ChangementImpossible(f"La pièce {piece.id} est déjà « {piece.statut} ».")
    if piece.occupe is not None and piece.demande is not None:
        tx.places.rendre(piece.demande, *piece.occupe)
    tx.incidents.clore(piece.id, "resolue")
    return gone
