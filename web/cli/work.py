"""`flask travail`: what is being worked on and by whom, what failed, and how to have it tried at once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import cast

import click

from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement
from intake.domain.travail import Echec
from intake.errors import IntakeError
from intake.use_cases.complete import Completion
from intake.use_cases.originals import Originaux
from storage.uow import SqlTransaction
from storage.work_queries import EnCours, LotEnCours, TravailEnCours
from web import montre
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
    hint = "« flask travail etat » montre ce qui est en cours et ce qui a échoué."


@click.group()
def travail() -> None:
    """Le travail en cours : envois, lots en ZIP, suites des ordres donnés."""


@travail.command("etat")
@json_option
@translated
def etat(as_json: bool) -> None:
    """Montre ce qui n'est pas fini, qui y travaille, ce qui a échoué ou est mis de côté. Ne change rien.

    Les envois d'abord, puis les lots déposés en ZIP, puis les travaux que des ordres ont laissés : un
    bordereau joint, une demande réactivée dont les pièces attendent.
    """
    site = current_site()
    now = site.clock.now()
    failures = site.work.failures()
    envois = [(one, [f for f in failures if f.envoi == one.envoi]) for one in site.work.going_on(now)]
    lots, travaux = site.work.lots_going_on(now), site.work.travaux_going_on(now)
    if as_json:
        for one, mine in envois:
            emit(montre.envoi(one, mine))
        for batch in lots:
            emit(montre.lot(batch))
        for order in travaux:
            emit(montre.travail(order))
        return
    for one, mine in envois:
        _tell_envoi(one, mine, now)
    for batch in lots:
        _tell(f"lot {batch.lot}", batch.recu_le, batch, now)
    for order in travaux:
        of = f"envoi {order.envoi}" if order.envoi else f"demande {order.demande}"
        _tell(f"travail {order.travail}  {order.genre}, {of}", order.cree_le, order, now)
    left = site.work.incomplete()
    if left:
        console.print(f"{left} pièce(s) à lire en entier quand rien d'autre n'attend.", style="dim")


def _tell_envoi(one: EnCours, failures: list[Echec], now: datetime) -> None:
    cut = f"{one.faites}/{one.tranches} tranches" if one.tranches else "d'un seul tenant"
    who = ", ".join(one.par) or ("mis de côté" if one.mis_de_cote else "personne")
    _line(f"{one.envoi}  {one.canal.value:<11} depuis {_age(one.recu_le, now)} s  {cut}  {who}")
    for f in failures:
        where = f"pages {f.tranche} et suivantes" if f.tranche else "ouverture ou classement"
        wait = max(0, int((f.pas_avant - now).total_seconds()))
        then = "« flask envois relancer »" if one.mis_de_cote else f"repris dans {wait} s"
        _line(f"    échec ×{f.compte} {f.code} ({where}), {then}")


def _tell(what: str, since: datetime, one: LotEnCours | TravailEnCours, now: datetime) -> None:
    who = (
        "mis de côté : « flask travail relancer »" if one.mis_de_cote else "pris" if one.pris else "personne"
    )
    failed = one.essais - one.pris
    tried = f"  échec ×{failed}" if failed else ""
    _line(f"{what}  depuis {_age(since, now)} s{tried}  {who}")


def _age(since: datetime, now: datetime) -> int:
    return int((now - since).total_seconds())


def _line(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


@travail.command("relancer")
@click.argument("quoi", metavar="ENVOI|LOT|TRAVAIL")
@click.option("--raison", required=True, help="Pourquoi : elle reste au journal.")
@translated
def relancer(quoi: str, raison: str) -> None:
    """Fait reprendre tout de suite ce qui est en échec dans « flask travail etat » ; le reste est gardé.

    D'un envoi : les étapes qui ont échoué et attendent. D'un lot en ZIP ou d'un travail : même mis de côté
    après trois échecs. Un envoi mis de côté ou refusé se reprend par « flask envois relancer ».
    """
    site = current_site()
    line = Evenement(SYSTEME, Action.MODIFICATION, f"{quoi} relancé", pourquoi=raison)
    with site.journalise(line)() as plain:
        tx = cast(SqlTransaction, plain)
        envoi = tx.envois.lire(quoi)
        if envoi is not None and envoi.termine:
            raise RienARelancer(
                f"L'envoi {quoi} est terminé ou mis de côté.", hint="« flask envois relancer » le reprend."
            )
        if not (tx.echecs.relancer(quoi) or tx.api.relancer_lot(quoi) or tx.travaux.relancer(quoi)):
            raise RienARelancer(f"Rien n'a échoué de « {quoi} ».")
        tx.commit()
    if site.settings.redis_url is not None:
        sweep(site, connect(site.settings), quoi if envoi is not None else None)
    console.print(f"{quoi} : il est repris.", markup=False)


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
