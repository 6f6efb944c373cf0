"""Rows of what is on its way in: direct uploads, photos not sent yet, work that orders left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake.domain.motif import Motif
from storage import tables_depots as td
from storage.sql import insert_once

_ATTENDU, _FINI = "attendu", "fini"


class SqlDepotsDirects:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, values: dict[str, Any]) -> None:
        self._c.execute(sa.insert(td.depots_directs).values(etat=_ATTENDU, **values))

    def lire(self, identifiant: str, deposant: str) -> dict[str, Any] | None:
        """None for one of another sender too."""
        d = td.depots_directs
        mine = sa.and_(d.c.id == identifiant, d.c.deposant == deposant)
        row = self._c.execute(sa.select(d).where(mine)).first()
        return dict(row._mapping) if row else None

    def attendus(self, deposant: str, maintenant: datetime) -> int:
        """How many of a sender's are under way."""
        d = td.depots_directs
        open_ = sa.and_(d.c.deposant == deposant, d.c.etat == _ATTENDU, d.c.expire_le > maintenant)
        return self._c.scalar(sa.select(sa.func.count()).where(open_)) or 0

    def reclamer(self, identifiant: str, jeton: str, maintenant: datetime, jusqu_a: datetime) -> bool:
        """By one conditional UPDATE: one at a time ends an upload, or gives it up."""
        d = td.depots_directs
        free = sa.or_(d.c.reclame_jusqu_a.is_(None), d.c.reclame_jusqu_a < maintenant)
        done = self._c.execute(
            sa.update(d).where(d.c.id == identifiant, free).values(reclame_par=jeton, reclame_jusqu_a=jusqu_a)
        )
        return bool(done.rowcount == 1)

    def rendre(self, identifiant: str, jeton: str) -> None:
        self._liberer(identifiant, jeton)

    def conclure(self, identifiant: str, jeton: str, reponse: dict[str, Any]) -> None:
        """What was answered, for whoever asks again (R5)."""
        self._liberer(identifiant, jeton, etat=_FINI, reponse=reponse)

    def _liberer(self, identifiant: str, jeton: str, **values: Any) -> None:
        d = td.depots_directs
        mine = sa.and_(d.c.id == identifiant, d.c.reclame_par == jeton)
        self._c.execute(sa.update(d).where(mine).values(reclame_par=None, reclame_jusqu_a=None, **values))

    def perimes(self, maintenant: datetime) -> list[dict[str, Any]]:
        d = td.depots_directs
        found = self._c.execute(sa.select(d).where(d.c.expire_le <= maintenant).order_by(d.c.expire_le))
        return [dict(row._mapping) for row in found]

    def oublier(self, identifiant: str, jeton: str) -> None:
        d = td.depots_directs
        self._c.execute(sa.delete(d).where(d.c.id == identifiant, d.c.reclame_par == jeton))


class SqlPhotos:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, values: dict[str, Any]) -> bool:
        """False when it is there already: its sender took the same photo again, and its day begins anew."""
        if insert_once(self._c, td.photos, {"etat": "deposee", **values}):
            return True
        p = td.photos
        unsent = sa.and_(p.c.id == values["id"], p.c.etat == "deposee")
        self._c.execute(sa.update(p).where(unsent).values(expire_le=values["expire_le"]))
        return False

    def lire(self, identifiant: str) -> dict[str, Any] | None:
        row = self._c.execute(sa.select(td.photos).where(td.photos.c.id == identifiant)).first()
        return dict(row._mapping) if row else None

    def en_attente(self, deposant: str, demande: str) -> int:
        p = td.photos
        mine = sa.and_(p.c.deposant == deposant, p.c.demande == demande, p.c.etat == "deposee")
        return self._c.scalar(sa.select(sa.func.count()).where(mine)) or 0

    def gardees(self, deposant: str, demande: str, maintenant: datetime) -> list[dict[str, Any]]:
        """Those that a sender has not sent yet and whose day is not over, the one that goes first first."""
        p = td.photos
        mine = sa.and_(p.c.deposant == deposant, p.c.demande == demande, p.c.etat == "deposee")
        query = sa.select(p).where(mine, p.c.expire_le > maintenant).order_by(p.c.expire_le, p.c.id)
        return [dict(row._mapping) for row in self._c.execute(query)]

    def reclamer(self, identifiant: str, jeton: str, maintenant: datetime, jusqu_a: datetime) -> bool:
        """To look at it, by one conditional UPDATE; never one that has its verdict."""
        p = td.photos
        free = sa.or_(p.c.reclame_jusqu_a.is_(None), p.c.reclame_jusqu_a < maintenant)
        done = self._c.execute(
            sa.update(p)
            .where(p.c.id == identifiant, p.c.verdict.is_(None), free)
            .values(reclame_par=jeton, reclame_jusqu_a=jusqu_a)
        )
        return bool(done.rowcount == 1)

    def rendre(self, identifiant: str, jeton: str) -> None:
        self._rendue(identifiant, jeton)

    def juger(self, identifiant: str, jeton: str, verdict: dict[str, Any]) -> None:
        self._rendue(identifiant, jeton, verdict=verdict)

    def _rendue(self, identifiant: str, jeton: str, **values: Any) -> None:
        p = td.photos
        mine = sa.and_(p.c.id == identifiant, p.c.reclame_par == jeton)
        self._c.execute(sa.update(p).where(mine).values(reclame_par=None, reclame_jusqu_a=None, **values))

    def envoyer(self, identifiants: Sequence[str], envoi: str) -> None:
        p = td.photos
        unsent = sa.and_(p.c.id.in_(list(identifiants)), p.c.etat == "deposee")
        self._c.execute(sa.update(p).where(unsent).values(etat="envoyee", envoi=envoi))

    def retirer(self, identifiant: str) -> str | None:
        """The key of its bytes; None when it is sent."""
        p = td.photos
        gone = sa.delete(p).where(p.c.id == identifiant, p.c.etat == "deposee").returning(p.c.objet)
        return self._c.scalar(gone)

    def oublier(self, maintenant: datetime) -> list[str]:
        """The keys of those never sent whose day is over."""
        p = td.photos
        late = sa.delete(p).where(p.c.etat == "deposee", p.c.expire_le <= maintenant).returning(p.c.objet)
        return list(self._c.scalars(late))


class SqlTravaux:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, values: dict[str, Any]) -> None:
        self._c.execute(sa.insert(td.travaux).values(etat=_ATTENDU, essais=0, **values))

    def lire(self, identifiant: str) -> dict[str, Any] | None:
        row = self._c.execute(sa.select(td.travaux).where(td.travaux.c.id == identifiant)).first()
        return dict(row._mapping) if row else None

    def reclamer(
        self, identifiant: str, jeton: str, maintenant: datetime, jusqu_a: datetime
    ) -> dict[str, Any] | None:
        """By one conditional UPDATE; None when it is done, or somebody is at it."""
        x = td.travaux
        done = self._c.execute(
            sa.update(x)
            .where(x.c.id == identifiant, travail_libre(maintenant))
            .values(reclame_par=jeton, reclame_jusqu_a=jusqu_a, essais=x.c.essais + 1)
        )
        return self.lire(identifiant) if done.rowcount == 1 else None

    def prolonger(self, identifiant: str, jeton: str, jusqu_a: datetime) -> bool:
        return self._tenu(identifiant, jeton, reclame_jusqu_a=jusqu_a)

    def rendre(self, identifiant: str, jeton: str, pas_avant: datetime, essais: int) -> None:
        self._tenu(identifiant, jeton, reclame_par=None, reclame_jusqu_a=pas_avant, essais=essais)

    def conclure(self, identifiant: str, jeton: str, probleme: dict[str, str] | None) -> bool:
        """Whether `jeton` still held it."""
        etat = "fait" if probleme is None else "refuse"
        return self._tenu(
            identifiant, jeton, etat=etat, probleme=probleme, reclame_par=None, reclame_jusqu_a=None
        )

    def _tenu(self, identifiant: str, jeton: str, **values: Any) -> bool:
        x = td.travaux
        mine = sa.and_(x.c.id == identifiant, x.c.reclame_par == jeton)
        return bool(self._c.execute(sa.update(x).where(mine).values(values)).rowcount == 1)

    def oublier(self, avant: datetime) -> int:
        """Those that have ended, a while after; what failed by our fault stays until a person restarts it."""
        x = td.travaux
        ended = sa.and_(x.c.etat != _ATTENDU, x.c.cree_le < avant, ~travail_rate())
        return int(self._c.execute(sa.delete(x).where(ended)).rowcount)

    def relancer(self, identifiant: str) -> bool:
        """To be done again, and at once: one that failed by our fault, or is put off after a failure."""
        x = td.travaux
        put_off = sa.and_(x.c.etat == _ATTENDU, x.c.reclame_par.is_(None), x.c.essais > 0)
        mine = sa.and_(x.c.id == identifiant, sa.or_(travail_rate(), put_off))
        fresh = {"etat": _ATTENDU, "probleme": None, "essais": 0, "reclame_jusqu_a": None}
        return bool(self._c.execute(sa.update(x).where(mine).values(fresh)).rowcount == 1)


def travail_rate() -> sa.ColumnElement[bool]:
    """Refused by a fault of ours, where others are refused for what they ask."""
    x = td.travaux
    ours = sa.cast(x.c.probleme, sa.Text).contains(Motif.ERREUR_INTERNE.value)
    return sa.and_(x.c.etat == "refuse", ours)


def travail_libre(maintenant: datetime) -> sa.ColumnElement[bool]:
    x = td.travaux
    free = sa.or_(x.c.reclame_jusqu_a.is_(None), x.c.reclame_jusqu_a < maintenant)
    return sa.and_(x.c.etat == _ATTENDU, free)
