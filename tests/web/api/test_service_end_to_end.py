"""The service as programs of their own: deposits through HTTP, worked on, followed, and read back."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from api_site import GUICHET
from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.jour import jour_civil
from intake.domain.journal import Verification
from servers import PostgresServer, RedisServer
from servers.service import Service
from web.documents import read_register
from web.settings import read_settings
from web.wiring import Site, open_site

pytestmark = [pytest.mark.real, pytest.mark.slow]
DEMO = Path(__file__).parents[3] / "fixtures" / "demo"
DOCUMENTS = DEMO.parent / "documents"


class Client:
    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def __call__(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        sent = {
            "Authorization": f"Bearer {self.token}",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        request = urllib.request.Request(f"{self.url}{path}", body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as e:
            return e.code, e.read(), dict(e.headers)

    def json(self, method: str, path: str, **more: Any) -> Any:
        return json.loads(self(method, path, **more)[1])

    def upload(self, path: str, name: str, content: bytes, **headers: str) -> tuple[int, Any]:
        edge = "frontiere-essai"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="fichier"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        kind = f"multipart/form-data; boundary={edge}"
        status, answer, _ = self("POST", path, body, Content_Type=kind, **headers)
        return status, json.loads(answer)

    def wait(self, path: str, ended: set[str], seconds: float = 240) -> Any:
        limit = time.monotonic() + seconds
        while (seen := self.json("GET", path))["statut"] not in ended:
            assert time.monotonic() < limit, seen
            time.sleep(0.5)
        return seen


TUS = {"Tus_Resumable": "1.0.0"}
ENDED = {"traitee", "traitee_avec_incidents", "quarantaine"}


@pytest.fixture(scope="module", params=["sqlite", "postgres, redis"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Site, Client]]:
    env = {"DOSSIER_DATA": str(tmp_path_factory.mktemp("site")), "API_RATE": "100000 per minute"}
    if request.param != "sqlite":
        server: PostgresServer = request.getfixturevalue("postgres")
        queue: RedisServer = request.getfixturevalue("redis_server")
        env |= {"DATABASE_URL": server.new_database(), "REDIS_URL": queue.url}
    site = open_site(read_settings(env))
    with site.uow() as tx:
        for demande in read_register(DEMO / "demandes.jsonl", jour_civil(site.clock.now())):
            tx.registre.enregistrer(demande)
        tx.commit()
    _, token = site.jetons.creer(
        SYSTEME, "Scanner", GUICHET, Role.NUMERISEUR, list(Portee), "d@exemple.invalid", territoires=["999"]
    )
    service = Service(env)
    try:
        service.start()
        yield service, site, Client(service.url, token)
    finally:
        service.stop()
        site.engine.dispose()


def test_a_batch_is_sent_followed_live_and_its_report_read(running: tuple[Service, Site, Client]) -> None:
    _, site, client = running
    status, told = client.upload("/api/v1/envois", "demo.pdf", (DEMO / "demo.pdf").read_bytes())
    assert (status, told["nouveau"]) == (202, True)
    _, stream, headers = client("GET", f"{told['suivi']}/progression")
    assert headers["Content-Type"].startswith("text/event-stream")
    events = stream.decode()
    assert "event: progression" in events
    assert events.rstrip().split("event: ")[-1].startswith("fin")
    report = client.json("GET", f"{told['suivi']}/compte-rendu")
    expected = json.loads((DEMO / "expected.json").read_text())
    assert report["statut"] in ENDED
    with site.uow() as tx:
        plan = tx.plans.en_vigueur(site.clock.now().date())
    shown = [p["pages"] for p in report["pieces"]]
    assert not any(plan.sensible(p["type"]) for p in report["pieces"])  # not cleared: they do not exist
    open_ = [p["pages"] for p in expected["pieces"] if not plan.sensible(p["type"])]
    assert [pages for pages in open_ if pages not in shown] == []
    _, table, headers = client("GET", f"{told['suivi']}/compte-rendu?format=csv")
    assert headers["Content-Type"].startswith("text/csv")
    assert table.decode("utf-8-sig").splitlines()[0].startswith("id;numero_unique;pages")
    status, again = client.upload("/api/v1/envois", "demo.pdf", (DEMO / "demo.pdf").read_bytes())
    assert (status, again["nouveau"], again["envoi"]) == (200, False, told["envoi"])


def test_an_interrupted_upload_goes_on_where_it_stopped(running: tuple[Service, Site, Client]) -> None:
    _, _, client = running
    content = (DOCUMENTS / "quittance_loyer.pdf").read_bytes() + b"\n% autre fichier\n"
    length = str(len(content))
    name = base64.b64encode(b"../grand envoi.pdf").decode()
    status, _, headers = client(
        "POST",
        "/api/v1/televersements",
        b"",
        **TUS,
        Upload_Length=length,
        Upload_Metadata=f"filename {name}",
    )
    assert status == 201
    where, half = headers["Location"], len(content) // 2

    def send(part: bytes, offset: int) -> tuple[int, bytes, dict[str, str]]:
        kind = "application/offset+octet-stream"
        return client("PATCH", where, part, **TUS, Upload_Offset=str(offset), Content_Type=kind)

    assert send(content[:half], 0)[0] == 204
    early = client.json("POST", "/api/v1/envois", body=f"televersement={where.rsplit('/', 1)[1]}".encode())
    assert early["code"] == "CHANGEMENT_IMPOSSIBLE"
    status, wrong, _ = send(content[half:], 0)
    assert (status, json.loads(wrong)["position"]) == (409, half)
    _, _, headers = client("HEAD", where, None, **TUS)
    assert headers["Upload-Offset"] == str(half)
    assert send(content[half:], half)[0] == 204
    told = client.json("POST", "/api/v1/envois", body=f"televersement={where.rsplit('/', 1)[1]}".encode())
    seen = client.json("GET", told["suivi"])
    assert (seen["fichier"], seen["taille"]) == ("grand envoi.pdf", len(content))
    assert client("HEAD", where, None, **TUS)[0] == 404  # it has become an envoi
    client.wait(told["suivi"], ENDED)


def answer_on(connection: socket.socket) -> tuple[int, str]:
    with HTTPResponse(connection) as answer:
        answer.begin()
        return answer.status, json.loads(answer.read())["envoi"]


def test_senders_whose_network_stalls_hold_nobody_up(running: tuple[Service, Site, Client]) -> None:
    service, _, client = running
    content = (DOCUMENTS / "rib.pdf").read_bytes()
    edge = "frontiere-essai"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="fichier"; filename="rib.pdf"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    request = (
        "POST /api/v1/envois HTTP/1.1\r\nHost: essai\r\n"
        f"Authorization: Bearer {client.token}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={edge}\r\n\r\n"
    ).encode() + body
    with ExitStack() as stack:
        stalled = []
        for _ in range(60):
            connection = socket.create_connection(("127.0.0.1", service.port), timeout=120)
            stack.enter_context(connection)
            connection.sendall(request[:-20])
            stalled.append(connection)
        assert client.json("GET", "/api/v1/plan")["categories"]  # whoever looks
        status, told = client.upload("/api/v1/envois", "rib.pdf", content)  # whoever sends
        assert status == 202
        for connection in stalled:
            connection.sendall(request[-20:])
        answers = [answer_on(connection) for connection in stalled]
    assert answers == [(200, told["envoi"])] * len(stalled)
    client.wait(told["suivi"], ENDED)


def archive(guichet: str, files: dict[str, bytes], listed: list[str] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, content in files.items():
            z.writestr(name, content)
        z.writestr(
            "manifeste.json",
            json.dumps({"guichet": guichet, "fichiers": listed if listed is not None else list(files)}),
        )
    return out.getvalue()


def test_a_zip_is_opened_when_its_three_codes_agree_and_held_whole_when_not(
    running: tuple[Service, Site, Client],
) -> None:
    _, _, client = running
    demo = (DEMO / "demo.pdf").read_bytes() + b"\n% lot\n"
    held: list[tuple[str, bytes, str]] = [
        ("75002_lot.zip", archive("75001", {"a.pdf": demo}), "GUICHET_INCOHERENT"),
        ("75999_lot.zip", archive("75999", {"a.pdf": demo}), "GUICHET_INCOHERENT"),  # the bordereau differs
        ("75001_lot.zip", archive("75001", {"a.pdf": demo}, ["a.pdf", "b.pdf"]), "COMPTE_INEXACT"),
        ("75001_lot.zip", b"PK\x03\x04 rien", "FICHIER_CORROMPU"),
    ]
    for name, content, code in held:
        status, told = client.upload("/api/v1/envois", name, content)
        assert status == 202
        seen = client.wait(told["suivi"], {"ouvert", "retenu"})
        assert (seen["statut"], seen["code"], seen["envois"]) == ("retenu", code, []), seen
        if code == "GUICHET_INCOHERENT":
            assert name[:5] in seen["message"]


def test_the_service_leaves_nothing_in_its_scratch_folder_and_the_journal_whole(
    running: tuple[Service, Site, Client],
) -> None:
    _, site, _ = running
    left = [p for p in (site.settings.data / "recus").rglob("*") if p.is_file()]
    assert left == []
    with site.uow() as tx:
        assert list(Verification()(tx.journal.lignes())) == []


def test_a_gigabyte_is_streamed(tmp_path: Path) -> None:
    """R4's largest file, received by a web process that never holds it."""
    env = {"DOSSIER_DATA": str(tmp_path / "site")}
    site = open_site(read_settings(env))
    _, token = site.jetons.creer(SYSTEME, "S", GUICHET, Role.NUMERISEUR, list(Portee), "d@exemple.invalid")
    service = Service(env, worker=False)
    size = int(os.environ.get("ESSAI_OCTETS", "200000000"))
    try:
        service.start()
        client = Client(service.url, token)
        _, _, headers = client("POST", "/api/v1/televersements", b"", **TUS, Upload_Length=str(size))
        where, block = headers["Location"], b"%PDF-" + os.urandom(20_000_000 - 5)
        for offset in range(0, size, len(block)):
            part = block[: size - offset]
            status, _, _ = client(
                "PATCH",
                where,
                part,
                **TUS,
                Upload_Offset=str(offset),
                Content_Type="application/offset+octet-stream",
            )
            assert status == 204
        told = client.json("POST", "/api/v1/envois", body=f"televersement={where.rsplit('/', 1)[1]}".encode())
        assert client.json("GET", told["suivi"])["taille"] == size
        assert service.largest() < 400_000_000
    finally:
        service.stop()
        site.engine.dispose()
