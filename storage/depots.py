"""Rows of what is on its way in: files put straight into the object store, photos before they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

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
        """False when it is there already: its sender took the same photo again."""
        return bool(insert_once(self._c, td.photos, {"etat": "deposee", **values}))

    def lire(self, identifiant: str) -> dict[str, Any] | None:
        row = self._c.execute(sa.select(td.photos).where(td.photos.c.id == identifiant)).first()
        return dict(row._mapping) if row else None

    def en_attente(self, deposant: str, demande: str) -> int:
        p = td.photos
        mine = sa.and_(p.c.deposant == deposant, p.c.demande == demande, p.c.etat == "deposee")
        return self._c.scalar(sa.select(sa.func.count()).where(mine)) or 0

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
