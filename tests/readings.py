"""Readings made by hand, and a classifier that believes what they say: for tests of the core without OCR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from intake.domain.lecture import (
    Classement,
    Coupure,
    ErreurPage,
    LigneLue,
    PageLue,
    Qualite,
    SymboleLu,
    TexteLu,
)
from intake.ports import PageImage

N1, N2, N3 = "999012400012375001", "999022400045675001", "9990324000789GDPUB"


def page(
    n: int,
    *lines: str,
    code: str | None = None,
    blank: bool = False,
    broken: str | None = None,
    confidence: float = 90.0,
    readable: bool = True,
    rotation: int = 0,
) -> PageLue:
    """A page as read: printed `lines`, the text of its `code` if it bears one."""
    return PageLue(
        n,
        (SymboleLu("QRCODE", code, (0, 0, 100, 100), "essai"),) if code else (),
        TexteLu(
            tuple(
                LigneLue(line, (100, 100 * i, 900, 100 * i + 40), confidence) for i, line in enumerate(lines)
            ),
            rotation=rotation,
            largeur=1654,
            hauteur=2339,
            confiance=confidence,
            qualite=Qualite(readable, () if readable else ("flou",)),
        ),
        blanche=blank,
        empreinte="" if blank else f"{hash(lines) & (2**64 - 1):016x}",
        erreur=ErreurPage("FICHIER_CORROMPU", broken) if broken else None,
    )


@dataclass
class SayingClassifier:
    """Reads the first line of a page as « type [champ=valeur…] »; a line « + » continues the piece before.

    « +? 0.4 » continues with the probability of a cut of 0.4.
    """

    classified: list[tuple[int, ...]] = field(default_factory=list)

    def read(self, page: PageImage, *, entiere: bool = False) -> TexteLu:
        raise NotImplementedError

    def classify(self, pages: Sequence[PageLue]) -> Classement:
        self.classified.append(tuple(p.numero for p in pages))
        words = pages[0].texte.lignes[0].texte.split() if pages[0].texte.lignes else ["inconnu"]
        fields = dict(w.split("=", 1) for w in words[1:] if "=" in w)
        kind = words[0] if not words[0].startswith("+") else "inconnu"
        sure = float(fields.pop("p", "0.95" if kind != "inconnu" else "0.3"))
        quality = pages[0].texte.qualite
        return Classement(kind, sure, (f"titre « {kind} »",), fields, quality)

    def boundary(self, previous: Sequence[PageLue], current: PageLue) -> Coupure:
        first = current.texte.lignes[0].texte if current.texte.lignes else ""
        if first.startswith("+?"):
            return Coupure(float(first.split()[1]), "incertain")
        return Coupure(0.05, "suite") if first.startswith("+") else Coupure(0.95, "nouveau titre")


MARTIN, BERNARD, FAURE = "Mme MARTIN Camille", "M. BERNARD Louis", "Mme FAURE Nicole"
WORDS = "et bien d'autres mots lus sans peine sur cette page qui en porte assez pour que leur absence compte"
BOR = "DU1;T=BOR;B=B1;G=75001;D=20260115;F={};P={}"
FIC = "DU1;T=FIC;N={};B=B1;P={}"


def piece(n: int, kind: str, who: str = "", **more: Any) -> PageLue:
    return page(n, kind, who, WORDS, f"réf {n * 7919} {kind}", **more)
