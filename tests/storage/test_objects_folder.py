"""What only a folder can do wrong: crashes that leave files, full disks, missing rights."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from intake.errors import ReglageInvalide, StockageIndisponible
from storage.objects import FolderStore, open_store
from storage.objects.s3 import S3Store

CONTENT = b"avis d'imposition invente"
SHA = hashlib.sha256(CONTENT).hexdigest()


def put(store: FolderStore) -> str:
    return store.put(io.BytesIO(CONTENT), sha256=SHA, size=len(CONTENT), media="image/png")


def test_a_crash_leaves_files_that_are_swept_once_old(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    key = put(store)
    old, young = tmp_path / ".tmp" / "vieux", tmp_path / ".tmp" / "en-cours"
    old.write_bytes(b"moitie")
    young.write_bytes(b"moitie")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))
    assert [info.key for info in store.list()] == [key], "a file being written is no object"
    assert store.sweep(timedelta(days=1)) == 1
    assert not old.exists()
    assert young.exists()
    assert store.sweep(timedelta(0)) == 1
    assert store.exists(key)


def test_sweeping_a_store_never_written_to(tmp_path: Path) -> None:
    assert FolderStore(tmp_path / "absent").sweep(timedelta(0)) == 0


def test_objects_are_for_our_own_user_only(tmp_path: Path) -> None:
    key = put(FolderStore(tmp_path))
    assert (tmp_path / key).stat().st_mode & 0o077 == 0


def test_bytes_and_names_reach_the_disk_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    real = os.fsync

    def spy(descriptor: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    key = put(FolderStore(tmp_path))
    folder = tmp_path / key
    assert flushed[0].startswith(str(tmp_path / ".tmp")), "the bytes first"
    assert flushed[1:] == [str(folder.parent), str(folder.parent.parent), str(tmp_path)]


@pytest.mark.parametrize(
    ("code", "word"), [(errno.ENOSPC, "plein"), (errno.EROFS, "droits"), (errno.EIO, "output")]
)
def test_a_disk_that_refuses_is_an_outage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, word: str
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StockageIndisponible, match=f"Impossible d'écrire.*{word}") as outage:
        put(FolderStore(tmp_path))
    assert outage.value.retryable
    monkeypatch.undo()
    assert list(FolderStore(tmp_path).list()) == []
    assert FolderStore(tmp_path).sweep(timedelta(0)) == 0


def test_a_folder_that_is_not_one(tmp_path: Path) -> None:
    (tmp_path / "objets").write_text("un fichier à la place du dossier")
    store = FolderStore(tmp_path / "objets")
    with pytest.raises(StockageIndisponible):
        put(store)
    with pytest.raises(StockageIndisponible):
        list(store.list())


def test_reading_while_the_disk_is_not_mounted_is_an_outage_not_a_loss(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "absent")
    with pytest.raises(StockageIndisponible) as outage, store.open(f"{SHA[:2]}/{SHA[2:4]}/{SHA}"):
        pass
    assert outage.value.retryable


def test_a_folder_promises_no_more_than_files(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    shown = store.probe()
    assert not any(asdict(shown).values())
    assert list(store.list()) == []
    assert store.sweep(timedelta(0)) == 0


def test_the_store_follows_the_settings(tmp_path: Path) -> None:
    assert isinstance(open_store(root=tmp_path), FolderStore)
    named = open_store(root=tmp_path, bucket="pieces", access_key="cle", secret_key="secret-inventé")
    assert isinstance(named, S3Store)


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(ReglageInvalide, match="AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"):
        open_store(endpoint_url="https://s3.exemple.invalid", bucket="pieces")
    with pytest.raises(ReglageInvalide, match="S3_BUCKET"):
        open_store(endpoint_url="https://s3.exemple.invalid", access_key="cle", secret_key="secret")
    with pytest.raises(ReglageInvalide):
        open_store()
