"""The corrections of people as labelled examples, for whoever trains a classifier (R28)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intake.domain.acte import Correction
from intake.domain.lecture import PageLue
from intake.nir import masquer
from intake.ports import Transaction


def exemples(tx: Transaction) -> Iterator[dict[str, Any]]:
    """The last word on each piece, with what the classifier had said first; pages that are still its own."""
    first: dict[str, Correction] = {}
    last: dict[str, Correction] = {}
    for correction in tx.corrections.toutes():
        first.setdefault(correction.piece, correction)
        last[correction.piece] = correction
    for identifiant, said in last.items():
        piece = tx.pieces.lire(identifiant)
        if piece is None or not piece.vive or piece.pages != said.pages or piece.type != said.type:
            continue  # cut or classed otherwise since: no longer what was looked at
        yield {
            "type": said.type,
            "avant": first[identifiant].avant,
            "pages": [_page(p) for p in tx.lectures.lire(said.envoi, said.pages) if not p.blanche],
            "piece": identifiant,
            "le": said.le.isoformat(),
        }


def _page(page: PageLue) -> dict[str, Any]:
    texte = page.texte
    return {
        "lignes": [
            {"texte": masquer(ligne.texte), "boite": list(ligne.boite), "confiance": ligne.confiance}
            for ligne in texte.lignes
        ],
        "largeur": texte.largeur,
        "hauteur": texte.hauteur,
        "confiance": texte.confiance,
    }
