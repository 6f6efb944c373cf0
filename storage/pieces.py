"""The rows of pieces, and of the places they take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from intake.domain.demande import StatutDemande
from intake.domain.envoi import Piece
from intake.domain.motif import Motif, StatutEnvoi, StatutPiece
from intake.domain.plan import PlanDeClassement
from storage import rows
from storage import tables as t
from storage.search import indexer, noter_partielle
from storage.sql import equal, insert_once

OUVERTS = (StatutEnvoi.RECUE.value, StatutEnvoi.EN_COURS.value)
_HELD_FOR_NUMBER = sa.and_(
    t.pieces.c.statut == StatutPiece.A_VERIFIER.value,
    t.pieces.c.motif.in_([Motif.NUMERO_INCONNU.value, Motif.DEMANDE_RADIEE.value]),
)


_NUMBER = sa.func.coalesce(t.pieces.c.demande, t.pieces.c.numero_lu)


def _lifted(demandes: sa.FromClause) -> sa.ColumnElement[bool]:
    """What held it for its number is over, `demandes` being whose number it is."""
    active = demandes.c.statut == StatutDemande.ACTIVE.value
    return sa.and_(_HELD_FOR_NUMBER, sa.or_(t.pieces.c.motif == Motif.NUMERO_INCONNU.value, active))


def reprenable() -> sa.ColumnElement[bool]:
    """Held for its number, and the register knows it by now, or it is active again (R16)."""
    d, a = t.demandes, t.alias
    by_alias = sa.select(d.c.numero_unique).join(a, a.c.demande == d.c.numero_unique)
    return sa.or_(
        sa.exists().where(d.c.numero_unique == _NUMBER, _lifted(d)),
        by_alias.where(a.c.numero == _NUMBER, _lifted(d)).exists(),
    )


class SqlPieces:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, piece: Piece) -> bool:
        row = rows.piece_row(piece)
        if not insert_once(self._c, t.pieces, row):
            return False
        self._index(piece, row["texte"])
        return True

    def _index(self, piece: Piece, texte: str) -> None:
        """In the transaction of the piece's own row: a search finds what the piece says, and nothing else."""
        indexer(self._c, piece.id, texte)
        if piece.lue_en_partie:
            noter_partielle(self._c, piece.id)

    def lire(self, identifiant: str) -> Piece | None:
        row = self._c.execute(sa.select(t.pieces).where(t.pieces.c.id == identifiant)).first()
        return rows.piece_of(row) if row else None

    def de_envoi(self, envoi: str) -> list[Piece]:
        return self._where(t.pieces.c.envoi == envoi)

    def de_demande(self, numero: str) -> list[Piece]:
        return self._where(t.pieces.c.demande == numero)

    def semblables(self, numero: str, type_: str, sha256: str) -> list[Piece]:
        p = t.pieces
        return self._where(sa.and_(p.c.demande == numero, sa.or_(p.c.type == type_, p.c.sha256 == sha256)))

    def de_numero(self, numeros: Sequence[str]) -> list[Piece]:
        return self._where(sa.and_(_HELD_FOR_NUMBER, _NUMBER.in_(list(numeros))))

    def numeros_retenus(self) -> frozenset[str]:
        return frozenset(self._c.scalars(sa.select(_NUMBER).where(_HELD_FOR_NUMBER, _NUMBER.is_not(None))))

    def demandes_attendues(self) -> list[str]:
        d, a, p, e = t.demandes, t.alias, t.pieces, t.envois
        ended = sa.and_(e.c.id == p.c.envoi, e.c.statut.not_in(OUVERTS), e.c.refus.is_(None))
        held = sa.select(d.c.numero_unique).where(_lifted(d), sa.exists().where(ended))
        by_number = held.join_from(p, d, d.c.numero_unique == _NUMBER)
        by_alias = held.join_from(p, a, a.c.numero == _NUMBER).join(d, d.c.numero_unique == a.c.demande)
        return sorted(self._c.scalars(sa.union(by_number, by_alias)))

    def demandes_a_placer(self, plan: PlanDeClassement, jour: date) -> list[str]:
        d, p, e, q = t.demandes, t.pieces, t.envois, t.places
        each = [c.code for c in plan.categories.values() if c.par_personne]
        person = sa.case((p.c.categorie.in_(each), sa.func.coalesce(p.c.personne, "")), else_="")
        limits = sa.case({c.code: c.limite for c in plan.categories.values()}, value=p.c.categorie, else_=0)
        mine = sa.and_(q.c.demande == p.c.demande, q.c.categorie == p.c.categorie, q.c.personne == person)
        waits = (
            sa.select(p.c.demande)
            .select_from(p.join(d, d.c.numero_unique == p.c.demande).join(e, e.c.id == p.c.envoi))
            .join(q, mine, isouter=True)
            .where(
                p.c.statut == StatutPiece.EN_ATTENTE.value,
                d.c.statut == StatutDemande.ACTIVE.value,
                e.c.statut.not_in(OUVERTS),
                e.c.refus.is_(None),
                sa.or_(p.c.validite.is_(None), p.c.validite >= jour),
                sa.func.coalesce(q.c.compte, 0) < limits,
            )
        )
        return sorted({numero for numero in self._c.scalars(waits) if numero is not None})

    def effacer(self, envoi: str) -> None:
        places = SqlPlaces(self._c)
        for piece in self.de_envoi(envoi):
            if piece.occupe is not None and piece.demande is not None:
                places.rendre(piece.demande, *piece.occupe)
        p = t.pieces
        mine = sa.select(p.c.id).where(p.c.envoi == envoi).scalar_subquery()
        self._c.execute(sa.delete(t.incidents).where(t.incidents.c.envoi == envoi))
        for link in (p.c.doublon_de, p.c.remplacee_par):
            self._c.execute(sa.update(p).where(link.in_(mine)).values({link: None}))
        self._c.execute(sa.delete(p).where(p.c.envoi == envoi))

    def _where(self, clause: sa.ColumnElement[bool]) -> list[Piece]:
        order = (t.pieces.c.recu_le, t.pieces.c.envoi, t.pieces.c.rang)
        return [
            rows.piece_of(row) for row in self._c.execute(sa.select(t.pieces).where(clause).order_by(*order))
        ]

    def changer(self, piece: Piece) -> bool:
        p = t.pieces
        seen = sa.and_(p.c.id == piece.id, p.c.version == piece.version)
        values = {**rows.piece_row(piece), "version": piece.version + 1}
        other_words = self._c.scalar(sa.select(p.c.texte != values["texte"]).where(seen))
        done = self._c.execute(sa.update(p).where(seen).values(values))
        if done.rowcount != 1:
            return False
        if other_words:
            self._index(piece, values["texte"])
        return True


class SqlPlaces:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def prendre(self, numero: str, categorie: str, personne: str, limite: int) -> bool:
        p = t.places
        key = {"demande": numero, "categorie": categorie, "personne": personne}
        insert_once(self._c, p, {**key, "compte": 0})
        done = self._c.execute(
            sa.update(p).where(*equal(p, key), p.c.compte < limite).values(compte=p.c.compte + 1)
        )
        return bool(done.rowcount == 1)

    def rendre(self, numero: str, categorie: str, personne: str) -> None:
        p = t.places
        key = {"demande": numero, "categorie": categorie, "personne": personne}
        self._c.execute(sa.update(p).where(*equal(p, key)).values(compte=p.c.compte - 1))

    def occupees(self, numero: str) -> dict[tuple[str, str], int]:
        p = t.places
        rows = self._c.execute(sa.select(p).where(p.c.demande == numero, p.c.compte > 0))
        return {(row.categorie, row.personne): row.compte for row in rows}
