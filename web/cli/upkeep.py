"""`flask storage`: check that rows and bytes agree, prepare a bucket."""

from __future__ import annotations

import click

from intake.errors import ReglageInvalide
from storage.check import check
from storage.objects.provision import provision
from storage.objects.s3 import S3Access, S3Store
from web.cli.common import console, current_site, emit, errors, json_option, translated
from web.settings import read_settings
from web.wiring import make_store


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
