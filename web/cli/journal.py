"""`flask journal`: is the log of accesses whole (R32), what is in it, and who may write to it."""

from __future__ import annotations

import json
from typing import Any

import click

from intake.domain import numero as numeros
from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement, Ligne, Verification
from intake.errors import ReglageInvalide
from storage.journal_guards import grant_to
from web.cli.common import console, current_site, emit, json_option, translated


@click.group()
def journal() -> None:
    """Le journal des accès : vérification, lecture, droits."""


def _ancre(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[int, str]:
    noted = {}
    for value in values:
        numero, _, empreinte = value.partition(":")
        if not numero.isdigit() or len(empreinte) != 64:
            raise click.BadParameter("une ancre s'écrit NUMERO:EMPREINTE, comme « verify » l'affiche.")
        noted[int(numero)] = empreinte
    return noted


@journal.command("verify")
@click.option(
    "--ancre",
    "ancres",
    multiple=True,
    callback=_ancre,
    help="NUMERO:EMPREINTE notés une fois passée : montre une fin coupée ou une chaîne refaite.",
)
@json_option
@translated
def verify(ancres: dict[int, str], as_json: bool) -> None:
    """Relit toute la chaîne et dit chaque défaut. Termine par 1 s'il y en a un.

    Notez ailleurs l'ancre affichée : elle servira la fois suivante.
    """
    site = current_site()
    checking = Verification(ancres)
    with site.uow() as tx:
        faults = list(checking(tx.journal.lignes()))
    head = f"{checking.dernier}:{checking.tete}"
    if as_json:
        emit(
            {
                "lignes": checking.lignes,
                "effacees": checking.effacees,
                "ancre": head,
                "defauts": [{"genre": f.genre, "ligne": f.numero, "detail": f.detail} for f in faults],
            }
        )
    else:
        for fault in faults:
            console.print(f"ligne {fault.numero} : {fault.genre}, {fault.detail}.", markup=False)
        state = f"{len(faults)} défaut(s)" if faults else "chaîne intacte"
        console.print(
            f"{checking.lignes} ligne(s), dont {checking.effacees} effacée(s) avec leur demande : {state}."
        )
        console.print(f"Ancre : {head}", soft_wrap=True)
    if faults:
        raise SystemExit(1)


@journal.command("list")
@click.option(
    "--demande", default=None, metavar="NUMERO", help="Les seules lignes qui nomment cette demande."
)
@click.option("--depuis", default=0, metavar="LIGNE", type=click.IntRange(min=0), help="Après cette ligne.")
@json_option
@translated
def list_(demande: str | None, depuis: int, as_json: bool) -> None:
    """Montre les lignes, les plus anciennes d'abord. La lecture est elle-même journalisée."""
    site = current_site()
    parsed = numeros.lire(demande) if demande else None
    numero = str(parsed) if parsed else demande
    with site.uow() as tx:
        for line in tx.journal.lignes(depuis, numero):
            _show(line, as_json=as_json)
        tx.journal.ecrire(
            site.clock.now(), [Evenement(SYSTEME, Action.CONSULTATION, "journal", demande=numero)]
        )
        tx.commit()


def document(line: Ligne) -> dict[str, Any]:
    told = json.loads(line.contenu) if line.contenu is not None else {"efface": True}
    return {"ligne": line.numero, "moment": line.moment.isoformat(), "action": line.action, **told}


def _show(line: Ligne, *, as_json: bool) -> None:
    told = document(line)
    if as_json:
        emit(told)
        return
    who = "(effacée avec sa demande)" if "efface" in told else f"{told['qui']} {told['objet']}"
    console.print(
        f"{line.numero:>7} {line.moment:%d/%m/%Y %H:%M:%S} {line.action:<15} {who}",
        markup=False,
        soft_wrap=True,
    )


@journal.command("droits")
@click.argument("role")
@translated
def droits(role: str) -> None:
    """Donne au rôle PostgreSQL de l'application ce qu'il lui faut : sur le journal, lire et ajouter.

    À lancer avec le rôle qui possède les tables, après chaque mise à jour.
    """
    site = current_site()
    if site.engine.dialect.name != "postgresql":
        raise ReglageInvalide("Seul PostgreSQL a des rôles : SQLite garde le journal par ses déclencheurs.")
    with site.engine.begin() as connection:
        grant_to(connection, role)
    console.print(f"Le rôle {role} lit le journal et y ajoute ; il ne peut ni le modifier ni en effacer.")
