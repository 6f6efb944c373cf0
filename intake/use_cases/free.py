"""Takes pieces out of a category, and lets the oldest held piece have the place at once (R20, R21)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from intake.domain.acte import SYSTEME, Fait
from intake.domain.envoi import Piece
from intake.domain.jour import jour_civil
from intake.domain.motif import Motif, StatutPiece
from intake.errors import ChangementImpossible
from intake.ports import Clock, Transaction, UnitOfWork
from intake.use_cases.desk import Desk
from intake.use_cases.place import deposer

RETIREES = frozenset({StatutPiece.OBSOLETE, StatutPiece.SUPPRIMEE, StatutPiece.REJETEE})


@dataclass(frozen=True)
class Liberer:
    uow: UnitOfWork
    clock: Clock

    def retirer(
        self, identifiant: str, statut: StatutPiece, raison: str, par: str = SYSTEME
    ) -> tuple[Piece, Piece | None]:
        """Mark a piece obsolete, rejected or deleted; the piece that got its place, if one was waiting.

        Raises PieceInconnue, ChangementImpossible.
        """
        if statut not in RETIREES:
            raise ChangementImpossible(f"Une pièce ne se retire pas avec le statut « {statut} ».")
        with self.uow() as tx:
            desk = self._desk(tx, "retirer", raison, par)
            (piece,) = desk.saisir([identifiant])
            gone = desk.changer(piece, _withdrawn(piece, statut, raison))
            filed = desk.finir()
            tx.commit()
        return gone, next(iter(filed), None)

    def remplacer(self, held: str, out: str, raison: str, par: str = SYSTEME) -> tuple[Piece, Piece]:
        """Put the held piece `held` in the place of `out`, in one atomic action.

        Raises PieceInconnue, ChangementImpossible: nothing has changed then.
        """
        with self.uow() as tx:
            desk = self._desk(tx, "remplacer", raison, par)
            waiting, leaving = desk.saisir([held, out])
            if waiting.demande is None or waiting.demande != leaving.demande or leaving.occupe is None:
                raise ChangementImpossible(
                    "Les deux pièces ne sont pas de la même demande, ou la place est libre."
                )
            if waiting.statut is not StatutPiece.EN_ATTENTE or waiting.categorie != leaving.occupe[0]:
                raise ChangementImpossible("La pièce à déposer n'attend pas de place dans cette catégorie.")
            gone = desk.changer(leaving, _withdrawn(leaving, StatutPiece.OBSOLETE, raison))
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

    def _desk(self, tx: Transaction, action: str, raison: str, par: str) -> Desk:
        now = self.clock.now()
        return Desk(tx, tx.plans.en_vigueur(jour_civil(now)), Fait(now, par, action, raison))


def _withdrawn(piece: Piece, statut: StatutPiece, raison: str) -> Piece:
    if piece.statut is statut:
        raise ChangementImpossible(f"La pièce {piece.id} est déjà « {piece.statut} ».")
    motif = Motif.OBSOLETE if statut is StatutPiece.OBSOLETE else piece.motif
    return replace(piece, statut=statut, motif=motif, message=raison, occupe=None)
