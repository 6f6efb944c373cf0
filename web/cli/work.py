"""`flask travail`: what is being worked on and by whom, what failed, and how to have it tried at once."""

from __future__ import annotations

from collections import Counter

import click

from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement
from intake.errors import IntakeError
from intake.use_cases.complete import Completion
from intake.use_cases.originals import Originaux
from web.cli.common import (
    console,
    current_site,
    emit,
    json_lines_option,
    json_option,
    progress_bar,
    translated,
)
from web.jobs import connect, sweep
from web.wiring import make_lecteur


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
    left = site.work.incomplete()
    if left and not as_json:
        console.print(f"{left} pièce(s) à lire en entier quand rien d'autre n'attend.", style="dim")


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


@travail.command("completer")
@click.option("--limite", type=click.IntRange(1), metavar="N", help="S'arrêter après N pièces.")
@json_lines_option
@translated
def completer(limite: int | None, as_json: bool) -> None:
    """Lit ce qui n'avait pas été lu des pages denses, pour la recherche. Les ouvriers le font à temps perdu.

    Rien du classement ne change ; une pièce qui nomme un autre ménage ouvre un incident. Interrompue, la
    commande reprend où elle en était.
    """
    site = current_site()
    seen: Counter[str] = Counter()
    originaux = Originaux(site.objects)
    try:
        with make_lecteur(site.settings) as lecteur, progress_bar(shown=not as_json) as told:
            step = site.completer(lecteur, originaux)
            total = min(site.work.incomplete(), limite or _ALL)
            while seen.total() < (limite or _ALL) and (waiting := site.work.to_complete(site.clock.now(), 1)):
                told(seen.total(), total, "complément")
                while (done := step(waiting[0])) is Completion.SUITE:
                    continue
                if done is Completion.AUTRES:
                    continue  # a worker was faster
                seen[done.value] += 1
                if as_json:
                    emit({"piece": waiting[0], "fin": done.value})
    finally:
        originaux.close()
    if not as_json:
        failed = seen[Completion.ECHEC] + seen[Completion.ABANDONNEE]
        more = f" ; {failed} échec(s), voir les journaux" if failed else ""
        console.print(f"{seen[Completion.FINIE]} pièce(s) lue(s) en entier{more}.")


_ALL = 1 << 31
