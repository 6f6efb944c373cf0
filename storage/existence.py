"""`intake.domain.existence` in SQL: the same answers, for lists that the database filters."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from intake.domain.acces import Acteur, Role
from intake.domain.existence import EN_MAIN
from intake.domain.motif import Motif
from intake.dossier import est_de_dossier
from storage import tables as t
from storage import tables_suivi as ts

Clause = sa.ColumnElement[bool]

_DEPLACER = "deplacer"
# What an incident of a whole page group says under `trouve` is a number for these motifs only.
_NUMEROTES = sorted(m.value for m in Motif if est_de_dossier(m))


@dataclass(frozen=True, slots=True)
class Sensibles:
    """Codes of the types and categories that exist only for whoever is cleared (R31)."""

    types: frozenset[str]
    categories: frozenset[str]

    def concerne(self, type_: str, categorie: str) -> bool:
        return type_ in self.types or categorie in self.categories


def siennes(actor: Acteur, d: sa.FromClause = t.demandes) -> Clause:
    """The demandes that are an actor's own: the SQL of `Acteur.suit`."""
    if actor.role is Role.SYSTEME:
        return sa.true()
    if actor.role is Role.DEMANDEUR:
        return d.c.numero_unique == actor.numero
    if actor.role is Role.NUMERISEUR:
        return sa.false()
    mine: list[Clause] = [sa.func.substr(d.c.numero_unique, 1, 3).in_(actor.territoires)]
    if actor.guichet is not None:
        mine.append(d.c.guichet == actor.guichet)
    return sa.or_(*mine)


def tout(actor: Acteur, hidden: Sensibles) -> Clause:
    """Pieces that exist whole for the actor, of a join of pieces, their envoi and (outer) their demande."""
    p = t.pieces
    seen = _cleared(actor, hidden)
    if actor.role is Role.SYSTEME:
        return seen
    held = sa.or_(_sent(actor), _in_hand(actor, p.c.numero_lu))
    filed = siennes(actor)
    if actor.role is Role.NUMERISEUR:
        filed = sa.and_(_sent(actor), ~_moved())
    return sa.and_(seen, sa.case((p.c.demande.is_(None), held), else_=filed))


def groupe(actor: Acteur) -> Clause:
    """Incidents of no piece that exist for the actor, of a join of incidents and their envoi.

    Their number is that of a group held as a whole: its demande, if there is one, makes them its followers'.
    """
    i, d = t.incidents, t.demandes.alias("du_groupe")
    if actor.role is Role.SYSTEME:
        return sa.true()
    numbered = i.c.motif.in_(_NUMEROTES)
    number = sa.case((numbered, i.c.trouve), else_=sa.null())
    alias = sa.select(t.alias.c.demande).where(t.alias.c.numero == i.c.trouve).correlate(i)
    led = sa.or_(d.c.numero_unique == i.c.trouve, d.c.numero_unique.in_(alias))
    known = sa.select(d.c.numero_unique).where(numbered, led, siennes(actor, d)).correlate(i)
    followed = sa.exists(known) if actor.role in EN_MAIN else sa.false()
    return sa.or_(_sent(actor), _in_hand(actor, number), followed)


def _cleared(actor: Acteur, hidden: Sensibles) -> Clause:
    if actor.habilite:
        return sa.true()
    return sa.and_(t.pieces.c.type.not_in(hidden.types), t.pieces.c.categorie.not_in(hidden.categories))


def _sent(actor: Acteur) -> Clause:
    return t.envois.c.deposant == actor.deposant


def _in_hand(actor: Acteur, number: sa.ColumnElement[str | None]) -> Clause:
    if actor.role not in EN_MAIN:
        return sa.false()
    named = t.envois.c.bordereau["guichet"].as_string()
    mine: list[Clause] = [sa.false() if actor.guichet is None else named == actor.guichet]
    if actor.role is Role.GESTIONNAIRE:
        mine.append(sa.func.substr(number, 1, 3).in_(actor.territoires))
        mine.append(sa.and_(number.is_(None), named.is_(None), voisine(actor)))
    return sa.func.coalesce(sa.or_(*mine), sa.false())


def voisine(actor: Acteur) -> Clause:
    """A demande of the actor's own has a piece of the envoi."""
    q, d = t.pieces.alias("voisine"), t.demandes.alias("sa_demande")
    beside = sa.and_(q.c.envoi == t.envois.c.id, q.c.demande == d.c.numero_unique)
    return sa.exists(sa.select(q.c.id).where(beside, siennes(actor, d)).correlate(t.envois))


def _moved() -> Clause:
    a = ts.actes
    mine = sa.and_(a.c.piece == t.pieces.c.id, a.c.action == _DEPLACER)
    return sa.exists(sa.select(a.c.rang).where(mine).correlate(t.pieces))
