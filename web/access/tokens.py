"""Tokens of a guichet's software: made, rotated, revoked, and their end announced in time (R38)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.domain.acces import ROLES_LOGICIEL, Acteur, Jeton, Portee, Role, alerte
from intake.domain.courrier import Courrier
from intake.domain.journal import Action, Evenement
from intake.errors import CompteInvalide
from intake.ports import Clock
from storage.uow import SqlTransaction, SqlUnitOfWork
from web.access.certificats import Certificat, lire
from web.access.secret import digest
from web.access.sessions import JETON

_LONGEST = 730
_AUCUNE = "-"  # kept in place of a secret's digest, and the digest of nothing


@dataclass(frozen=True)
class Jetons:
    uow: SqlUnitOfWork
    clock: Clock

    def creer(
        self,
        par: Acteur,
        libelle: str,
        guichet: str,
        role: Role,
        portees: Iterable[Portee],
        courriel: str,
        *,
        jours: int = 365,
        territoires: Iterable[str] = (),
        sensible: bool = False,
        certificat: str | None = None,
    ) -> tuple[Jeton, str]:
        """The token and its text, which is shown once and kept nowhere.

        With a `certificat` (PEM) there is no text: the certificate is the credential, and none outlives it.
        Raises CompteInvalide.
        """
        scopes = frozenset(portees)
        if role not in ROLES_LOGICIEL:
            raise CompteInvalide(f"Le rôle « {role} » n'est pas celui d'un logiciel.")
        if not scopes or not 1 <= jours <= _LONGEST or not guichet or "@" not in courriel:
            raise CompteInvalide(
                f"Un jeton a un guichet, un courriel, au moins une portée et de 1 à {_LONGEST} jours."
            )
        now = self.clock.now()
        id_, text, given = _new(), "", None
        end = now + timedelta(days=jours)
        if certificat is not None:
            given = _current(certificat, now)
            end = min(end, given.fin)
        else:
            text = _text(id_)
        jeton = Jeton(
            id=id_,
            libelle=libelle,
            guichet=guichet,
            role=role,
            portees=scopes,
            empreinte=digest(text) if text else _AUCUNE,
            cree_le=now,
            expire_le=end,
            courriel=courriel,
            territoires=frozenset(territoires),
            sensible=sensible,
            certificat=given.empreinte if given else None,
        )
        with self.uow() as tx:
            tx.acces.jetons.ajouter(jeton)
            self._log(tx, par, jeton, "créé")
            tx.commit()
        return jeton, text

    def renouveler(
        self,
        par: Acteur,
        id_: str,
        *,
        chevauchement: int = 14,
        jours: int = 365,
        certificat: str | None = None,
    ) -> tuple[Jeton, str]:
        """A token like `id_`, which goes on working for some days: the software changes when it can.

        One that is a certificate is renewed by another certificate. Raises CompteInvalide.
        """
        if not 0 <= chevauchement <= _LONGEST or not 1 <= jours <= _LONGEST:
            raise CompteInvalide(
                f"Un jeton vaut de 1 à {_LONGEST} jours, et l'ancien sert encore de 0 à {_LONGEST} jours."
            )
        now = self.clock.now()
        new = _new()
        text = "" if certificat is not None else _text(new)
        given = _current(certificat, now) if certificat is not None else None
        with self.uow() as tx:
            old = _known(tx, id_)
            if not old.valide(now) or old.remplace_par is not None:
                raise _served(id_)
            if (old.certificat is None) != (given is None):
                raise CompteInvalide("Un certificat se renouvelle par un certificat, un jeton par un jeton.")
            until = now + timedelta(days=jours)
            jeton = replace(
                old,
                id=new,
                empreinte=digest(text) if text else _AUCUNE,
                certificat=given.empreinte if given else None,
                cree_le=now,
                expire_le=min(until, given.fin) if given else until,
                dernier_usage=None,
                averti=None,
            )
            end = min(old.expire_le, now + timedelta(days=chevauchement))
            if not tx.acces.jetons.remplacer(id_, new, end):  # by somebody else, since it was read
                raise _served(id_)
            tx.acces.jetons.ajouter(jeton)
            self._log(tx, par, old, f"renouvelé par {new}")
            tx.commit()
        return jeton, text

    def revoquer(self, par: Acteur, id_: str) -> None:
        with self.uow() as tx:
            jeton = _known(tx, id_)
            tx.acces.jetons.changer(id_, revoque_le=self.clock.now())
            self._log(tx, par, jeton, "révoqué")
            tx.commit()

    def prevenir(self) -> int:
        """Put in the mail the warnings that are due; how many. Safe to run twice and by several."""
        now = self.clock.now()
        told = 0
        with self.uow() as tx:
            for jeton in tx.acces.jetons.lister(now + timedelta(days=61)):
                days = alerte(jeton, now)
                if days is not None and tx.acces.jetons.avertir(jeton, days):
                    tx.acces.courriers.ajouter(_warning(jeton, now), now)
                    told += 1
            tx.commit()
        return told

    def _log(self, tx: SqlTransaction, par: Acteur, jeton: Jeton, what: str) -> None:
        details = {"guichet": jeton.guichet, "role": jeton.role.value}
        done = Evenement(par, Action.ADMINISTRATION, f"jeton {jeton.id} {what}", details=details)
        tx.journal.ecrire(self.clock.now(), [done])


def _served(id_: str) -> CompteInvalide:
    return CompteInvalide(f"Le jeton {id_} n'est plus valide, ou a déjà été renouvelé.")


def _new() -> str:
    return secrets.token_hex(6)


def _text(id_: str) -> str:
    return f"{JETON}{id_}_{secrets.token_urlsafe(32)}"


def _current(pem: str, now: datetime) -> Certificat:
    given = lire(pem)
    if not given.en_cours(now):
        raise CompteInvalide("Ce certificat n'est pas, ou n'est plus, en cours de validité.")
    return given


def _known(tx: SqlTransaction, id_: str) -> Jeton:
    jeton = tx.acces.jetons.lire(id_)
    if jeton is None:
        raise CompteInvalide(f"Le jeton {id_} n'existe pas.")
    return jeton


def _warning(jeton: Jeton, now: datetime) -> Courrier:
    days = max(0, (jeton.expire_le - now).days)
    return Courrier(
        secrets.token_hex(12),
        jeton.courriel,
        f"Alerte de fin de vie du certificat pour le guichet {jeton.guichet}",
        f"Le jeton « {jeton.libelle} » ({jeton.id}) du guichet {jeton.guichet} prend fin le "
        f"{jeton.expire_le:%d/%m/%Y}, dans {days} jour(s).\n\n"
        "Après cette date, le logiciel qui s'en sert ne pourra plus rien déposer ni consulter.\n"
        "Demandez son renouvellement : l'ancien jeton reste valable quelques jours à côté du nouveau.\n",
    )
