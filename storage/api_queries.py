"""What the API's lists ask of the database, and the small things it writes: progress, answers given, lots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from intake.domain.acces import Acteur
from intake.domain.envoi import Envoi
from intake.domain.incident import EN_COURS
from intake.domain.motif import Motif
from storage import rows
from storage import tables as t
from storage.existence import Sensibles, groupe, siennes, tout, voisine
from storage.follow_up_queries import RANG, VU, IncidentVu, incident_vu
from storage.sql import insert_once
from storage.tables_recherche import noms
from storage.words import mots_cherches

ACCOMPLIE = 0  # in place of the HTTP status of an answer: it was done, and the answer is lost
_FEW = 500  # numbers in one question


def names_begin(saisi: str) -> sa.Select[tuple[str]]:
    """The demandes of which one person bears names in which every word typed begins a word (R15)."""
    words = mots_cherches(saisi)
    if not words:
        return sa.select(noms.c.demande).where(sa.false())
    query = sa.select(noms.c.demande).where(_begins(noms, words[0]))
    for word in words[1:]:
        other = noms.alias()
        same = sa.and_(other.c.demande == noms.c.demande, other.c.rang == noms.c.rang)
        query = query.where(sa.exists().where(same, _begins(other, word)))
    return query


def _begins(of: sa.FromClause, word: str) -> sa.ColumnElement[bool]:
    """By two bounds, which an index knows: after the letters of a folded word comes « { »."""
    return sa.and_(of.c.mot >= word, of.c.mot < word + "{")


def numbers_begin(numero: str) -> sa.ColumnElement[bool]:
    """Whether a demande's number, or another that leads to it, begins so."""
    d, a = t.demandes, t.alias
    by_alias = sa.select(a.c.demande).where(a.c.numero.startswith(numero, autoescape=True))
    return sa.or_(d.c.numero_unique.startswith(numero, autoescape=True), d.c.numero_unique.in_(by_alias))


class ApiQueries:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def plans(self) -> list[tuple[str, date]]:
        p = t.plans
        found = self._c.execute(sa.select(p.c.version, p.c.date_effet).order_by(p.c.date_effet))
        return [(row.version, row.date_effet) for row in found]

    def demandes(
        self, actor: Acteur, *, nom: str | None, numero: str | None, statut: str | None, apres: str, n: int
    ) -> list[dict[str, Any]]:
        """By the beginning of a name or a number, among the actor's own; after the number `apres`."""
        d = t.demandes
        query = sa.select(d).where(siennes(actor), d.c.numero_unique > apres)
        if nom:
            query = query.where(d.c.numero_unique.in_(names_begin(nom)))
        if numero:
            query = query.where(numbers_begin(numero))
        if statut:
            query = query.where(d.c.statut == statut)
        found = self._c.execute(query.order_by(d.c.numero_unique).limit(n))
        return [dict(row._mapping) for row in found]

    def titulaires(self, numeros: Sequence[str]) -> dict[str, tuple[str, str | None]]:
        """Of the numbers and aliases that lead to a demande: its own number, and the guichet it is of."""
        d, a = t.demandes, t.alias
        found = {}
        for few in _batched(numeros, _FEW):
            direct = sa.select(d.c.numero_unique.label("n"), d.c.numero_unique, d.c.guichet).where(
                d.c.numero_unique.in_(few)
            )
            by_alias = (
                sa.select(a.c.numero, d.c.numero_unique, d.c.guichet)
                .join(d, a.c.demande == d.c.numero_unique)
                .where(a.c.numero.in_(few))
            )
            for row in self._c.execute(sa.union_all(direct, by_alias)):
                found[row.n] = (row.numero_unique, row.guichet)
        return found

    def voisine(self, actor: Acteur, envoi: str) -> bool:
        """Whether a demande of the actor's own has a piece of the envoi."""
        e = t.envois
        found = self._c.execute(sa.select(e.c.id).where(e.c.id == envoi, voisine(actor)))
        return found.first() is not None

    def envois(
        self, deposant: str, *, statut: str | None, apres: tuple[datetime, str] | None, n: int
    ) -> list[Envoi]:
        """Those of one sender, the newest first."""
        e = t.envois
        query = sa.select(e).where(e.c.deposant == deposant)
        if statut:
            query = query.where(e.c.statut == statut)
        if apres is not None:
            moment = apres[0]
            older = sa.and_(e.c.recu_le == moment, e.c.id > apres[1])
            query = query.where(sa.or_(e.c.recu_le < moment, older))
        return [
            rows.envoi_of(row) for row in self._c.execute(query.order_by(e.c.recu_le.desc(), e.c.id).limit(n))
        ]

    def incidents(
        self,
        actor: Acteur,
        hidden: Sensibles,
        *,
        filtres: dict[str, str],
        apres: tuple[int, datetime, str] | None,
        n: int,
        identifiant: str | None = None,
    ) -> list[IncidentVu]:
        """Those that exist for the actor; an exposed sensitive piece first (R26)."""
        i, p, d, e = t.incidents, t.pieces, t.demandes, t.envois
        joined = (
            i.join(e, i.c.envoi == e.c.id)
            .outerjoin(p, i.c.piece == p.c.id)
            .outerjoin(d, p.c.demande == d.c.numero_unique)
        )
        query = sa.select(*VU).select_from(joined)
        of_piece = sa.and_(i.c.piece.is_not(None), tout(actor, hidden))
        query = query.where(sa.or_(of_piece, sa.and_(i.c.piece.is_(None), groupe(actor))))
        if not actor.habilite:
            query = query.where(i.c.gravite != "sensible")
        if identifiant is not None:
            query = query.where(i.c.id == identifiant)
        columns = {**i.c, "demande": p.c.demande}
        for name, value in filtres.items():
            if (name, value) == ("etat", "en_cours"):
                query = query.where(i.c.etat.in_([e.value for e in EN_COURS]))
            else:
                query = query.where(columns[name] == value)
        if apres is not None:
            moment = apres[1]
            later = sa.or_(i.c.cree_le > moment, sa.and_(i.c.cree_le == moment, i.c.id > apres[2]))
            rank = sa.literal(apres[0])
            query = query.where(sa.or_(rank < RANG, sa.and_(rank == RANG, later)))
        found = self._c.execute(query.order_by(RANG, i.c.cree_le, i.c.id).limit(n))
        return [incident_vu(row) for row in found]

    # ── progress ──

    def progression(self, envoi: str) -> tuple[int, int, str] | None:
        p = t.progressions
        row = self._c.execute(sa.select(p).where(p.c.envoi == envoi)).first()
        return (row.faites, row.total, row.etape) if row else None

    def avancer(self, envoi: str, faites: int, total: int, etape: str, maintenant: datetime) -> None:
        p = t.progressions
        values = {"faites": faites, "total": total, "etape": etape, "maj_le": maintenant}
        if self._c.execute(sa.update(p).where(p.c.envoi == envoi).values(values)).rowcount == 0:
            self._c.execute(sa.insert(p).values(envoi=envoi, **values))

    # ── answers already given ──

    def reponse(self, acteur: str, cle: str) -> sa.Row[Any] | None:
        i = t.idempotence
        return self._c.execute(sa.select(i).where(i.c.acteur == acteur, i.c.cle == cle)).first()

    def retenir(self, acteur: str, cle: str, empreinte: str, maintenant: datetime) -> bool:
        """Open the answer of a key; false when it is there already."""
        values = {"acteur": acteur, "cle": cle, "empreinte": empreinte, "cree_le": maintenant}
        return bool(insert_once(self._c, t.idempotence, values))

    def repondre(self, acteur: str, cle: str, statut: int, corps: Any) -> None:
        i = t.idempotence
        mine = sa.and_(i.c.acteur == acteur, i.c.cle == cle)
        self._c.execute(sa.update(i).where(mine).values(statut=statut, corps=corps))

    def accomplir(self, acteur: str, cle: str, ouverte_le: datetime) -> bool:
        """In the transaction of what the key's request does; false when somebody else has the key by now."""
        i = t.idempotence
        open_ = sa.or_(i.c.statut.is_(None), i.c.statut == ACCOMPLIE)
        mine = sa.and_(i.c.acteur == acteur, i.c.cle == cle, i.c.cree_le == ouverte_le, open_)
        return bool(self._c.execute(sa.update(i).where(mine).values(statut=ACCOMPLIE)).rowcount == 1)

    def reprendre_cle(self, acteur: str, cle: str, ouverte_le: datetime, maintenant: datetime) -> bool:
        """Take an open key over from whoever died; false when another was faster."""
        i = t.idempotence
        left = sa.and_(i.c.acteur == acteur, i.c.cle == cle, i.c.cree_le == ouverte_le, i.c.statut.is_(None))
        return bool(self._c.execute(sa.update(i).where(left).values(cree_le=maintenant)).rowcount == 1)

    def oublier(self, acteur: str, cle: str, ouverte_le: datetime) -> None:
        """The request changed nothing: it may be tried again. One that was done stays."""
        i = t.idempotence
        mine = sa.and_(i.c.acteur == acteur, i.c.cle == cle, i.c.cree_le == ouverte_le, i.c.statut.is_(None))
        self._c.execute(sa.delete(i).where(mine))

    def oublier_avant(self, moment: datetime) -> int:
        return int(self._c.execute(sa.delete(t.idempotence).where(t.idempotence.c.cree_le < moment)).rowcount)

    # ── batches in a ZIP ──

    def ajouter_lot(self, values: dict[str, Any]) -> bool:
        return bool(insert_once(self._c, t.lots, values))

    def lot(self, identifiant: str) -> dict[str, Any] | None:
        row = self._c.execute(sa.select(t.lots).where(t.lots.c.id == identifiant)).first()
        return dict(row._mapping) if row else None

    def reclamer_lot(self, jeton: str, maintenant: datetime, jusqu_a: datetime) -> dict[str, Any] | None:
        """The oldest that nobody is at, by one conditional UPDATE. Each taking counts, unless given back."""
        x = t.lots
        free = sa.or_(x.c.reclame_jusqu_a.is_(None), x.c.reclame_jusqu_a < maintenant)
        waiting = sa.select(x.c.id).where(x.c.statut == "recu", free).order_by(x.c.recu_le).limit(5)
        for identifiant in list(self._c.scalars(waiting)):
            done = self._c.execute(
                sa.update(x)
                .where(x.c.id == identifiant, x.c.statut == "recu", free)
                .values(reclame_par=jeton, reclame_jusqu_a=jusqu_a, essais=x.c.essais + 1)
            )
            if done.rowcount == 1:
                return self.lot(identifiant)
        return None

    def prolonger_lot(self, identifiant: str, jeton: str, jusqu_a: datetime) -> bool:
        """Whether `jeton` still holds it."""
        return self._lot_tenu(identifiant, jeton, reclame_jusqu_a=jusqu_a)

    def remettre_lot(self, identifiant: str, jeton: str, pas_avant: datetime, essais: int) -> bool:
        """It could not be opened now: nobody takes it before then. `essais`: how many takings count."""
        return self._lot_tenu(identifiant, jeton, reclame_par=None, reclame_jusqu_a=pas_avant, essais=essais)

    def _lot_tenu(self, identifiant: str, jeton: str, **values: Any) -> bool:
        x = t.lots
        mine = sa.and_(x.c.id == identifiant, x.c.statut == "recu", x.c.reclame_par == jeton)
        return bool(self._c.execute(sa.update(x).where(mine).values(values)).rowcount == 1)

    def relancer_lot(self, identifiant: str) -> bool:
        """Open again one that was held by a fault of ours: its sender sent it again, or a person says so."""
        x = t.lots
        ours = sa.and_(x.c.id == identifiant, x.c.statut == "retenu", x.c.code == Motif.ERREUR_INTERNE.value)
        fresh = {"statut": "recu", "code": None, "message": "", "essais": 0, "reclame_jusqu_a": None}
        fresh |= {"rappele_le": None}  # of what may hold it next, its sender was not told
        return bool(self._c.execute(sa.update(x).where(ours).values(fresh)).rowcount == 1)

    def conclure_lot(
        self,
        identifiant: str,
        jeton: str,
        statut: str,
        code: str | None,
        message: str,
        envois: Iterable[str],
    ) -> bool:
        """Whether `jeton` still held it."""
        told = {"statut": statut, "code": code, "message": message, "envois": list(envois)}
        return self._lot_tenu(identifiant, jeton, **told, reclame_par=None, reclame_jusqu_a=None)


def _batched(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
