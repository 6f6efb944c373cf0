"""Redis from the system's package, without persistence: what it loses when killed is part of the tests."""

from __future__ import annotations

import signal

from servers.process import ServerProcess, answers, free_port, new_folder, remove, required


class RedisServer:
    def __init__(self) -> None:
        binary = required("redis-server", "redis-server")
        self._folder = new_folder("redis")
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process = ServerProcess(
            "redis-server",
            [
                *(binary, "--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder)),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            ],
            self._folder / "redis.log",
        )

    def start(self) -> RedisServer:
        self._process.start()
        self._process.wait_until(lambda: answers(self._port), 15)
        return self

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        self._process.signal(number)

    def restart(self) -> None:
        """Up again and empty."""
        self._process.stop()
        self.start()

    def stop(self) -> None:
        self._process.stop()
        remove(self._folder)
