"""`flask purge` and `flask pieces delais`: what time ends, and whose delay runs out."""

from __future__ import annotations

import click

from intake.domain.acte import GenrePurge
from intake.use_cases.purge import Fin
from web.cli.common import console, current_site, emit, json_lines_option, translated
from web.cli.pieces import pieces


@click.command()
@click.option("--a-blanc", is_flag=True, help="Dit ce qui serait purgé, sans rien effacer.")
@json_lines_option
@translated
def purge(a_blanc: bool, as_json: bool) -> None:
    """Efface ce dont le délai est fini : quarantaines de 15 jours, demandes radiées depuis un an.

    Écrit aussi les rappels dus à 10 jours. Deux fois de suite n'efface rien de plus.
    """
    site = current_site()

    def tell(end: Fin) -> None:
        if as_json:
            emit(
                {
                    "genre": end.genre.value,
                    "envoi" if end.genre is GenrePurge.QUARANTAINE else "demande": end.cle,
                    "envois": end.envois,
                    "pieces": end.pieces,
                    "pages": end.pages,
                    "a_blanc": a_blanc,
                }
            )
        else:
            what = "envoi" if end.genre is GenrePurge.QUARANTAINE else "demande"
            whole = ", original compris" if end.envois else ""
            console.print(
                f"{what} {end.cle} : {end.pieces} pièce(s), {end.pages} page(s){whole}", markup=False
            )

    if a_blanc:
        done = site.purger.prevoir()
        for end in done.fins:
            tell(end)
    else:
        done = site.purger(tell)
    if as_json:
        return
    verb = "serai(en)t purgé(s)" if a_blanc else "purgé(s)"
    console.print(
        f"{len(done.fins)} dossier(s) {verb}, {done.rappels} rappel(s), {done.objets} objet(s) effacé(s)."
    )


@pieces.command("delais")
@json_lines_option
@translated
def delais(as_json: bool) -> None:
    """Liste les pièces reçues depuis 10 jours ou plus et pas encore déposées ; la limite est de 15."""
    site = current_site()
    found = site.retention.en_delai(site.clock.now())
    for late in found:
        if as_json:
            emit(
                {
                    "piece": late.piece,
                    "envoi": late.envoi,
                    "demande": late.demande,
                    "statut": late.statut.value,
                    "motif": late.motif.value if late.motif else None,
                    "recu_le": late.recu_le.isoformat(),
                    "jours": late.jours,
                    "depasse": late.depasse,
                }
            )
            continue
        state = "[red]dépassé[/]" if late.depasse else "[yellow]bientôt[/]"
        console.print(
            f"{late.piece}  {late.jours:>3} jours  {state}  {late.statut.value}  {late.motif or ''}"
        )
    if not as_json and not found:
        console.print("Aucune pièce n'approche de son délai.")
