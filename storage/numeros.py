"""Which demande each number leads to, be it its own number or an alias: one row a number, and so one demande.

Who takes a number waits, on its row, for who is taking it in another transaction; a check before the write
could not see them.
"""

from __future__ import annotations

import sqlalchemy as sa

from intake.domain.demande import Demande
from intake.errors import DemandeExistante, RegistreInvalide
from storage.sql import insert_once
from storage.tables import metadata

numeros = sa.Table(
    "numeros",
    metadata,
    sa.Column("numero", sa.String(32), primary_key=True),
    sa.Column(
        "demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), nullable=False, index=True
    ),
)


def prendre(connection: sa.Connection, demande: Demande) -> None:
    """Its number and aliases are this demande's, and no other number any more. Its row is there already.

    Raises DemandeExistante when its number, RegistreInvalide when an alias leads elsewhere: pieces would be
    filed in somebody else's dossier.
    """
    own, n = demande.numero_unique, numeros
    if own in demande.alias:
        raise RegistreInvalide(f"La demande {own} n'est pas son propre alias.", hint="Retirez cet alias.")
    wanted = {own, *demande.alias}
    had = set(connection.scalars(sa.select(n.c.numero).where(n.c.demande == own)))
    connection.execute(sa.delete(n).where(n.c.numero.in_(sorted(had - wanted))))
    for numero in sorted(wanted - had):  # in one order, so that two that want the same do not cross
        if not insert_once(connection, n, {"numero": numero, "demande": own}):
            other = connection.scalar(sa.select(n.c.demande).where(n.c.numero == numero))
            if numero == own:
                raise DemandeExistante(f"Le numéro {own} est un alias de la demande {other}.")
            raise RegistreInvalide(f"L'alias {numero} est déjà celui de la demande {other}.")
