"""`flask demandes` and `flask plan`: the register of demandes and the plan de classement."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from intake.domain.acces import SYSTEME
from intake.domain.jour import jour_civil
from intake.domain.journal import Action, Evenement
from intake.domain.motif import StatutPiece
from intake.domain.plan import PlanDeClassement
from storage.plan_rows import to_document
from web.cli.common import console, current_site, emit, errors, json_option, translated
from web.documents import read_plan, read_register

_BATCH = 500


@click.group()
def demandes() -> None:
    """Le registre des demandes."""


@demandes.command("import")
@click.argument("file", metavar="FICHIER.jsonl", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@translated
def demandes_import(file: Path, as_json: bool) -> None:
    """Charge des demandes, une par ligne ; une demande déjà connue est mise à jour. Tout ou rien."""
    site = current_site()
    told = read_register(file, jour_civil(site.clock.now()))
    count, judged = site.au_nom_de(SYSTEME).inscrire(told)
    filed = sum(p.statut is StatutPiece.DEPOSEE for p in judged)
    if as_json:
        emit({"file": str(file), "demandes": count, "pieces_reprises": len(judged), "pieces_deposees": filed})
        return
    console.print(f"{count} demande{'s' if count > 1 else ''} chargée{'s' if count > 1 else ''}.")
    if judged:
        console.print(f"{len(judged)} pièce(s) qui attendaient leur demande : {filed} déposée(s).")


@click.group()
def plan() -> None:
    """Le plan de classement : catégories, limites, types."""


@plan.command("import")
@click.argument("file", metavar="FICHIER.toml", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@translated
def plan_import(file: Path) -> None:
    """Ajoute une version du plan, en vigueur à sa date d'effet."""
    site = current_site()
    version = read_plan(file)
    with site.uow() as tx:
        new = tx.plans.ajouter(version)
        done = Evenement(SYSTEME, Action.MODIFICATION, f"plan {version.version}")
        tx.journal.ecrire(site.clock.now(), [done])
        tx.commit()
    # A raised limit frees places: what waited for them is filed by itself (R20).
    promote = site.au_nom_de(SYSTEME).liberer.promouvoir
    filed = [p for numero in site.queries.demandes_with_held_pieces() for p in promote(numero)]
    state = "ajouté" if new else "déjà connu"
    console.print(f"Plan {version.version} {state}, en vigueur le {version.date_effet:%d/%m/%Y}.")
    if filed:
        errors.print(f"{len(filed)} pièce(s) en attente déposée(s).")


@plan.command("show")
@json_option
@translated
def plan_show(as_json: bool) -> None:
    """Montre le plan en vigueur aujourd'hui."""
    site = current_site()
    with site.uow() as tx:
        current = tx.plans.en_vigueur(jour_civil(site.clock.now()))
    if as_json:
        click.echo(json.dumps(to_document(current), ensure_ascii=False))
    else:
        _table(current)


def _table(current: PlanDeClassement) -> None:
    table = Table(
        box=None, pad_edge=False, header_style="dim", title=f"Plan {current.version}", title_justify="left"
    )
    for name in ("Cat.", "Limite", "Type", "Libellé", "Validité", ""):
        table.add_column(name)
    for category in current.categories.values():
        limit = f"{category.limite} par {'personne' if category.par_personne else 'ménage'}"
        table.add_row(
            f"[bold]{category.code}[/]",
            limit,
            "",
            f"[bold]{category.libelle}[/]",
            "",
            "sensible" if category.sensible else "",
        )
        for kind in current.types.values():
            if kind.categorie == category.code:
                age = f"{kind.validite_mois} mois" if kind.validite_mois else ""
                marks = ["hors périmètre"] if kind.hors_perimetre else []
                marks += ["sensible"] if kind.sensible else []
                table.add_row("", "", kind.code, kind.libelle, age, ", ".join(marks))
    console.print(table)
