"""An envoi, the pieces cut from it and the incidents it raised, as the register keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from intake.domain.incident import EtatIncident
from intake.domain.lecture import Lieu
from intake.domain.motif import Canal, Gravite, Motif, StatutEnvoi, StatutPiece

LECTURE, PARTIELLE = "lecture", "partielle"  # the field of a piece that says so


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

    @property
    def delai_depuis(self) -> datetime:
        """Where the delay of R9 begins: nobody could repair what was not yet processed."""
        return max(self.recu_le, self.traite_le or self.recu_le)

    @property
    def mis_de_cote(self) -> bool:
        """Given up for a fault of ours, until somebody restarts it: nothing of it is anybody's delay."""
        return self.refus is not None and self.refus.code == Motif.ERREUR_INTERNE.value


@dataclass(frozen=True, slots=True)
class Piece:
    """Some pages of an envoi, recognised and placed.

    `demande` is the dossier it is linked to; `numero_lu` the number read for it when that is no known
    demande. `repere`: what tells two like papers apart (`duplicates.REPERES`), in that order.
    `rotations`: degrees clockwise that a person added to each page; `choisi_par`: who gave its type, when it
    was a person; `remplacee_par`: the piece that has its pages now. `version` counts its changes.
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
    version: int = 1
    rotations: tuple[int, ...] = ()
    choisi_par: str | None = None
    depose_le: datetime | None = None  # first filed: where the clock of R12 stops
    remplacee_par: str | None = None

    @property
    def numero_unique(self) -> str | None:
        return self.demande or self.numero_lu

    @property
    def etendue(self) -> tuple[int, int]:
        return self.pages[0], self.pages[-1]

    @property
    def lue_en_partie(self) -> bool:
        """The middle of some dense page was left unread: its head and foot told what filing asks."""
        return self.fields.get(LECTURE) == PARTIELLE

    @property
    def vive(self) -> bool:
        """Its pages are its own, whatever its statut; of a replaced piece they are another's."""
        return self.remplacee_par is None


def derniere(piece: Piece, lignes: Mapping[str, Piece]) -> Piece:
    """The piece that has the pages of `piece` now, in the rows of its envoi; itself when it has them."""
    while (by := lignes.get(piece.remplacee_par or "")) is not None:
        piece = by
    return piece


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
    etat: EtatIncident = EtatIncident.OUVERTE
    auteur: str | None = None  # who reported it; None: the main job
    pris_par: str | None = None
