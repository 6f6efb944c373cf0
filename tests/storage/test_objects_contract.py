"""What every object store owes its callers, whatever it is made of."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from fakes import MemoryStore
from intake.errors import ObjetAbsent, ObjetAltere
from intake.ports import ObjectInfo, ObjectStore
from servers import RcloneServer
from servers.buckets import Bucket
from storage.objects import FolderStore, key_of
from storage.objects.s3 import S3Store

MiB = 1 << 20
PART = 5 * MiB  # the least that S3 allows, so that a few MiB already make a multipart upload
SMALL = b"piece justificative inventee " * 40
LARGE = bytes(range(256)) * (2 * PART // 256) + b"fin"  # three parts, the last one short


@dataclass(frozen=True)
class Subject:
    """A store, and the means to act behind its back."""

    store: ObjectStore
    plant: Callable[[str, bytes], None]
    content: Callable[[str], bytes]
    leftovers: Callable[[], list[str]]  # everything kept, half-finished writes included


def _memory() -> Subject:
    store = MemoryStore()
    return Subject(store, store.objects.__setitem__, store.objects.__getitem__, lambda: [*store.objects])


def _folder(root: Path) -> Subject:
    def plant(key: str, content: bytes) -> None:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(content)

    def leftovers() -> list[str]:
        return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]

    return Subject(FolderStore(root), plant, lambda key: (root / key).read_bytes(), leftovers)


def _bucket(bucket: Bucket) -> Subject:
    def leftovers() -> list[str]:
        return bucket.names() + bucket.unfinished()

    return Subject(S3Store(bucket.access, part_size=PART), bucket.plant, bucket.content, leftovers)


LASTING = [
    "folder",
    pytest.param("rclone", marks=pytest.mark.real),
    pytest.param("ceph", marks=[pytest.mark.real, pytest.mark.xdist_group("ceph")]),
]


@pytest.fixture(params=["memory", *LASTING])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    if request.param == "memory":
        return _memory()
    if request.param == "folder":
        return _folder(tmp_path / "objets")
    server = request.getfixturevalue("rclone_s3" if request.param == "rclone" else "ceph_s3")
    return _bucket(Bucket(server))


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put(store: ObjectStore, content: bytes) -> str:
    return store.put(io.BytesIO(content), sha256=sha(content), size=len(content), media="application/pdf")


def get(store: ObjectStore, key: str) -> bytes:
    with store.open(key) as stream:
        return stream.read()


class Pages(io.RawIOBase):
    """A long source that never exists as a whole, gives less than it is asked for, and can fail half-way."""

    _BLOCK = bytes(range(251)) * 1000  # of a length prime to the parts', so that no two parts are alike

    def __init__(self, size: int, *, fails_at: int | None = None) -> None:
        self._size = size
        self._fails_at = fails_at
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        if self._fails_at is not None and self.given >= self._fails_at:
            raise OSError("le scanner ne répond plus")
        start = self.given % len(self._BLOCK)
        wanted = self._size - self.given if size < 0 else min(size, self._size - self.given)
        block = self._BLOCK[start : start + wanted]
        self.given += len(block)
        return block


def pages(size: int, *, fails_at: int | None = None) -> BinaryIO:
    return cast(BinaryIO, Pages(size, fails_at=fails_at))


@pytest.mark.parametrize("content", [b"", b"x", SMALL, LARGE], ids=["empty", "one byte", "small", "parts"])
def test_what_was_put_is_read_back(subject: Subject, content: bytes) -> None:
    key = put(subject.store, content)
    assert key == f"{sha(content)[:2]}/{sha(content)[2:4]}/{sha(content)}"
    assert subject.store.exists(key)
    assert get(subject.store, key) == content
    assert subject.content(key) == content, "a reader that is not ours sees other bytes"
    assert subject.leftovers() == [key]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "parts"])
def test_putting_twice_changes_nothing(subject: Subject, content: bytes) -> None:
    assert put(subject.store, content) == put(subject.store, content)
    assert list(subject.store.list()) == [ObjectInfo(key_of(sha(content)), len(content), sha(content))]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "parts"])
@pytest.mark.parametrize("mistake", ["other bytes", "too short", "too long", "size of a part"])
def test_bytes_that_are_not_those_announced_are_not_stored(
    subject: Subject, content: bytes, mistake: str
) -> None:
    source = {
        "other bytes": content[:-1] + b"!",
        "too short": content[:-1],
        "too long": content + b"!",
        "size of a part": content[: len(content) // 2],
    }[mistake]
    with pytest.raises(ObjetAltere) as refusal:
        subject.store.put(io.BytesIO(source), sha256=sha(content), size=len(content), media="application/pdf")
    assert not refusal.value.retryable
    assert not subject.store.exists(key_of(sha(content)))
    assert subject.leftovers() == []


def test_a_refused_put_leaves_the_sound_object_alone(subject: Subject) -> None:
    key = put(subject.store, LARGE)
    with pytest.raises(ObjetAltere):
        subject.store.put(io.BytesIO(LARGE[:-1]), sha256=sha(LARGE), size=len(LARGE), media="image/tiff")
    assert get(subject.store, key) == LARGE


def test_a_source_that_fails_leaves_nothing(subject: Subject) -> None:
    with pytest.raises(OSError, match="scanner"):
        subject.store.put(
            pages(3 * PART, fails_at=PART + 1), sha256="0" * 64, size=3 * PART, media="application/pdf"
        )
    assert subject.leftovers() == []


def test_a_name_that_is_no_digest_is_a_mistake_of_the_caller(subject: Subject) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        subject.store.put(io.BytesIO(b"x"), sha256="../../etc/passwd", size=1, media="text/plain")


def test_eight_writers_of_one_object(subject: Subject) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {future.result() for future in [pool.submit(put, subject.store, SMALL) for _ in range(16)]}
    assert subject.leftovers() == [*keys]
    assert get(subject.store, keys.pop()) == SMALL


def test_two_writers_of_one_large_object(subject: Subject) -> None:
    with ThreadPoolExecutor(2) as pool:
        keys = {future.result() for future in [pool.submit(put, subject.store, LARGE) for _ in range(2)]}
    assert subject.leftovers() == [*keys]
    assert get(subject.store, keys.pop()) == LARGE


@pytest.mark.parametrize("damage", ["one byte", "truncated", "emptied", "longer"])
def test_altered_bytes_are_never_given_as_sound(subject: Subject, damage: str) -> None:
    key = put(subject.store, SMALL)
    damaged = {
        "one byte": SMALL[:500] + b"\0" + SMALL[501:],
        "truncated": SMALL[:500],
        "emptied": b"",
        "longer": SMALL + b"!",
    }[damage]
    subject.plant(key, damaged)
    with subject.store.open(key) as stream, pytest.raises(ObjetAltere) as refusal:
        stream.read()
    assert not refusal.value.retryable
    with pytest.raises(ObjetAltere):
        list(_blocks(subject.store, key, 100))
    with subject.store.open(key) as stream, pytest.raises(ObjetAltere):
        stream.read(len(damaged) or 1)  # a reader that stops at the last byte, without asking for the end


def test_a_stream_given_up_half_way_is_not_judged(subject: Subject) -> None:
    key = put(subject.store, SMALL)
    subject.plant(key, SMALL[:-1] + b"!")
    with subject.store.open(key) as stream:
        assert stream.read(10) == SMALL[:10]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "parts"])
def test_putting_again_repairs_an_altered_object(subject: Subject, content: bytes) -> None:
    key = put(subject.store, content)
    subject.plant(key, content[:-1] + b"!")
    put(subject.store, content)
    assert get(subject.store, key) == content


@pytest.mark.parametrize("key", [key_of("0" * 64), "../../etc/passwd", "aa/bb/autre.pdf", ""])
def test_an_absent_object(subject: Subject, key: str) -> None:
    put(subject.store, SMALL)
    assert not subject.store.exists(key)
    with pytest.raises(ObjetAbsent) as refusal, subject.store.open(key):
        pass
    assert not refusal.value.retryable
    subject.store.delete(key)
    assert len(subject.leftovers()) == 1


def test_a_store_never_written_to_is_empty(subject: Subject) -> None:
    assert list(subject.store.list()) == []
    assert not subject.store.exists(key_of("0" * 64))


def test_what_was_deleted_is_gone(subject: Subject) -> None:
    kept, gone = put(subject.store, SMALL), put(subject.store, LARGE)
    subject.store.delete(gone)
    assert not subject.store.exists(gone)
    with pytest.raises(ObjetAbsent), subject.store.open(gone):
        pass
    assert [info.key for info in subject.store.list()] == subject.leftovers() == [kept]


def test_foreign_objects_are_listed_as_such(subject: Subject) -> None:
    key = put(subject.store, SMALL)
    subject.plant("notes/à lire (1).txt", b"bonjour")
    subject.plant("ab/cd/" + "e" * 64, b"rien de tel")  # a digest, but not in its own place
    listed = {info.key: info for info in subject.store.list()}
    assert listed[key].sha256 == sha(SMALL)
    assert listed["notes/à lire (1).txt"] == ObjectInfo("notes/à lire (1).txt", 7, None)
    assert listed["ab/cd/" + "e" * 64].sha256 is None
    assert len(listed) == 3


@pytest.mark.parametrize("subject", LASTING, indirect=True)
def test_a_source_of_thirty_megabytes_is_streamed(subject: Subject) -> None:
    _streams(subject.store, size=30 * MiB, limit=20 * MiB)


def _streams(store: ObjectStore, *, size: int, limit: int) -> None:
    put(store, SMALL)  # what a client loads once is not what an object costs
    digest = _digest(pages(size))
    source = Pages(size)
    tracemalloc.start()
    try:
        key = store.put(cast(BinaryIO, source), sha256=digest, size=size, media="application/pdf")
        read = sum(len(block) for block in _blocks(store, key))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert source.given == read == size
    assert peak < limit


def _digest(source: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := source.read(MiB):
        digest.update(block)
    return digest.hexdigest()


def _blocks(store: ObjectStore, key: str, size: int = MiB) -> Iterator[bytes]:
    with store.open(key) as stream:
        while block := stream.read(size):
            yield block


@pytest.mark.real
def test_a_source_larger_than_all_memory_allowed(rclone_s3: RcloneServer) -> None:
    bucket = Bucket(rclone_s3)
    _streams(S3Store(bucket.access), size=150 * MiB, limit=32 * MiB)
