"""`flask travail`: what is being worked on and by whom, what failed, and how to have it tried at once."""

from __future__ import annotations

import click

from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement
from intake.errors import IntakeError
from web.cli.common import console, current_site, emit, json_option, translated
from web.jobs import connect, sweep


class RienARelancer(IntakeError):
    code = "CHANGEMENT_IMPOSSIBLE"
    hint = "« flask travail etat » montre les envois en cours et leurs échecs."


@click.group()
def travail() -> None:
    """Le travail en cours sur les envois."""


@travail.command("etat")
@json_option
@translated
def etat(as_json: bool) -> None:
    """Montre chaque envoi qui n'est pas fini, qui y travaille, et ce qui a échoué. Ne change rien."""
    site = current_site()
    now = site.clock.now()
    failures = site.work.failures()
    for one in site.work.going_on(now):
        mine = [f for f in failures if f.envoi == one.envoi]
        if as_json:
            emit(
                {
                    "envoi": one.envoi,
                    "canal": one.canal.value,
                    "recu_le": one.recu_le.isoformat(),
                    "tranches": one.tranches,
                    "faites": one.faites,
                    "par": list(one.par),
                    "echecs": [
                        {
                            "tranche": f.tranche,
                            "code": f.code,
                            "compte": f.compte,
                            "le": f.le.isoformat(),
                            "pas_avant": f.pas_avant.isoformat(),
                        }
                        for f in mine
                    ],
                }
            )
            continue
        age = int((now - one.recu_le).total_seconds())
        cut = f"{one.faites}/{one.tranches} tranches" if one.tranches else "d'un seul tenant"
        who = ", ".join(one.par) or "personne"
        line = f"{one.envoi}  {one.canal.value:<11} depuis {age} s  {cut}  {who}"
        console.print(line, markup=False, soft_wrap=True)
        for f in mine:
            where = f"pages {f.tranche} et suivantes" if f.tranche else "ouverture ou classement"
            wait = max(0, int((f.pas_avant - now).total_seconds()))
            console.print(
                f"    échec ×{f.compte} {f.code} ({where}), repris dans {wait} s",
                markup=False,
                soft_wrap=True,
            )


@travail.command("relancer")
@click.argument("envoi")
@click.option("--raison", required=True, help="Pourquoi : elle reste au journal.")
@translated
def relancer(envoi: str, raison: str) -> None:
    """Fait reprendre tout de suite ce qui a échoué d'un envoi, ce qui est déjà lu étant gardé."""
    site = current_site()
    line = Evenement(SYSTEME, Action.MODIFICATION, f"envoi {envoi} relancé", pourquoi=raison)
    with site.journalise(line)() as tx:
        if not tx.echecs.relancer(envoi):
            raise RienARelancer(f"Rien n'a échoué de l'envoi {envoi}.")
        tx.commit()
    if site.settings.redis_url is not None:
        sweep(site, connect(site.settings), envoi)
    console.print(f"Envoi {envoi} : il est repris.", markup=False)
