"""What the commands share: one translation of errors, JSON lines, a progress bar on terminals."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement
from intake.domain.motif import est_refus
from intake.errors import IntakeError
from intake.use_cases.receive import FichierIntrouvable
from storage.uow import SqlTransaction
from web.gestes import Gestes
from web.settings import read_settings
from web.wiring import Site, open_site

P = ParamSpec("P")

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

files_argument = click.argument(
    "files", metavar="FICHIER…", nargs=-1, required=True, type=click.Path(path_type=Path)
)
json_option = click.option("--json", "as_json", is_flag=True, help="Un objet JSON par fichier et par ligne.")


json_lines_option = click.option("--json", "as_json", is_flag=True, help="Un objet JSON par ligne.")
par_option = click.option(
    "--par", default=getpass.getuser, show_default="votre nom de session", metavar="NOM", help="Qui agit."
)


def told(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A reason that says something."""
    if not value.strip():
        raise click.BadParameter("dites pourquoi en quelques mots.")
    return value


raison_option = click.option(
    "--raison", required=True, callback=told, metavar="TEXTE", help="Pourquoi : cela reste dans l'histoire."
)


def translated(command: Callable[P, None]) -> Callable[P, None]:
    """The one translation for this door: an error of ours is one sentence on stderr and exit 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except IntakeError as e:
            errors.print(f"[bold red]Erreur[/] {e.code} : ", end="")
            errors.print(f"{e.message} {e.hint}", markup=False)
            sys.exit(1)
        except BrokenPipeError:  # « flask … | head »
            sys.stderr.close()
            sys.exit(141)

    return run


def current_site() -> Site:
    return open_site(read_settings())


def gestes(par: str) -> Gestes:
    """What people do from the command line; the journal has the name they gave (R32)."""
    return current_site().au_nom_de(replace(SYSTEME, nom=f"{SYSTEME.nom} ({par})"))


def note(site: Site, tx: SqlTransaction, action: Action, objet: str, demande: str | None = None) -> None:
    """A line of the journal for what is about to be shown (R32); the transaction is committed with it."""
    tx.journal.ecrire(site.clock.now(), [Evenement(SYSTEME, action, objet, demande)])
    tx.commit()


def emit(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def shown(file: Path) -> str:
    """A file's name as text, whatever bytes it is made of."""
    return os.fsencode(file).decode("utf-8", "replace")


def printable(file: Path) -> str:
    """The same for a terminal: a file's name must not move the cursor."""
    return "".join(c if c.isprintable() else "\ufffd" for c in shown(file))


@contextmanager
def one_file(file: Path, *, as_json: bool) -> Iterator[list[IntakeError]]:
    """The door for one file of a call: whatever happens to it, it has its line, and the others go on.

    Yields a list that holds the error afterwards, if there was one.
    """
    seen: list[IntakeError] = []
    try:
        yield seen
        return
    except IntakeError as e:
        seen.append(e)
    except Exception:  # noqa: BLE001 - ours: told with its trace, and the other files are not made to wait
        errors.print_exception(width=110, max_frames=6)
        seen.append(IntakeError("Le traitement de ce fichier a échoué ; l'original reçu est conservé."))
    if as_json:
        emit(error_document(file, seen[0]))
    errors.print(f"{printable(file)} : {seen[0].message} {seen[0].hint}", markup=False)


def is_ours(error: IntakeError) -> bool:
    """Whether the call must not end with 0: something it was given was not dealt with, not even refused."""
    return not est_refus(error.code)


def must_exist(file: Path) -> None:
    """Raises FichierIntrouvable, which says whether it is a folder or a pipe, which may never end."""
    if file.is_dir():
        raise FichierIntrouvable(
            f"« {file.name} » est un dossier.", hint="Donnez les fichiers qu'il contient."
        )
    if file.exists() and not file.is_file():
        raise FichierIntrouvable(
            f"« {file.name} » n'est pas un fichier ordinaire.",
            hint="Enregistrez son contenu dans un fichier, et donnez celui-ci.",
        )
    if not os.access(file, os.R_OK):
        raise FichierIntrouvable(f"Le fichier « {file.name} » ne peut pas être lu.")


def error_document(file: Path, error: IntakeError) -> dict[str, Any]:
    return {"file": shown(file), "error": {"code": error.code, "message": error.message, "hint": error.hint}}


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Callable[[int, int, str], None]]:
    """Pages done of pages in all, on a terminal's stderr only."""
    if not (shown and errors.is_terminal):
        yield lambda _done, _total, _stage: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("ouverture", total=None)
        yield lambda done, total, stage: bar.update(task, completed=done, total=total, description=stage)
