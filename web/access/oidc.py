"""Sign-in of agents through the identity provider (OpenID Connect): begun here, ended once, by one browser.

It opens accounts that exist and gives nothing: an account's role and clearance are ours (R30), and what the
provider says of a person's roles can only shut the door. docs/adr/0301 says why.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from intake.domain.acces import Compte
from intake.domain.journal import Action, Evenement
from intake.errors import ConnexionRefusee
from intake.ports import Clock
from storage.uow import SqlTransaction, SqlUnitOfWork
from web.access.fournisseur import Fournisseur
from web.access.secret import SiteKey, digest
from web.access.sessions import Ouverte, open_session
from web.settings import Oidc

ALLER = timedelta(minutes=10)  # to sign in over there and come back


@dataclass(frozen=True, slots=True)
class Depart:
    """Where to send the browser, and what it keeps in a cookie to be known when it comes back."""

    adresse: str
    temoin: str


@dataclass(frozen=True)
class ParOidc:
    uow: SqlUnitOfWork
    clock: Clock
    key: SiteKey
    reglages: Oidc
    fournisseur: Fournisseur

    def commencer(self) -> Depart:
        """Raises FournisseurIndisponible."""
        etat, temoin = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        adresse = self.fournisseur.adresse(etat, self._nonce(etat), self._verifieur(etat))
        with self.uow() as tx:
            tx.acces.departs.ouvrir(digest(etat), digest(temoin), self.clock.now() + ALLER)
            tx.commit()
        return Depart(adresse, temoin)

    def terminer(self, etat: str, temoin: str, code: str | None, emetteur: str | None) -> Ouverte:
        """The session of the account the provider vouches for.

        `code` is None where the provider itself refused; `emetteur` is RFC 9207's, against a mix-up of
        providers. Raises ConnexionRefusee, FournisseurIndisponible.
        """
        now = self.clock.now()
        with self.uow() as tx:
            begun = tx.acces.departs.prendre(digest(etat), digest(temoin), now)
            tx.commit()
        if not begun or code is None:
            raise ConnexionRefusee("Cette connexion n'a pas été commencée ici, ou n'a pas abouti.")
        told = self.fournisseur.description()
        required = told.get("authorization_response_iss_parameter_supported") is True
        if emetteur != told["issuer"] and (required or emetteur is not None):
            raise ConnexionRefusee("Ce retour ne vient pas du fournisseur d'identité attendu.")
        tokens = self.fournisseur.echanger(code, self._verifieur(etat))
        claims = self.fournisseur.verifier(tokens, self._nonce(etat), now)
        with self.uow() as tx:
            compte = self._compte(tx, claims)
            if compte is None:
                raise _nobody()
            if not compte.actif or not self._permis(compte, claims):
                tx.journal.ecrire(now, [Evenement(compte.acteur, Action.REFUS, "session oidc")])
                tx.commit()
                raise _nobody()
            sealed = self.key.seal(tokens["id_token"])
            opened = open_session(tx, compte.acteur, now, compte=compte.id, oidc=sealed)
            tx.journal.ecrire(now, [Evenement(compte.acteur, Action.CONNEXION, "session oidc")])
            tx.commit()
        return opened

    def quitter(self, jeton: str) -> str | None:
        """Close our session at once; where the provider closes its own, for one that it opened."""
        with self.uow() as tx:
            session = tx.acces.sessions.lire(digest(jeton))
            tx.acces.sessions.fermer(empreinte=digest(jeton))
            tx.commit()
        if session is None or session.oidc is None:
            return None
        return self.fournisseur.fin_de_session(self.key.unseal(session.oidc), self.reglages.public_url)

    def _compte(self, tx: SqlTransaction, claims: Mapping[str, Any]) -> Compte | None:
        """By subject; the first time by a mail the provider has verified, which then never serves again."""
        sujet = f"{claims['iss']} {claims['sub']}"
        known = tx.acces.comptes.par_sujet(sujet)
        if known is not None:
            return known
        mail = claims.get("email")
        if not isinstance(mail, str) or claims.get("email_verified") is not True:
            return None
        linked = tx.acces.comptes.lier(mail.strip(), sujet)
        if linked is not None:
            done = Evenement(linked.acteur, Action.ADMINISTRATION, f"compte {linked.identifiant} lié à OIDC")
            tx.journal.ecrire(self.clock.now(), [done])
        return linked

    def _permis(self, compte: Compte, claims: Mapping[str, Any]) -> bool:
        if not self.reglages.roles:
            return True
        told = claims.get(self.reglages.role_claim)
        values = {told} if isinstance(told, str) else set(_words(told))
        return any(value in values and role is compte.role for value, role in self.reglages.roles)

    # Derived from the state, which serves once: nothing else has to be kept between the two halves.
    def _nonce(self, etat: str) -> str:
        return self.key.sign("oidc-nonce", etat)

    def _verifieur(self, etat: str) -> str:
        return self.key.sign("oidc-pkce", etat)


def _words(told: object) -> list[str]:
    return [value for value in told if isinstance(value, str)] if isinstance(told, list) else []


def _nobody() -> ConnexionRefusee:
    return ConnexionRefusee("Aucun compte ouvert ne correspond à cette identité, ou elle n'y a plus droit.")
