"""`flask pieces`: what is in a dossier, and what people do with it."""

from __future__ import annotations

import click
from rich.table import Table

from intake.domain import numero as numeros
from intake.domain.commands import RETRAITS, Geste
from intake.domain.journal import Action
from intake.domain.motif import Motif
from intake.errors import DemandeInconnue
from intake.use_cases.incidents import SIGNALABLES
from web.cli.common import (
    console,
    current_site,
    emit,
    gestes,
    json_option,
    note,
    par_option,
    raison_option,
    translated,
)
from web.cli.incidents import document


@click.group()
def pieces() -> None:
    """Les pièces d'une demande."""


@pieces.command("list")
@click.argument("numero")
@json_option
@translated
def pieces_list(numero: str, as_json: bool) -> None:
    """Liste les pièces d'une demande, les plus anciennes d'abord."""
    site = current_site()
    parsed = numeros.lire(numero)
    with site.uow() as tx:
        demande = tx.registre.chercher(str(parsed)) if parsed else None
        if demande is None:
            raise DemandeInconnue(f"La demande « {numero} » n'est pas dans le registre.")
        found = tx.pieces.de_demande(demande.numero_unique)
        note(site, tx, Action.CONSULTATION, "pieces", demande.numero_unique)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Pièce", no_wrap=True, min_width=21)  # whole at any width: the other commands want it
    for name, width in (("Type", 8), ("Cat.", 4), ("Pers.", 5), ("Statut", 10), ("Motif", 0)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=width)
    for p in found:
        if as_json:
            emit(
                {
                    "id": p.id,
                    "type": p.type,
                    "categorie": p.categorie,
                    "personne": p.personne,
                    "statut": p.statut.value,
                    "motif": p.motif.value if p.motif else None,
                    "sha256": p.sha256,
                }
            )
        table.add_row(p.id, p.type, p.categorie, p.personne or "", p.statut.value, p.motif or "")
    if not as_json:
        console.print(table)


@pieces.command("retirer")
@click.argument("piece")
@click.option("--statut", type=click.Choice(sorted(RETRAITS)), default="supprimee", show_default=True)
@raison_option
@par_option
@translated
def pieces_retirer(piece: str, statut: str, raison: str, par: str) -> None:
    """Retire une pièce ; la plus ancienne pièce en attente prend sa place."""
    done = gestes(par).corriger(piece, RETRAITS[statut], Geste(par, raison))
    console.print(f"Pièce {done.piece.id} : {done.piece.statut.value}.")
    for filed in done.deposees:
        console.print(f"Pièce {filed.id}, qui attendait, est déposée.")


@pieces.command("remplacer")
@click.argument("attente", metavar="PIECE_EN_ATTENTE")
@click.argument("sortante", metavar="PIECE_A_RETIRER")
@raison_option
@par_option
@translated
def pieces_remplacer(attente: str, sortante: str, raison: str, par: str) -> None:
    """Dépose une pièce en attente à la place d'une autre, en une seule action."""
    gone, filed = gestes(par).liberer.remplacer(attente, sortante, raison, par)
    console.print(f"Pièce {gone.id} : {gone.statut.value}. Pièce {filed.id} : {filed.statut.value}.")


@pieces.command("signaler")
@click.argument("piece")
@click.option(
    "--motif",
    required=True,
    type=click.Choice(sorted(m.value for m in SIGNALABLES)),
    help="Ce qui ne va pas.",
)
@click.option("--attendu", metavar="TEXTE", help="Ce que ce devrait être : demande, type, personne.")
@raison_option
@par_option
@json_option
@translated
def pieces_signaler(
    piece: str, motif: str, attendu: str | None, raison: str, par: str, as_json: bool
) -> None:
    """Ouvre une fiche incident sur une pièce mal classée, d'une autre demande, illisible…"""
    incident = gestes(par).suivre.signaler(piece, Motif(motif), par, raison, attendu=attendu)
    if as_json:
        emit(document(incident))
    else:
        console.print(f"Incident {incident.id} ouvert.")
