"""`flask pieces` and `flask storage`: make room in a category, check that rows and bytes agree."""

from __future__ import annotations

import click
from rich.table import Table

from intake.domain import numero as numeros
from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement
from intake.domain.motif import StatutPiece
from intake.errors import DemandeInconnue, ReglageInvalide
from intake.use_cases.free import RETIREES, Liberer
from storage.check import check
from storage.objects.provision import provision
from storage.objects.s3 import S3Access, S3Store
from web.cli.common import console, current_site, emit, errors, json_option, translated
from web.settings import read_settings
from web.wiring import Site, make_store


def _told(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("dites pourquoi en quelques mots.")
    return value


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
        seen = Evenement(SYSTEME, Action.CONSULTATION, "pieces", demande=demande.numero_unique)
        tx.journal.ecrire(site.clock.now(), [seen])
        tx.commit()
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
@click.option(
    "--statut", type=click.Choice(sorted(s.value for s in RETIREES)), default="supprimee", show_default=True
)
@click.option("--raison", required=True, callback=_told, help="Pourquoi : elle reste avec la pièce.")
@translated
def pieces_retirer(piece: str, statut: str, raison: str) -> None:
    """Retire une pièce ; la plus ancienne pièce en attente prend sa place."""
    kind = Action.SUPPRESSION if statut == StatutPiece.SUPPRIMEE else Action.MARQUAGE
    site = current_site()
    free = Liberer(site.journalise(_line(site, kind, piece, raison)), site.clock)
    gone, filed = free.retirer(piece, StatutPiece(statut), raison)
    console.print(f"Pièce {gone.id} : {gone.statut.value}.")
    if filed is not None:
        console.print(f"Pièce {filed.id}, qui attendait, est déposée.")


@pieces.command("remplacer")
@click.argument("attente", metavar="PIECE_EN_ATTENTE")
@click.argument("sortante", metavar="PIECE_A_RETIRER")
@click.option("--raison", required=True, callback=_told, help="Pourquoi : elle reste avec les pièces.")
@translated
def pieces_remplacer(attente: str, sortante: str, raison: str) -> None:
    """Dépose une pièce en attente à la place d'une autre, en une seule action."""
    site = current_site()
    lines = (
        _line(site, Action.MARQUAGE, sortante, raison),
        _line(site, Action.MODIFICATION, attente, raison),
    )
    gone, filed = Liberer(site.journalise(*lines), site.clock).remplacer(attente, sortante, raison)
    console.print(f"Pièce {gone.id} : {gone.statut.value}. Pièce {filed.id} : {filed.statut.value}.")


def _line(site: Site, action: Action, piece: str, raison: str) -> Evenement:
    with site.uow() as tx:
        known = tx.pieces.lire(piece)
    return Evenement(
        SYSTEME, action, f"piece {piece}", demande=known.demande if known else None, pourquoi=raison
    )


@click.group()
def storage() -> None:
    """Les octets : vérification, préparation d'un bucket."""


@storage.command("check")
@click.option("--rapide", is_flag=True, help="Ne relit pas le contenu des objets.")
@json_option
@translated
def storage_check(rapide: bool, as_json: bool) -> None:
    """Compare les lignes et les objets dans les deux sens et dit chaque différence. Ne change rien.

    Termine par 1 quand quelque chose manque ou est altéré ; un orphelin est sans danger.
    """
    site = current_site()
    serious = count = 0
    for difference in check(site.queries, site.objects, read=not rapide):
        count += 1
        serious += difference.genre in ("absent", "altere", "compte")
        if as_json:
            emit({"genre": difference.genre, "objet": difference.objet, "detail": difference.detail})
        else:
            console.print(f"{difference.genre:<9} {difference.objet}  {difference.detail}", markup=False)
    if not as_json:
        console.print(
            "Lignes et objets concordent." if not count else f"{count} différence(s), {serious} grave(s)."
        )
    if serious:
        raise SystemExit(1)


@storage.command("provision")
@translated
def storage_provision() -> None:
    """Crée le bucket des réglages s'il manque, et dit ce que le stockage sait faire."""
    settings = read_settings()
    store = make_store(settings)
    if isinstance(store, S3Store):
        access = S3Access(
            bucket=settings.s3_bucket or "",
            access_key=settings.s3_access_key or "",
            secret_key=settings.s3_secret_key or "",
            endpoint_url=settings.s3_endpoint_url,
            region=settings.s3_region,
            prefix=settings.s3_prefix,
        )
        console.print(provision(access))
    elif settings.s3_endpoint_url:
        raise ReglageInvalide("S3_ENDPOINT_URL est donné, mais le stockage n'est pas S3.")
    else:
        errors.print("Aucun bucket dans les réglages : le stockage est un dossier.")
    console.print(store.probe())
