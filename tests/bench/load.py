"""People at a running service: phones that send photographs, agents who turn pages; how long they waited."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

ENDED = ("traitee", "traitee_avec_incidents", "quarantaine")
_EDGE = "frontiere-essai"


def percentile(seen: Sequence[float], share: float) -> float:
    ordered = sorted(seen)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


@dataclass
class Told:
    """Seconds of each verdict and of each view, and what went wrong; several threads add to it."""

    verdicts: list[float] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    views: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def shown(self) -> str:
        p95 = {name: percentile(getattr(self, name), 0.95) for name in ("received", "verdicts", "views")}
        median = {name: percentile(getattr(self, name), 0.5) for name in p95}
        figures = ", ".join(
            f"{name} {len(getattr(self, name))}: median {median[name]:.2f} s, p95 {p95[name]:.2f} s"
            for name in p95
            if getattr(self, name)
        )
        return f"{figures}; errors {len(self.errors)} {sorted(set(self.errors))[:3]}"


def call(url: str, token: str, body: bytes | None = None, kind: str = "") -> tuple[bytes, float]:
    """What is answered, and the seconds after which to ask again."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": kind} if kind else {})
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        content: bytes = answer.read()
        return content, float(answer.headers.get("Retry-After", 0))


def send(url: str, token: str, path: str, name: str, content: bytes) -> str:
    """Where the deposit is followed."""
    head = f'--{_EDGE}\r\nContent-Disposition: form-data; name="fichier"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{_EDGE}--\r\n".encode()
    answer, _ = call(f"{url}{path}", token, body, f"multipart/form-data; boundary={_EDGE}")
    return str(json.loads(answer)["suivi"])


def photograph(told: Told, url: str, token: str, numero: str, content: bytes) -> None:
    """Sent from a phone, which asks for its verdict as often as the service says (R6)."""
    begun = time.monotonic()
    try:
        follow = send(url, token, f"/api/v1/demandes/{numero}/pieces", "photo.jpg", content)
        told.received.append(time.monotonic() - begun)
        while True:
            answer, patience = call(f"{url}{follow}", token)
            if json.loads(answer)["statut"] in ENDED:
                break
            time.sleep(patience)
        told.verdicts.append(time.monotonic() - begun)
    except (urllib.error.URLError, OSError, KeyError) as e:
        told.errors.append(repr(e))


def at_once(count: int, act: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(act, range(count)))


class Looking:
    """Somebody who turns pages, one after another, for as long as the block lasts."""

    def __init__(self, told: Told, token: str, addresses: Sequence[str]) -> None:
        self._told, self._token, self._addresses = told, token, addresses
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Looking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        turn = 0
        while not self._over.wait(0.2):
            begun = time.monotonic()
            try:
                call(self._addresses[turn % len(self._addresses)], self._token)
                self._told.views.append(time.monotonic() - begun)
            except (urllib.error.URLError, OSError) as e:
                self._told.errors.append(repr(e))
            turn += 1
