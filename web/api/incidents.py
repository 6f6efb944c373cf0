"""Routes of incidents: the list to work from, and one of it."""

from __future__ import annotations

from typing import Any

from intake.domain import numero as numeros
from web.api import schemas_envois as forms
from web.api.blueprint import api
from web.api.guard import acteur, cible, deposant, plan_en_vigueur, sensibles, site
from web.api.paging import decode, page
from web.api.problems import ErreurApi

_FILTERS = ("etat", "motif", "gravite", "envoi", "demande")


@api.get("/incidents")
@api.input(forms.FiltreIncidents, location="query")
@api.output(forms.IncidentsTrouves)
@api.doc(tags=["Incidents"], summary="Les incidents, une pièce sensible exposée d'abord (R26)")
def incidents_lister(query_data: dict[str, Any]) -> dict[str, Any]:
    n = query_data["limite"]
    after = decode(query_data["curseur"], [int, str, str])
    wanted = {name: query_data[name] for name in _FILTERS if query_data[name] is not None}
    if "demande" in wanted:
        wanted["demande"] = str(numeros.lire(wanted["demande"]) or wanted["demande"])
    with site().uow() as tx:
        try:
            found = tx.api.incidents(
                acteur(),
                deposant(acteur()),
                sensibles(plan_en_vigueur(tx)),
                filtres=wanted,
                apres=(after[0], after[1], after[2]) if after else None,
                n=n + 1,
            )
        except ValueError as e:
            raise ErreurApi("REQUETE_INVALIDE", "Ce curseur n'est pas de ce service.") from e
    return page(found, n, lambda i: i, lambda i: [i["rang"], i["cree_le"].isoformat(), i["id"]])


@api.get("/incidents/<incident>")
@api.output(forms.IncidentVu)
@api.doc(tags=["Incidents"], summary="Lire un incident")
def incident_lire(incident: str) -> dict[str, Any]:
    del incident
    found = cible().incident
    assert found is not None
    return found
