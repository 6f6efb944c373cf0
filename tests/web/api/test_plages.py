"""Parts of a download, as RFC 9110 (14) has them, by the piece's own address and by a short-lived link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_site import ApiSite, api_on, fill
from intake.domain.acces import Role
from web.api.plages import partie

AGENT = Role.AGENT_GUICHET.value
DIGITS = "9" * 5000


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("bytes=0-4", "bytes=0-4"),
        ("Bytes= 0-4 ", "bytes=0-4"),
        ("bytes=,0-4,", "bytes=0-4"),
        ("bytes=95-", "bytes=95-"),
        (f"bytes=95-{DIGITS}", f"bytes=95-{10**18}"),
        ("bytes=-5", "bytes=95-"),
        ("bytes=-100", "bytes=0-"),
        ("bytes=-101", "bytes=0-"),
        (f"bytes=-{DIGITS}", "bytes=0-"),
        ("bytes=100-", "bytes=100-"),  # there is none: it begins at the end
        (f"bytes={DIGITS}-", "bytes=100-"),
        ("bytes=-0", "bytes=100-"),
        *((ignored, None) for ignored in ("", "bytes", "bytes=", "bytes=-", "bytes=4-0", "bytes=--1", "0-4")),
        *(
            (ignored, None)
            for ignored in ("bytes=0-1,3-4", "lignes=0-4", "bytes=a-b", "bytes=1-2-3", "bytes=٣-")
        ),
    ],
)
def test_one_range_of_bytes_is_taken_and_anything_else_ignored(asked: str, taken: str | None) -> None:
    assert partie(asked, 100) == taken


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path) as made:
        fill(made)
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("by", ["address", "link"])
def test_a_part_is_told_from_the_whole_and_from_none(api: ApiSite, by: str) -> None:
    path = "/api/v1/pieces/E1-0001/contenu"
    if by == "link":
        path = api.post(AGENT, "/pieces/E1-0001/liens", json={}).get_json()["url"]

    def asked(method: str = "GET", **headers: str) -> Any:
        answer = api.call(AGENT if by == "address" else None, method, path, headers=headers)
        assert answer.data is not None  # read whole, so that it closes its file
        answer.close()
        return answer

    whole = asked()
    size = len(whole.data)
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    for header, start in (("bytes=0-", 0), (f"bytes=-{size + 1}", 0), ("bytes=-9", size - 9)):
        part = asked(Range=header)
        assert (part.status_code, part.data) == (206, whole.data[start:]), header
        assert part.headers["Content-Range"] == f"bytes {start}-{size - 1}/{size}"
    for header in ("bytes=0-1,3-4", "lignes=0-4", "bytes=4-0", "bytes=", "n'importe quoi"):
        ignored = asked(Range=header)
        assert (ignored.status_code, ignored.data) == (200, whole.data), header
    for header in (f"bytes={size}-", "bytes=-0"):
        none = asked(Range=header)
        assert (none.status_code, none.get_json()["code"]) == (416, "PLAGE_IMPOSSIBLE"), header
        assert none.headers["Content-Range"] == f"bytes */{size}"
    stale = {"Range": f"bytes={size}-", "If-Range": '"une autre"'}
    assert (asked(**stale).status_code, asked(**stale).data) == (200, whole.data)
    assert asked("HEAD", Range="bytes=0-4").status_code == 200
