"""The rows of what people do: incidents and their history, the history of pieces, examples."""

from __future__ import annotations

import sqlalchemy as sa

from intake.domain.acte import Acte, Correction, Fait
from intake.domain.envoi import Incident
from intake.domain.incident import Suite
from storage import rows
from storage import tables as t
from storage import tables_suivi as ts
from storage.sql import insert_once


class SqlIncidents:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, incident: Incident) -> bool:
        return insert_once(self._c, t.incidents, rows.incident_row(incident))

    def lire(self, identifiant: str) -> Incident | None:
        row = self._c.execute(sa.select(t.incidents).where(t.incidents.c.id == identifiant)).first()
        return rows.incident_of(row) if row else None

    def de_envoi(self, envoi: str) -> list[Incident]:
        return self._where(t.incidents.c.envoi == envoi)

    def de_piece(self, piece: str) -> list[Incident]:
        return self._where(t.incidents.c.piece == piece)

    def avancer(self, vu: Incident, suite: Suite, pris_par: str | None) -> bool:
        i = t.incidents
        done = self._c.execute(
            sa.update(i)
            .where(i.c.id == vu.id, i.c.etat == vu.etat.value, i.c.pris_par.is_not_distinct_from(vu.pris_par))
            .values(etat=suite.etat.value, pris_par=pris_par)
        )
        if done.rowcount != 1:
            return False
        s = ts.suites
        self._c.execute(
            sa.insert(s).values(
                incident=vu.id,
                rang=_next_rank(self._c, s, s.c.incident == vu.id),
                le=suite.le,
                par=suite.par,
                action=suite.action,
                etat=suite.etat.value,
                commentaire=suite.commentaire,
            )
        )
        return True

    def _where(self, clause: sa.ColumnElement[bool]) -> list[Incident]:
        found = self._c.execute(sa.select(t.incidents).where(clause).order_by(t.incidents.c.id))
        return [rows.incident_of(row) for row in found]


class SqlHistoire:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def inscrire(self, acte: Acte) -> None:
        a = ts.actes
        self._c.execute(
            sa.insert(a).values(
                piece=acte.piece,
                rang=_next_rank(self._c, a, a.c.piece == acte.piece),
                le=acte.fait.le,
                par=acte.fait.par,
                action=acte.fait.action,
                raison=acte.fait.raison,
                avant=acte.avant,
                apres=acte.apres,
                objet=acte.objet,
            )
        )

    def de_piece(self, piece: str) -> list[Acte]:
        a = ts.actes
        found = self._c.execute(sa.select(a).where(a.c.piece == piece).order_by(a.c.rang))
        return [
            Acte(r.piece, Fait(r.le, r.par, r.action, r.raison), r.avant, r.apres, r.objet) for r in found
        ]


class SqlCorrections:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, correction: Correction) -> None:
        k = ts.corrections
        self._c.execute(
            sa.insert(k).values(
                piece=correction.piece,
                rang=_next_rank(self._c, k, k.c.piece == correction.piece),
                envoi=correction.envoi,
                pages=list(correction.pages),
                avant=correction.avant,
                type=correction.type,
                le=correction.le,
                par=correction.par,
            )
        )

    def toutes(self) -> list[Correction]:
        k = ts.corrections
        found = self._c.execute(sa.select(k).order_by(k.c.le, k.c.piece, k.c.rang))
        return [Correction(r.piece, r.envoi, tuple(r.pages), r.avant, r.type, r.le, r.par) for r in found]


def _next_rank(connection: sa.Connection, table: sa.Table, mine: sa.ColumnElement[bool]) -> int:
    """After the last line; whoever adds one has just changed, and so holds, the row it hangs on."""
    last = connection.scalar(sa.select(sa.func.max(table.c.rang)).where(mine))
    return int(last or 0) + 1
