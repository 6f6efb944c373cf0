"""Sessions: opened by a sign-in, ended by time, by idleness or by hand; and who a bearer's token is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake.domain.acces import Acteur, Jeton, Role
from intake.errors import AuthentificationRequise
from intake.ports import Clock
from storage.access import Session
from storage.uow import SqlTransaction, SqlUnitOfWork
from web.access.certificats import de_l_entete
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
            actor: Acteur | None
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

    def par_reference(self, reference: str) -> Acteur:
        """Who a session (`s:` and its digest) or a token (`j:` and its id) is now, as a link remembers it."""
        now, (kind, _, value) = self.clock.now(), reference.partition(":")
        with self.uow() as tx:
            actor, write = None, False
            if kind == "s":
                actor, write = self._session(tx, value, now)
            elif (known := tx.acces.jetons.lire(value)) is not None and known.valide(now):
                actor = known.acteur
            if write:
                tx.commit()
        if actor is None:
            raise AuthentificationRequise("Cette session ou ce jeton n'est plus en cours de validité.")
        return actor

    def par_certificat(self, escaped: str) -> Acteur:
        """Who the software of this client certificate is; the caller has judged who says it is its own."""
        now, given = self.clock.now(), de_l_entete(escaped)
        with self.uow() as tx:
            known = tx.acces.jetons.par_certificat(given.empreinte) if given else None
            if given is None or known is None or not known.valide(now) or not given.en_cours(now):
                raise AuthentificationRequise("Ce certificat n'ouvre pas, ou n'ouvre plus, ce service.")
            if self._used(tx, known, now):
                tx.commit()
        return known.acteur

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
        return known.acteur, self._used(tx, known, now)

    def _used(self, tx: SqlTransaction, known: Jeton, now: datetime) -> bool:
        write = known.dernier_usage is None or now >= known.dernier_usage + _SEEN_EVERY
        if write:
            tx.acces.jetons.changer(known.id, dernier_usage=now)
        return write
