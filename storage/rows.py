"""Translates envois and pieces into rows and back; nothing else knows both shapes."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from intake.domain.envoi import Envoi, Piece, Refus
from intake.domain.lecture import Lieu
from intake.domain.motif import Canal, Motif, StatutEnvoi, StatutPiece
from intake.errors import StockageIndisponible


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
    )


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    if connection.dialect.name != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # slow to load, and loaded with its engine

    return postgresql.insert(table)


def insert_once(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert, or leave what is there: what makes every step safe to run twice."""
    key = list(table.primary_key)
    statement = _insert(connection, table).values(row)
    statement = statement.on_conflict_do_nothing(index_elements=key).returning(*key)
    try:
        return connection.execute(statement).first() is not None
    except IntegrityError as e:
        raise StockageIndisponible(
            "La base de données a refusé une ligne incohérente : rien n'a été écrit."
        ) from e
