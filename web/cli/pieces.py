"""`flask pieces`: what is in a dossier, and what people do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from intake.domain import numero as numeros
from intake.domain.acces import SYSTEME
from intake.domain.commands import RETRAITS, Geste
from intake.domain.envoi import Piece
from intake.domain.journal import Action
from intake.domain.motif import Motif, StatutPiece
from intake.errors import DemandeInconnue
from intake.use_cases.incidents import SIGNALABLES
from storage.existence import Sensibles
from storage.search import Criteres
from storage.words import Segment, extrait, termes
from web.cli.common import (
    console,
    current_site,
    emit,
    gestes,
    json_lines_option,
    json_option,
    note,
    par_option,
    raison_option,
    translated,
)
from web.cli.incidents import document
from web.recherche import debut, fin, lignes_de

_DAY = click.DateTime(["%Y-%m-%d"])


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


@pieces.command("chercher")
@click.argument("mots", nargs=-1)
@click.option("--nom", metavar="NOM", help="Nom, prénom ou leurs débuts, d'une personne du ménage.")
@click.option("--numero", metavar="NUMERO", help="Le début d'un numéro unique ou d'un alias.")
@click.option("--statut", type=click.Choice([s.value for s in StatutPiece]))
@click.option("--motif", type=click.Choice([m.value for m in Motif]))
@click.option("--type", "type_", metavar="TYPE", help="Un type du plan de classement.")
@click.option("--categorie", metavar="CODE")
@click.option("--envoi", metavar="ENVOI")
@click.option("--depuis", type=_DAY, metavar="AAAA-MM-JJ", help="Reçues ce jour ou après.")
@click.option("--jusqu-a", "jusqu_a", type=_DAY, metavar="AAAA-MM-JJ", help="Reçues ce jour ou avant.")
@click.option("--limite", type=click.IntRange(1, 1000), default=50, show_default=True)
@par_option
@json_lines_option
@translated
def pieces_chercher(
    mots: tuple[str, ...],
    type_: str | None,
    depuis: datetime | None,
    jusqu_a: datetime | None,
    limite: int,
    par: str,
    as_json: bool,
    **asked: str | None,
) -> None:
    """Cherche des pièces par les mots de leur texte ; tous doivent s'y trouver, les récentes d'abord.

    Sans accents ni majuscules, au singulier ou au pluriel. Une "expression entre guillemets" se trouve
    mot pour mot ; un mot suivi de * peut n'être qu'un début.
    """
    typed = "".join(f'"{m}" ' if " " in m and '"' not in m else f"{m} " for m in mots)
    looked_for = termes(typed) if typed.strip() else None
    given = {**asked, "type": type_}
    numero = numeros.compact(asked["numero"]) if asked["numero"] else None
    wanted = Criteres(
        termes=looked_for,
        **{**given, "numero": numero},
        depuis=debut(depuis.date() if depuis else None),
        avant=fin(jusqu_a.date() if jusqu_a else None),
    )
    site, actor = current_site(), replace(SYSTEME, nom=f"{SYSTEME.nom} ({par})")
    nothing_hidden = Sensibles(frozenset(), frozenset())
    with site.uow() as tx:
        found = tx.recherche.pieces(actor, nothing_hidden, wanted, apres=None, n=limite + 1)
        told = {"texte": typed, **given, "recu_depuis": depuis, "recu_jusqu_a": jusqu_a}
        tx.journal.ecrire(site.clock.now(), lignes_de(actor, told, found[:limite]))
        tx.commit()
    for piece in found[:limite]:
        parts = extrait(piece.texte, looked_for) if looked_for else ()
        if as_json:
            emit(_found(piece, parts))
        else:
            _show(piece, parts)
    if not as_json:
        more = f" ; il y en a d'autres : --limite {limite * 2}" if len(found) > limite else ""
        console.print(f"{len(found[:limite])} pièce(s){more}.", style="dim")


def _found(piece: Piece, parts: Sequence[Segment]) -> dict[str, Any]:
    return {
        "id": piece.id,
        "envoi": piece.envoi,
        "numero_unique": piece.numero_unique,
        "type": piece.type,
        "categorie": piece.categorie,
        "statut": piece.statut.value,
        "motif": piece.motif.value if piece.motif else None,
        "recu_le": piece.recu_le.isoformat(),
        "extrait": [{"texte": p.texte, "trouve": p.trouve} for p in parts],
    }


def _show(piece: Piece, parts: Sequence[Segment]) -> None:
    line = Text(piece.id, style="bold")
    where = piece.numero_unique or "sans demande"
    line.append(f"  {piece.type}  {piece.statut.value}  {where}", "not bold")
    console.print(line, soft_wrap=True)
    if parts:
        shown = Text("    ")
        for part in parts:
            shown.append(_printable(part.texte), "bold reverse" if part.trouve else "dim")
        console.print(shown, soft_wrap=True)


def _printable(texte: str) -> str:
    """What was read on paper must not move the cursor of a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in texte)


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
