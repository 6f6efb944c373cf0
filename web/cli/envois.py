"""`flask envois`: repair what a non-conform envoi holds (R9), restart what was put aside."""

from __future__ import annotations

import click

from intake.domain.commands import DonnerNumero, Ecarter, Geste, JoindreBordereau
from web.cli.common import (
    console,
    current_site,
    emit,
    gestes,
    json_lines_option,
    par_option,
    raison_option,
    translated,
)
from web.cli.orders import numero, pages, tell_repair
from web.jobs import connect, enqueue, queue_of
from web.wiring import make_lecteur


@click.group()
def envois() -> None:
    """Les envois reçus."""


@envois.command("reparer")
@click.argument("envoi")
@click.option(
    "--pages", "which", callback=pages, metavar="5-9", help="Par défaut : le groupe retenu, s'il est seul."
)
@click.option("--numero", callback=numero, help="De quelle demande sont ces pages.")
@click.option("--ecarter", is_flag=True, help="Ces pages ne sont de personne : gardées jusqu'à leur délai.")
@click.option("--bordereau", is_flag=True, help="Joint ce que dit le bordereau manquant.")
@click.option("--guichet", help="Avec --bordereau.")
@click.option("--fiches", type=click.IntRange(0, 3000), help="Avec --bordereau : dossiers annoncés.")
@click.option("--pieces", type=click.IntRange(0, 3000), help="Avec --bordereau : pièces annoncées.")
@raison_option
@par_option
@json_lines_option
@translated
def reparer(
    envoi: str,
    which: tuple[int, ...],
    numero: str | None,
    ecarter: bool,
    bordereau: bool,
    guichet: str | None,
    fiches: int | None,
    pieces: int | None,
    raison: str,
    par: str,
    as_json: bool,
) -> None:
    """Donne le numéro d'un groupe de pages retenu, l'écarte, ou joint le bordereau manquant.

    Les pièces sont alors jugées à nouveau, noms compris, et déposées quand rien ne s'y oppose.
    """
    if (numero is not None) + ecarter + bordereau != 1:
        raise click.UsageError("Dites une chose, et une seule : --numero, --ecarter ou --bordereau.")
    repair, geste = gestes(par).reparer, Geste(par, raison)
    if numero is not None:
        done = repair.donner_numero(envoi, which, DonnerNumero(numero), geste)
    elif ecarter:
        done = repair.ecarter(envoi, which, Ecarter(), geste)
    else:
        done = repair.joindre_bordereau(envoi, JoindreBordereau(guichet, fiches, pieces), geste)
    tell_repair(done, as_json=as_json)


@envois.command("relancer")
@click.argument("envoi")
@click.option("--differe", is_flag=True, help="Laisse le travail aux « python -m web.worker ».")
@raison_option
@par_option
@json_lines_option
@translated
def relancer(envoi: str, differe: bool, raison: str, par: str, as_json: bool) -> None:
    """Reprend un envoi mis de côté après trois échecs du programme, ou refusé, là où il en était.

    Refusé : par une fausse alerte de l'antivirus, une limite relevée depuis. Ce qui est lu est gardé ; les
    pages qui n'ont pas pu l'être sont essayées à nouveau. Pour ce qui a échoué d'un envoi encore en cours,
    d'un lot en ZIP ou d'un travail : « flask travail relancer ».
    """
    site = current_site()
    received = gestes(par).relancer(envoi, par, raison)
    if differe:
        enqueue(queue_of(connect(site.settings)), received.id)
    else:
        with make_lecteur(site.settings) as lecteur:
            received = site.traiter(lecteur)(received.id)
    if as_json:
        emit({"envoi": received.id, "statut": received.statut.value})
    else:
        console.print(f"Envoi {received.id} : {received.statut.value}.")
