"""A real clamd with one test signature: every way in is covered, and its silence holds without losing."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from api_site import GUICHET, pdf
from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.journal import Verification
from intake.domain.motif import Motif
from intake.errors import AntivirusIndisponible, TropVolumineux, VirusTrouve
from readings import N1
from servers.clamd import EICAR, ClamdServer
from servers.process import clean_environment, free_port
from servers.service import Service
from site_for_tests import MARTIN
from web.antivirus import Clamd
from web.settings import read_settings
from web.wiring import Site, open_site

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("clamd")]
ROOT = Path(__file__).parents[2]
SANE = pdf("sain")
BAD = SANE + b"\n% " + EICAR + b"\n"


def file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "fichier"
    path.write_bytes(content)
    return path


class TestTheClient:
    def test_clean_infected_and_hidden_in_what_is_packed(self, clamd: ClamdServer, tmp_path: Path) -> None:
        asked = Clamd(clamd.url)
        asked.examiner(file(tmp_path, SANE))
        asked.examiner(file(tmp_path, b""))
        asked.examiner(file(tmp_path, os.urandom(3_000_000)))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("a.txt", EICAR)
        for content in (EICAR, BAD, os.urandom(200_000) + EICAR, packed.getvalue()):
            with pytest.raises(VirusTrouve):
                asked.examiner(file(tmp_path, content))

    def test_over_tcp(self, tmp_path: Path) -> None:
        server = ClamdServer(tcp=True)
        try:
            server.start()
            Clamd(server.url).examiner(file(tmp_path, SANE))
            with pytest.raises(VirusTrouve):
                Clamd(server.url.replace("tcp:", "tcp://")).examiner(file(tmp_path, BAD))
        finally:
            server.stop()

    @pytest.mark.parametrize("limit", ["StreamMaxLength", "MaxFileSize", "MaxScanSize"])
    def test_what_is_beyond_its_limits_is_never_said_clean(self, limit: str, tmp_path: Path) -> None:
        server = ClamdServer(more={limit: "1M"})
        try:
            server.start()
            Clamd(server.url).examiner(file(tmp_path, SANE))
            for size in (3_000_000, 30_000_000):  # within the socket's buffers, and beyond them
                with pytest.raises(TropVolumineux):
                    Clamd(server.url).examiner(file(tmp_path, SANE + os.urandom(size) + EICAR))
        finally:
            server.stop()

    def test_down_frozen_or_killed_while_it_reads_is_no_verdict(
        self, clamd: ClamdServer, tmp_path: Path
    ) -> None:
        clamd.freeze()
        try:
            begun = time.monotonic()
            with pytest.raises(AntivirusIndisponible):
                Clamd(clamd.url, seconds=1.0).examiner(file(tmp_path, os.urandom(50_000_000)))
            assert time.monotonic() - begun < 20  # a bound against hanging, not a speed
        finally:
            clamd.thaw()
        clamd.down()
        try:
            with pytest.raises(AntivirusIndisponible):
                Clamd(clamd.url).examiner(file(tmp_path, SANE))
        finally:
            clamd.start()
        for url in ("unix:/nulle/part", f"tcp:127.0.0.1:{free_port()}"):
            with pytest.raises(AntivirusIndisponible):
                Clamd(url).examiner(file(tmp_path, SANE))

    @pytest.mark.parametrize(
        "answer",
        [b"", b"\0", b"OK\0", b"stream: ERROR\0", b"stream: OK? \0", b"\xff" * 9000, b"HTTP/1.1 200 OK"],
    )
    def test_whatever_is_not_its_clean_ok_lets_nothing_through(self, answer: bytes, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:

            def once() -> None:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(1 << 16):
                        pass

            serving = threading.Thread(target=once, daemon=True)
            serving.start()
            with pytest.raises(AntivirusIndisponible):
                Clamd(f"tcp:127.0.0.1:{server.getsockname()[1]}", seconds=5).examiner(file(tmp_path, SANE))
            serving.join(10)


@dataclass
class Running:
    site: Site
    service: Service
    env: dict[str, str]
    tokens: dict[str, str]

    def call(self, method: str, path: str, who: str = "guichet", **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **more.pop("headers", {})}
        return requests.request(method, self.service.url + path, headers=headers, timeout=60, **more)

    def deposit(self, path: str, name: str, content: bytes, who: str = "guichet") -> requests.Response:
        return self.call("POST", path, who, files={"fichier": (name, content)})

    def ended(self, envoi: str, seconds: float = 120) -> dict[str, Any]:
        limit = time.monotonic() + seconds
        while True:
            with self.site.uow() as tx:
                seen = tx.envois.lire(envoi)
                incidents = tx.incidents.de_envoi(envoi)
                pieces = tx.pieces.de_envoi(envoi)
            assert seen is not None
            if seen.termine:
                code = seen.refus.code if seen.refus else None
                motifs = [i.motif for i in incidents]
                return {"statut": seen.statut.value, "code": code, "motifs": motifs, "pieces": len(pieces)}
            assert time.monotonic() < limit, self.service.logs()
            time.sleep(0.3)

    def lines(self) -> list[str]:
        with self.site.uow() as tx:
            return [f"{line.action} {line.contenu}" for line in tx.journal.lignes()]


TUS = {"Tus-Resumable": "1.0.0"}
STOPPED = {"statut": "quarantaine", "code": "VIRUS", "motifs": [Motif.VIRUS], "pieces": 0}


@pytest.fixture(scope="module")
def running(clamd: ClamdServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    env = {"DOSSIER_DATA": str(tmp_path_factory.mktemp("site")), "CLAMD_URL": clamd.url}
    site = open_site(read_settings(env))
    with site.uow() as tx:
        tx.registre.enregistrer(MARTIN)
        tx.commit()
    tokens = {}
    for name, role in (("guichet", Role.AGENT_GUICHET), ("numeriseur", Role.NUMERISEUR)):
        _, tokens[name] = site.jetons.creer(
            *(SYSTEME, name, GUICHET, role, list(Portee), "d@exemple.invalid"), territoires=["999"]
        )
    service = Service(env)
    try:
        service.start()
        yield Running(site, service, env, tokens)
    finally:
        service.stop()
        site.engine.dispose()


def test_a_deposit_of_a_guichet_is_refused_at_once_kept_and_shown_to_nobody(running: Running) -> None:
    answer = running.deposit(f"/api/v1/demandes/{N1}/pieces", "a.pdf", BAD)
    assert (answer.status_code, answer.json()["code"]) == (422, "VIRUS")
    envoi = answer.json()["envoi"]
    assert running.ended(envoi) == STOPPED
    with running.site.uow() as tx:
        kept = tx.envois.lire(envoi)
    assert kept is not None
    assert running.site.objects.exists(kept.objet)  # R2
    assert [line for line in running.lines() if envoi in line and "VIRUS" in line and "refus" in line] != []
    assert running.call("GET", f"/api/v1/demandes/{N1}/pieces").json()["elements"] == []
    seen = running.call("GET", "/api/v1/incidents?motif=VIRUS").json()["elements"]
    assert envoi in [i["envoi"] for i in seen]
    again = running.deposit(f"/api/v1/demandes/{N1}/pieces", "a.pdf", BAD)
    assert (again.status_code, again.json()["envoi"]) == (422, envoi)


def test_an_envoi_of_the_numeriseur(running: Running) -> None:
    answer = running.deposit("/api/v1/envois", "lot.pdf", BAD + b"1", "numeriseur")
    assert answer.status_code == 422
    assert running.ended(answer.json()["envoi"]) == STOPPED


def test_an_interrupted_upload(running: Running) -> None:
    name = base64.b64encode(b"grand.pdf").decode()
    content = BAD + b"2"
    headers = {**TUS, "Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
    where = running.call("POST", "/api/v1/televersements", "numeriseur", headers=headers).headers["Location"]
    for part in (content[:100], content[100:]):
        offset = "0" if part == content[:100] else "100"
        sent = {**TUS, "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream"}
        assert running.call("PATCH", where, "numeriseur", headers=sent, data=part).status_code == 204
    done = running.call(
        "POST", "/api/v1/envois", "numeriseur", data={"televersement": where.rsplit("/", 1)[1]}
    )
    assert running.ended(done.json()["envoi"]) == STOPPED


def test_of_a_zip_the_infected_scan_is_refused_and_the_others_go_on(running: Running) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.pdf", BAD + b"3")
        z.writestr("b.pdf", SANE)
        z.writestr("manifeste.json", json.dumps({"guichet": GUICHET, "fichiers": ["a.pdf", "b.pdf"]}))
    told = running.deposit("/api/v1/envois", f"{GUICHET}_lot.zip", out.getvalue(), "numeriseur")
    assert told.status_code == 202
    limit = time.monotonic() + 120
    while (lot := running.call("GET", told.json()["suivi"], "numeriseur").json())["statut"] == "recu":
        assert time.monotonic() < limit
        time.sleep(0.3)
    assert (lot["statut"], len(lot["envois"])) == ("ouvert", 2)
    first, second = (running.ended(e) for e in lot["envois"])
    assert first == STOPPED
    assert second["code"] is None


def ingest(running: Running, path: Path) -> tuple[int, dict[str, Any]]:
    words = [sys.executable, "-m", "flask", "ingest", str(path), "--json"]
    env = {**clean_environment(), **running.env}
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, json.loads(done.stdout)


def test_the_command_line(running: Running, tmp_path: Path) -> None:
    code, told = ingest(running, file(tmp_path, BAD + b"4"))
    assert (code, told["error"]["code"]) == (0, "VIRUS")  # refused and reported: dealt with


def test_while_it_is_silent_all_is_kept_unopened_and_then_dealt_with(
    running: Running, clamd: ClamdServer, tmp_path: Path
) -> None:
    clamd.down()
    try:
        path = f"/api/v1/demandes/{N1}/pieces"
        sane = running.deposit(path, "b.pdf", SANE + b"\n%5")
        bad = running.deposit(path, "c.pdf", BAD + b"5")
        assert (sane.status_code, bad.status_code) == (202, 202)
        code, told = ingest(running, file(tmp_path, SANE + b"\n%6"))
        assert (code, told["error"]["code"]) == (1, "ANTIVIRUS_INDISPONIBLE")
        time.sleep(3)  # the worker has tried
        with running.site.uow() as tx:
            for answer in (sane, bad):
                seen = tx.envois.lire(answer.json()["envoi"])
                assert seen is not None
                assert not seen.termine
                assert tx.lectures.lire(seen.id) == []
    finally:
        clamd.start()
    assert running.ended(bad.json()["envoi"]) == STOPPED
    assert running.ended(sane.json()["envoi"])["code"] is None
    code, told = ingest(running, file(tmp_path, SANE + b"\n%6"))
    assert code == 0
    with running.site.uow() as tx:
        assert list(Verification()(tx.journal.lignes())) == []
