"""Who may do what (R31): one table, from which the guard judges and the tests are generated.

A route that is not in it stops the service from starting. An object out of an actor's reach (another's, or
sensitive without the clearance) answers as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from intake.domain.acces import Portee, Role
from intake.domain.journal import Action


class Objet(StrEnum):
    """What the address names, and by which argument."""

    RIEN = ""
    DEMANDE = "numero"
    PIECE = "piece"
    ENVOI = "envoi"
    INCIDENT = "incident"


class Acces(StrEnum):
    SIENS = "siens"  # their own demandes, or what they sent
    TOUS = "tous"  # no object, or any


@dataclass(frozen=True, slots=True)
class Regle:
    roles: Mapping[Role, Acces] = field(default_factory=dict)
    objet: Objet = Objet.RIEN
    portee: Portee | None = None  # what a token of software needs; None: people only
    action: Action | None = None  # what the journal says of it; None: shows nothing of anybody
    publique: bool = False
    exploitant: bool = False  # nobody of the table: the site's own monitoring, by METRICS_TOKEN
    ouvre: bool = False  # what is on the pages


def _roles(acces: Acces, *roles: Role) -> dict[Role, Acces]:
    return dict.fromkeys(roles, acces)


_AGENTS = (Role.AGENT_GUICHET, Role.GESTIONNAIRE)
_CONTENT = (Role.CONSULTANT_DEMANDE, Role.CONSULTANT_SENSIBLE)
_READERS = (*_AGENTS, Role.CONSULTANT_SIMPLE, *_CONTENT)
_EVERYBODY = _roles(Acces.TOUS, *Role)
_LISTS = _roles(Acces.SIENS, *_READERS, Role.DEMANDEUR)
_OPENS = _roles(Acces.SIENS, *_AGENTS, *_CONTENT, Role.DEMANDEUR)
_CHANGES = _roles(Acces.SIENS, *_AGENTS)
_SENT = _roles(Acces.SIENS, *_AGENTS, Role.NUMERISEUR, Role.DEMANDEUR)
_LOTS = _roles(Acces.SIENS, *_AGENTS, Role.NUMERISEUR)

PUBLIQUE = Regle(publique=True)
# Whoever sent an envoi, its software too, repairs what is held of it (R9). An incident is a person's (R27).
_REPAIRS = Regle(_LOTS, Objet.ENVOI, Portee.DEPOT, Action.MODIFICATION)
_ANSWERS = Regle(_CHANGES, Objet.INCIDENT, action=Action.MODIFICATION)


def _corrects(action: Action) -> Regle:
    return Regle(_CHANGES, Objet.PIECE, Portee.CORRECTION, action)


def _sends(action: Action | None) -> Regle:
    return Regle(_roles(Acces.SIENS, *_AGENTS, Role.DEMANDEUR), Objet.DEMANDE, Portee.DEPOT, action)


_PLAN = Regle(_EVERYBODY, portee=Portee.LECTURE)

REGLES: dict[str, Regle] = {
    # the service itself
    "sante": PUBLIQUE,
    "pret": PUBLIQUE,
    "metrics": Regle(exploitant=True),
    "description": PUBLIQUE,
    "documentation": PUBLIQUE,
    # sign-in
    "api.session_ouvrir": PUBLIQUE,
    "api.code_demander": PUBLIQUE,
    "api.demandeur_ouvrir": PUBLIQUE,
    "api.oidc_connexion": PUBLIQUE,
    "api.oidc_retour": PUBLIQUE,
    "api.oidc_deconnexion": Regle(_EVERYBODY),
    "api.session_lire": Regle(_EVERYBODY, portee=Portee.LECTURE),
    "api.session_fermer": Regle(_EVERYBODY),
    # plan de classement
    "api.plan_en_vigueur_lire": _PLAN,
    "api.plan_versions": _PLAN,
    "api.plan_differences": _PLAN,
    "api.precontrole": Regle(
        _roles(Acces.SIENS, *_AGENTS) | _roles(Acces.TOUS, Role.NUMERISEUR),
        portee=Portee.LECTURE,
        action=Action.CONSULTATION,
    ),
    # demandes
    "api.demandes_chercher": Regle(
        _roles(Acces.SIENS, *_READERS), portee=Portee.LECTURE, action=Action.RECHERCHE
    ),
    "api.demande_creer": Regle(_CHANGES, portee=Portee.REGISTRE, action=Action.CREATION),
    "api.demande_lire": Regle(_LISTS, Objet.DEMANDE, Portee.LECTURE, Action.CONSULTATION),
    "api.demande_modifier": Regle(_CHANGES, Objet.DEMANDE, Portee.REGISTRE, Action.MODIFICATION),
    "api.demande_radier": Regle(_CHANGES, Objet.DEMANDE, Portee.REGISTRE, Action.MODIFICATION),
    "api.demande_reactiver": Regle(_CHANGES, Objet.DEMANDE, Portee.REGISTRE, Action.MODIFICATION),
    "api.alias_ajouter": Regle(_CHANGES, Objet.DEMANDE, Portee.REGISTRE, Action.MODIFICATION),
    "api.occupation": Regle(_LISTS, Objet.DEMANDE, Portee.LECTURE, Action.CONSULTATION),
    # pieces
    "api.pieces_lister": Regle(_LISTS, Objet.DEMANDE, Portee.LECTURE, Action.CONSULTATION),
    # By its words only for those who may open it: web/api/recherche.py.
    "api.pieces_chercher": Regle(
        _roles(Acces.SIENS, *_READERS, Role.DEMANDEUR), portee=Portee.LECTURE, action=Action.RECHERCHE
    ),
    "api.piece_deposer": _sends(Action.CREATION),
    # photos before they are sent: each its sender's alone
    "api.photo_deposer": _sends(Action.CREATION),
    "api.photos_lister": _sends(None),
    "api.photo_lire": _sends(None),
    "api.photo_retirer": _sends(Action.SUPPRESSION),
    "api.photos_envoyer": _sends(Action.CREATION),
    "api.piece_lire": Regle(_LISTS, Objet.PIECE, Portee.LECTURE, Action.CONSULTATION),
    "api.piece_contenu": Regle(_OPENS, Objet.PIECE, Portee.LECTURE, Action.TELECHARGEMENT, ouvre=True),
    # What the link is for is judged by its own rule, when it is made and at each use.
    "api.piece_lier": Regle(_OPENS, Objet.PIECE, Portee.LECTURE, Action.CONSULTATION, ouvre=True),
    "api.contenu_lie": PUBLIQUE,
    "api.piece_page": Regle(_OPENS, Objet.PIECE, Portee.LECTURE, Action.CONSULTATION, ouvre=True),
    "api.piece_retirer": Regle(
        _roles(Acces.SIENS, *_AGENTS, Role.DEMANDEUR), Objet.PIECE, Portee.CORRECTION, Action.SUPPRESSION
    ),
    "api.piece_remplacer": Regle(_CHANGES, Objet.PIECE, Portee.CORRECTION, Action.MARQUAGE),
    "api.piece_reclasser": _corrects(Action.RECLASSEMENT),
    "api.piece_deplacer": _corrects(Action.DEPLACEMENT),
    "api.piece_marquer": _corrects(Action.MARQUAGE),
    "api.piece_confirmer": _corrects(Action.MODIFICATION),
    "api.piece_copie": _corrects(Action.MARQUAGE),
    "api.piece_tourner": _corrects(Action.MODIFICATION),
    "api.piece_decouper": _corrects(Action.MODIFICATION),
    "api.piece_fusionner": _corrects(Action.MODIFICATION),
    "api.piece_signaler": _corrects(Action.CREATION),
    "api.piece_histoire": Regle(_CHANGES, Objet.PIECE, Portee.LECTURE, Action.CONSULTATION),
    # envois
    "api.envois_lister": Regle(_SENT, portee=Portee.LECTURE, action=Action.CONSULTATION),
    "api.envoi_deposer": Regle(_LOTS, portee=Portee.DEPOT, action=Action.CREATION),
    "api.envoi_lire": Regle(_SENT, Objet.ENVOI, Portee.LECTURE, Action.CONSULTATION),
    "api.envoi_progression": Regle(_SENT, Objet.ENVOI, Portee.LECTURE),
    "api.envoi_compte_rendu": Regle(_SENT, Objet.ENVOI, Portee.LECTURE, Action.EXPORT),
    "api.envoi_numero": _REPAIRS,
    "api.envoi_ecarter": _REPAIRS,
    "api.envoi_bordereau": _REPAIRS,
    "api.travail_lire": Regle(_LOTS, portee=Portee.LECTURE),
    "api.lot_lire": Regle(_LOTS, portee=Portee.LECTURE, action=Action.CONSULTATION),
    # interrupted uploads
    "api.televersement_capacites": PUBLIQUE,
    "api.televersement_creer": Regle(_LOTS, portee=Portee.DEPOT),
    "api.televersement_etat": Regle(_LOTS, portee=Portee.DEPOT),
    "api.televersement_suite": Regle(_LOTS, portee=Portee.DEPOT),
    "api.televersement_abandonner": Regle(_LOTS, portee=Portee.DEPOT),
    # large files straight to the object store: its address is written to under the sender's name
    "api.depot_direct_annoncer": Regle(_LOTS, portee=Portee.DEPOT, action=Action.CREATION),
    "api.depot_direct_lire": Regle(_LOTS, portee=Portee.DEPOT),
    "api.depot_direct_finir": Regle(_LOTS, portee=Portee.DEPOT, action=Action.CREATION),
    "api.depot_direct_abandonner": Regle(_LOTS, portee=Portee.DEPOT, action=Action.SUPPRESSION),
    # incidents
    "api.incidents_lister": Regle(_LOTS, portee=Portee.LECTURE, action=Action.CONSULTATION),
    "api.incident_lire": Regle(_LOTS, Objet.INCIDENT, Portee.LECTURE, Action.CONSULTATION),
    "api.incident_suites": Regle(_LOTS, Objet.INCIDENT, Portee.LECTURE, Action.CONSULTATION),
    "api.incident_prendre": _ANSWERS,
    "api.incident_commenter": _ANSWERS,
    "api.incident_rejeter": _ANSWERS,
    "api.incident_clore": _ANSWERS,
    "api.incident_resoudre": _ANSWERS,
    # upkeep
    "api.jetons_lister": Regle(_roles(Acces.TOUS, Role.GESTIONNAIRE, Role.ADMINISTRATEUR)),
}
