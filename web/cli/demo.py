"""`flask demo`: the register and the envoi of the demonstration, and what became of every page."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from intake.domain.jour import jour_civil
from intake.domain.motif import Canal
from intake.errors import IntakeError
from web.cli.common import console, current_site, translated
from web.cli.ingest import ingest_one
from web.documents import read_register
from web.settings import read_settings
from web.wiring import make_lecteur

_DEMO = Path(__file__).parents[2] / "fixtures" / "demo"


@click.command()
@click.option("--differe", is_flag=True, help="Laisse le travail aux « python -m web.worker », et l'attend.")
@translated
def demo(differe: bool) -> None:
    """Charge le registre et traite l'envoi de démonstration ; deux fois ne dépose rien de plus."""
    if not (_DEMO / "demo.pdf").exists():
        raise IntakeError(
            "L'envoi de démonstration n'est pas là.",
            hint="Lancez la commande depuis le dépôt complet.",
            code="FICHIER_INTROUVABLE",
        )
    settings = read_settings()
    site = current_site()
    with site.uow() as tx:
        demandes = list(read_register(_DEMO / "demandes.jsonl", jour_civil(site.clock.now())))
        for demande in demandes:
            tx.registre.enregistrer(demande)
        tx.commit()
    with site.uow() as tx:
        version = tx.plans.en_vigueur(jour_civil(site.clock.now())).version
    console.print(
        f"Site : {settings.data}   Plan : {version}   Registre : {len(demandes)} demandes de démonstration\n"
    )
    with nullcontext() if differe else make_lecteur(settings) as lecteur:
        ingest_one(site, lecteur, _DEMO / "demo.pdf", Canal.NUMERISEUR, None, as_json=False)
    if differe:  # by a site of several programs, whose settings a command would need too
        return
    console.print(
        "Ensuite : . .venv/bin/activate puis flask ingest VOTRE_ENVOI.pdf (flask --help dit le reste).",
        style="dim",
        markup=False,
    )
