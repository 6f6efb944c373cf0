"""Another host on this machine: a network namespace, which reaches our servers and nothing else."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress

from servers.process import ServerError, run

_numbers = itertools.count(1)


def why_not() -> str | None:
    """Why hosts cannot be made here; None when they can."""
    if os.geteuid() != 0:
        return "network namespaces are made by root only"
    if shutil.which("ip") is None:
        return "« ip » is missing: apt-get install --no-install-recommends iproute2"
    name = f"essai-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"this machine lets nobody make network namespaces: {made.stderr.strip()}"
    entered = subprocess.run(["ip", "netns", "exec", name, "true"], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    return None if entered.returncode == 0 else "network namespaces cannot be entered here"


class Host:
    """`prefix` runs a program there; `address` is ours, seen from there: our loopback is relayed to it."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.name = f"hote{number}-{os.getpid()}"
        net = f"10.{200 + os.getpid() % 50}.{number % 250}"
        self.address, there, link = f"{net}.1", f"{net}.2", f"h{number}-{os.getpid()}"[:14]
        self.prefix = ("ip", "netns", "exec", self.name)
        self._listeners: dict[int, socket.socket] = {}
        run(["ip", "netns", "add", self.name])
        try:
            run(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", self.name])
            run(["ip", "addr", "add", f"{self.address}/24", "dev", link])
            run(["ip", "link", "set", link, "up"])
            for words in (
                ["ip", "link", "set", "lo", "up"],
                ["ip", "addr", "add", f"{there}/24", "dev", "eth0"],
                ["ip", "link", "set", "eth0", "up"],
            ):
                run([*self.prefix, *words])
        except ServerError:
            self.close()
            raise

    def close(self) -> None:
        for listener in self._listeners.values():
            listener.close()
        with suppress(ServerError):
            run(["ip", "netns", "delete", self.name])  # its end of the link goes, and ours with it

    def reach(self, url: str) -> str:
        """The same URL as seen from there."""
        port = int(url.split("127.0.0.1:")[1].split("/")[0])
        if port not in self._listeners:
            self._listeners[port] = socket.create_server((self.address, port))
            threading.Thread(target=_relay, args=(self._listeners[port], port), daemon=True).start()
        return url.replace("127.0.0.1", self.address)


def _relay(listener: socket.socket, port: int) -> None:
    while True:
        try:
            theirs, _ = listener.accept()
        except OSError:
            return
        try:
            ours = socket.create_connection(("127.0.0.1", port))
        except OSError:
            theirs.close()
            continue
        for source, target in ((theirs, ours), (ours, theirs)):
            threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(1 << 16):
            target.sendall(block)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
