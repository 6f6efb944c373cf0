"""The state of what an order left to the workers; and how a handler leaves it (docs/adr/0423)."""

from __future__ import annotations

from typing import Any

from flask import current_app

from web.api import schemas_gestes as forms
from web.api.blueprint import api
from web.api.guard import acteur, deposant, site
from web.api.problems import ErreurApi
from web.travaux import mener


def differe() -> bool:
    """Whether there is a queue, so that somebody else does it; else whoever is asked does it now."""
    return site().settings.redis_url is not None


def laisser(travail: str | None) -> str | None:
    """Once its row is committed: the address of its state; None when nothing is left to do."""
    if travail is None:
        return None
    if not differe():
        mener(site(), travail)
        return None
    current_app.extensions["enfiler_travail"](travail)
    return f"/api/v1/travaux/{travail}"


@api.get("/travaux/<travail>")
@api.output(forms.TravailVu)
@api.doc(tags=["Envois"], summary="Où en est un travail laissé au service : attendu, fait, ou refusé")
def travail_lire(travail: str) -> dict[str, Any]:
    with site().uow() as tx:
        row = tx.travaux.lire(travail)
        if row is None or row["deposant"] != deposant(acteur()):
            raise ErreurApi("TRAVAIL_INCONNU", "Ce travail n'existe pas, ou n'existe plus.")
        envoi = tx.envois.lire(row["envoi"]) if row["envoi"] else None
    return {
        "id": row["id"],
        "genre": row["genre"],
        "etat": row["etat"],
        "envoi": row["envoi"],
        "statut": envoi.statut.value if envoi else None,
        "demande": row["demande"],
        "probleme": row["probleme"],
    }
