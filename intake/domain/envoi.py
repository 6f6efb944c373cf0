"""An envoi, the pieces cut from it and the incidents it raised, as the register keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from intake.domain.lecture import Lieu
from intake.domain.motif import Canal, Gravite, Motif, StatutEnvoi, StatutPiece


@dataclass(frozen=True, slots=True)
class Refus:
    """Why a file was refused as a whole; the original is kept all the same (R2)."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Envoi:
    """One file received. `objet`: key of its original bytes; `declaree`: the demande its sender named."""

    id: str
    fichier: str
    sha256: str
    taille: int
    canal: Canal
    recu_le: datetime
    objet: str
    declaree: str | None = None
    deposant: str | None = None
    statut: StatutEnvoi = StatutEnvoi.RECUE
    media: str | None = None
    pages: int = 0
    traite_le: datetime | None = None
    bordereau: dict[str, str | int | None] | None = None
    refus: Refus | None = None
    cpu_seconds: float = 0.0

    @property
    def termine(self) -> bool:
        return self.statut not in (StatutEnvoi.RECUE, StatutEnvoi.EN_COURS)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some pages of an envoi, recognised and placed.

    `demande` is the dossier it is linked to; `numero_lu` the number read for it when that is no known
    demande. `repere`: what tells two like papers apart (`duplicates.REPERES`), in that order.
    """

    id: str
    envoi: str
    rang: int
    pages: tuple[int, ...]
    type: str
    categorie: str
    statut: StatutPiece
    confidence: float
    sha256: str
    objet: str
    recu_le: datetime
    demande: str | None = None
    numero_lu: str | None = None
    personne: str | None = None
    motif: Motif | None = None
    message: str = ""
    raison: str = ""
    evidence: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    lieux: Mapping[str, Lieu] = field(default_factory=dict)  # where each field was read: page of the envoi
    texte: str = ""
    empreintes: tuple[str, ...] = ()
    repere: tuple[str, ...] = ()
    doublon_de: str | None = None
    validite: date | None = None
    occupe: tuple[str, str] | None = None  # the place it takes: (category, person or "")

    @property
    def numero_unique(self) -> str | None:
        return self.demande or self.numero_lu

    @property
    def etendue(self) -> tuple[int, int]:
        return self.pages[0], self.pages[-1]


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    envoi: str
    motif: Motif
    pages: tuple[int, ...]
    message: str
    cree_le: datetime
    gravite: Gravite = Gravite.A_TRAITER
    piece: str | None = None
    attendu: str | None = None
    trouve: str | None = None
    etat: str = "ouverte"
