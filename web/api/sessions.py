"""Routes of sign-in, and of what is known of whoever is signed in."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from datetime import date, timedelta
from typing import Any

from flask import request

from intake.domain import numero as numeros
from intake.domain.acces import Acteur, Jeton, Role
from intake.errors import IntakeError
from web.access.sessions import Ouverte, close_session
from web.api import schemas as s
from web.api import schemas_envois as forms
from web.api.blueprint import api
from web.api.guard import acteur, site
from web.api.problems import ErreurApi
from web.mail import deliver
from web.wiring import Site

_log = logging.getLogger(__name__)
_ASKED = threading.BoundedSemaphore(64)  # codes looked for at once
_LATER_MS = 800
_SENT = "Si ces informations sont celles d'une demande, un code vient d'être envoyé à son adresse."


def show(actor: Acteur) -> dict[str, Any]:
    return {
        "id": actor.id,
        "nom": actor.nom,
        "role": actor.role.value,
        "guichet": actor.guichet,
        "territoires": sorted(actor.territoires),
        "sensible": actor.habilite,
        "numero": actor.numero,
    }


def told(opened: Ouverte) -> dict[str, Any]:
    return {"jeton": opened.jeton, "expire_le": opened.expire_le, "acteur": show(opened.acteur)}


@api.post("/session")
@api.input(s.Connexion)
@api.output(s.SessionOuverte, 201)
@api.doc(tags=["Connexion"], summary="Connecter un agent : mot de passe et second facteur")
def session_ouvrir(json_data: dict[str, Any]) -> dict[str, Any]:
    return told(
        site().agents.connecter(json_data["identifiant"], json_data["mot_de_passe"], json_data["code"])
    )


@api.get("/session")
@api.output(s.ActeurVu)
@api.doc(tags=["Connexion"], summary="Qui suis-je")
def session_lire() -> dict[str, Any]:
    return show(acteur())


@api.delete("/session")
@api.output({}, 204)
@api.doc(tags=["Connexion"], summary="Se déconnecter")
def session_fermer() -> str:
    with site().uow() as tx:
        close_session(tx, request.headers["Authorization"].partition(" ")[2].strip())
        tx.commit()
    return ""


@api.post("/demandeur/code")
@api.input(s.DemandeCode)
@api.output(s.Message, 202)
@api.doc(
    tags=["Connexion"], summary="Demander un code de connexion par courriel (même réponse dans tous les cas)"
)
def code_demander(json_data: dict[str, Any]) -> dict[str, Any]:
    numero = numeros.lire(json_data["numero"])
    if not _ASKED.acquire(blocking=False):
        raise ErreurApi("TROP_DE_REQUETES", "Trop de codes sont demandés : attendez un peu.")
    asked = (site(), str(numero or ""), json_data["date_naissance"])
    threading.Thread(target=_look_for, args=asked, daemon=True).start()
    return {"message": _SENT}


def _look_for(here: Site, numero: str, naissance: date) -> None:
    """Beside the answer, and some time after it: how long it takes tells nobody who has a demande."""
    try:
        time.sleep(secrets.randbelow(_LATER_MS) / 1000)
        if here.demandeurs.demander(numero, naissance):
            deliver(here.uow, here.mailer, here.clock)
    except IntakeError as e:
        _log.warning("code de connexion : %s", e.code)  # he asks again; a mail that waits is sent later
    finally:
        _ASKED.release()


@api.post("/demandeur/session")
@api.input(s.ConnexionDemandeur)
@api.output(s.SessionOuverte, 201)
@api.doc(tags=["Connexion"], summary="Connecter un demandeur avec le code reçu")
def demandeur_ouvrir(json_data: dict[str, Any]) -> dict[str, Any]:
    numero = numeros.lire(json_data["numero"])
    return told(site().demandeurs.connecter(str(numero or ""), json_data["code"]))


@api.get("/jetons")
@api.input(forms.FiltreJetons, location="query")
@api.output(forms.JetonsTrouves)
@api.doc(tags=["Connexion"], summary="Jetons des logiciels, les premiers à finir d'abord (60, 30, 7 jours)")
def jetons_lister(query_data: dict[str, Any]) -> dict[str, Any]:
    now = site().clock.now()
    days = query_data["expire_dans"]
    with site().uow() as tx:
        found = tx.acces.jetons.lister(None if days is None else now + timedelta(days=days))
    return {
        "elements": [
            {
                "id": j.id,
                "libelle": j.libelle,
                "guichet": j.guichet,
                "role": j.role.value,
                "expire_le": j.expire_le,
                "jours": (j.expire_le - now).days,
            }
            for j in found
            if j.valide(now) and _his(acteur(), j)
        ]
    }


def _his(actor: Acteur, jeton: Jeton) -> bool:
    """A gestionnaire's: the tokens of his guichet, and those that work on one of his territories."""
    if actor.role is not Role.GESTIONNAIRE:
        return True
    same = actor.guichet is not None and jeton.guichet == actor.guichet
    return same or bool(actor.territoires & jeton.territoires)
