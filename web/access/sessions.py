"""Sessions: opened by a sign-in, ended by time, by idleness or by hand; and who a bearer's token is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake.domain.acces import Acteur, Role
from intake.errors import AuthentificationRequise
from intake.ports import Clock
from storage.access import Session
from storage.uow import SqlTransaction, SqlUnitOfWork
from web.access.secret import digest

SESSION = "dus_"
JETON = "duj_"
AGENT, DEMANDEUR = timedelta(hours=10), timedelta(hours=1)
OISIVE = timedelta(minutes=30)
_SEEN_EVERY = timedelta(minutes=1)  # a write for each request would be too many


@dataclass(frozen=True, slots=True)
class Ouverte:
    """A session just opened; `jeton` is shown once and kept nowhere."""

    jeton: str
    expire_le: datetime
    acteur: Acteur


def open_session(
    tx: SqlTransaction, acteur: Acteur, now: datetime, *, compte: str | None = None, oidc: str | None = None
) -> Ouverte:
    token = SESSION + secrets.token_urlsafe(32)
    until = now + (DEMANDEUR if acteur.role is Role.DEMANDEUR else AGENT)
    tx.acces.sessions.ouvrir(Session(digest(token), now, now, until, compte, acteur.numero, oidc))
    return Ouverte(token, until, acteur)


def close_session(tx: SqlTransaction, token: str) -> None:
    tx.acces.sessions.fermer(empreinte=digest(token))


def demandeur(numero: str) -> Acteur:
    return Acteur(f"demandeur:{numero}", "Demandeur", Role.DEMANDEUR, numero=numero)


@dataclass(frozen=True)
class Reconnaitre:
    """Who bears this token. Raises AuthentificationRequise, one sentence whatever is wrong with it."""

    uow: SqlUnitOfWork
    clock: Clock

    def __call__(self, token: str) -> Acteur:
        now = self.clock.now()
        with self.uow() as tx:
            if token.startswith(SESSION):
                actor, write = self._session(tx, digest(token), now)
            elif token.startswith(JETON):
                actor, write = self._software(tx, token, now)
            else:
                actor, write = None, False
            if write:
                tx.commit()
        if actor is None:
            raise AuthentificationRequise("Ce jeton n'est pas, ou n'est plus, en cours de validité.")
        return actor

    def _session(self, tx: SqlTransaction, empreinte: str, now: datetime) -> tuple[Acteur | None, bool]:
        session = tx.acces.sessions.lire(empreinte)
        if session is None or now >= session.expire_le or now >= session.vue_le + OISIVE:
            return None, False
        write = now >= session.vue_le + _SEEN_EVERY
        if write:
            tx.acces.sessions.vue(empreinte, now)
        if session.demande is not None:
            return demandeur(session.demande), write
        account = tx.acces.comptes.par_id(session.compte or "")
        return (account.acteur if account and account.actif else None), write

    def _software(self, tx: SqlTransaction, token: str, now: datetime) -> tuple[Acteur | None, bool]:
        id_, _, _secret = token.removeprefix(JETON).partition("_")
        known = tx.acces.jetons.lire(id_)
        if known is None or not secrets.compare_digest(known.empreinte, digest(token)):
            return None, False
        if not known.valide(now):
            return None, False
        write = known.dernier_usage is None or now >= known.dernier_usage + _SEEN_EVERY
        if write:
            tx.acces.jetons.changer(id_, dernier_usage=now)
        return known.acteur, write
