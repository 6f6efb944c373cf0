"""Read-only questions about time: what is due to be purged, and whose 15 days run out (R9, R12, R34, R35)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake.domain.demande import StatutDemande
from intake.domain.motif import Motif, StatutEnvoi, StatutPiece
from intake.ports import Echue
from storage import tables as t
from storage.erase import lot_retenu
from storage.pieces import reprenable
from storage.queries import connected

AVERTI, DEPASSE = timedelta(days=10), timedelta(days=15)


@dataclass(frozen=True, slots=True)
class EnDelai:
    """A received piece that is not filed yet, near the end of its delay or beyond (R12)."""

    piece: str
    envoi: str
    demande: str | None
    statut: StatutPiece
    motif: Motif | None
    recu_le: datetime
    jours: int
    depasse: bool


class Retention:
    """The `Echeances` of the core, and the clock of R12 for screens."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def echues(self, avant: datetime) -> list[Echue]:
        e, p = t.envois, t.pieces
        over = sa.and_(
            e.c.recu_le <= avant,
            sa.or_(e.c.traite_le.is_(None), e.c.traite_le <= avant),
            e.c.statut.not_in([StatutEnvoi.RECUE.value, StatutEnvoi.EN_COURS.value]),
        )
        alive = sa.and_(p.c.envoi == e.c.id, p.c.remplacee_par.is_(None))
        nobodys = sa.select(p.c.id).where(alive, p.c.demande.is_(None)).exists()
        somebodys = sa.select(p.c.id).where(alive, p.c.demande.is_not(None)).exists()
        with connected(self._engine) as c:
            rows = c.execute(
                sa.select(e).where(over, sa.or_(nobodys, ~somebodys)).order_by(e.c.recu_le, e.c.id)
            ).all()
            due = []
            for row in rows:
                if row.refus and row.refus["code"] == Motif.ERREUR_INTERNE.value:
                    continue  # put aside for a fault of ours: no delay of the sender's runs
                all_, mine = _nobodys(c, row.id)
                whole = len(mine) == len(all_)
                if not mine and not whole:
                    continue
                pages = row.pages if whole else len({n for m in mine for n in m.pages})
                since = max(row.recu_le, row.traite_le or row.recu_le)
                told = row.rappele_le if row.rappele_le and row.rappele_le >= since else None
                senders = _senders(row.deposant, row.bordereau)
                ids = tuple(m.id for m in mine)
                due.append(Echue(row.id, since, ids, pages, whole, told, row.fichier, senders))
        return due

    def lots(self, avant: datetime) -> list[Echue]:
        x = t.lots
        held = sa.select(x).where(lot_retenu(), x.c.recu_le <= avant)
        with connected(self._engine) as c:
            return [
                Echue(r.id, r.recu_le, (), 0, True, r.rappele_le, r.fichier, (r.deposant,))
                for r in c.execute(held.order_by(x.c.recu_le, x.c.id))
            ]

    def radiees(self, radiee_avant: date, modifiee_avant: date) -> list[str]:
        d = t.demandes
        modified = sa.func.coalesce(d.c.date_derniere_modification, d.c.date_radiation)
        due = sa.select(d.c.numero_unique).where(
            d.c.statut == StatutDemande.RADIEE.value,
            d.c.date_radiation < radiee_avant,
            modified < modifiee_avant,
        )
        with connected(self._engine) as c:
            return list(c.scalars(due.order_by(d.c.numero_unique)))

    def en_delai(self, maintenant: datetime) -> list[EnDelai]:
        """Warned at 10 days, breached at 15; the oldest first."""
        p = t.pieces
        waiting = p.c.statut.in_([StatutPiece.A_VERIFIER.value, StatutPiece.EN_ATTENTE.value])
        columns = (p.c.id, p.c.envoi, p.c.demande, p.c.statut, p.c.motif, p.c.recu_le)
        due = sa.select(*columns).where(
            waiting, p.c.remplacee_par.is_(None), p.c.recu_le <= maintenant - AVERTI
        )
        with connected(self._engine) as c:
            return [
                EnDelai(
                    r.id,
                    r.envoi,
                    r.demande,
                    StatutPiece(r.statut),
                    Motif(r.motif) if r.motif else None,
                    r.recu_le,
                    (maintenant - r.recu_le).days,
                    maintenant - r.recu_le >= DEPASSE,
                )
                for r in c.execute(due.order_by(p.c.recu_le, p.c.id))
            ]


def _nobodys(c: sa.Connection, envoi: str) -> tuple[Sequence[sa.Row[Any]], list[sa.Row[Any]]]:
    """All the pieces of an envoi, and those of no demande: one merged into another is whose that one is."""
    p = t.pieces
    columns = (p.c.id, p.c.pages, p.c.demande, p.c.remplacee_par, reprenable().label("attendue"))
    rows = c.execute(sa.select(*columns).where(p.c.envoi == envoi).order_by(p.c.id)).all()
    by_id = {r.id: r for r in rows}

    def last(row: sa.Row[Any]) -> sa.Row[Any]:
        while row.remplacee_par in by_id:
            row = by_id[row.remplacee_par]
        return row

    mine = [r for r in rows if last(r).demande is None and not last(r).attendue]
    return rows, mine


def _senders(deposant: str | None, bordereau: dict[str, Any] | None) -> tuple[str, ...]:
    named = (bordereau or {}).get("guichet")
    return tuple(dict.fromkeys(s for s in (deposant, f"guichet:{named}" if named else None) if s))
