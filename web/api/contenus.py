"""What of a piece leaves the service (R33): a copy, NIR masked; the original, for few; a short-lived link.

docs/adr/0303 says who gets what, and why no address of the object store is ever handed out.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import img2pdf
from flask import Response, g, url_for

from intake.domain.acces import Acteur, Role
from intake.domain.envoi import Piece
from intake.errors import AuthentificationRequise, DroitsInsuffisants, ReglageInvalide
from web.api import schemas as s
from web.api.blueprint import api
from web.api.guard import acteur, autoriser, cible, motif_acces, noter_refus, porteur, site, slow_down, tracer
from web.api.idempotence import Answer, rejouable
from web.api.pieces import draw_page, site_views
from web.api.plages import envoyer
from web.api.problems import ErreurApi
from web.api.rights import REGLES
from web.api.uploads import folder
from web.rendering import Vue, vues

MINUTES = 5  # a link lasts
_WIDTH = 1654  # pixels of a masked page: A4 at 200 dpi
_PAGES = 200  # of a masked copy, drawn while somebody waits
_USE = "lien"
_RULES = {"masquee": "api.piece_contenu", "originale": "api.piece_contenu", "page": "api.piece_page"}


@api.get("/pieces/<piece>/contenu")
@api.input(s.Copie, location="query")
@api.output(s.BINAIRE, content_type="application/pdf", description="Le PDF, entier ou par plages (Range)")
@api.doc(
    tags=["Pièces"],
    summary="Télécharger une pièce : copie aux numéros de sécurité sociale masqués, ou originale (R33)",
)
def piece_contenu(piece: str, query_data: dict[str, Any]) -> Response:
    del piece
    return _sent(_target(), query_data["copie"], motif_acces())


@api.post("/pieces/<piece>/liens")
@api.input(s.LienDemande)
@api.output(s.Lien, 201)
@api.doc(tags=["Pièces"], summary=f"Obtenir un lien d'accès direct à une pièce, valable {MINUTES} minutes")
@rejouable
def piece_lier(piece: str, json_data: dict[str, Any]) -> Answer:
    """Bound to the piece, to the use and to the very session that asks: it ends when that does."""
    usage, why = json_data["usage"], json_data["raison"] or motif_acces()
    autoriser(REGLES[_RULES[usage]], acteur(), piece)
    if usage == "originale":
        _check_original(acteur(), why)
    until = site().clock.now() + timedelta(minutes=MINUTES)
    told = {
        "piece": piece,
        "usage": usage,
        "page": json_data["page"],
        "porteur": porteur(),
        "fin": int(until.timestamp()),
        "raison": why,
        "id": secrets.token_hex(4),
    }
    g.details = {"lien": told["id"], "usage": usage, **({"raison": why} if why else {})}
    sealed = site().key.seal(json.dumps(told), _USE)
    return {"url": url_for("api.contenu_lie", lien=sealed), "expire_le": until.isoformat()}, 201


@api.get("/contenus/<lien>")
@api.output(
    s.BINAIRE, content_type="application/pdf", description="Ce que le lien ouvre : un PDF, ou une image"
)
@api.doc(tags=["Pièces"], summary="Ouvrir un lien : sans en-tête d'autorisation, droits vérifiés à nouveau")
def contenu_lie(lien: str) -> Response:
    told = _opened(lien)
    g.acteur = actor = site().reconnaitre.par_reference(told["porteur"])
    g.cible = autoriser(REGLES[_RULES[told["usage"]]], actor, told["piece"])
    it = _target()
    if told["usage"] == "page":
        answer = draw_page(it, told["page"], 1000, "jpeg")
        answer.headers["Cache-Control"] = "private, no-store"  # it ends with the session it was made under
    else:
        answer = _sent(it, told["usage"], told["raison"])
    tracer(REGLES[_RULES[told["usage"]]], f"piece {it.id}", it.demande, told["raison"], lien=told["id"])
    return answer


def _target() -> Piece:
    piece = cible().piece
    assert piece is not None
    return piece


def _opened(lien: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(site().key.unseal(lien, _USE))
    except ReglageInvalide:
        slow_down()
        raise _dead() from None
    if site().clock.now() >= datetime.fromtimestamp(told["fin"], UTC):
        raise _dead()
    return told


def _dead() -> AuthentificationRequise:
    return AuthentificationRequise("Ce lien n'est pas, ou n'est plus, valable.", hint="Demandez-en un autre.")


def _check_original(actor: Acteur, why: str) -> None:
    """The bytes as filed, NIR and all: for the person it is about, and for cleared agents who say why."""
    if actor.role is Role.DEMANDEUR:
        return
    if actor.role not in (Role.AGENT_GUICHET, Role.GESTIONNAIRE) or not actor.habilite:
        noter_refus(actor)
        raise DroitsInsuffisants("L'original d'une pièce est réservé aux agents habilités.")
    if not why.strip():
        raise DroitsInsuffisants(
            "Il faut dire pourquoi l'original est nécessaire.", hint="Donnez l'en-tête X-Motif-Acces."
        )


def _sent(piece: Piece, copie: str, why: str) -> Response:
    if copie == "originale":
        _check_original(acteur(), why)
        g.details = {"copie": "originale"}
        with _verified(piece) as path:
            return _file(path, piece, piece.sha256)
    with site().uow() as tx:
        pages = vues(piece, tx.lectures.lire(piece.envoi, piece.pages))
    if all(vue.nue for vue in pages):
        with _verified(piece) as path:
            return _file(path, piece, piece.sha256)
    path, tag = _masked(piece, pages)
    return _file(path, piece, tag)


def _file(path: Path, piece: Piece, tag: str) -> Response:
    answer = envoyer(path, "application/pdf", f"{piece.id}.pdf", tag)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@contextmanager
def _verified(piece: Piece) -> Iterator[Path]:
    """Copied and verified whole before its first byte leaves: what is altered at rest is never served."""
    with tempfile.NamedTemporaryFile(dir=folder(), prefix="copie-") as copy:
        with site().objects.open(piece.objet) as source:
            while block := source.read(1 << 20):
                copy.write(block)
        copy.flush()
        yield Path(copy.name)  # opened by its reader before its name goes


def _masked(piece: Piece, pages: list[Vue]) -> tuple[Path, str]:
    """Every page drawn anew, the numbers black; kept a few minutes, so that ranges of it are of one file."""
    if len(pages) > _PAGES:
        raise ErreurApi(
            "TROP_VOLUMINEUX",
            f"Une copie masquée a au plus {_PAGES} pages : cette pièce en a {len(pages)}.",
            "Lisez-la page par page, ou découpez-la.",
        )
    tag = hashlib.sha256(f"{piece.sha256} {_WIDTH} {pages}".encode()).hexdigest()
    path = folder() / f"masque-{tag}.pdf"
    if not path.exists():
        drawn = [BytesIO(image) for image in site_views().pages(site().objects, piece, pages, width=_WIDTH)]
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        a4 = img2pdf.get_layout_fun((img2pdf.mm_to_pt(210), None))
        draft.write_bytes(img2pdf.convert(drawn, nodate=True, layout_fun=a4))
        draft.rename(path)
    else:
        with _verified(piece):  # a copy outlives no original: what is altered at rest is not served from here
            os.utime(path)
    return path, tag
