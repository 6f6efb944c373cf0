"""The whole service as a site runs it: gunicorn and a worker, as programs of their own, on a free port."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from servers.process import ServerProcess, clean_environment, free_port, new_folder, remove

ROOT = Path(__file__).parents[2]


class Service:
    """`environment` holds the site's settings. Without a worker, deposits stay received."""

    def __init__(self, environment: Mapping[str, str], *, worker: bool = True) -> None:
        self._folder = new_folder("service")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {**clean_environment(), "PYTHONPATH": str(ROOT), **environment}
        gunicorn = ["-m", "gunicorn", "--config", "python:web.serve", "--bind", f"127.0.0.1:{self.port}"]
        self._web = self._program("web", [*gunicorn, "web.serve:make()"], env)
        self.worker = self._program("worker", ["-m", "web.worker"], env) if worker else None

    def _program(self, name: str, words: list[str], env: dict[str, str]) -> ServerProcess:
        log = self._folder / f"{name}.log"
        return ServerProcess(name, [sys.executable, *words], log, environment=env, folder=ROOT)

    def start(self) -> Service:
        self._web.start()
        self._web.wait_until(self._ready, 60)
        if self.worker is not None:
            self.worker.start()
        return self

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/pret", timeout=10) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        for program in (self.worker, self._web):
            if program is not None:
                program.stop()
        remove(self._folder)

    def logs(self) -> str:
        return "\n".join(p.last_lines() for p in (self._web, self.worker) if p is not None)

    def largest(self) -> int:
        """Bytes of the largest web process at its largest."""
        return max(_peak(child) for child in self._web.family())


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
