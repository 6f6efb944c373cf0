"""Owns the comparison of what a machine wrote on a paper with what is printed on it.

`controle_avis` has that of a 2D-Doc, `controle_bande` and `controle_carte` that of a machine-readable zone.
Only a clear contradiction counts: a value that was read well, and that no misreading makes of the other. An
accusation holds a person's piece; a doubt is a remark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classifier import controle_avis, controle_bande, controle_carte
from classifier.fields import Releve
from classifier.places import Feuilles
from classifier.scores import ScorePage
from classifier.twoddoc import DeuxDDoc, Verdict, codes
from intake.domain.lecture import PageLue

if TYPE_CHECKING:
    from classifier.trust import ListeDeConfiance


def controler(
    read: Releve, pages: Sequence[PageLue], scores: Sequence[ScorePage], confiance: ListeDeConfiance | None
) -> tuple[str, ...]:
    """Remarks for a person; a clear contradiction also becomes the field `falsification`."""
    feuilles = Feuilles(pages)
    remarks: list[str] = []
    accusations: list[str] = []
    for page, code in codes(pages):
        _signature(code, confiance, remarks, accusations)
        if code.type == "avis_imposition":
            controle_avis.controler(code, page.numero, pages, read, remarks, accusations)
    for score in scores:
        if score.mrz is not None:
            controle_bande.controler(score.mrz, feuilles, pages, remarks, accusations)
            accusations += controle_carte.controler(score.mrz, feuilles)
            read.note("nom_de_la_bande_seule", controle_carte.nom_seul(score.mrz, feuilles))
            read.note("bande_autrement", controle_carte.nom_autrement(score.mrz, feuilles))
            read.note("bande_nee", controle_carte.ne_autrement(score.mrz, feuilles))
    if accusations:
        read.note("falsification", " ".join(dict.fromkeys(accusations)))
    return tuple(dict.fromkeys((*accusations, *remarks)))


def _signature(
    code: DeuxDDoc, confiance: ListeDeConfiance | None, remarks: list[str], accusations: list[str]
) -> None:
    if confiance is None:
        return
    verdict = confiance.verifier(code)
    if verdict is Verdict.VALIDE:
        remarks.append("signature du code 2D-Doc vérifiée")
    elif verdict is Verdict.FAUSSE:
        accusations.append("La signature du code 2D-Doc est fausse.")
    else:
        remarks.append("signature du code 2D-Doc non vérifiée : signataire inconnu de la liste")
