"""Full text of the pieces: the index, kept in the transaction of what it indexes, and the one query over it.

SQLite's FTS5 and PostgreSQL's tsvector are given the same words (`storage.words`), so that both find the same
pieces, in the same order: the newest first. Who asks is part of the query (R31): a piece that is not for them
is not looked at, nor counted, and ranks nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from intake.domain.acces import Acteur
from intake.domain.envoi import Piece
from intake.domain.motif import StatutPiece
from storage import rows
from storage import tables as t
from storage.api_queries import names_begin, numbers_begin
from storage.existence import Sensibles, tout
from storage.sql import insert_once
from storage.tables_recherche import completions, noms, recherche
from storage.words import Terme, mots, mots_de_nom

_PLACES, _FARTHEST = 255, 16383  # of one word in a tsvector, and of its places
_BATCH = 200  # pieces indexed at a time


@dataclass(frozen=True, slots=True)
class Criteres:
    """What is looked for; None: anything. `termes` empty: nothing. Received from `depuis`, before `avant`."""

    termes: tuple[Terme, ...] | None = None
    nom: str | None = None  # beginnings of the names of one person of the household, in any order (R15)
    numero: str | None = None  # the beginning of a number or an alias, compact
    statut: str | None = None
    motif: str | None = None
    type: str | None = None
    categorie: str | None = None
    envoi: str | None = None
    depuis: datetime | None = None
    avant: datetime | None = None


class SqlRecherche:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def pieces(
        self,
        actor: Acteur,
        hidden: Sensibles,
        wanted: Criteres,
        *,
        apres: tuple[datetime, str] | None,
        n: int,
    ) -> list[Piece]:
        """Those that exist for the actor, the newest first; after (received, id) `apres`."""
        if wanted.termes == ():
            return []
        p, d, e = t.pieces, t.demandes, t.envois
        joined = p.join(e, p.c.envoi == e.c.id).outerjoin(d, p.c.demande == d.c.numero_unique)
        query = sa.select(p).select_from(joined).where(tout(actor, hidden), *_asked(wanted))
        if wanted.termes is not None:
            query = query.where(p.c.id.in_(self._having(wanted.termes)))
        if apres is not None:
            moment, last = apres
            query = query.where(sa.or_(p.c.recu_le < moment, sa.and_(p.c.recu_le == moment, p.c.id > last)))
        found = self._c.execute(query.order_by(p.c.recu_le.desc(), p.c.id).limit(n))
        return [rows.piece_of(row) for row in found]

    def _having(self, termes: Sequence[Terme]) -> sa.Select[tuple[str]]:
        of = sa.select(recherche.c.piece)
        if self._c.dialect.name == "postgresql":
            asked = " & ".join(_tsquery(terme) for terme in termes)
            return of.where(sa.text("recherche.mots @@ CAST(:cherche AS tsquery)").bindparams(cherche=asked))
        asked = " AND ".join(_fts5(terme) for terme in termes)
        found = sa.text("SELECT rowid FROM recherche_index WHERE recherche_index MATCH :cherche")
        return of.where(recherche.c.numero.in_(found.bindparams(cherche=asked).columns(sa.column("rowid"))))


# A stem is small Latin letters and figures, whatever was typed: nothing of it is anybody's syntax.


def _fts5(terme: Terme) -> str:
    return f'"{" ".join(terme.racines)}"' + (" *" if terme.prefixe else "")


def _tsquery(terme: Terme) -> str:
    words = [f"'{racine}'" for racine in terme.racines]
    words[-1] += ":*" if terme.prefixe else ""
    return f"({' <-> '.join(words)})"


def _asked(wanted: Criteres) -> list[sa.ColumnElement[bool]]:
    p = t.pieces
    given = (
        (p.c.statut, wanted.statut),
        (p.c.motif, wanted.motif),
        (p.c.type, wanted.type),
        (p.c.categorie, wanted.categorie),
        (p.c.envoi, wanted.envoi),
    )
    clauses = [column == value for column, value in given if value is not None]
    if wanted.statut is None:
        clauses.append(p.c.statut != StatutPiece.SUPPRIMEE.value)
    if wanted.depuis is not None:
        clauses.append(p.c.recu_le >= wanted.depuis)
    if wanted.avant is not None:
        clauses.append(p.c.recu_le < wanted.avant)
    if wanted.nom is not None:
        clauses.append(p.c.demande.in_(names_begin(wanted.nom)))
    if wanted.numero is not None:
        read = p.c.numero_lu.startswith(wanted.numero, autoescape=True)
        named = sa.select(t.demandes.c.numero_unique).where(numbers_begin(wanted.numero))
        clauses.append(sa.or_(p.c.demande.in_(named), sa.and_(p.c.demande.is_(None), read)))
    return clauses


# ── the index ──


def indexer(connection: sa.Connection, piece: str, texte: str) -> None:
    """The words of a piece are now those of `texte`; a piece that is deleted takes its words with it."""
    words = _indexed(connection, texte)
    r = recherche
    done = connection.execute(sa.update(r).where(r.c.piece == piece).values(mots=words))
    if done.rowcount == 0:
        connection.execute(sa.insert(r).values(piece=piece, mots=words))


def nommer(connection: sa.Connection, demande: str, rang: str, *names: str | None) -> None:
    """The words by which this person of a demande is found; those of before are gone already."""
    words = sorted(mots_de_nom(*names))
    if words:
        lines = [{"demande": demande, "rang": rang, "mot": word} for word in words]
        connection.execute(sa.insert(noms), lines)


def tout_nommer(connection: sa.Connection) -> None:
    """Every person of the register: after the rules for words of names changed. For the migrations."""
    columns: list[sa.ColumnClause[str]] = [
        sa.column(c) for c in ("demande", "rang", "nom", "nom_usage", "prenom")
    ]
    people = sa.table("personnes", *columns)
    last = ("", "")
    query = sa.select(people).order_by(people.c.demande, people.c.rang).limit(_BATCH)
    place = sa.tuple_(people.c.demande, people.c.rang)
    while batch := connection.execute(query.where(place > last)).all():
        for row in batch:
            nommer(connection, row.demande, row.rang, row.nom, row.nom_usage, row.prenom)
        last = (batch[-1].demande, batch[-1].rang)


def noter_partielle(connection: sa.Connection, piece: str) -> None:
    """A part of its pages was left unread: to be read when nothing else waits, from its first page on."""
    x = completions
    if not insert_once(connection, x, {"piece": piece}):
        connection.execute(sa.update(x).where(x.c.piece == piece).values(apres=0))


def fondre(connection: sa.Connection) -> None:
    """After a purge: FTS5 keeps the words of what was deleted in its segments until they are merged (R34)."""
    if connection.dialect.name != "postgresql":
        connection.execute(sa.text("INSERT INTO recherche_index(recherche_index) VALUES ('optimize')"))


def _indexed(connection: sa.Connection, texte: str) -> str:
    stems = [m.racine for m in mots(texte)]
    if connection.dialect.name != "postgresql":
        return " ".join(stems)
    places: dict[str, list[int]] = defaultdict(list)
    for place, stem in enumerate(stems, 1):
        if len(places[stem]) < _PLACES:
            places[stem].append(min(place, _FARTHEST))
    return " ".join(f"'{stem}':{','.join(map(str, at))}" for stem, at in places.items())


def creer_index(connection: sa.Connection) -> None:
    """What a table cannot say: the GIN index, or FTS5 with the triggers that keep it. For the migrations."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("CREATE INDEX ix_recherche_mots ON recherche USING gin (mots)"))
        return
    out = "INSERT INTO recherche_index(recherche_index, rowid, mots) VALUES ('delete', OLD.numero, OLD.mots);"
    into = "INSERT INTO recherche_index(rowid, mots) VALUES (NEW.numero, NEW.mots);"
    options = "content='recherche', content_rowid='numero', tokenize='ascii'"
    for statement in (
        f"CREATE VIRTUAL TABLE recherche_index USING fts5(mots, {options})",
        f"CREATE TRIGGER recherche_ajout AFTER INSERT ON recherche BEGIN {into} END",
        f"CREATE TRIGGER recherche_retrait AFTER DELETE ON recherche BEGIN {out} END",
        f"CREATE TRIGGER recherche_change AFTER UPDATE ON recherche BEGIN {out} {into} END",
    ):
        connection.exec_driver_sql(statement)


def retirer_index(connection: sa.Connection) -> None:
    """Before its table goes; the triggers and the GIN index go with that."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql("DROP TABLE recherche_index")


def est_a_l_index(nom: str) -> bool:
    """Whether a table or an index of this name is made by `creer_index` and told by no `Table`."""
    return nom.startswith("recherche_index") or nom == "ix_recherche_mots"


def tout_indexer(connection: sa.Connection) -> None:
    """Every piece again: after the rules for words changed. For the migrations."""
    pieces = sa.table("pieces", sa.column("id"), sa.column("texte"), sa.column("fields", sa.JSON))
    last = ""
    query = sa.select(pieces).order_by(pieces.c.id).limit(_BATCH)
    while batch := connection.execute(query.where(pieces.c.id > last)).all():
        for row in batch:
            indexer(connection, row.id, row.texte)
            if row.fields.get("lecture") == "partielle":
                noter_partielle(connection, row.id)
        last = batch[-1].id
