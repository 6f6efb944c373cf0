"""What an address given to a sender allows, and nothing else: on rclone and on Ceph (docs/adr/0421)."""

from __future__ import annotations

import os
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests

from servers.buckets import Bucket
from storage.objects.s3 import S3Store
from storage.objects.staging import PART, Part, S3Staging, parts_of

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("ceph")]
BODY = os.urandom(1000)
ONE = Part(1, 0, len(BODY))
REFUSED = (400, 403, 404)


@pytest.fixture(params=["rclone_s3", pytest.param("ceph_s3", marks=pytest.mark.slow)])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    return Bucket(request.getfixturevalue(request.param))


@pytest.fixture
def staging(bucket: Bucket) -> S3Staging:
    return S3Staging(bucket.with_prefix("site"), bucket.access.endpoint_url or "")


def changed(url: str, **query: str | None) -> str:
    parts = urlsplit(url)
    kept = {k: v for k, v in parse_qsl(parts.query) if k not in query}
    kept |= {k: v for k, v in query.items() if v is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def put(url: str, body: bytes = BODY) -> int:
    return requests.put(url, data=body, timeout=20).status_code


def test_a_file_in_parts_comes_back_whole_and_no_object_exists_before(
    staging: S3Staging, bucket: Bucket
) -> None:
    content = os.urandom(PART + 5)
    place, parts = staging.begin(), parts_of(len(content))
    assert [(p.start, p.size) for p in parts] == [(0, PART), (PART, 5)]
    for part in reversed(parts):
        piece = content[part.start : part.start + part.size]
        assert put(staging.address(place, part, 60), piece) == 200
    arrived = staging.arrived(place)
    assert arrived is not None
    assert {n: size for n, (size, _) in arrived.items()} == {1: PART, 2: 5}
    assert bucket.names() == []
    staging.assemble(place, arrived)
    staging.assemble(place, arrived)
    assert staging.arrived(place) is None
    assert b"".join(staging.read(place)) == content
    assert list(S3Store(bucket.with_prefix("site")).list()) == []  # nothing that a check would find unknown
    staging.discard(place)
    staging.discard(place)
    assert (bucket.names(), bucket.unfinished()) == ([], [])


def test_an_address_writes_its_own_part_at_its_own_length_and_reads_nothing(
    staging: S3Staging, bucket: Bucket
) -> None:
    place, other = staging.begin(), staging.begin()
    assert place.key != other.key
    url = staging.address(place, ONE, 60)
    for body in (BODY + b"+", BODY[:-1], b""):
        assert put(url, body) in REFUSED
    for wrong in (
        url.replace(place.key, other.key),
        url.replace(place.key, "site/aa/bb/cle"),
        changed(url, partNumber="2"),
        changed(url, uploadId=other.upload),
        changed(url, uploadId=None, partNumber=None),
        changed(url, **{"X-Amz-Expires": "9999999"}),
        url.split("?")[0],
    ):
        assert put(wrong) in REFUSED, wrong
    for method in ("GET", "HEAD", "DELETE", "POST"):
        assert requests.request(method, url, timeout=20).status_code in REFUSED, method
    assert staging.arrived(place) == {}
    assert put(url) == 200
    for method in ("GET", "HEAD", "DELETE"):
        assert requests.request(method, url, timeout=20).status_code in REFUSED, method
    assert [*(staging.arrived(place) or {})] == [1]
    assert staging.arrived(other) == {}


def test_an_address_is_dead_once_assembled_given_up_or_late(staging: S3Staging, bucket: Bucket) -> None:
    place = staging.begin()
    url = staging.address(place, ONE, 60)
    assert put(staging.address(place, ONE, -10)) in REFUSED
    assert put(url) == 200
    arrived = staging.arrived(place)
    assert arrived is not None
    staging.assemble(place, arrived)
    assert put(url, b"z" * len(BODY)) in REFUSED
    assert requests.get(url, timeout=20).status_code in REFUSED
    assert b"".join(staging.read(place)) == BODY
    staging.discard(place)
    assert put(url) in REFUSED
    gone = staging.begin()
    late = staging.address(gone, ONE, 60)
    staging.discard(gone)
    assert put(late) in REFUSED
    assert bucket.names() == []


def test_what_crashes_left_is_swept_by_its_age_and_nothing_else_is(
    staging: S3Staging, bucket: Bucket
) -> None:
    bucket.plant("site/aa/autre", b"autre")
    assembled, begun = staging.begin(), staging.begin()
    assert put(staging.address(assembled, ONE, 60)) == 200
    arrived = staging.arrived(assembled)
    assert arrived is not None
    staging.assemble(assembled, arrived)
    store = S3Store(bucket.with_prefix("site"))
    assert staging.sweep(timedelta(days=1)) == 0
    assert store.sweep(timedelta(seconds=-60)) == 0  # not of its kind
    assert staging.arrived(begun) == {}
    assert staging.sweep(timedelta(seconds=-60)) == 2
    assert (bucket.names(), bucket.unfinished()) == (["site/aa/autre"], [])


@pytest.mark.slow
def test_where_versions_are_kept_none_is_left(ceph_s3: object) -> None:
    bucket = Bucket(ceph_s3, object_lock=True)  # type: ignore[arg-type]
    assert bucket.provision.versioning
    staging = S3Staging(bucket.access, bucket.access.endpoint_url or "")
    place = staging.begin()
    assert put(staging.address(place, ONE, 60)) == 200
    arrived = staging.arrived(place)
    assert arrived is not None
    staging.assemble(place, arrived)
    staging.discard(place)
    assert bucket.versions() == []
