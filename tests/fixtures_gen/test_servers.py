"""The servers the other tests stand on: they come back, they end with us, and what is missing is named."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from servers import PostgresServer, RedisServer, ServerError
from servers.process import answers, new_folder, remove, required


def _sql(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.mark.real
def test_each_new_database_is_empty_and_outlives_a_kill(postgres: PostgresServer) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    with psycopg.connect(_sql(first)) as connection:
        connection.execute("CREATE TABLE piece (id int)")
        connection.execute("INSERT INTO piece VALUES (7)")
    postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(_sql(first))
    postgres.restart()
    with psycopg.connect(_sql(first)) as connection:
        assert connection.execute("SELECT id FROM piece").fetchall() == [(7,)]
    with psycopg.connect(_sql(second)) as connection:
        assert connection.execute("SELECT to_regclass('piece')").fetchone() == (None,)


@pytest.mark.real
def test_redis_comes_back_empty(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("tache", "1")
        redis_server.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        redis_server.restart()
        assert client.get("tache") is None


_START_AND_DIE = """
import os, signal
from servers import RedisServer
server = RedisServer().start()
print(server.url.split(":")[2].split("/")[0], server._folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.real
def test_a_server_ends_with_tests_that_are_killed() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    killed = subprocess.run(
        [sys.executable, "-c", _START_AND_DIE], env=environment, capture_output=True, text=True, check=False
    )
    port, folder = killed.stdout.split()
    limit = time.monotonic() + 10
    while answers(int(port)):
        assert time.monotonic() < limit, "the server is still there"
        time.sleep(0.05)
    remove(new_folder("menage"))
    assert not Path(folder).exists(), "the next run did not clear what was left"


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(ServerError, match="apt-get install --no-install-recommends paquet-absent"):
        required("programme-absent", "paquet-absent")
