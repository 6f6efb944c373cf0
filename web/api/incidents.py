"""Routes of incidents: the list to work from, one of it, and its life: taken, answered, closed (R26, R27)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from intake.domain import numero as numeros
from intake.domain.commands import DonnerNumero, Ecarter
from intake.domain.envoi import Incident, Piece
from storage.follow_up_queries import IncidentVu
from web.api import schemas_envois as forms
from web.api import schemas_gestes as orders_forms
from web.api.blueprint import api
from web.api.guard import acteur, cible, gestes, plan_en_vigueur, site
from web.api.idempotence import Answer, idempotent
from web.api.orders import carry_out, check_held, geste, needed, order, seen_by_caller, shown, sienne
from web.api.paging import decode, page
from web.api.problems import ErreurApi
from web.api.regard import sensibles

_FILTERS = ("etat", "motif", "gravite", "envoi", "demande", "piece", "pris_par")


@api.get("/incidents")
@api.input(forms.FiltreIncidents, location="query")
@api.output(forms.IncidentsTrouves)
@api.doc(tags=["Incidents"], summary="Les incidents, une pièce sensible exposée d'abord (R26)")
def incidents_lister(query_data: dict[str, Any]) -> dict[str, Any]:
    n = query_data["limite"]
    after = decode(query_data["curseur"], [int, datetime, str])
    wanted = {name: query_data[name] for name in _FILTERS if query_data[name] is not None}
    if "demande" in wanted:
        wanted["demande"] = str(numeros.lire(wanted["demande"]) or wanted["demande"])
    if wanted.get("pris_par") == "moi":
        wanted["pris_par"] = acteur().id
    with site().uow() as tx:
        found = tx.api.incidents(
            acteur(),
            sensibles(plan_en_vigueur(tx)),
            filtres=wanted,
            apres=(after[0], after[1], after[2]) if after else None,
            n=n + 1,
        )
    return page(found, n, show, _place)


def _place(seen: IncidentVu) -> list[Any]:
    rang, le, identifiant = seen.place
    return [rang, le.isoformat(), identifiant]


@api.get("/incidents/<incident>")
@api.output(forms.IncidentVu)
@api.doc(tags=["Incidents"], summary="Lire un incident")
def incident_lire(incident: str) -> dict[str, Any]:
    del incident
    return show(_target())


def show(seen: IncidentVu) -> dict[str, Any]:
    """An incident as every route tells it."""
    i = seen.incident
    return {
        "id": i.id,
        "envoi": i.envoi,
        "piece": i.piece,
        "demande": seen.demande,
        "motif": i.motif.value,
        "gravite": i.gravite.value,
        "etat": i.etat.value,
        "pages": list(i.pages),
        "message": i.message,
        "attendu": i.attendu,
        "trouve": i.trouve,
        "auteur": i.auteur,
        "pris_par": i.pris_par,
        "expose": seen.expose,
        "cree_le": i.cree_le.isoformat(),
    }


@api.get("/incidents/<incident>/suites")
@api.output(orders_forms.Suites)
@api.doc(tags=["Incidents"], summary="Ce qui a été fait d'un incident : qui, quand, avec quel commentaire")
def incident_suites(incident: str) -> dict[str, Any]:
    return {
        "elements": [
            {
                "le": s.le.isoformat(),
                "par": s.par,
                "action": s.action,
                "etat": s.etat.value,
                "commentaire": s.commentaire,
            }
            for s in site().suivi.suites(incident)
        ]
    }


def _now(incident: str, json_data: dict[str, Any]) -> Answer:
    del json_data
    return shown_now(incident), 200


def _commented(incident: str, json_data: dict[str, Any]) -> Answer:
    return _now(incident, json_data)[0], 201


def _resolved(incident: str, json_data: dict[str, Any]) -> Answer:
    of = _target().incident.piece
    with site().uow() as tx:
        piece = tx.pieces.lire(of) if of is not None else None
        seen = shown(tx, [piece] if piece else [])
    return {"incident": _now(incident, json_data)[0], "pieces": seen}, 200


@api.post("/incidents/<incident>/prise-en-charge")
@api.input(orders_forms.PriseEnCharge)
@api.output(forms.IncidentVu)
@api.doc(tags=["Incidents"], summary="Prendre en charge : une seule personne à la fois")
@idempotent(_now)
def incident_prendre(incident: str, json_data: dict[str, Any]) -> Answer:
    instead, why = json_data["a_la_place_de"], json_data["commentaire"]
    gestes().suivre.prendre(incident, acteur().id, a_la_place_de=instead, commentaire=why)
    return shown_now(incident), 200


@api.post("/incidents/<incident>/commentaires")
@api.input(orders_forms.Commentaire)
@api.output(forms.IncidentVu, 201)
@api.doc(tags=["Incidents"], summary="Commenter un incident")
@idempotent(_commented)
def incident_commenter(incident: str, json_data: dict[str, Any]) -> Answer:
    gestes().suivre.commenter(incident, acteur().id, json_data["texte"])
    return shown_now(incident), 201


@api.post("/incidents/<incident>/rejet")
@api.input(orders_forms.Commentaire)
@api.output(forms.IncidentVu)
@api.doc(tags=["Incidents"], summary="Rejeter un incident qui n'est pas fondé")
@idempotent(_now)
def incident_rejeter(incident: str, json_data: dict[str, Any]) -> Answer:
    gestes().suivre.rejeter(incident, acteur().id, json_data["texte"])
    return shown_now(incident), 200


@api.post("/incidents/<incident>/cloture")
@api.input(orders_forms.Cloture)
@api.output(forms.IncidentVu)
@api.doc(tags=["Incidents"], summary="Clore un incident dont la réponse a été lue")
@idempotent(_now)
def incident_clore(incident: str, json_data: dict[str, Any]) -> Answer:
    gestes().suivre.clore(incident, acteur().id, json_data["commentaire"])
    return shown_now(incident), 200


@api.post("/incidents/<incident>/resolution")
@api.input(orders_forms.Resolution)
@api.output(orders_forms.Resolu)
@api.doc(tags=["Incidents"], summary="Résoudre par une action sur ce que l'incident retient (R27)")
@idempotent(_resolved)
def incident_resoudre(incident: str, json_data: dict[str, Any]) -> Answer:
    changed = _acted(_target().incident, json_data)
    with site().uow() as tx:
        seen = shown(tx, changed)
    return {"incident": shown_now(incident), "pieces": seen}, 200


def _acted(found: Incident, asked: dict[str, Any]) -> list[Piece]:
    incident, action = found.id, asked["action"]
    if action == "constater":
        gestes().suivre.constater(incident, acteur().id, asked["raison"])
        return []
    by = geste(asked["raison"], incident)
    if action in ("numero", "ecarter"):
        envoi, pages = found.envoi, found.pages
        check_held(envoi, pages)
        repair = gestes().reparer
        if action == "ecarter":
            return list(repair.ecarter(envoi, pages, Ecarter(), by).pieces)
        number = DonnerNumero(sienne(needed(asked, "numero")))
        return list(repair.donner_numero(envoi, pages, number, by).pieces)
    if found.piece is None:
        raise ErreurApi(
            "REQUETE_INVALIDE",
            "Cet incident est de tout un groupe de pages.",
            "Les actions possibles : numero, ecarter, constater.",
        )
    seen_by_caller([found.piece])  # of what was sent, a piece may be another guichet's by now
    done = carry_out(found.piece, order(action, asked), by)
    return [done.piece, *done.nouvelles, *done.deposees]


def _target() -> IncidentVu:
    found = cible().incident
    assert found is not None
    return found


def shown_now(identifiant: str) -> dict[str, Any]:
    """As it is now; what its piece has become may have taken it out of sight, which is no matter here."""
    seen = site().suivi.incident(identifiant)
    assert seen is not None
    return show(seen)
