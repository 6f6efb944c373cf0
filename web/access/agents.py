"""Agents: their accounts, and their sign-in with a password and a second factor (R30)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from intake.domain.acces import ROLES_AGENT, Acteur, Compte, Role
from intake.domain.journal import Action, Evenement
from intake.errors import CompteInvalide, IdentifiantsInvalides
from intake.ports import Clock
from storage.uow import SqlUnitOfWork
from web.access import secret
from web.access.secret import SiteKey
from web.access.sessions import Ouverte, open_session

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,62}")


@dataclass(frozen=True, slots=True)
class Remis:
    """What the person is handed once: the account keeps neither."""

    compte: Compte
    mot_de_passe: str
    totp: str

    @property
    def local(self) -> bool:
        return bool(self.mot_de_passe)

    @property
    def uri(self) -> str:
        return secret.totp_uri(self.totp, self.compte.identifiant)


@dataclass(frozen=True)
class Agents:
    uow: SqlUnitOfWork
    clock: Clock
    key: SiteKey

    def creer(
        self,
        par: Acteur,
        identifiant: str,
        nom: str,
        courriel: str,
        role: Role,
        *,
        guichet: str | None = None,
        territoires: Iterable[str] = (),
        sensible: bool = False,
        mot_de_passe: str | None = None,
        totp: str | None = None,
        local: bool = True,
    ) -> Remis:
        """`local`: whether a password opens it, or the identity provider alone. Raises CompteInvalide."""
        where = frozenset(territoires)
        _check(identifiant, nom, courriel, role, guichet, where)
        password = (mot_de_passe or secret.new_password()) if local else ""
        factor = totp or secret.new_totp()
        compte = Compte(
            id=secrets.token_hex(8),
            identifiant=identifiant,
            nom=nom.strip(),
            courriel=courriel,
            role=role,
            mot_de_passe=secret.hash_password(password) if local else secret.AUCUN,
            totp=self.key.seal(factor),
            cree_le=self.clock.now(),
            guichet=guichet,
            territoires=where,
            sensible=sensible,
        )
        with self.uow() as tx:
            tx.acces.comptes.ajouter(compte)
            details = {"role": role.value, "guichet": guichet or "", "sensible": str(sensible)}
            done = Evenement(par, Action.ADMINISTRATION, f"compte {identifiant} créé", details=details)
            tx.journal.ecrire(self.clock.now(), [done])
            tx.commit()
        return Remis(compte, password, factor)

    def desactiver(self, par: Acteur, identifiant: str) -> None:
        """At once: the open sessions of the account end too. Raises CompteInvalide."""
        self._change(par, identifiant, "désactivé", actif=False)

    def reactiver(self, par: Acteur, identifiant: str) -> None:
        self._change(par, identifiant, "réactivé", actif=True, echecs=0, verrouille_jusqu_a=None)

    def renouveler(self, par: Acteur, identifiant: str) -> Remis:
        """A new password and a new second factor, for a person who lost them."""
        password, factor = secret.new_password(), secret.new_totp()
        compte = self._change(
            par,
            identifiant,
            "secrets renouvelés",
            mot_de_passe=secret.hash_password(password),
            totp=self.key.seal(factor),
            totp_dernier=0,
            echecs=0,
            verrouille_jusqu_a=None,
        )
        return Remis(compte, password, factor)

    def delier(self, par: Acteur, identifiant: str) -> None:
        """Forget who the person is for the identity provider: its next sign-in is by verified mail again."""
        self._change(par, identifiant, "délié d'OIDC", sujet=None)

    def _change(self, par: Acteur, identifiant: str, what: str, **values: object) -> Compte:
        with self.uow() as tx:
            compte = tx.acces.comptes.lire(identifiant)
            if compte is None:
                raise CompteInvalide(f"Le compte « {identifiant} » n'existe pas.")
            tx.acces.comptes.changer(compte.id, **values)
            tx.acces.sessions.fermer(compte=compte.id)
            done = Evenement(par, Action.ADMINISTRATION, f"compte {identifiant} {what}")
            tx.journal.ecrire(self.clock.now(), [done])
            tx.commit()
        return compte

    def connecter(self, identifiant: str, mot_de_passe: str, code: str) -> Ouverte:
        """Raises IdentifiantsInvalides, whatever was wrong."""
        now = self.clock.now()
        with self.uow() as tx:
            compte = tx.acces.comptes.lire(identifiant)
            if compte is not None and not tx.acces.comptes.essayer(compte, now):
                compte = None
            tx.commit()
        # Outside any transaction: this takes a tenth of a second on purpose.
        good = secret.check_password(compte.mot_de_passe if compte else None, mot_de_passe)
        step = secret.totp_step(self.key.unseal(compte.totp), code, now) if compte and good else None
        with self.uow() as tx:
            if compte is not None and step is not None and tx.acces.comptes.reussir(compte.id, step):
                opened = open_session(tx, compte.acteur, now, compte=compte.id)
                tx.journal.ecrire(now, [Evenement(compte.acteur, Action.CONNEXION, "session")])
                tx.commit()
                return opened
            if compte is not None:
                tx.journal.ecrire(now, [Evenement(compte.acteur, Action.REFUS, "session")])
                tx.commit()
        raise IdentifiantsInvalides("Identifiant, mot de passe ou code refusé.")


def _check(
    identifiant: str, nom: str, courriel: str, role: Role, guichet: str | None, territoires: frozenset[str]
) -> None:
    if not _NAME.fullmatch(identifiant):
        raise CompteInvalide(
            "Un identifiant a de 2 à 63 lettres minuscules, chiffres, points, tirets ou soulignés."
        )
    if not nom.strip() or "@" not in courriel:
        raise CompteInvalide("Un compte est celui d'une personne : il faut son nom et son courriel (R30).")
    if role not in ROLES_AGENT:
        raise CompteInvalide(f"Le rôle « {role} » n'est pas celui d'une personne.")
    if role is Role.AGENT_GUICHET and not guichet:
        raise CompteInvalide("Un agent de guichet a un guichet.")
    if role not in (Role.AGENT_GUICHET, Role.ADMINISTRATEUR) and not (territoires or guichet):
        raise CompteInvalide(
            "Il faut au moins un territoire, ou un guichet : sans eux le compte ne voit rien."
        )
