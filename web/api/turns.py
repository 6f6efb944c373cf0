"""Deposits, and whoever asks what became of theirs, take turns in each web process; the others go at once.

Two hundred phones at the same moment are ten seconds of work. Each of them waits a little for its turn and
costs nothing meanwhile; an agent who turns pages shares the processor with a few requests, not with all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import IO

from apiflask import APIFlask
from flask import current_app, g, request

# Places of each queue, by what is asked. A large envoi is stored for seconds: no phone waits behind one.
_PHOTOS, _ENVOIS, _FOLLOWED = 2, 2, 2
_SENDS = ("api.piece_deposer", "api.photo_deposer", "api.photos_envoyer")
_SENDS_LARGE = ("api.envoi_deposer",)
_FOLLOWS = ("api.envoi_lire", "api.photo_lire", "api.lot_lire", "api.travail_lire")


def begin(app: APIFlask) -> None:
    """To be called before the guard: to recognise who asks is half the work of a small request."""
    queues = (
        (_SENDS, BoundedSemaphore(_PHOTOS)),
        (_SENDS_LARGE, BoundedSemaphore(_ENVOIS)),
        (_FOLLOWS, BoundedSemaphore(_FOLLOWED)),
    )
    app.extensions["tours"] = {name: queue for names, queue in queues for name in names}
    app.before_request(_take)
    app.teardown_request(_leave)


def _take() -> None:
    queue: BoundedSemaphore | None = current_app.extensions["tours"].get(request.endpoint)
    if queue is not None:
        queue.acquire()
        request.environ["wsgi.input"] = _Body(request.environ["wsgi.input"])
    g.tour = queue


def _leave(_: BaseException | None) -> None:
    queue: BoundedSemaphore | None = g.pop("tour", None)
    if queue is not None:
        queue.release()


@contextmanager
def out_of_turn() -> Iterator[None]:
    """While the block waits for somebody else (a slow network, the antivirus), the next one has the place."""
    queue: BoundedSemaphore | None = g.pop("tour", None)
    if queue is None:
        yield
        return
    queue.release()
    try:
        yield
    finally:
        queue.acquire()
        g.tour = queue


class _Body:
    """What a sender sends, waited for out of turn and taken apart in turn. No `readinto`: werkzeug reads."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int = -1) -> bytes:
        with out_of_turn():
            return self._source.read(size)
