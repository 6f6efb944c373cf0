"""What only an S3 can do wrong: no answer, half an answer, a refusal, a lie; and what it shows it can do."""

from __future__ import annotations

import hashlib
import io
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from intake.errors import IntakeError, ObjetAbsent, ObjetAltere, ReglageInvalide, StockageIndisponible
from servers import RcloneServer
from servers.buckets import Bucket, S3Server, access_to
from servers.process import free_port
from storage.objects import Capabilities, key_of
from storage.objects.provision import provision
from storage.objects.s3 import S3Access, S3Store, connect

CONTENT = b"bulletin de salaire invente"
SHA = hashlib.sha256(CONTENT).hexdigest()
KEY = key_of(SHA)


def put(store: S3Store, content: bytes = CONTENT) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return store.put(io.BytesIO(content), sha256=digest, size=len(content), media="application/pdf")


def read(store: S3Store) -> bytes:
    with store.open(KEY) as stream:
        return stream.read()


OPERATIONS: dict[str, Callable[[S3Store], object]] = {
    "put": put,
    "put in parts": lambda store: put(store, bytes(9 << 20)),
    "open": read,
    "exists": lambda store: store.exists(KEY),
    "list": lambda store: list(store.list()),
    "delete": lambda store: store.delete(KEY),
    "sweep": lambda store: store.sweep(timedelta(0)),
    "probe": lambda store: store.probe(),
}
each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def somewhere(endpoint_url: str) -> S3Access:
    return S3Access(
        bucket="pieces",
        access_key="cle",
        secret_key="secret-inventé",
        endpoint_url=endpoint_url,
        retries=0,
        read_timeout=0.5,
    )


@pytest.fixture(params=["rclone", pytest.param("ceph", marks=pytest.mark.xdist_group("ceph"))])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_s3")
    return found


# -- no answer, half an answer, a lie: endpoints that no real server would play --------------------------


@each_operation
def test_nobody_listens(operation: Callable[[S3Store], object]) -> None:
    store = S3Store(somewhere(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(StockageIndisponible) as outage:
        operation(store)
    assert outage.value.retryable
    assert "secret-inventé" not in f"{outage.value} {outage.value.hint}"


@pytest.mark.parametrize("operation", [put, read], ids=["put", "open"])
def test_somebody_listens_and_never_answers(operation: Callable[[S3Store], object]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        with pytest.raises(StockageIndisponible) as outage:
            operation(S3Store(somewhere(f"http://127.0.0.1:{silent.getsockname()[1]}")))
        assert outage.value.retryable


def test_preparing_a_bucket_where_nobody_listens() -> None:
    with pytest.raises(StockageIndisponible) as outage:
        provision(somewhere(f"http://127.0.0.1:{free_port()}"))
    assert outage.value.retryable


class _Answer(BaseHTTPRequestHandler):
    """Has nothing until it is sent something (unless `there`); then gives `kept`, up to `given` bytes."""

    kept = b""
    etag = ""
    given = 0
    there = False
    status = 200
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).there = True
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(self.kept)

    def do_HEAD(self) -> None:
        self._answer(self.kept)

    def _answer(self, body: bytes) -> None:
        self.send_response(self.status if self.there or self.status != 200 else 404)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{self.etag}"')
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[: self.given])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing on the tests' screen."""


@contextmanager
def endpoint(kept: bytes = b"", etag: str = "", **settings: int) -> Iterator[S3Store]:
    settings = {"given": len(kept), **settings}
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Answer", (_Answer,), {"kept": kept, "etag": etag, **settings})
    ) as service:
        thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield S3Store(somewhere(f"http://127.0.0.1:{service.server_port}"))
        finally:
            service.shutdown()
            thread.join()


def test_a_connection_cut_while_reading_is_an_outage_not_a_damage() -> None:
    with endpoint(CONTENT, given=10, there=True) as store, pytest.raises(StockageIndisponible) as outage:
        read(store)
    assert outage.value.retryable
    assert not isinstance(outage.value, ObjetAltere)


def test_a_service_that_keeps_other_bytes_is_found_out_at_once() -> None:
    other = CONTENT.replace(b"salaire", b"sale___")
    with endpoint(other, etag="0" * 32) as store, pytest.raises(ObjetAltere, match="tout juste écrit"):
        put(store)


def test_a_service_that_keeps_other_bytes_under_the_right_etag_is_found_out_too() -> None:
    other = CONTENT.replace(b"salaire", b"sale___")
    etag = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    with endpoint(other, etag=etag) as store, pytest.raises(ObjetAltere, match="tout juste écrit"):
        put(store)


def test_a_service_that_cuts_what_it_accepted_is_found_out() -> None:
    with endpoint(CONTENT[:-1], etag="0" * 32) as store, pytest.raises(ObjetAltere, match="tout juste écrit"):
        put(store)


def test_an_etag_of_another_kind_is_settled_by_reading() -> None:
    with endpoint(CONTENT, etag="chiffre-avec-une-autre-cle") as store:
        assert put(store) == KEY


@each_operation
def test_a_service_in_trouble_is_an_outage(operation: Callable[[S3Store], object]) -> None:
    with endpoint(status=503) as store, pytest.raises(StockageIndisponible) as outage:
        operation(store)
    assert outage.value.retryable


# -- real servers ---------------------------------------------------------------------------------------


@pytest.mark.real
@each_operation
def test_a_wrong_secret_is_said_as_such(server: S3Server, operation: Callable[[S3Store], object]) -> None:
    access = Bucket(server).access
    with pytest.raises(StockageIndisponible, match=r"[Cc]lé d'accès|Accès refusé") as refusal:
        operation(S3Store(replace(access, secret_key="un-autre-secret")))
    assert "clé d'accès" in f"{refusal.value} {refusal.value.hint}"
    assert server.secret_key not in f"{refusal.value} {refusal.value.hint}"


@pytest.mark.real
@each_operation
def test_a_missing_bucket_is_no_empty_store(server: S3Server, operation: Callable[[S3Store], object]) -> None:
    with pytest.raises(StockageIndisponible, match=r"(?i)introuvable") as refusal:
        operation(S3Store(access_to(server, "jamais-cree")))
    assert not isinstance(refusal.value, ObjetAbsent)


@pytest.mark.real
def test_two_prefixes_of_one_bucket_do_not_meet(server: S3Server) -> None:
    bucket = Bucket(server)
    east, west = (S3Store(bucket.with_prefix(name)) for name in ("est", "/ouest/"))
    assert put(east) == KEY
    assert bucket.names() == [f"est/{KEY}"]
    assert [info.key for info in east.list()] == [KEY]
    assert list(west.list()) == []
    assert not west.exists(KEY)
    west.delete(KEY)
    assert read(east) == CONTENT


@pytest.mark.real
def test_an_upload_left_by_a_crash_is_swept_once_old(server: S3Server) -> None:
    bucket = Bucket(server)
    store = S3Store(bucket.with_prefix("pieces"))
    other = {"Bucket": bucket.access.bucket, "Key": "ailleurs/en-cours"}
    client = connect(bucket.access)
    client.create_multipart_upload(Bucket=bucket.access.bucket, Key=f"pieces/{KEY}")
    client.create_multipart_upload(Bucket=other["Bucket"], Key=other["Key"])
    assert store.sweep(timedelta(days=1)) == 0
    assert store.sweep(timedelta(seconds=-60)) == 1
    assert bucket.unfinished() == [other["Key"]], "what is not under our prefix is not ours"


@pytest.mark.real
def test_what_a_probe_leaves_in_a_crash_is_no_object(server: S3Server) -> None:
    bucket = Bucket(server)
    bucket.plant(".sonde/0123/simple", b"sonde")
    store = S3Store(bucket.access)
    assert list(store.list()) == []
    assert store.sweep(timedelta(days=1)) == 0
    assert store.sweep(timedelta(seconds=-60)) == 1
    assert bucket.names() == []


RCLONE = Capabilities(
    versioning=False,
    object_lock=False,
    wrong_md5_refused=True,
    wrong_sha256_refused=False,
    conditional_put=False,
    etag_is_md5=True,
    multipart=True,
    etag_of_parts=False,
)


@pytest.mark.real
def test_what_rclone_can_do(rclone_s3: RcloneServer) -> None:
    bucket = Bucket(rclone_s3, object_lock=True)
    assert bucket.provision.created
    assert not bucket.provision.versioning
    assert not bucket.provision.object_lock
    assert len(bucket.provision.remarks) == 2
    assert S3Store(bucket.access).probe() == RCLONE
    assert bucket.names() == []


@pytest.mark.real
def test_a_bucket_is_prepared_once(server: S3Server) -> None:
    bucket = Bucket(server)
    put(S3Store(bucket.access))
    again = provision(bucket.access)
    assert not again.created
    assert again.versioning == bucket.provision.versioning
    assert bucket.names() == [KEY]


@pytest.mark.real
def test_preparing_with_a_wrong_secret(server: S3Server) -> None:
    access = replace(access_to(server, "refuse"), secret_key="un-autre-secret")
    with pytest.raises(StockageIndisponible) as refusal:
        provision(access)
    assert "clé d'accès" in refusal.value.hint


@pytest.mark.parametrize("bucket", ["Pas Un Nom", "ab", "-x-"])
def test_a_name_that_no_bucket_may_have(bucket: str) -> None:
    access = replace(somewhere("http://127.0.0.1:9"), bucket=bucket)
    with pytest.raises(ReglageInvalide):
        provision(access)


@pytest.mark.parametrize(
    "endpoint_url", ["s3.exemple.invalid", "ftp://exemple.invalid", "http://", "http://h/chemin"]
)
def test_an_address_that_is_none(endpoint_url: str) -> None:
    with pytest.raises(ReglageInvalide):
        provision(somewhere(endpoint_url))
    if not endpoint_url.endswith("chemin"):
        with pytest.raises(IntakeError):
            S3Store(somewhere(endpoint_url)).exists(KEY)
