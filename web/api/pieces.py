"""Routes of the pieces of a demande: list, deposit, views of pages, withdrawal, replacement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, current_app, request

from intake.domain.acces import Role
from intake.domain.commands import RETRAITS, Geste
from intake.domain.demande import Demande
from intake.domain.envoi import Piece
from intake.domain.motif import Canal, StatutPiece
from intake.domain.plan import INCONNU, PlanDeClassement
from intake.domain.plan_differences import concerne
from intake.errors import DroitsInsuffisants, PieceInconnue
from web.api import schemas as s
from web.api.blueprint import api
from web.api.guard import acteur, cible, deposant, gestes, plan_en_vigueur, regard, site
from web.api.idempotence import Answer, idempotent, rejouable
from web.api.paging import decode, page
from web.api.problems import ErreurApi
from web.api.receiving import receive
from web.api.regard import Regard, sensible
from web.api.uploads import received
from web.rendering import Views, Vue

_PURGED = frozenset({StatutPiece.SUPPRIMEE})


def show(piece: Piece, plan: PlanDeClassement) -> dict[str, Any]:
    return {
        "id": piece.id,
        "envoi": piece.envoi,
        "demande": piece.demande,
        "type": piece.type,
        "categorie": piece.categorie,
        "personne": piece.personne,
        "statut": piece.statut.value,
        "motif": piece.motif.value if piece.motif else None,
        "message": piece.message,
        "pages": len(piece.pages),
        "confidence": round(piece.confidence, 3),
        "recu_le": piece.recu_le.isoformat(),
        "validite": piece.validite.isoformat() if piece.validite else None,
        "sensible": sensible(plan, piece),
        "doublon_de": piece.doublon_de,
        "version": piece.version,
        "pages_envoi": list(piece.pages),
        "rotations": list(piece.rotations),
        "remplacee_par": piece.remplacee_par,
    }


def _target() -> Piece:
    piece = cible().piece
    assert piece is not None
    return piece


def _demande() -> Demande:
    demande = cible().demande
    assert demande is not None
    return demande


@api.get("/demandes/<numero>/pieces")
@api.input(s.FiltrePieces, location="query")
@api.output(s.PiecesTrouvees)
@api.doc(tags=["Pièces"], summary="Les pièces d'une demande, les plus anciennes d'abord")
def pieces_lister(numero: str, query_data: dict[str, Any]) -> dict[str, Any]:
    del numero
    n, after = query_data["limite"], decode(query_data["curseur"], [datetime, str, int])
    with site().uow() as tx:
        plan, seen = plan_en_vigueur(tx), regard(tx)
        found = [p for p in tx.pieces.de_demande(_demande().numero_unique) if _shown(seen, p, query_data)]
    # The piece that ended a page may have left the list since: what follows its place does not depend on it.
    left = [p for p in sorted(found, key=_place) if after is None or _place(p) > tuple(after)]
    return page(left, n, lambda p: show(p, plan), lambda p: [p.recu_le.isoformat(), p.envoi, p.rang])


def _place(piece: Piece) -> tuple[datetime, str, int]:
    return piece.recu_le, piece.envoi, piece.rang


def _shown(seen: Regard, piece: Piece, wanted: dict[str, Any]) -> bool:
    if wanted["statut"] is None and piece.statut in _PURGED:
        return False
    if wanted["statut"] is not None and piece.statut.value != wanted["statut"]:
        return False
    if wanted["categorie"] is not None and piece.categorie != wanted["categorie"]:
        return False
    return seen.voit(piece)


@api.get("/pieces/<piece>")
@api.output(s.PieceVue)
@api.doc(tags=["Pièces"], summary="Lire une pièce ; son ETag est à redonner dans If-Match pour la corriger")
def piece_lire(piece: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    del piece
    with site().uow() as tx:
        return show(_target(), plan_en_vigueur(tx)), 200, {"ETag": f'"{_target().version}"'}


@api.get("/pieces/<piece>/pages/<int:page_>")
@api.input(s.Vue, location="query")
@api.output(
    s.BINAIRE,
    content_type="image/jpeg",
    description="La page redessinée, numéros de sécurité sociale masqués",
)
@api.doc(tags=["Pièces"], summary="Voir une page : une image neuve, rien d'actif n'en sort")
def piece_page(piece: str, page_: int, query_data: dict[str, Any]) -> Response:
    del piece
    return draw_page(_target(), page_, query_data["largeur"], query_data["format"])


def draw_page(it: Piece, page_: int, largeur: int, format_: str) -> Response:
    if not 1 <= page_ <= len(it.pages):
        raise ErreurApi("PAGE_INCONNUE", f"Cette pièce a {len(it.pages)} page(s).")
    with site().uow() as tx:
        read = tx.lectures.lire(it.envoi, [it.pages[page_ - 1]])
    vue, png = Vue.de(it, page_, read[0] if read else None), format_ == "png"
    tag = site_views().tag(it, vue, largeur, png=png)
    answer = Response(content_type=f"image/{format_}")
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "private, no-cache"  # asked for again, and judged again, each time
    if request.if_none_match.contains(tag):
        answer.status_code = 304
        return answer
    answer.set_data(site_views().page(site().objects, it, vue, width=largeur, png=png))
    return answer


def site_views() -> Views:
    views: Views = current_app.extensions["views"]
    return views


@api.post("/demandes/<numero>/pieces")
@api.input(s.Depot, location="form_and_files")
@api.output(s.Accuse, 202)
@api.doc(tags=["Pièces"], summary="Déposer une pièce ; le traitement suit, voir l'envoi rendu")
@rejouable
def piece_deposer(numero: str, form_and_files_data: dict[str, Any]) -> Answer:
    del numero
    asked = form_and_files_data
    _check_plan(asked)
    if asked["type"] is not None and asked["si_pleine"] == "refuser":
        _check_room(_demande(), asked)
    canal = Canal.DEMANDEUR if acteur().role is Role.DEMANDEUR else Canal.GUICHET
    with received(asked["fichier"]) as path:
        return receive(path, canal, _demande().numero_unique)


def _check_plan(asked: dict[str, Any]) -> None:
    """R18: a client of a superseded version is told, only if what it deposits is filed otherwise."""
    if asked["plan"] is None:
        return
    with site().uow() as tx:
        now = plan_en_vigueur(tx)
        if asked["plan"] == now.version:
            return
        old = next((tx.plans.en_vigueur(day) for v, day in tx.api.plans() if v == asked["plan"]), None)
    if old is None:
        raise ErreurApi("PLAN_INCONNU", "Cette version du plan n'existe pas.")
    if asked["type"] is None or concerne(old, now, asked["type"]):
        raise ErreurApi(
            "PLAN_PERIME",
            f"Le plan {old.version} n'est plus en vigueur, et ce qui concerne cette pièce a changé.",
            "Relisez le plan en vigueur, puis déposez à nouveau.",
            plan=now.version,
        )


def _check_room(demande: Demande, asked: dict[str, Any]) -> None:
    with site().uow() as tx:
        plan = plan_en_vigueur(tx)
        # A sheet of a numériseur's, deposited by itself, is filed like what nobody recognises.
        category = plan.categorie_de(INCONNU if plan.est_feuille(asked["type"]) else asked["type"])
        who = (asked["personne"] or "D") if category.par_personne else ""
        taken = tx.places.occupees(demande.numero_unique).get((category.code, who), 0)
        if taken < category.limite:
            return
        filed = [p for p in tx.pieces.de_demande(demande.numero_unique) if p.occupe == (category.code, who)]
        seen = [p for p in filed if regard(tx).voit(p)]
    raise ErreurApi(
        "CATEGORIE_PLEINE",
        f"La catégorie « {category.libelle} » est pleine.",
        "Remplacez une de ses pièces, ou déposez avec si_pleine=garder : elle attendra une place.",
        categorie=category.code,
        limite=category.limite,
        occupees=taken,
        remplacables=[p.id for p in seen],
    )


def _withdrawn(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece, json_data
    return _change(_target(), None), 200


@api.post("/pieces/<piece>/retrait")
@api.input(s.Retrait)
@api.output(s.Changement)
@api.doc(
    tags=["Pièces"], summary="Retirer une pièce, avec sa raison ; la plus ancienne en attente prend sa place"
)
@idempotent(_withdrawn)
def piece_retirer(piece: str, json_data: dict[str, Any]) -> Answer:
    it = _target()
    if acteur().role is Role.DEMANDEUR:
        with site().uow() as tx:
            envoi = tx.envois.lire(it.envoi)
        mine = envoi is not None and envoi.deposant == deposant(acteur())
        if not mine or json_data["statut"] != StatutPiece.SUPPRIMEE:
            raise DroitsInsuffisants("Vous pouvez retirer ce que vous avez vous-même ajouté.")
    by = Geste(acteur().id, json_data["raison"], vu(it))
    done = gestes().corriger(piece, RETRAITS[json_data["statut"]], by)
    return _change(done.piece, next(iter(done.deposees), None)), 200


def _replaced(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    with site().uow() as tx:
        gone = tx.pieces.lire(json_data["sortante"])
        seen = gone is not None and regard(tx).voit(gone)
    if gone is None or not seen:
        raise PieceInconnue("La pièce à retirer n'existe pas.")
    return _change(gone, _target()), 200


@api.post("/pieces/<piece>/remplacement")
@api.input(s.Remplacement)
@api.output(s.Changement)
@api.doc(tags=["Pièces"], summary="Déposer une pièce en attente à la place d'une autre, en une action (R20)")
@idempotent(_replaced)
def piece_remplacer(piece: str, json_data: dict[str, Any]) -> Answer:
    out, seen = json_data["sortante"], vu(_target())
    with site().uow() as tx:
        leaving = tx.pieces.lire(out)
        if leaving is None or not regard(tx).voit(leaving):
            raise PieceInconnue("La pièce à retirer n'existe pas.")
    gone, filed = gestes().liberer.remplacer(piece, out, json_data["raison"], acteur().id, vu=seen)
    return _change(gone, filed), 200


def _change(gone: Piece, filed: Piece | None) -> dict[str, Any]:
    with site().uow() as tx:
        plan, seen = plan_en_vigueur(tx), regard(tx)
        told = show(filed, plan) if filed is not None and seen.voit(filed) else None
    return {"retiree": show(gone, plan), "deposee": told}


def vu(piece: Piece) -> int | None:
    """The version that `If-Match` says the caller has seen; None when it says nothing."""
    asked = request.if_match
    if not asked:
        return None
    if not asked.contains(str(piece.version)):
        raise ErreurApi(
            "VERSION_DEPASSEE",
            f"La pièce {piece.id} a changé depuis que vous l'avez lue.",
            "Relisez-la : son ETag est à redonner dans If-Match.",
        )
    return piece.version
