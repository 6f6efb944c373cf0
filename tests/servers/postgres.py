"""PostgreSQL from the system's package, giving an empty database to each test that asks.

Without fsync: what was committed survives a kill -9 of the server, not of the machine.
"""

from __future__ import annotations

import itertools
import os
import pwd
import signal
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from servers.process import (
    ServerError,
    ServerProcess,
    free_port,
    new_folder,
    remove,
    required,
    run,
    unprivileged_user,
)


def _bin() -> Path:
    """The newest PostgreSQL; Debian keeps its server programs out of the PATH."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    newest = max(versions, key=lambda path: int(path.parent.name), default=Path("/nonexistent"))
    return Path(required("initdb", "postgresql", newest)).parent


class PostgresServer:
    def __init__(self) -> None:
        programs = _bin()
        user = unprivileged_user()
        self._folder = new_folder("postgres")
        data = self._folder / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            os.chown(data, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        run(
            [
                *(str(programs / "initdb"), "-D", str(data), "-U", "essai", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            user=user,
        )
        self._port = free_port()
        self._numbers = itertools.count(1)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "64MB",
            "max_connections": "60",
            "autovacuum": "off",
            "log_min_messages": "warning",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = ServerProcess(
            "postgres",
            [str(programs / "postgres"), "-D", str(data), *options],
            self._folder / "postgres.log",
            user=user,
            folder=Path("/"),
            stop_signal=signal.SIGQUIT,  # immediate shutdown: nothing here is worth a checkpoint
            orphan_signal=signal.SIGQUIT,
        )

    def start(self) -> PostgresServer:
        # After a kill -9 the dying children may hold the shared memory for a moment: then it ends at once.
        limit = time.monotonic() + 30
        while True:
            self._process.start()
            try:
                self._process.wait_until(self._accepts, 30)
                return self
            except ServerError:
                if self._process.running or time.monotonic() > limit:
                    raise
                time.sleep(0.2)

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"essai_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return f"postgresql+psycopg://essai@127.0.0.1:{self._port}/{name}"

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        self._process.signal(number)

    def restart(self) -> None:
        self._process.stop()
        self.start()

    def stop(self) -> None:
        self._process.stop()
        remove(self._folder)

    def _accepts(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self._dsn("postgres"), connect_timeout=2):
            return True
        return False

    def _dsn(self, database: str) -> str:
        return f"host=127.0.0.1 port={self._port} user=essai dbname={database}"
