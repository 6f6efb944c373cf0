"""`flask servir`: the web service, a worker and the sweeper of one machine, until they are told to stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import click

from intake.domain.acces import SYSTEME, Role
from intake.errors import IntakeError
from web.access.secret import totp_code
from web.cli.common import console, current_site, translated
from web.wiring import Site

_PATIENCE = 30.0
DEMO = (
    ("demo.agent", "Alice Démo", Role.AGENT_GUICHET, True),
    ("demo.consultant", "Bob Démo", Role.CONSULTANT_SIMPLE, False),
    ("demo.gestionnaire", "Chloé Démo", Role.GESTIONNAIRE, True),
)
PASSWORD = "mot de passe de demonstration"  # noqa: S105 - of accounts that only --demo makes
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@click.command()
@click.option("--adresse", default="127.0.0.1:8000", show_default=True, metavar="HOTE:PORT")
@click.option("--demo", is_flag=True, help="Crée les comptes de démonstration, et les affiche.")
@translated
def servir(adresse: str, demo: bool) -> None:
    """Sert l'API, avec un ouvrier et le balayeur. Ctrl-C arrête tout, sans rien perdre."""
    site = current_site()
    if demo:
        demo_accounts(site)
        _show_accounts(site)
    _announce(site, adresse)
    programs = [
        _start("-m", "gunicorn", "--config", "python:web.serve", "--bind", adresse, "web.serve:make()"),
        _start("-m", "web.worker"),
        _start("-m", "web.sweeper"),
    ]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(programs))
    code = _first_to_end(programs)
    _stop(programs)
    for program in programs:
        try:
            program.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            program.kill()
    raise SystemExit(max(0, code))


def _start(*words: str) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches us alone, and we stop each in order.
    return subprocess.Popen([sys.executable, *words], start_new_session=True)


def _stop(programs: Sequence[subprocess.Popen[bytes]]) -> None:
    for program in programs:
        if program.poll() is None:
            program.terminate()


def _first_to_end(programs: Sequence[subprocess.Popen[bytes]]) -> int:
    """A part that ends takes the others with it: half a service helps nobody."""
    while True:
        for program in programs:
            code = program.poll()
            if code is not None:
                return code
        time.sleep(0.2)


def demo_accounts(site: Site) -> None:
    """The accounts of DEMO, where they are not yet."""
    for identifiant, nom, role, sensible in DEMO:
        try:
            site.agents.creer(
                SYSTEME,
                identifiant,
                nom,
                f"{identifiant}@exemple.invalid",
                role,
                guichet="75001",
                territoires=["999"],
                sensible=sensible,
                mot_de_passe=PASSWORD,
                totp=TOTP,
            )
        except IntakeError:
            continue  # made the last time


def _show_accounts(site: Site) -> None:
    console.print("Comptes de démonstration (à ne créer que pour un essai) :", style="bold")
    for identifiant, _, role, _ in DEMO:
        console.print(f"  {identifiant:<18} {role.value}", markup=False)
    console.print(f"  mot de passe : {PASSWORD}", markup=False)
    console.print(
        f"  second facteur : {TOTP} (maintenant : {totp_code(TOTP, site.clock.now())})\n", markup=False
    )


def _announce(site: Site, adresse: str) -> None:
    settings = site.settings
    simulated = []
    if site.engine.dialect.name == "sqlite":
        simulated.append("base SQLite")
    if settings.s3_bucket is None:
        simulated.append("objets dans un dossier")
    if settings.redis_url is None:
        simulated.append("travail pris dans la base, sans Redis")
    if settings.smtp_url is None:
        simulated.append(f"courriers écrits dans {settings.data / 'courriers'}")
    if settings.clamd_url is None:
        simulated.append("sans antivirus")
    console.print(f"API : http://{adresse}/api/v1/documentation", style="bold", markup=False)
    if simulated:
        console.print(f"Embarqué : {' ; '.join(simulated)}.", style="dim", markup=False, soft_wrap=True)
    console.print("Ctrl-C pour arrêter.", style="dim")
