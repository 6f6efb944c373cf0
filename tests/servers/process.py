"""Starting a server process that dies with the tests, whatever ends them."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

_PREFIX = "dossier-unique-essais-"
_OWNER = "owner.pid"


class ServerError(Exception):
    """A server that could not be started, with the reason."""


def required(binary: str, package: str, *folders: Path) -> str:
    """The path of a program, or a sentence that names the package to install."""
    found = shutil.which(
        binary, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin"])
    )
    if found is None:
        raise ServerError(
            f"The program « {binary} » is missing: install the package « {package} » "
            f"(apt-get install --no-install-recommends {package})."
        )
    return found


def free_port() -> int:
    """A free loopback port below the ephemeral range: nothing takes it while a killed server is down."""
    for _ in range(200):
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise ServerError("No free port between 15000 and 32000.")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def new_folder(kind: str) -> Path:
    """A temporary folder of our own; those of test runs that were killed are removed on the way."""
    for stale in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError, ValueError):
            if not _alive(int((stale / _OWNER).read_text())):
                shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-"))
    (folder / _OWNER).write_text(str(os.getpid()))
    folder.chmod(0o711)  # a server that refuses to run as root must be able to walk through it
    return folder


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def unprivileged_user() -> str | None:
    """Who to run as when we are root and the server refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise ServerError("Neither « postgres » nor « nobody » exists on this machine.")


def clean_environment() -> dict[str, str]:
    """Ours, without what would lead a system program to the Python or the settings of the tests."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PG", "CEPH", "RCLONE", "AWS_"))
    }
    return kept | {"LC_ALL": "C.UTF-8"}


class ServerProcess:
    """One daemon in the foreground: its log in a file, its death tied to ours by the kernel."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        orphan_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._log = log
        self._user = user
        self._environment = dict(environment) if environment is not None else clean_environment()
        self._folder = folder
        self._stop_signal = stop_signal
        self._orphan_signal = orphan_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        # setpriv asks the kernel (PR_SET_PDEATHSIG) to end the server when we end, even by kill -9, then
        # becomes the server. A preexec_fn would do it too, but not safely beside the threads of a test.
        tie = [required("setpriv", "util-linux"), "--pdeathsig", self._orphan_signal.name.removeprefix("SIG")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*tie, "--", *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._folder or self._log.parent,
                user=self._user,
                group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                start_new_session=True,  # a Ctrl-C is for pytest, which then stops us in order
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        limit = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise ServerError(f"{self.name} ended while starting:\n{self.last_lines()}")
            if time.monotonic() > limit:
                raise ServerError(f"{self.name} was not ready after {seconds:.0f} s:\n{self.last_lines()}")
            time.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            if number == signal.SIGKILL:
                self._process.wait(30)

    def stop(self) -> None:
        if self._process is None:
            return
        for number, seconds in ((self._stop_signal, 10), (signal.SIGKILL, 30)):
            if self._process.poll() is None:
                self._process.send_signal(number)
                self._process.send_signal(signal.SIGCONT)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(seconds)
        self._process = None

    def family(self) -> list[int]:
        """The process and its children."""
        if self._process is None:
            return []
        top = psutil.Process(self._process.pid)
        return [top.pid, *(child.pid for child in top.children(recursive=True))]

    def last_lines(self) -> str:
        with suppress(OSError):
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
        return ""


def run(command: Sequence[str], *, user: str | None = None, seconds: float = 60) -> str:
    """A short command of a server's own tools; its failure is an error with what it printed."""
    try:
        done = subprocess.run(
            list(command),
            capture_output=True,
            text=True,
            timeout=seconds,
            env=clean_environment(),
            cwd="/",
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"« {' '.join(command)} » did not end within {seconds:.0f} s.") from error
    if done.returncode != 0:
        raise ServerError(f"« {' '.join(command)} » failed: {done.stderr or done.stdout}")
    return done.stdout


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
