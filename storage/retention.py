"""Read-only questions about time: what is due to be purged, and whose 15 days run out (R9, R12, R34, R35)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake.domain.demande import StatutDemande
from intake.domain.motif import Motif, StatutEnvoi, StatutPiece
from intake.ports_suivi import Echue
from storage import tables as t
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
            e.c.statut.not_in([StatutEnvoi.RECUE.value, StatutEnvoi.EN_COURS.value]),
        )
        nobodys = sa.select(p.c.id).where(p.c.envoi == e.c.id, p.c.demande.is_(None)).exists()
        somebodys = sa.select(p.c.id).where(p.c.envoi == e.c.id, p.c.demande.is_not(None)).exists()
        with connected(self._engine) as c:
            rows = c.execute(
                sa.select(
                    e.c.id,
                    e.c.recu_le,
                    e.c.refus,
                    e.c.pages,
                    e.c.rappele_le,
                    e.c.fichier,
                    e.c.deposant,
                    e.c.bordereau,
                    (~somebodys).label("whole"),
                )
                .where(over, sa.or_(nobodys, ~somebodys))
                .order_by(e.c.recu_le, e.c.id)
            ).all()
            due = []
            for row in rows:
                if row.refus and row.refus["code"] == Motif.ERREUR_INTERNE.value:
                    continue  # put aside for a fault of ours: no delay of the sender's runs
                mine = c.execute(
                    sa.select(p.c.id, p.c.pages)
                    .where(p.c.envoi == row.id, p.c.demande.is_(None))
                    .order_by(p.c.id)
                ).all()
                pages = row.pages if row.whole else len({n for m in mine for n in m.pages})
                ids = tuple(m.id for m in mine)
                due.append(
                    Echue(
                        row.id,
                        row.recu_le,
                        ids,
                        pages,
                        bool(row.whole),
                        row.rappele_le is not None,
                        row.fichier,
                        _senders(row.deposant, row.bordereau),
                    )
                )
        return due

    def lots(self, avant: datetime) -> list[Echue]:
        x = t.lots
        held = sa.select(x).where(x.c.statut == "retenu", x.c.recu_le <= avant)
        with connected(self._engine) as c:
            return [
                Echue(r.id, r.recu_le, (), 0, True, r.rappele_le is not None, r.fichier, (r.deposant,))
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


def _senders(deposant: str | None, bordereau: dict[str, Any] | None) -> tuple[str, ...]:
    named = (bordereau or {}).get("guichet")
    return tuple(dict.fromkeys(s for s in (deposant, f"guichet:{named}" if named else None) if s))
