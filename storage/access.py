"""Accounts, tokens, sessions, one-time codes and mails waiting, in the database.

What decides is always one conditional UPDATE: a failure is counted before the password is looked at, a code
serves once, a mail has one sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from intake.domain.acces import Compte, Jeton, Portee, Role
from intake.domain.courrier import Courrier
from intake.errors import CompteInvalide
from storage import tables as t


class SqlAcces:
    def __init__(self, connection: sa.Connection) -> None:
        self.comptes = SqlComptes(connection)
        self.jetons = SqlJetons(connection)
        self.sessions = SqlSessions(connection)
        self.codes = SqlCodes(connection)
        self.departs = SqlDeparts(connection)
        self.courriers = SqlCourriers(connection)


class SqlComptes:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, compte: Compte) -> None:
        """Raises CompteInvalide when the name is taken."""
        try:
            self._c.execute(sa.insert(t.comptes).values(_row(compte)))
        except IntegrityError as e:
            raise CompteInvalide(f"Le compte « {compte.identifiant} » existe déjà.") from e

    def lire(self, identifiant: str) -> Compte | None:
        return self._one(t.comptes.c.identifiant == identifiant)

    def par_id(self, id_: str) -> Compte | None:
        return self._one(t.comptes.c.id == id_)

    def par_sujet(self, sujet: str) -> Compte | None:
        return self._one(t.comptes.c.sujet == sujet)

    def lier(self, courriel: str, sujet: str) -> Compte | None:
        """Give a subject to the one active account of this mail that has none; None where it is not one."""
        c = t.comptes
        mine = sa.and_(sa.func.lower(c.c.courriel) == courriel.lower(), c.c.actif)
        found = self._c.execute(sa.select(c.c.id, c.c.sujet).where(mine)).all()
        if len(found) != 1 or found[0].sujet is not None:
            return None
        free = sa.and_(c.c.id == found[0].id, c.c.sujet.is_(None))
        done = self._c.execute(sa.update(c).where(free).values(sujet=sujet))
        return self.par_sujet(sujet) if done.rowcount == 1 else None

    def lister(self) -> list[Compte]:
        return [_compte(r) for r in self._c.execute(sa.select(t.comptes).order_by(t.comptes.c.identifiant))]

    def changer(self, id_: str, **values: Any) -> None:
        self._c.execute(sa.update(t.comptes).where(t.comptes.c.id == id_).values(**values))

    def essayer(self, compte: Compte, maintenant: datetime) -> bool:
        """Count an attempt before it is judged; false when the account is closed, or others try just now."""
        c = t.comptes
        after = compte.apres_echec(maintenant)
        free = sa.or_(c.c.verrouille_jusqu_a.is_(None), c.c.verrouille_jusqu_a <= maintenant)
        done = self._c.execute(
            sa.update(c)
            .where(c.c.id == compte.id, c.c.actif, c.c.echecs == compte.echecs, free)
            .values(echecs=after.echecs, verrouille_jusqu_a=after.verrouille_jusqu_a)
        )
        return bool(done.rowcount == 1)

    def reussir(self, id_: str, pas: int) -> bool:
        """The attempt was good, if this time step of the second factor has not served yet."""
        c = t.comptes
        done = self._c.execute(
            sa.update(c)
            .where(c.c.id == id_, c.c.totp_dernier < pas)
            .values(totp_dernier=pas, echecs=0, verrouille_jusqu_a=None)
        )
        return bool(done.rowcount == 1)

    def _one(self, clause: sa.ColumnElement[bool]) -> Compte | None:
        row = self._c.execute(sa.select(t.comptes).where(clause)).first()
        return _compte(row) if row else None


class SqlJetons:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, jeton: Jeton) -> None:
        """Raises CompteInvalide when the certificate is another's."""
        row = {**_row(jeton), "portees": sorted(p.value for p in jeton.portees)}
        try:
            self._c.execute(sa.insert(t.jetons).values(row))
        except IntegrityError as e:
            raise CompteInvalide("Ce certificat est déjà celui d'un logiciel.") from e

    def lire(self, id_: str) -> Jeton | None:
        row = self._c.execute(sa.select(t.jetons).where(t.jetons.c.id == id_)).first()
        return _jeton(row) if row else None

    def par_certificat(self, empreinte: str) -> Jeton | None:
        row = self._c.execute(sa.select(t.jetons).where(t.jetons.c.certificat == empreinte)).first()
        return _jeton(row) if row else None

    def lister(self, avant: datetime | None = None) -> list[Jeton]:
        """Every token, or those that end before a moment; the first to end first."""
        query = sa.select(t.jetons).order_by(t.jetons.c.expire_le, t.jetons.c.id)
        if avant is not None:
            query = query.where(t.jetons.c.expire_le <= avant)
        return [_jeton(row) for row in self._c.execute(query)]

    def changer(self, id_: str, **values: Any) -> bool:
        done = self._c.execute(sa.update(t.jetons).where(t.jetons.c.id == id_).values(**values))
        return bool(done.rowcount == 1)

    def remplacer(self, id_: str, par: str, revoque_le: datetime) -> bool:
        """Note what takes its place; false when it is replaced already, or revoked meanwhile."""
        j = t.jetons
        free = sa.and_(j.c.id == id_, j.c.remplace_par.is_(None), j.c.revoque_le.is_(None))
        done = self._c.execute(sa.update(j).where(free).values(revoque_le=revoque_le, remplace_par=par))
        return bool(done.rowcount == 1)

    def avertir(self, jeton: Jeton, jours: int) -> bool:
        """Note the warning; false when another process has just given it."""
        j = t.jetons
        same = j.c.averti.is_(None) if jeton.averti is None else j.c.averti == jeton.averti
        done = self._c.execute(sa.update(j).where(j.c.id == jeton.id, same).values(averti=jours))
        return bool(done.rowcount == 1)


@dataclass(frozen=True, slots=True)
class Session:
    empreinte: str
    cree_le: datetime
    vue_le: datetime
    expire_le: datetime
    compte: str | None = None
    demande: str | None = None
    oidc: str | None = None


class SqlSessions:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ouvrir(self, session: Session) -> None:
        self._c.execute(sa.insert(t.sessions).values(_row(session)))

    def lire(self, empreinte: str) -> Session | None:
        s = t.sessions
        row = self._c.execute(sa.select(s).where(s.c.empreinte == empreinte)).first()
        return Session(**row._mapping) if row else None

    def vue(self, empreinte: str, maintenant: datetime) -> None:
        s = t.sessions
        self._c.execute(sa.update(s).where(s.c.empreinte == empreinte).values(vue_le=maintenant))

    def fermer(self, *, empreinte: str | None = None, compte: str | None = None) -> None:
        s = t.sessions
        mine = s.c.empreinte == empreinte if empreinte is not None else s.c.compte == compte
        self._c.execute(sa.delete(s).where(mine))

    def oublier(self, maintenant: datetime) -> int:
        """Remove those that have ended."""
        return int(self._c.execute(sa.delete(t.sessions).where(t.sessions.c.expire_le < maintenant)).rowcount)


@dataclass(frozen=True, slots=True)
class Code:
    demande: str
    empreinte: str
    expire_le: datetime
    essais: int
    demandes: int
    depuis: datetime


_SERVI = ""  # the digest of no code


class SqlCodes:
    """One code at a time for a demande; a new one takes the place of the old."""

    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def lire(self, demande: str) -> Code | None:
        row = self._c.execute(sa.select(t.codes).where(t.codes.c.demande == demande)).first()
        return Code(**row._mapping) if row else None

    def poser(self, code: Code) -> None:
        """Call it with the demande locked."""
        self._c.execute(sa.delete(t.codes).where(t.codes.c.demande == code.demande))
        self._c.execute(sa.insert(t.codes).values(_row(code)))

    def essayer(self, demande: str, maintenant: datetime, au_plus: int) -> str | None:
        """Count an attempt; the digest to compare with, None when no code may still be tried."""
        c = t.codes
        done = self._c.execute(
            sa.update(c)
            .where(c.c.demande == demande, c.c.expire_le > maintenant, c.c.essais < au_plus)
            .values(essais=c.c.essais + 1)
        )
        found = self.lire(demande) if done.rowcount == 1 else None
        return found.empreinte if found else None

    def servir(self, demande: str, empreinte: str, maintenant: datetime) -> bool:
        """Use the code up; true for one caller only. Its row stays, for the count of codes asked for.

        The digest goes: of callers at once each has its own `maintenant`, so its end alone would not tell.
        """
        c = t.codes
        done = self._c.execute(
            sa.update(c)
            .where(c.c.demande == demande, c.c.empreinte == empreinte, c.c.expire_le > maintenant)
            .values(empreinte=_SERVI, expire_le=maintenant)
        )
        return bool(done.rowcount == 1)


class SqlDeparts:
    """Sign-ins begun at the OIDC provider."""

    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ouvrir(self, etat: str, temoin: str, expire_le: datetime) -> None:
        self._c.execute(sa.insert(t.departs).values(etat=etat, temoin=temoin, expire_le=expire_le))

    def prendre(self, etat: str, temoin: str, maintenant: datetime) -> bool:
        """Use it up; true for one caller only, and for the browser that began."""
        d = t.departs
        same = sa.and_(d.c.etat == etat, d.c.temoin == temoin, d.c.expire_le > maintenant)
        return bool(self._c.execute(sa.delete(d).where(same)).rowcount == 1)

    def oublier(self, maintenant: datetime) -> int:
        return int(self._c.execute(sa.delete(t.departs).where(t.departs.c.expire_le < maintenant)).rowcount)


class SqlCourriers:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, courrier: Courrier, maintenant: datetime, demande: str | None = None) -> None:
        self._c.execute(
            sa.insert(t.courriers).values(
                id=courrier.id,
                destinataire=courrier.destinataire,
                sujet=courrier.sujet,
                corps=courrier.corps,
                demande=demande,
                cree_le=maintenant,
                pas_avant=maintenant,
                essais=0,
            )
        )

    def rappeler(self, envoi: str, le: datetime, depuis: datetime) -> bool:
        """Note that the sender of an envoi or a batch is reminded of its delay; false when it was (R9)."""
        return any(
            self._c.execute(
                sa.update(x)
                .where(x.c.id == envoi, sa.or_(x.c.rappele_le.is_(None), x.c.rappele_le < depuis))
                .values(rappele_le=le)
            ).rowcount
            for x in (t.envois, t.lots)
        )

    def prendre(self, maintenant: datetime, jusqu_a: datetime) -> tuple[Courrier, int] | None:
        """The oldest mail due, kept from others until `jusqu_a`, and how often it was tried."""
        c = t.courriers
        due = sa.select(c).where(c.c.pas_avant <= maintenant).order_by(c.c.cree_le).limit(20)
        for row in self._c.execute(due).all():
            done = self._c.execute(
                sa.update(c)
                .where(c.c.id == row.id, c.c.essais == row.essais)
                .values(pas_avant=jusqu_a, essais=row.essais + 1)
            )
            if done.rowcount == 1:
                return Courrier(row.id, row.destinataire, row.sujet, row.corps), row.essais + 1
        return None

    def remettre(self, id_: str, pas_avant: datetime) -> None:
        self._c.execute(sa.update(t.courriers).where(t.courriers.c.id == id_).values(pas_avant=pas_avant))

    def effacer(self, id_: str) -> None:
        """Sent: nothing of it is kept."""
        self._c.execute(sa.delete(t.courriers).where(t.courriers.c.id == id_))


class SqlAdresses:
    """Where to write to whoever sent something, or to a guichet's people."""

    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def de_deposant(self, deposant: str, maintenant: datetime) -> tuple[str, ...]:
        """Each address once, in order; none when nobody is known under that name any more."""
        kind, _, name = deposant.partition(":")
        c, j, d = t.comptes, t.jetons, t.demandes
        in_force = sa.and_(
            j.c.expire_le > maintenant, sa.or_(j.c.revoque_le.is_(None), j.c.revoque_le > maintenant)
        )
        queries = {
            "guichet": [
                sa.select(c.c.courriel).where(c.c.guichet == name, c.c.actif),
                sa.select(j.c.courriel).where(j.c.guichet == name, in_force),
            ],
            "agent": [sa.select(c.c.courriel).where(c.c.identifiant == name, c.c.actif)],
            "logiciel": [sa.select(j.c.courriel).where(j.c.id == name, in_force)],
            "demandeur": [sa.select(d.c.email).where(d.c.numero_unique == name, d.c.email.is_not(None))],
        }.get(kind, [])
        return tuple(sorted({address for query in queries for address in self._c.scalars(query)}))


def _row(value: Any) -> dict[str, Any]:
    row = {name: getattr(value, name) for name in value.__slots__}
    if "territoires" in row:
        row["territoires"] = sorted(row["territoires"])
    return row


def _compte(row: sa.Row[Any]) -> Compte:
    values = dict(row._mapping)
    return Compte(**{**values, "role": Role(values["role"]), "territoires": frozenset(values["territoires"])})


def _jeton(row: sa.Row[Any]) -> Jeton:
    values = dict(row._mapping)
    return Jeton(
        **{
            **values,
            "role": Role(values["role"]),
            "portees": frozenset(Portee(p) for p in values["portees"]),
            "territoires": frozenset(values["territoires"]),
        }
    )
