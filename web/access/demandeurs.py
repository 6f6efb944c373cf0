"""Demandeurs: numéro unique, birth date, and a one-time code by mail; never told what was wrong."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from intake.domain.courrier import Courrier
from intake.domain.demande import Demande
from intake.domain.journal import Action, Evenement
from intake.errors import IdentifiantsInvalides
from intake.ports import Clock
from storage.access import Code
from storage.uow import SqlUnitOfWork
from web.access.secret import SiteKey
from web.access.sessions import Ouverte, demandeur, open_session

VALIDITE = timedelta(minutes=10)
ESSAIS = 5  # of one code
_CODES = 5  # asked for within an hour
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Demandeurs:
    uow: SqlUnitOfWork
    clock: Clock
    key: SiteKey

    def demander(self, numero: str, naissance: date) -> bool:
        """Whether a code was put in the mail. The caller must not tell: it would say who has a demande."""
        now = self.clock.now()
        with self.uow() as tx:
            demande = tx.registre.chercher(numero)
            if demande is None or not demande.email or not _born(demande, naissance):
                return False
            tx.registre.verrouiller(demande.numero_unique)
            before = tx.acces.codes.lire(demande.numero_unique)
            asked, since = (before.demandes, before.depuis) if before else (0, now)
            if now >= since + _HOUR:
                asked, since = 0, now
            if asked >= _CODES:
                return False
            code = f"{secrets.randbelow(10**6):06d}"
            numero = demande.numero_unique
            tx.acces.codes.poser(
                Code(numero, self._digest(numero, code), now + VALIDITE, 0, asked + 1, since)
            )
            tx.acces.courriers.ajouter(_mail(demande.email, code), now, numero)
            tx.commit()
        return True

    def connecter(self, numero: str, code: str) -> Ouverte:
        """Raises IdentifiantsInvalides."""
        now = self.clock.now()
        refused = IdentifiantsInvalides(
            "Numéro ou code refusé, ou code trop ancien.", hint="Demandez un nouveau code."
        )
        with self.uow() as tx:
            demande = tx.registre.chercher(numero)
            if demande is None:
                raise refused
            numero = demande.numero_unique
            kept = tx.acces.codes.essayer(numero, now, ESSAIS)
            tx.commit()
        with self.uow() as tx:
            given = self._digest(numero, code.strip())
            if kept is None or not hmac.compare_digest(kept, given):
                tx.journal.ecrire(now, [self._line(numero, Action.REFUS)])
                tx.commit()
                raise refused
            if not tx.acces.codes.servir(numero, kept, now):
                raise refused
            opened = open_session(tx, demandeur(numero), now)
            tx.journal.ecrire(now, [self._line(numero, Action.CONNEXION)])
            tx.commit()
        return opened

    def _line(self, numero: str, action: Action) -> Evenement:
        return Evenement(demandeur(numero), action, "session", demande=numero)

    def _digest(self, numero: str, code: str) -> str:
        return self.key.sign("code", f"{numero}\n{code}")


def _born(demande: Demande, naissance: date) -> bool:
    return any(p.rang == "D" and p.date_naissance == naissance for p in demande.personnes)


def _mail(to: str, code: str) -> Courrier:
    minutes = int(VALIDITE.total_seconds() // 60)
    return Courrier(
        secrets.token_hex(12),
        to,
        "Votre code de connexion",
        f"Votre code de connexion au dossier unique : {code}\n\n"
        f"Il sert une fois, pendant {minutes} minutes. Personne ne vous le demandera jamais par téléphone.\n"
        "Si vous ne l'avez pas demandé, ne faites rien.\n",
    )
