"""Orders about pieces as commands: options that several share, one way to carry them out and to tell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from intake.domain import numero as numeros
from intake.domain.commands import Correctif, Decouper, Fusionner, Geste, Recoupe, Tourner
from intake.domain.envoi import Piece
from intake.use_cases.correct import Corrige
from intake.use_cases.repair import Repare
from web.cli.common import console, emit, gestes, json_lines_option, par_option, raison_option
from web.report import span
from web.settings import read_settings
from web.wiring import make_lecteur

F = TypeVar("F", bound=Callable[..., None])


def numero(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    parsed = numeros.lire(value)
    if parsed is None:
        raise click.BadParameter(
            f"« {value} » n'est pas un numéro unique (18 caractères, territoire puis MMAA…)."
        )
    return str(parsed)


def pages(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, ...]:
    """« 5-9,12 » as page numbers."""
    found: set[int] = set()
    for part in (value or "").replace(" ", "").split(","):
        low, _, high = part.replace("–", "-").partition("-")
        if not part:
            continue
        if not low.isdecimal() or not (high or low).isdecimal() or int(high or low) - int(low) > 3000:
            raise click.BadParameter(f"« {value} » : écrivez par exemple 5-9,12.")
        found |= set(range(int(low), int(high or low) + 1))
    return tuple(sorted(found))


def geste_options(command: F) -> F:
    """Who, why, and what they had before their eyes."""
    for option in (
        json_lines_option,
        click.option("--vu", type=int, metavar="VERSION", help="Refuse si la pièce a changé depuis."),
        par_option,
        raison_option,
    ):
        command = option(command)
    return command


def carry_out(piece: str, ordre: Correctif | Recoupe, geste: Geste, *, as_json: bool) -> None:
    tell(do(piece, ordre, geste), as_json=as_json)


def do(piece: str, ordre: Correctif | Recoupe, geste: Geste) -> Corrige:
    if isinstance(ordre, Tourner | Decouper | Fusionner):
        with make_lecteur(read_settings(), "codes illisibles") as lecteur:
            return gestes(geste.par).recouper(lecteur)(piece, ordre, geste)
    return gestes(geste.par).corriger(piece, ordre, geste)


def tell(done: Corrige, *, as_json: bool) -> None:
    if as_json:
        emit(
            {
                **document(done.piece),
                "nouvelles": [document(p) for p in done.nouvelles],
                "deposees": [document(p) for p in done.deposees],
            }
        )
        return
    for piece in (done.piece, *done.nouvelles):
        console.print(f"Pièce {line(piece)}", markup=False)
    for piece in done.deposees:
        console.print(f"Pièce {piece.id}, qui attendait, est déposée.", markup=False)


def tell_repair(done: Repare, *, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "envoi": done.envoi.id,
                "statut": done.envoi.statut.value,
                "pieces": [document(p) for p in done.pieces],
                "deposees": [document(p) for p in done.deposees],
            }
        )
        return
    for piece in done.pieces:
        console.print(f"Pièce {line(piece)}", markup=False)
    console.print(f"Envoi {done.envoi.id} : {done.envoi.statut.value}.", markup=False)


def line(piece: Piece) -> str:
    numero = numeros.lire(piece.numero_unique) if piece.numero_unique else None
    where = f"{piece.categorie} {piece.personne or ''}".strip()
    head = f"{piece.id} : p. {span(piece.pages)}, {piece.type}, {where}"
    state = f"{piece.statut.value}{f' ({piece.motif.value})' if piece.motif else ''}"
    return f"{head}\n  {state}, demande {numero.lisible if numero else 'inconnue'}"


def document(piece: Piece) -> dict[str, Any]:
    return {
        "id": piece.id,
        "envoi": piece.envoi,
        "pages": list(piece.pages),
        "numero_unique": piece.numero_unique,
        "type": piece.type,
        "categorie": piece.categorie,
        "personne": piece.personne,
        "statut": piece.statut.value,
        "motif": piece.motif.value if piece.motif else None,
        "message": piece.message,
        "sha256": piece.sha256,
        "version": piece.version,
        "rotations": list(piece.rotations),
        "remplacee_par": piece.remplacee_par,
    }
