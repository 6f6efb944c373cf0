"""Owns what tells the faces of a card: the back that has its zone or its address, the same card again."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.continuity import Weigher
from classifier.decision import Decision
from classifier.rangees import coupee
from classifier.scores import ScorePage
from classifier.text import plain
from intake.domain.lecture import PageLue, RaisonQualite

CARDS = frozenset(
    {
        "carte_identite",
        "titre_sejour",
        "permis_conduire",
        "carte_mobilite_inclusion",
        "carte_vitale",
        "certificat_scolarite",
        "passeport",
    }
)
_FACE = 25  # words at least of a card's face with its fields
_CARD_BACK = (
    "taille",
    "adresse",
    "domicile",
    "delivree le",
    "prefet",
    "valable jusqu",
    "height",
    "signature de l autorite",
    "authority",
    "remarks",
    "remarques",
    "date de delivrance",
)


def blurred_page(current: PageLue) -> bool:
    """Printed, and not a word of it legible: nothing says that it is the back of the card before it (R2)."""
    seen = current.texte.qualite
    return not current.texte.mots and RaisonQualite.FLOU in seen.raisons


def second_face(before: Sequence[ScorePage], score: ScorePage) -> bool:
    """A cover or a front without a zone, then the face of the same document that has it."""
    if len(before) != 1 or score.mrz is None or before[0].mrz is not None or before[0].mots >= 60:
        return False
    return any(t.regle.type == score.mrz.type for t in before[0].titres)


def titled_twice(kind: Decision, before: Sequence[ScorePage], score: ScorePage) -> bool:
    """Two faces of a card have its title once; a cover of a few words has it too."""
    if kind.type not in CARDS - {"certificat_scolarite"} or min(before[0].mots, score.mots) < _FACE:
        return False
    return all(any(t.regle.type == kind.type and t.poids >= 8 for t in s.titres) for s in (before[0], score))


def card_back(
    weigher: Weigher,
    kind: Decision,
    previous: Sequence[PageLue],
    before: Sequence[ScorePage],
    current: PageLue,
    score: ScorePage,
) -> None:
    """The back of a card holds its zone or its address, not its title."""
    if kind.type not in CARDS or len(previous) != 1 or current.texte.mots > 90:
        return
    front_zone, back_zone = before[0].mrz, score.mrz
    if previous[0].texte.mots > 120 or (front_zone is not None and back_zone is not None):
        return
    if front_zone is not None and coupee(current.texte.lignes):
        weigher.add(5.0, "la moitié d'un autre titre")
        return
    if back_zone is not None and front_zone is None and back_zone.type == kind.type:
        weigher.add(-4.5, "verso de la carte : bande de lecture optique")
        return
    text = plain(current.texte.texte)
    if sum(word in text for word in _CARD_BACK) >= 2:
        weigher.add(-3.0, "verso de la carte")
    elif current.texte.mots < 40 and previous[0].texte.mots < 90:
        weigher.add(-1.2, "face de carte sans titre")
