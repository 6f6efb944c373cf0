"""Which demande each number leads to, be it its own number or an alias: one row a number, and so one demande.

Who takes a number waits, on its row, for who is taking it in another transaction; a check before the write
could not see them.
"""

from __future__ import annotations

import sqlalchemy as sa

from intake.domain.demande import Demande
from intake.errors import DemandeExistante, RegistreInvalide
from storage.sql import insert_once
from storage.tables import alias, demandes, metadata

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
    if given_up := sorted(had - wanted):
        connection.execute(sa.delete(n).where(n.c.numero.in_(given_up)))
    for numero in sorted(wanted - had):  # in one order, so that two that want the same do not cross
        taken = not insert_once(connection, n, {"numero": numero, "demande": own})
        other = _other(connection, numero, own)
        if taken or other is not None:
            if numero == own:
                raise DemandeExistante(f"Le numéro {own} est un alias de la demande {other}.")
            raise RegistreInvalide(f"L'alias {numero} est déjà celui de la demande {other}.")


def _other(connection: sa.Connection, numero: str, own: str) -> str | None:
    """Which other demande the number leads to, also where the version before wrote no row here."""
    n, a, d = numeros, alias, demandes
    leads = sa.union_all(
        sa.select(n.c.demande).where(n.c.numero == numero, n.c.demande != own),
        sa.select(a.c.demande).where(a.c.numero == numero, a.c.demande != own),
        sa.select(d.c.numero_unique).where(d.c.numero_unique == numero, d.c.numero_unique != own),
    )
    found: str | None = connection.scalar(leads.limit(1))
    return found
