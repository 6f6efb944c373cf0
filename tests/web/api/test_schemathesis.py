"""The running service against its own description: what schemathesis makes up never breaks it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from api_site import GUICHET, fill_site
from intake.domain.acces import SYSTEME, Portee, Role
from readings import N1
from servers import PostgresServer
from servers.service import Service
from site_for_tests import FAURE, MARTIN
from web.settings import read_settings
from web.wiring import open_site

pytestmark = [pytest.mark.real, pytest.mark.slow]

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,ignored_auth,negative_data_rejection"
)
# What exists, so that more than « not found » is tried.
CONFIGURATION = f"""
[parameters]
"path.numero" = "{N1}"
"path.piece" = "E1-0001"
"path.envoi" = "E1"
"path.incident" = "E1-0001-I"
"path.page_" = 1
"""


@pytest.mark.timeout(1200)  # as many minutes as there are dozens of routes, on a machine with other work
def test_nothing_made_up_breaks_the_service_or_its_description(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    env = {
        "DOSSIER_DATA": str(tmp_path / "site"),
        "DATABASE_URL": postgres.new_database(),
        "API_RATE": "1000000 per minute",
    }
    site = open_site(read_settings(env))
    with site.uow() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet=GUICHET))
        tx.registre.enregistrer(FAURE)
        tx.commit()
    fill_site(site)
    _, token = site.jetons.creer(
        *(SYSTEME, "Essai", GUICHET, Role.AGENT_GUICHET, list(Portee), "d@exemple.invalid"),
        territoires=["999"],
        sensible=True,
    )
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    service = Service(env, worker=False)
    try:
        service.start()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"),
                *(f"{service.url}/api/v1/openapi.json", "--url", service.url),
                *("--header", f"Authorization: Bearer {token}", "--checks", CHECKS),
                *("--max-examples", "3", "--seed", "20261122", "--phases", "coverage,fuzzing"),
                *("--continue-on-failure", "--no-color"),
            ],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=1100,
        )
        assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-1000:]}\n{service.logs()}"
    finally:
        service.stop()
        site.engine.dispose()
