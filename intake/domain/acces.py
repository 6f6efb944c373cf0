"""Who acts, in which role, and on whose dossiers (R30, R31, R38)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """The roles of R31; `numeriseur` is always software, and no person has it."""

    AGENT_GUICHET = "agent_guichet"
    GESTIONNAIRE = "gestionnaire_territorial"
    CONSULTANT_SIMPLE = "consultant_simple"
    CONSULTANT_DEMANDE = "consultant_demande"
    CONSULTANT_SENSIBLE = "consultant_sensible"
    ADMINISTRATEUR = "administrateur"
    NUMERISEUR = "numeriseur"
    DEMANDEUR = "demandeur"
    SYSTEME = "systeme"  # the command line of the machine, and the service's own jobs


ROLES_AGENT = frozenset(Role) - {Role.NUMERISEUR, Role.DEMANDEUR, Role.SYSTEME}
ROLES_LOGICIEL = frozenset({Role.AGENT_GUICHET, Role.NUMERISEUR})
_CLEARED = frozenset({Role.CONSULTANT_SENSIBLE, Role.DEMANDEUR, Role.SYSTEME})


class Portee(StrEnum):
    """What the token of a piece of software may be used for (R38)."""

    LECTURE = "lecture"
    DEPOT = "depot"
    REGISTRE = "registre"
    CORRECTION = "correction"  # what people do to pieces that are filed or held (R27)


@dataclass(frozen=True, slots=True)
class Acteur:
    """Whoever is signed in; `id` is stable: agent:…, logiciel:…, demandeur:NUMERO, systeme."""

    id: str
    nom: str
    role: Role
    guichet: str | None = None
    territoires: frozenset[str] = frozenset()
    sensible: bool = False
    numero: str | None = None  # a demandeur's own demande
    portees: frozenset[Portee] | None = None  # None: a person, whom no scope narrows

    @property
    def habilite(self) -> bool:
        """Whether sensitive pieces exist for this actor (R31)."""
        return self.role in _CLEARED or self.sensible

    @property
    def deposant(self) -> str:
        """The sender of R5: a guichet is one sender, whoever of it sends."""
        return f"guichet:{self.guichet}" if self.guichet else self.id

    def suit(self, numero: str, guichet: str | None) -> bool:
        """Whether a demande, by its number and the guichet that registered it, is one of the actor's own."""
        if self.role is Role.DEMANDEUR:
            return numero == self.numero
        if self.role is Role.SYSTEME:
            return True
        if self.role is Role.NUMERISEUR:
            return False  # it sees what it sent, never a dossier
        return (self.guichet is not None and guichet == self.guichet) or numero[:3] in self.territoires


SYSTEME = Acteur("systeme", "Ligne de commande", Role.SYSTEME)

ESSAIS = 5
VERROU = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Compte:
    """An agent's account: a named person, designated by an organisation (R30)."""

    id: str
    identifiant: str
    nom: str
    courriel: str
    role: Role
    mot_de_passe: str
    totp: str
    cree_le: datetime
    guichet: str | None = None
    territoires: frozenset[str] = frozenset()
    sensible: bool = False
    actif: bool = True
    echecs: int = 0
    verrouille_jusqu_a: datetime | None = None
    totp_dernier: int = 0  # the time step of the last code accepted: none serves twice
    sujet: str | None = None  # who the person is for the OIDC provider: its issuer and its subject

    def verrouille(self, maintenant: datetime) -> bool:
        return self.verrouille_jusqu_a is not None and maintenant < self.verrouille_jusqu_a

    def apres_echec(self, maintenant: datetime) -> Compte:
        """One more failure; every fifth closes the door for a while."""
        echecs = self.echecs + 1
        until = maintenant + VERROU if echecs % ESSAIS == 0 else self.verrouille_jusqu_a
        return replace(self, echecs=echecs, verrouille_jusqu_a=until)

    @property
    def acteur(self) -> Acteur:
        return Acteur(
            f"agent:{self.identifiant}", self.nom, self.role, self.guichet, self.territoires, self.sensible
        )


@dataclass(frozen=True, slots=True)
class Jeton:
    """The credential of a guichet's software; its secret is kept as a digest only (R38)."""

    id: str
    libelle: str
    guichet: str
    role: Role
    portees: frozenset[Portee]
    empreinte: str
    cree_le: datetime
    expire_le: datetime
    courriel: str
    territoires: frozenset[str] = frozenset()
    sensible: bool = False
    revoque_le: datetime | None = None
    remplace_par: str | None = None
    dernier_usage: datetime | None = None
    averti: int | None = None  # days of the last warning sent: 60, 30 or 7
    certificat: str | None = None  # SHA-256 of the client certificate that stands in for the secret

    def valide(self, maintenant: datetime) -> bool:
        return maintenant < self.expire_le and (self.revoque_le is None or maintenant < self.revoque_le)

    @property
    def acteur(self) -> Acteur:
        return Acteur(
            f"logiciel:{self.id}",
            self.libelle,
            self.role,
            self.guichet,
            self.territoires,
            self.sensible,
            portees=self.portees,
        )


ALERTES = (7, 30, 60)  # days before the end of a token (R38)


def alerte(jeton: Jeton, maintenant: datetime) -> int | None:
    """The warning due now: 60, 30 or 7 days before the end, each once, the nearest alone. None: nothing."""
    if not jeton.valide(maintenant) or jeton.remplace_par is not None:
        return None
    left = jeton.expire_le - maintenant
    due = next((days for days in ALERTES if left <= timedelta(days=days)), None)
    return due if due is not None and (jeton.averti is None or due < jeton.averti) else None
