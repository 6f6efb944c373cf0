"""Deposits take turns, and whatever one of them waits for others for keeps no turn from the next (R6)."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import BoundedSemaphore

import pytest

from api_site import ApiSite, api_on
from intake.domain.acces import Role
from intake.errors import AntivirusIndisponible
from readings import N1
from web.api import photos

pytestmark = pytest.mark.slow  # each test opens a database of its own
HER = Role.DEMANDEUR.value
WHERE = f"/demandes/{N1}/photos"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path) as made:
        yield made


class Asked:
    """Somebody else, whom a request waits for: how many places were free meanwhile, each time."""

    def __init__(self, api: ApiSite, endpoint: str) -> None:
        self._queue: BoundedSemaphore = api.client.application.extensions["tours"][endpoint]
        self.free: list[int] = []

    def examiner(self, _: object) -> None:
        self.free.append(self.count())

    def count(self) -> int:
        taken = 0
        while self._queue.acquire(blocking=False):
            taken += 1
        for _ in range(taken):
            self._queue.release()
        return taken


def kept_without_verdict(api: ApiSite, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    class Down:
        def examiner(self, _: object) -> None:
            raise AntivirusIndisponible("pas de réponse")

    monkeypatch.setattr(photos, "make_antivirus", lambda *_, **__: Down())
    answers = [api.deposit(HER, WHERE, b"photo %d" % n) for n in range(2)]
    assert [a.status_code for a in answers] == [202, 202]
    return [(a.json or {})["id"] for a in answers]


def test_photos_are_sent_out_of_turn_while_the_antivirus_looks_at_them(
    api: ApiSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to sixty of a piece, some seconds each: two senders would keep all others from theirs."""
    kept = kept_without_verdict(api, monkeypatch)
    asked = Asked(api, "api.photos_envoyer")
    monkeypatch.setattr(photos, "make_antivirus", lambda *_, **__: asked)
    answer = api.post(HER, f"{WHERE}/envoi", json={"photos": kept})
    assert answer.status_code == 415, answer.json  # they are no photos at all
    assert asked.free == [2, 2]
    assert asked.count() == 2


@pytest.mark.parametrize(("what", "endpoint"), [("pieces", "piece_deposer"), ("envois", "envoi_deposer")])
def test_the_queue_is_told_out_of_turn(api: ApiSite, what: str, endpoint: str) -> None:
    asked = Asked(api, f"api.{endpoint}")
    api.client.application.extensions["enfiler"] = asked.examiner
    who, where = (HER, f"/demandes/{N1}/pieces") if what == "pieces" else (Role.NUMERISEUR.value, "/envois")
    assert api.deposit(who, where, b"%PDF-1.4").status_code in (202, 422)
    assert (asked.free, asked.count()) == ([2], 2)


def test_a_redis_that_is_there_and_does_not_answer_holds_a_request_for_no_more_than_seconds(
    tmp_path: Path,
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with api_on(tmp_path, redis_url=url) as api:
            api.get(HER, f"/demandes/{N1}")  # it learns that nobody answers
            begun = time.monotonic()
            assert api.get(HER, f"/demandes/{N1}").status_code in (200, 404)
            assert time.monotonic() - begun < 4
