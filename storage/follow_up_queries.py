"""Read-only questions about incidents and histories, in the order in which people should see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from intake.domain.envoi import Incident
from intake.domain.incident import EN_COURS, EtatIncident, Suite
from intake.domain.motif import Gravite, Motif, StatutPiece
from storage import rows
from storage import tables as t
from storage import tables_suivi as ts
from storage.queries import connected


@dataclass(frozen=True, slots=True)
class FiltreIncidents:
    """What to list; None leaves it open. `apres`: the place of the last one already shown."""

    etats: frozenset[EtatIncident] | None = EN_COURS
    motif: Motif | None = None
    gravite: Gravite | None = None
    envoi: str | None = None
    piece: str | None = None
    demande: str | None = None
    guichet: str | None = None
    pris_par: str | None = None
    types_exclus: frozenset[str] = frozenset()  # R31: types of pieces that the reader may not know of
    apres: tuple[int, datetime, str] | None = None
    limite: int = 100


@dataclass(frozen=True, slots=True)
class IncidentVu:
    """An incident with what one needs to know of its piece."""

    incident: Incident
    rang: int
    demande: str | None
    type: str | None
    statut_piece: StatutPiece | None

    @property
    def expose(self) -> bool:
        """A sensitive piece lies open in a dossier: before all others (R26)."""
        return self.rang == 0

    @property
    def place(self) -> tuple[int, datetime, str]:
        return self.rang, self.incident.cree_le, self.incident.id


_P, _I = t.pieces, t.incidents
# An exposed sensitive piece first (R26), then by severity.
RANG = sa.case(
    (sa.and_(_I.c.gravite == Gravite.SENSIBLE.value, _P.c.statut == StatutPiece.DEPOSEE.value), 0),
    (_I.c.gravite == Gravite.SENSIBLE.value, 1),
    (_I.c.gravite == Gravite.A_TRAITER.value, 2),
    else_=3,
)


class FollowUpQueries:
    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def incidents(self, filtre: FiltreIncidents) -> list[IncidentVu]:
        """An exposed sensitive piece first, then by severity, the oldest first."""
        with connected(self._engine) as c:
            found = c.execute(
                _seen().where(*_conditions(filtre)).order_by(RANG, _I.c.cree_le, _I.c.id).limit(filtre.limite)
            )
            return [incident_vu(row) for row in found]

    def incident(self, identifiant: str) -> IncidentVu | None:
        with connected(self._engine) as c:
            row = c.execute(_seen().where(_I.c.id == identifiant)).first()
        return incident_vu(row) if row else None

    def suites(self, identifiant: str) -> list[Suite]:
        s = ts.suites
        with connected(self._engine) as c:
            found = c.execute(sa.select(s).where(s.c.incident == identifiant).order_by(s.c.rang))
            return [Suite(r.le, r.par, r.action, EtatIncident(r.etat), r.commentaire) for r in found]


# What `incident_vu` needs of a row, where `incidents` is joined with `pieces`.
VU = (_I, RANG.label("ordre"), _P.c.demande, _P.c.type, _P.c.statut.label("statut_piece"))


def _seen() -> sa.Select[tuple[object, ...]]:
    return sa.select(*VU).select_from(_I.outerjoin(_P, _I.c.piece == _P.c.id))


def _conditions(f: FiltreIncidents) -> list[sa.ColumnElement[bool]]:
    equal = (
        (_I.c.motif, f.motif), (_I.c.gravite, f.gravite), (_I.c.envoi, f.envoi), (_I.c.piece, f.piece),
        (_P.c.demande, f.demande), (_I.c.pris_par, f.pris_par),
    )  # fmt: skip
    found: list[sa.ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if f.etats is not None:
        found.append(_I.c.etat.in_(sorted(f.etats)))
    if f.guichet is not None:
        of_guichet = sa.select(t.demandes.c.numero_unique).where(t.demandes.c.guichet == f.guichet)
        found.append(_P.c.demande.in_(of_guichet))
    if f.types_exclus:
        found.append(sa.or_(_P.c.type.is_(None), _P.c.type.not_in(sorted(f.types_exclus))))
    if f.apres is not None:
        rang, le, identifiant = f.apres
        later = sa.or_(_I.c.cree_le > le, sa.and_(_I.c.cree_le == le, _I.c.id > identifiant))
        found.append(sa.or_(rang < RANG, sa.and_(sa.literal(rang) == RANG, later)))
    return found


def incident_vu(row: sa.Row[tuple[object, ...]]) -> IncidentVu:
    statut = StatutPiece(row.statut_piece) if row.statut_piece else None
    return IncidentVu(rows.incident_of(row), row.ordre, row.demande, row.type, statut)
