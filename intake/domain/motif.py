"""Why something was refused, held or marked, and what may be done about it. Codes: ``spec/cli.md``."""

from __future__ import annotations

from enum import StrEnum


class Motif(StrEnum):
    SANS_BORDEREAU = "SANS_BORDEREAU"
    SANS_FICHE = "SANS_FICHE"
    COMPTE_INEXACT = "COMPTE_INEXACT"
    NUMERO_ILLISIBLE = "NUMERO_ILLISIBLE"
    NUMERO_INCONNU = "NUMERO_INCONNU"
    DEMANDE_RADIEE = "DEMANDE_RADIEE"
    IDENTITE_INCOHERENTE = "IDENTITE_INCOHERENTE"
    ILLISIBLE = "ILLISIBLE"
    INCOMPLETE = "INCOMPLETE"
    HORS_PERIMETRE = "HORS_PERIMETRE"
    OBSOLETE = "OBSOLETE"
    CATEGORIE_PLEINE = "CATEGORIE_PLEINE"
    DOUBLON = "DOUBLON"
    QR_FALSIFIE = "QR_FALSIFIE"
    FALSIFICATION_SUSPECTEE = "FALSIFICATION_SUSPECTEE"
    FORMAT_REFUSE = "FORMAT_REFUSE"
    TROP_VOLUMINEUX = "TROP_VOLUMINEUX"
    FICHIER_CORROMPU = "FICHIER_CORROMPU"
    FICHIER_PROTEGE = "FICHIER_PROTEGE"
    VIRUS = "VIRUS"
    MAL_CLASSEE = "MAL_CLASSEE"
    MAUVAISE_DEMANDE = "MAUVAISE_DEMANDE"
    ERREUR_INTERNE = "ERREUR_INTERNE"  # of an incident only: an envoi put aside for a fault of ours


def est_refus(code: str) -> bool:
    """Whether the material is at fault, and not this program."""
    return code in Motif.__members__ and code != Motif.ERREUR_INTERNE.value


class StatutPiece(StrEnum):
    DEPOSEE = "deposee"
    A_VERIFIER = "a_verifier"
    EN_ATTENTE = "en_attente"
    REJETEE = "rejetee"
    DOUBLON = "doublon"
    OBSOLETE = "obsolete"
    SUPPRIMEE = "supprimee"


class StatutEnvoi(StrEnum):
    RECUE = "recue"
    EN_COURS = "en_cours"
    TRAITEE = "traitee"
    TRAITEE_AVEC_INCIDENTS = "traitee_avec_incidents"
    QUARANTAINE = "quarantaine"


class Canal(StrEnum):
    """By which way a file came (R1)."""

    NUMERISEUR = "numeriseur"
    GUICHET = "guichet"
    DEMANDEUR = "demandeur"


class Gravite(StrEnum):
    INFORMATION = "information"  # marked or set aside by rule: nobody has to do anything
    A_TRAITER = "a_traiter"
    SENSIBLE = "sensible"  # a sensitive piece is concerned: comes first (R26)
