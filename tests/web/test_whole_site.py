"""`make run SITE=real`, as a person would: started, used by each kind of them, stopped, started again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg
import pytest
import requests

from servers.oidc import Browser
from servers.process import answers, clean_environment, free_port, new_folder, remove
from servers.whole_site import database_folder
from web.access.secret import totp_code
from web.cli.servir import PASSWORD, TOTP
from web.documents import read_register

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("whole")]
ROOT = Path(__file__).parents[2]
REGISTER = ROOT / "fixtures" / "demo" / "demandes.jsonl"
DEMANDE = next(iter(read_register(REGISTER, datetime.now(UTC).date())))
_T = TypeVar("_T")


class Running:
    """The command, in its folder, with all that it started."""

    def __init__(self, folder: Path, port: int, *words: str) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.output = folder.with_suffix(".txt")
        env = {**clean_environment(), "PYTHONPATH": f"{ROOT}:{ROOT / 'fixtures'}"}
        asked = ["--dossier", str(folder), "--adresse", f"127.0.0.1:{port}", *words]
        with self.output.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "servers.whole_site", *asked],
                env=env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def shown(self) -> str:
        return self.output.read_text()

    def until(self, ready: Callable[[], _T], seconds: float = 400) -> _T:
        limit = time.monotonic() + seconds
        while not (seen := ready()):
            assert self.process.poll() is None, self.shown()
            assert time.monotonic() < limit, self.shown()
            time.sleep(0.2)
        return seen

    def ready(self) -> None:
        self.until(lambda: "Ctrl-C pour tout arrêter." in self.shown())

    def parts(self) -> tuple[list[psutil.Process], list[int]]:
        ports = list(json.loads((self.folder / "ports.json").read_text()).values())
        return psutil.Process(self.process.pid).children(recursive=True), [*ports, self.port]

    def end(self, number: signal.Signals) -> int:
        """The code it ended with; nothing of it remains, and nothing listens."""
        family, ports = self.parts()
        assert len(family) >= 12
        self.process.send_signal(number)
        code = self.process.wait(90)
        _, alive = psutil.wait_procs(family, timeout=60)
        assert alive == []
        assert [port for port in ports if answers(port)] == []
        return code

    def call(self, method: str, path: str, token: str = "", **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=30, **more)


@contextmanager
def running(folder: Path, port: int) -> Iterator[Running]:
    site = Running(folder, port)
    try:
        yield site
    finally:
        if site.process.poll() is None:
            site.process.terminate()
            site.process.wait(90)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not the one of pytest, through which PostgreSQL, which is not root, cannot walk."""
    made = new_folder("site")
    yield made / "real"
    remove(made)


def sign_in(site: Running) -> str:
    code = totp_code(TOTP, datetime.now(UTC))
    who = {"identifiant": "demo.agent", "mot_de_passe": PASSWORD, "code": code}
    opened = site.call("POST", "/session", json=who)
    assert opened.status_code == 201, opened.text
    return str(opened.json()["jeton"])


def pieces(site: Running, token: str) -> set[str]:
    seen = site.call("GET", f"/demandes/{DEMANDE.numero_unique}/pieces", token)
    assert seen.status_code == 200, seen.text
    return {piece["id"] for piece in seen.json()["elements"]}


def test_a_site_of_real_parts_is_used_stopped_and_found_again(folder: Path) -> None:
    port = free_port()
    with running(folder, port) as site:
        site.ready()
        token = sign_in(site)
        filed = pieces(site, token)
        assert filed
        page = site.call("GET", f"/pieces/{min(filed)}/pages/1?largeur=300", token)
        assert page.headers["Content-Type"].startswith("image/")
        oidc_opens(site)
        a_code_comes_by_mail(site)
        refuse_a_second(folder)
        its_role_cannot_touch_the_journal(site)
        assert site.end(signal.SIGTERM) == 0
        assert "Tout est arrêté" in site.shown()
    with running(folder, port) as site:
        site.ready()
        assert pieces(site, token) == filed  # the session too is still open
        oidc_opens(site)
        site.end(signal.SIGKILL)  # even then nobody stays behind


def oidc_opens(site: Running) -> None:
    begun = requests.get(f"{site.url}/api/v1/oidc/connexion", allow_redirects=False, timeout=30)
    there = json.loads((site.folder / "ports.json").read_text())["oidc"]
    assert begun.headers["Location"].startswith(f"http://127.0.0.1:{there}/o/")
    back = Browser("demo.oidc", site.url).follow(begun.headers["Location"])
    opened = requests.get(back, cookies=begun.cookies, timeout=30)
    assert opened.status_code == 200, opened.text
    assert opened.json()["acteur"]["id"] == "agent:demo.oidc"


def a_code_comes_by_mail(site: Running) -> None:
    who = {"numero": DEMANDE.numero_unique, "date_naissance": str(DEMANDE.personnes[0].date_naissance)}
    assert site.call("POST", "/demandeur/code", json=who).status_code == 202
    (mail,) = site.until(lambda: list((site.folder / "courriers").glob("*.eml")), 60)
    found = re.search(r"\b\d{6}\b", mail.read_text().split("\n\n", 1)[1])
    assert found is not None, mail.read_text()
    opened = site.call("POST", "/demandeur/session", json={"numero": who["numero"], "code": found[0]})
    assert opened.status_code == 201, opened.text
    assert pieces(site, opened.json()["jeton"])
    assert f"Courriel pour {DEMANDE.email}" in site.shown()


def its_role_cannot_touch_the_journal(site: Running) -> None:
    """R32, on PostgreSQL: what the programs of the site sign in as owns no table and is no superuser."""
    told = re.search(r"^export DATABASE_URL='?([^'\n]+)", (site.folder / "reglages").read_text(), re.M)
    assert told is not None
    with closing(psycopg.connect(told[1].replace("+psycopg", ""), autocommit=True)) as base:
        lines = base.execute("SELECT count(*) FROM journal").fetchone()
        assert lines is not None
        assert lines[0] > 0
        for statement in (
            "ALTER TABLE journal DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "DELETE FROM journal",
            "UPDATE journal SET demande = NULL, contenu = NULL, sel = NULL",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                base.execute(statement.encode())


def refuse_a_second(folder: Path) -> None:
    second = Running(folder, free_port())
    assert second.process.wait(60) == 1
    assert "déjà en marche" in second.shown()


def test_told_to_stop_while_it_starts_it_leaves_nothing(folder: Path) -> None:
    with running(folder, free_port()) as site:
        site.until(lambda: "Redis" in site.shown(), 60)
        family, ports = site.parts()
        site.process.send_signal(signal.SIGINT)
        assert site.process.wait(60) == 0
        assert psutil.wait_procs(family, timeout=30)[1] == []
        assert [port for port in ports if answers(port)] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to be somebody else")
def test_as_root_the_database_lies_where_its_user_may_walk(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    assert database_folder(folder) == folder
    closed = tmp_path / "closed"
    (closed / "real").mkdir(parents=True)
    closed.chmod(0o700)  # as /root is
    elsewhere = database_folder(closed / "real")
    assert elsewhere.is_relative_to("/var/lib/dossier-unique")
    assert elsewhere != database_folder(closed)  # each site has its own


def test_an_address_without_port_is_refused(folder: Path) -> None:
    env = {**clean_environment(), "PYTHONPATH": f"{ROOT}:{ROOT / 'fixtures'}"}
    words = [sys.executable, "-m", "servers.whole_site", "--dossier", str(folder), "--adresse", "127.0.0.1"]
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "HOTE:PORT" in done.stderr
