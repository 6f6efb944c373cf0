"""The compte rendu of an envoi (R11): the object that ``spec/cli.md`` promises, and its table for people."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from intake.domain import numero as numeros
from intake.domain.envoi import Envoi, Incident, Piece
from intake.domain.lecture import Sort
from intake.domain.motif import Gravite, Motif, StatutEnvoi, StatutPiece
from storage.queries import PageClassee
from web.wiring import Site


@dataclass(frozen=True)
class CompteRendu:
    envoi: Envoi
    pieces: list[Piece]
    incidents: list[Incident]
    pages: list[PageClassee]


def compte_rendu(site: Site, identifiant: str) -> CompteRendu:
    with site.uow() as tx:
        envoi = tx.envois.lire(identifiant)
        assert envoi is not None
        pieces = sorted(tx.pieces.de_envoi(identifiant), key=lambda p: p.rang)
        incidents = tx.incidents.de_envoi(identifiant)
    return CompteRendu(envoi, pieces, incidents, site.queries.pages_of(identifiant))


def document(report: CompteRendu, file: str, *, new: bool) -> dict[str, Any]:
    envoi = report.envoi
    if envoi.refus is not None:
        refusal = {"code": envoi.refus.code, "message": envoi.refus.message, "hint": envoi.refus.hint}
        return {
            "file": file,
            "error": refusal,
            "envoi": envoi.id,
            "statut": envoi.statut.value,
            "nouveau": new,
            "cpu_seconds": envoi.cpu_seconds,
        }
    return {
        "file": file,
        "envoi": envoi.id,
        "statut": envoi.statut.value,
        "pages": envoi.pages,
        "pieces": [_piece(p) for p in report.pieces],
        "incidents": [_incident(i) for i in report.incidents],
        "cpu_seconds": envoi.cpu_seconds,
        "canal": envoi.canal.value,
        "bordereau": envoi.bordereau,
        "nouveau": new,
        "hors_pieces": [
            {"page": p.page, "sort": p.sort, "raison": p.raison} for p in report.pages if p.sort != Sort.PIECE
        ],
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "id": piece.id,
        "numero_unique": piece.numero_unique,
        "pages": list(piece.etendue),
        "type": piece.type,
        "categorie": piece.categorie,
        "statut": piece.statut.value,
        "motif": piece.motif.value if piece.motif else None,
        "personne": piece.personne,
        "confidence": round(piece.confidence, 3),
        "sha256": piece.sha256,
        "message": piece.message,
        "coupure": piece.raison,
        "evidence": list(piece.evidence),
        "doublon_de": piece.doublon_de,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "motif": incident.motif.value,
        "pages": list(incident.pages),
        "message": incident.message,
        "gravite": incident.gravite.value,
        "etat": incident.etat,
        "piece": incident.piece,
        "attendu": incident.attendu,
        "trouve": incident.trouve,
    }


_COLOURS = {
    StatutPiece.DEPOSEE: "green",
    StatutPiece.A_VERIFIER: "yellow",
    StatutPiece.EN_ATTENTE: "yellow",
    StatutPiece.DOUBLON: "cyan",
    StatutPiece.OBSOLETE: "cyan",
    StatutPiece.REJETEE: "red",
    StatutPiece.SUPPRIMEE: "red",
}
_STATUTS = {
    StatutPiece.DEPOSEE: "déposée",
    StatutPiece.A_VERIFIER: "à vérifier",
    StatutPiece.EN_ATTENTE: "en attente : catégorie pleine",
    StatutPiece.DOUBLON: "doublon",
    StatutPiece.OBSOLETE: "obsolète",
    StatutPiece.REJETEE: "rejetée",
    StatutPiece.SUPPRIMEE: "supprimée",
}
_SORTS = {
    Motif.HORS_PERIMETRE: "déposée, hors périmètre",
    Motif.IDENTITE_INCOHERENTE: "à vérifier : identité",
    Motif.ILLISIBLE: "à vérifier : illisible",
    Motif.INCOMPLETE: "à vérifier : incomplète",
    Motif.MAL_CLASSEE: "à vérifier : à classer",
    Motif.SANS_FICHE: "à vérifier : sans fiche",
    Motif.NUMERO_ILLISIBLE: "à vérifier : numéro illisible",
    Motif.NUMERO_INCONNU: "à vérifier : numéro inconnu",
    Motif.DEMANDE_RADIEE: "à vérifier : demande radiée",
    Motif.QR_FALSIFIE: "à vérifier : code falsifié",
    Motif.MAUVAISE_DEMANDE: "à vérifier : autre demande",
}
_ENVOI = {
    StatutEnvoi.TRAITEE: ("green", "traité, sans incident"),
    StatutEnvoi.TRAITEE_AVEC_INCIDENTS: ("yellow", "traité, avec des incidents"),
    StatutEnvoi.QUARANTAINE: ("red", "en quarantaine : rien n'a pu être attribué"),
    StatutEnvoi.EN_COURS: ("blue", "en cours"),
    StatutEnvoi.RECUE: ("blue", "reçu"),
}


def for_people(report: CompteRendu, file: str, *, new: bool, libelles: dict[str, str]) -> Group:
    envoi = report.envoi
    colour, words = _ENVOI[envoi.statut]
    pages = f"{envoi.pages} page{'s' if envoi.pages > 1 else ''}"
    title = Text.assemble((Path(file).name, "bold"), f", {pages} : ", (words, colour))
    title.append(f"\nenvoi {envoi.id}, {envoi.cpu_seconds:.1f} s de calcul", "dim")
    if not new:
        title.append("\nDéjà reçu : rien n'a été déposé une seconde fois.", "cyan")
    if envoi.refus is not None:
        title.append(f"\n  {envoi.refus.code} : {envoi.refus.message}\n  {envoi.refus.hint}")
        return Group(title.append("\n  L'original est conservé."), Text())
    return Group(
        title, Text(), *_pieces(report, libelles), _others(report), Text(), _incidents(report), Text()
    )


def _pieces(report: CompteRendu, libelles: dict[str, str]) -> list[RenderableType]:
    """The pieces, one table for each demande in the order of the file."""
    blocks: list[RenderableType] = []
    for numero, group in groupby(report.pieces, key=lambda p: p.numero_unique):
        readable = numeros.lire(numero) if numero else None
        head = f"Demande {readable.lisible}" if readable else "Sans demande"
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0), expand=False)
        table.add_column(justify="right", no_wrap=True, min_width=7)
        table.add_column(overflow="ellipsis", no_wrap=True, min_width=28)
        table.add_column(no_wrap=True, style="dim")
        table.add_column(no_wrap=True)
        for piece in group:
            sort = Text(_words_for(piece), _COLOURS[piece.statut])
            where = f"{piece.categorie} {piece.personne or ''}".strip()
            table.add_row(span(piece.pages), short(libelles.get(piece.type, piece.type)), where, sort)
        blocks += [Text(head, "bold"), table, Text()]
    return blocks


def _words_for(piece: Piece) -> str:
    usual = _STATUTS[piece.statut]
    if piece.motif is Motif.HORS_PERIMETRE and piece.statut is StatutPiece.A_VERIFIER:
        return "à vérifier : hors liste"
    return _SORTS.get(piece.motif, usual) if piece.motif else usual


def short(libelle: str) -> str:
    """A label without its parenthesis: « Acte de naissance (copie ou extrait) »."""
    return libelle.split(" (")[0].split(",")[0]


def _others(report: CompteRendu) -> Text:
    """Every page that is in no piece: the sum of R2 is there to be seen."""
    text = Text()
    for sort, words in (
        (Sort.FEUILLE, "Feuilles"),
        (Sort.BLANCHE, "Pages blanches"),
        (Sort.INCIDENT, "Pages illisibles"),
    ):
        numbers = [p.page for p in report.pages if p.sort == sort]
        if numbers:
            text.append(f"{words} : ", "dim").append(f"{ranges(numbers)}   ")
    in_pieces = sum(1 for p in report.pages if p.sort in (Sort.PIECE, Sort.VERSO))
    text.append("Pages en pièces : ", "dim").append(str(in_pieces))
    text.append("   Total : ", "dim").append(f"{len(report.pages)} sur {report.envoi.pages}")
    return text


def _incidents(report: CompteRendu) -> Table | Text:
    open_ = [i for i in report.incidents if i.gravite is not Gravite.INFORMATION]
    if not open_:
        return Text("Aucun incident à traiter.", "green")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("Incidents", no_wrap=True, style="yellow")
    table.add_column("Pages", justify="right", no_wrap=True)
    table.add_column("Ce qui a été trouvé, et ce qu'il faut faire")
    for incident in sorted(open_, key=lambda i: i.pages[:1]):
        pages = ranges(list(incident.pages)) if len(incident.pages) < 8 else span(incident.pages)
        table.add_row(incident.motif.value, pages, incident.message)
    return table


def span(pages: tuple[int, ...]) -> str:
    return str(pages[0]) if len(pages) == 1 else f"{pages[0]}–{pages[-1]}"


def ranges(numbers: list[int]) -> str:
    """« 1, 3–5, 9 »."""
    runs: list[list[int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(span((r[0], r[-1])) if len(r) > 1 else str(r[0]) for r in runs)
