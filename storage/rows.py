"""Translates envois and pieces into rows and back; nothing else knows both shapes."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from intake.domain.envoi import Envoi, Incident, Piece, Refus
from intake.domain.incident import EtatIncident
from intake.domain.lecture import Lieu
from intake.domain.motif import Canal, Gravite, Motif, StatutEnvoi, StatutPiece


def envoi_row(envoi: Envoi) -> dict[str, Any]:
    return {
        "id": envoi.id,
        "fichier": envoi.fichier,
        "sha256": envoi.sha256,
        "taille": envoi.taille,
        "canal": envoi.canal.value,
        "declaree": envoi.declaree,
        "deposant": envoi.deposant,
        "statut": envoi.statut.value,
        "media": envoi.media,
        "pages": envoi.pages,
        "recu_le": envoi.recu_le,
        "traite_le": envoi.traite_le,
        "objet": envoi.objet,
        "bordereau": envoi.bordereau,
        "refus": msgspec.to_builtins(envoi.refus) if envoi.refus else None,
        "cpu_seconds": envoi.cpu_seconds,
    }


def envoi_of(row: sa.Row[Any]) -> Envoi:
    return Envoi(
        id=row.id,
        fichier=row.fichier,
        sha256=row.sha256,
        taille=row.taille,
        canal=Canal(row.canal),
        recu_le=row.recu_le,
        objet=row.objet,
        declaree=row.declaree,
        deposant=row.deposant,
        statut=StatutEnvoi(row.statut),
        media=row.media,
        pages=row.pages,
        traite_le=row.traite_le,
        bordereau=row.bordereau,
        refus=Refus(**row.refus) if row.refus else None,
        cpu_seconds=row.cpu_seconds,
    )


def piece_row(piece: Piece) -> dict[str, Any]:
    categorie, personne = piece.occupe or (None, None)
    return {
        "id": piece.id,
        "envoi": piece.envoi,
        "rang": piece.rang,
        "pages": list(piece.pages),
        "demande": piece.demande,
        "numero_lu": piece.numero_lu,
        "type": piece.type,
        "categorie": piece.categorie,
        "personne": piece.personne,
        "statut": piece.statut.value,
        "motif": piece.motif.value if piece.motif else None,
        "message": piece.message,
        "raison": piece.raison,
        "confidence": piece.confidence,
        "sha256": piece.sha256,
        "objet": piece.objet,
        "recu_le": piece.recu_le,
        "evidence": list(piece.evidence),
        "fields": piece.fields,
        "lieux": {name: [place.page, *place.boite] for name, place in piece.lieux.items()},
        "texte": piece.texte.replace("\x00", ""),
        "empreintes": list(piece.empreintes),
        "repere": list(piece.repere),
        "doublon_de": piece.doublon_de,
        "validite": piece.validite,
        "occupe_categorie": categorie,
        "occupe_personne": personne,
        "version": piece.version,
        "rotations": list(piece.rotations),
        "choisi_par": piece.choisi_par,
        "depose_le": piece.depose_le,
        "remplacee_par": piece.remplacee_par,
    }


def piece_of(row: sa.Row[Any]) -> Piece:
    return Piece(
        id=row.id,
        envoi=row.envoi,
        rang=row.rang,
        pages=tuple(row.pages),
        type=row.type,
        categorie=row.categorie,
        statut=StatutPiece(row.statut),
        confidence=row.confidence,
        sha256=row.sha256,
        objet=row.objet,
        recu_le=row.recu_le,
        demande=row.demande,
        numero_lu=row.numero_lu,
        personne=row.personne,
        motif=Motif(row.motif) if row.motif else None,
        message=row.message,
        raison=row.raison,
        evidence=tuple(row.evidence),
        fields=row.fields,
        lieux={name: Lieu(v[0], (v[1], v[2], v[3], v[4])) for name, v in row.lieux.items()},
        texte=row.texte,
        empreintes=tuple(row.empreintes),
        repere=tuple(row.repere),
        doublon_de=row.doublon_de,
        validite=row.validite,
        occupe=(row.occupe_categorie, row.occupe_personne) if row.occupe_categorie is not None else None,
        version=row.version,
        rotations=tuple(row.rotations),
        choisi_par=row.choisi_par,
        depose_le=row.depose_le,
        remplacee_par=row.remplacee_par,
    )


def incident_row(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "envoi": incident.envoi,
        "piece": incident.piece,
        "motif": incident.motif.value,
        "pages": list(incident.pages),
        "message": incident.message,
        "gravite": incident.gravite.value,
        "attendu": incident.attendu,
        "trouve": incident.trouve,
        "etat": incident.etat.value,
        "cree_le": incident.cree_le,
        "auteur": incident.auteur,
        "pris_par": incident.pris_par,
    }


def incident_of(row: sa.Row[Any]) -> Incident:
    return Incident(
        id=row.id,
        envoi=row.envoi,
        motif=Motif(row.motif),
        pages=tuple(row.pages),
        message=row.message,
        cree_le=row.cree_le,
        gravite=Gravite(row.gravite),
        piece=row.piece,
        attendu=row.attendu,
        trouve=row.trouve,
        etat=EtatIncident(row.etat),
        auteur=row.auteur,
        pris_par=row.pris_par,
    )
