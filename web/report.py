"""The compte rendu of an envoi (R11): the object that ``spec/cli.md`` promises, and its table for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from intake.domain.envoi import Envoi, Incident, Piece
from intake.domain.lecture import Sort
from intake.domain.motif import Gravite, StatutEnvoi, StatutPiece
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
    title = Text.assemble((file, "bold"), "  ", (words, colour), f"  ({envoi.pages} pages, envoi {envoi.id})")
    if not new:
        title.append("\nDéjà reçu : rien n'a été déposé une seconde fois.", "cyan")
    if envoi.refus is not None:
        text = Text(
            f"  {envoi.refus.code} : {envoi.refus.message}\n  {envoi.refus.hint}\n  L'original est conservé."
        )
        return Group(title, text, Text())
    return Group(title, _pieces_table(report, libelles), _others(report), _incidents_table(report), Text())


def _pieces_table(report: CompteRendu, libelles: dict[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name, style in (
        ("Pages", "right"),
        ("Pièce", "left"),
        ("Cat.", "left"),
        ("Demande", "left"),
        ("Pers.", "left"),
        ("Sort", "left"),
    ):
        table.add_column(name, justify=style, no_wrap=name != "Pièce")  # type: ignore[arg-type]
    for piece in report.pieces:
        sort = Text(piece.statut.value, _COLOURS[piece.statut])
        if piece.motif:
            sort.append(f"  {piece.motif.value}", "dim")
        table.add_row(
            span(piece.pages),
            libelles.get(piece.type, piece.type),
            piece.categorie,
            piece.numero_unique or "—",
            piece.personne or "",
            sort,
        )
    return table


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


def _incidents_table(report: CompteRendu) -> Table | Text:
    open_ = [i for i in report.incidents if i.gravite is not Gravite.INFORMATION]
    if not open_:
        return Text("Aucun incident à traiter.", "green")
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("Incident", no_wrap=True, style="yellow")
    table.add_column("Pages", justify="right", no_wrap=True)
    table.add_column("Ce qu'il faut faire")
    for incident in sorted(open_, key=lambda i: i.pages[:1]):
        table.add_row(incident.motif.value, ranges(list(incident.pages)), incident.message)
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
