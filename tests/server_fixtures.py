"""The servers as pytest fixtures: started by the first test that asks, stopped with the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Self, TypeVar

import pytest

from databases import migrated_engine
from servers import (
    CephServer,
    ClamdServer,
    OidcProvider,
    PostgresServer,
    RcloneServer,
    RedisServer,
    ServerError,
    SmtpServer,
)


class _Server(Protocol):
    def start(self) -> Self: ...
    def stop(self) -> None: ...


_S = TypeVar("_S", bound=_Server)


def _running(kind: Callable[[], _S]) -> Iterator[_S]:
    """A server that cannot start fails the test with its sentence: a skip would hide what is not tested."""
    try:
        server = kind()
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)
    try:
        try:
            server.start()
        except ServerError as error:
            pytest.fail(str(error), pytrace=False)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def rclone_s3() -> Iterator[RcloneServer]:
    yield from _running(RcloneServer)


@pytest.fixture(scope="session")
def ceph_s3() -> Iterator[CephServer]:
    yield from _running(CephServer)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    yield from _running(PostgresServer)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    yield from _running(RedisServer)


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    yield from _running(SmtpServer)


@pytest.fixture(scope="session")
def oidc_provider() -> Iterator[OidcProvider]:
    yield from _running(OidcProvider)


@pytest.fixture(scope="session")
def clamd() -> Iterator[ClamdServer]:
    yield from _running(ClamdServer)


_KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.real)]


@pytest.fixture(scope="session")
def postgres_model(postgres: PostgresServer) -> str:
    """A database brought to the last revision once, of which the tests have copies."""
    url = postgres.new_database()
    migrated_engine(url).dispose()
    return url


@pytest.fixture(params=_KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of either kind without a row, of the last revision or none: what is stored holds on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/essai.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.new_database(like=request.getfixturevalue("postgres_model"))
    yield url
    server.drop(url)


@pytest.fixture(params=_KINDS)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind, without a table: for the tests of the migrations."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/essai.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()
