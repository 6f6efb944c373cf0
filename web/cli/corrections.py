"""`flask pieces reclasser…` and `flask corrections`: what people correct, and the examples it gives."""

from __future__ import annotations

import click

from intake.domain.commands import (
    Confirmer,
    Decouper,
    DemanderCopie,
    Deplacer,
    Fusionner,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Supprimer,
    Tourner,
)
from intake.domain.journal import Action
from web.cli.common import console, current_site, emit, json_lines_option, note, translated
from web.cli.orders import carry_out, geste_options, numero, pages
from web.cli.pieces import pieces
from web.examples import exemples

personne_option = click.option("--personne", metavar="RANG", help="D, C, A1, P1… ; vide pour le ménage.")


@pieces.command("reclasser")
@click.argument("piece")
@click.argument("type_", metavar="[TYPE]", required=False)
@personne_option
@geste_options
@translated
def reclasser(
    piece: str, type_: str | None, personne: str | None, raison: str, par: str, vu: int | None, as_json: bool
) -> None:
    """Donne à une pièce un autre type, une autre personne, ou les deux."""
    carry_out(piece, Reclasser(type_, personne), Geste(par, raison, vu), as_json=as_json)


@pieces.command("deplacer")
@click.argument("piece")
@click.argument("vers", metavar="NUMERO", callback=numero)
@click.option("--malgre-le-nom", is_flag=True, help="Même si les noms lus sont d'un autre ménage.")
@geste_options
@translated
def deplacer(
    piece: str, vers: str, malgre_le_nom: bool, raison: str, par: str, vu: int | None, as_json: bool
) -> None:
    """Met une pièce dans une autre demande ; les noms lus sont confrontés à son ménage."""
    carry_out(piece, Deplacer(vers, malgre_le_nom), Geste(par, raison, vu), as_json=as_json)


@pieces.command("confirmer")
@click.argument("piece")
@personne_option
@geste_options
@translated
def confirmer(piece: str, personne: str | None, raison: str, par: str, vu: int | None, as_json: bool) -> None:
    """Dépose une pièce retenue « à vérifier », une fois regardée."""
    carry_out(piece, Confirmer(personne), Geste(par, raison, vu), as_json=as_json)


@pieces.command("marquer")
@click.argument("piece")
@click.argument("marque", type=click.Choice([m.value for m in Marque]))
@geste_options
@translated
def marquer(piece: str, marque: str, raison: str, par: str, vu: int | None, as_json: bool) -> None:
    """Marque une pièce obsolète ou inexploitable ; « aucune » la rétablit."""
    carry_out(piece, Marquer(Marque(marque)), Geste(par, raison, vu), as_json=as_json)


@pieces.command("supprimer")
@click.argument("piece")
@geste_options
@translated
def supprimer(piece: str, raison: str, par: str, vu: int | None, as_json: bool) -> None:
    """Sort une pièce du dossier ; ses octets sont gardés et elle peut être rétablie."""
    carry_out(piece, Supprimer(), Geste(par, raison, vu), as_json=as_json)


@pieces.command("copie")
@click.argument("piece")
@geste_options
@translated
def copie(piece: str, raison: str, par: str, vu: int | None, as_json: bool) -> None:
    """Écarte une pièce inexploitable et fait demander une nouvelle copie."""
    carry_out(piece, DemanderCopie(), Geste(par, raison, vu), as_json=as_json)


@pieces.command("tourner")
@click.argument("piece")
@click.argument("degres", type=click.Choice(["90", "180", "270"]))
@click.option("--pages", "which", callback=pages, metavar="5-9,12", help="Par défaut : toutes ses pages.")
@geste_options
@translated
def tourner(
    piece: str, degres: str, which: tuple[int, ...], raison: str, par: str, vu: int | None, as_json: bool
) -> None:
    """Remet des pages debout, dans le sens des aiguilles d'une montre."""
    carry_out(piece, Tourner(int(degres), which), Geste(par, raison, vu), as_json=as_json)


@pieces.command("decouper")
@click.argument("piece")
@click.option(
    "--avant", "starts", required=True, callback=pages, metavar="5,7", help="Première page de chaque partie."
)
@geste_options
@translated
def decouper(
    piece: str, starts: tuple[int, ...], raison: str, par: str, vu: int | None, as_json: bool
) -> None:
    """Découpe une pièce en plusieurs, avant chacune des pages données."""
    carry_out(piece, Decouper(starts), Geste(par, raison, vu), as_json=as_json)


@pieces.command("fusionner")
@click.argument("piece")
@click.argument("autres", nargs=-1, required=True)
@geste_options
@translated
def fusionner(
    piece: str, autres: tuple[str, ...], raison: str, par: str, vu: int | None, as_json: bool
) -> None:
    """Réunit à une pièce les pages d'autres pièces du même envoi et de la même demande."""
    carry_out(piece, Fusionner(autres), Geste(par, raison, vu), as_json=as_json)


@pieces.command("histoire")
@click.argument("piece")
@json_lines_option
@translated
def histoire(piece: str, as_json: bool) -> None:
    """Dit qui a fait quoi d'une pièce, quand et pourquoi."""
    site = current_site()
    with site.uow() as tx:
        found = tx.histoire.de_piece(piece)
        it = tx.pieces.lire(piece)
        note(site, tx, Action.CONSULTATION, f"histoire de la piece {piece}", it.demande if it else None)
    for acte in found:
        fait = acte.fait
        if as_json:
            told = {"le": fait.le.isoformat(), "par": fait.par, "action": fait.action, "raison": fait.raison}
            emit({**told, "avant": acte.avant, "apres": acte.apres})
            continue
        console.print(f"{fait.le:%d/%m/%Y %H:%M}  {fait.par}  {fait.action} : {fait.raison}", markup=False)
        for name, value in acte.apres.items():
            console.print(f"  {name} : {acte.avant.get(name)} → {value}", markup=False)


@click.group()
def corrections() -> None:
    """Les corrections, gardées comme exemples."""


@corrections.command("export")
@translated
def corrections_export() -> None:
    """Écrit les types donnés par des personnes, un objet JSON par ligne, NIR masqué."""
    site = current_site()
    with site.uow() as tx:
        found = list(exemples(tx))
        note(site, tx, Action.EXPORT, "corrections")
    for exemple in found:
        emit(exemple)
