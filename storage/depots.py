"""Rows of what is on its way in: files put straight into the object store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import tables_depots as td

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
