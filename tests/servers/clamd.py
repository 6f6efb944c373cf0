"""clamd from the system's package, with one signature of a test string: nothing is downloaded."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from servers.process import ServerProcess, free_port, new_folder, remove, required

ROOT = Path(__file__).parents[2]
# The test string every antivirus knows, in two halves so that none stops at this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ClamdServer:
    """With the directives that docs/antivirus.md gives, and those of `more` after them."""

    def __init__(self, *, tcp: bool = False, more: Mapping[str, str] | None = None) -> None:
        binary = required("clamd", "clamav-daemon")
        self._folder = new_folder("clamd")
        base = self._folder / "base"
        base.mkdir()
        (base / "essai.ndb").write_text(f"Essai.Eicar:0:*:{EICAR.hex()}\n")
        written = re.search(r"```clamd\n(.*?)```", (ROOT / "docs" / "antivirus.md").read_text(), re.S)
        assert written is not None
        told = dict(line.split() for line in written[1].splitlines()) | dict(more or {})
        told |= {"DatabaseDirectory": str(base), "Foreground": "yes", "TemporaryDirectory": str(self._folder)}
        if tcp:
            port = free_port()
            self.url = f"tcp:127.0.0.1:{port}"
            told |= {"TCPSocket": str(port), "TCPAddr": "127.0.0.1"}
            self._where: tuple[str, int] | str = ("127.0.0.1", port)
        else:
            self.url = f"unix:{self._folder}/clamd.sock"
            told |= {"LocalSocket": f"{self._folder}/clamd.sock"}
            self._where = f"{self._folder}/clamd.sock"
        conf = self._folder / "clamd.conf"
        conf.write_text("".join(f"{k} {v}\n" for k, v in told.items()))
        self._process = ServerProcess(
            "clamd", [binary, "--config-file", str(conf)], self._folder / "clamd.log"
        )

    def start(self) -> ClamdServer:
        self._process.start()
        self._process.wait_until(self._answers, 60)
        return self

    def _answers(self) -> bool:
        with suppress(OSError):
            kind = socket.AF_UNIX if isinstance(self._where, str) else socket.AF_INET
            with socket.socket(kind, socket.SOCK_STREAM) as probe:
                probe.settimeout(2)
                probe.connect(self._where)
                probe.sendall(b"zPING\0")
                return probe.recv(16).startswith(b"PONG")
        return False

    def down(self) -> None:
        self._process.stop()

    def freeze(self) -> None:
        """It takes connections, and answers none."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.signal(signal.SIGCONT)

    def stop(self) -> None:
        self._process.stop()
        remove(self._folder)
