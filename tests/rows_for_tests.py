"""An envoi and a filed piece, whole, for the tests of the rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

from intake.domain.envoi import Envoi, Piece
from intake.domain.lecture import Lieu
from intake.domain.motif import Canal, StatutPiece
from readings import N1

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENVOI = Envoi("E1", "scan é.pdf", "ab" * 32, 12, Canal.NUMERISEUR, NOW, "ab/ab/x", declaree=N1)
PIECE = Piece(
    "E1-0001", "E1", 1, (2, 3), "bail", "LOG", StatutPiece.DEPOSEE, 0.97, "cd" * 32, "cd/cd/x", NOW,
    demande=N1, personne="D", evidence=("titre « bail »",), fields={"date": "2026-01-02"}, texte="a\x00b é",
    lieux={"date": Lieu(3, (10, 20, 110, 40))},
    empreintes=("00ff",), repere=("2026-01-02", "", ""), validite=date(2027, 1, 2), occupe=("LOG", ""),
)  # fmt: skip
