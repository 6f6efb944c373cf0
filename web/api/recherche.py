"""The search of pieces: by words of their text, name, number and state, among those one may see (ADR 401)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g

from intake.domain import numero as numeros
from intake.domain.acces import Role
from intake.domain.envoi import Piece
from intake.domain.plan import PlanDeClassement
from intake.errors import DroitsInsuffisants
from storage.search import Criteres
from storage.words import Terme, extrait, termes
from web.api import schemas_recherche as s
from web.api.blueprint import api
from web.api.guard import acteur, motif_acces, noter_refus, plan_en_vigueur, site
from web.api.paging import decode, page
from web.api.pieces import show
from web.api.regard import sensibles
from web.recherche import debut, fin, lignes_de

_PAGE = ("limite", "curseur")


@api.post("/pieces/recherche")
@api.input(s.RecherchePieces)
@api.output(s.RecherchePiecesTrouvees)
@api.doc(
    tags=["Pièces"],
    summary="Chercher des pièces, par les mots de leur texte, un nom, un numéro ou leur état",
)
def pieces_chercher(json_data: dict[str, Any]) -> dict[str, Any]:
    n, after = json_data["limite"], decode(json_data["curseur"], [datetime, str])
    wanted = _wanted(json_data)
    if wanted.termes is not None and acteur().role is Role.CONSULTANT_SIMPLE:
        noter_refus(acteur())
        raise DroitsInsuffisants(
            "Chercher dans le texte des pièces, c'est les lire : votre profil en donne la liste seule.",
            hint="Cherchez par nom, par numéro ou par statut.",
        )
    with site().uow() as tx:
        plan = plan_en_vigueur(tx)
        found = tx.recherche.pieces(
            acteur(),
            sensibles(plan),
            wanted,
            apres=(after[0], after[1]) if after else None,
            n=n + 1,
        )
        told = {k: v for k, v in json_data.items() if k not in _PAGE}
        tx.journal.ecrire(site().clock.now(), lignes_de(acteur(), told, found[:n], motif_acces()))
        tx.commit()
    g.journalise = True
    return page(
        found, n, lambda p: _show(p, plan, wanted.termes or ()), lambda p: [p.recu_le.isoformat(), p.id]
    )


def _wanted(asked: dict[str, Any]) -> Criteres:
    typed = asked["texte"]
    return Criteres(
        termes=termes(typed) if typed is not None and typed.strip() else None,
        nom=asked["nom"],
        numero=numeros.compact(asked["numero"]) if asked["numero"] else None,
        statut=asked["statut"],
        motif=asked["motif"],
        type=asked["type"],
        categorie=asked["categorie"],
        envoi=asked["envoi"],
        depuis=debut(asked["recu_depuis"]),
        avant=fin(asked["recu_jusqu_a"]),
    )


def _show(piece: Piece, plan: PlanDeClassement, cherches: tuple[Terme, ...]) -> dict[str, Any]:
    parts = extrait(piece.texte, cherches) if cherches else ()
    return {**show(piece, plan), "extrait": [{"texte": p.texte, "trouve": p.trouve} for p in parts]}
