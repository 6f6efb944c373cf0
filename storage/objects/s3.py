"""Objects in a bucket of any S3 service, through boto3, in bounded memory.

What a `put` that returned proves, and how:

* in transit: each request carries Content-MD5, which AWS, Ceph and rclone were built to refuse when it is
  wrong (`probe` tries it), and nothing is sent or completed before our own SHA-256 of the source is right;
* what was kept: up to `read_back` bytes, the object is read again and its SHA-256 compared. Above, its size
  and ETag are compared with the MD5 we computed: that proves what the service *received*. A service whose
  ETag is no such MD5 (encryption with its own keys, for instance) is always read back;
* what the disks will hold later is proved by nobody at write time: hence the SHA-256 on each `open`.

A wrong object found after a write is not deleted, since another writer may just have put the right one under
the same name: the next `put` sees that it is wrong and replaces it.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, cast

from botocore.exceptions import ClientError

from intake.errors import IntakeError, ObjetAbsent, ObjetAltere, StockageIndisponible
from intake.ports import ObjectInfo
from storage.objects.capabilities import Capabilities
from storage.objects.checksums import BLOCK, CheckedSource, VerifiedStream
from storage.objects.keys import STAGING, digest_of, key_of
from storage.objects.s3_client import Connection, S3Access, abort, connect, erase, unfinished
from storage.objects.s3_errors import code_of, translated
from storage.objects.s3_probe import SCRATCH, probe

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

    Parts = list[CompletedPartTypeDef]

__all__ = ["S3Access", "S3Store", "connect"]

MiB = 1 << 20
_MOST_PARTS = 10_000  # of the S3 protocol
# Some services lose sight of an object for an instant while it is replaced by another writer's same bytes.
_PATIENCE = (0.0, 0.05, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Found:
    size: int
    etag: str


class S3Store:
    def __init__(self, access: S3Access, *, part_size: int = 8 * MiB, read_back: int = 16 * MiB) -> None:
        self._access = access
        self._bucket = access.bucket
        self._prefix = f"{access.prefix.strip('/')}/" if access.prefix.strip("/") else ""
        self._part_size = part_size
        self._read_back = read_back
        self._connection = Connection(access)

    @property
    def access(self) -> S3Access:
        return self._access

    def put(self, source: BinaryIO, *, sha256: str, size: int, media: str) -> str:
        key = key_of(sha256)
        checked = CheckedSource(source, sha256=sha256, size=size)
        if size <= self._part_size:
            self._put_whole(key, checked, media)
        else:
            self._put_parts(key, checked, size, media)
        return key

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        digest = digest_of(key)
        if digest is None:
            raise ObjetAbsent(f"La clé « {key} » n'est pas celle d'un objet de ce stockage.")
        with self._translated(key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + key)
        body = answer["Body"]
        try:
            with VerifiedStream(
                lambda limit: self._read(body, limit, key),
                key=key,
                sha256=digest,
                size=answer["ContentLength"],
            ) as stream:
                yield cast(BinaryIO, stream)
        finally:
            body.close()

    def exists(self, key: str) -> bool:
        if digest_of(key) is None:
            return False
        with suppress(ObjetAbsent):
            self._head(key)
            return True
        # A HEAD has no body to tell a missing object from a missing bucket, and they are not the same news.
        try:
            with self._translated():
                self._s3.head_bucket(Bucket=self._bucket)
        except ObjetAbsent as error:
            raise StockageIndisponible(f"Introuvable : le {self._access.where}.") from error
        return False

    def list(self) -> Iterator[ObjectInfo]:
        """Everything under our prefix: a foreign object has no `sha256`; what is still coming in is none."""
        with self._translated():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    key = entry["Key"].removeprefix(self._prefix)
                    if not key.startswith((SCRATCH, STAGING)):
                        yield ObjectInfo(key=key, size=entry["Size"], sha256=digest_of(key))

    def delete(self, key: str) -> None:
        """The purge erases for good, every version of it."""
        if digest_of(key) is None:
            return
        with suppress(ObjetAbsent), self._translated(key):
            erase(self._s3, self._bucket, self._prefix + key)

    def sweep(self, older_than: timedelta) -> int:
        """Abort the uploads and remove the probes that crashes left; younger ones may be under way."""
        limit = datetime.now(UTC) - older_than
        removed = 0
        with self._translated():
            for upload in unfinished(self._s3, self._bucket, self._prefix):
                staged = upload["Key"].startswith(self._prefix + STAGING)  # `S3Staging.sweep` sees to those
                if not staged and upload["Initiated"] <= limit:
                    self._abort(upload["Key"], upload["UploadId"])
                    removed += 1
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + SCRATCH
            )
            for entry in [one for page in pages for one in page.get("Contents", ())]:
                if entry["LastModified"] <= limit:
                    self._s3.delete_object(Bucket=self._bucket, Key=entry["Key"])
                    removed += 1
        return removed

    def probe(self) -> Capabilities:
        """What the service does, tried on a scratch key that is removed afterwards."""
        with self._translated():
            return probe(self._s3, self._bucket, self._prefix)

    # -- writing ------------------------------------------------------------------------------------

    def _put_whole(self, key: str, checked: CheckedSource, media: str) -> None:
        body = b"".join(checked.blocks())
        checked.verify()
        digest = _md5(body)
        with suppress(ObjetAbsent):
            if self._holds(key, size=len(body), etag=digest.hex()):
                return
        with self._translated(key):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=self._prefix + key,
                Body=body,
                ContentMD5=_base64(digest),
                ContentType=media,
            )
        self._verify_written(key, size=len(body), etag=digest.hex())

    def _put_parts(self, key: str, checked: CheckedSource, size: int, media: str) -> None:
        with suppress(ObjetAbsent):
            if self._head(key).size == size and self._reads_back(key):
                checked.drain()
                checked.verify()
                return
        name = self._prefix + key
        part_size = max(self._part_size, -(-size // _MOST_PARTS))
        with self._translated(key):
            upload = self._s3.create_multipart_upload(Bucket=self._bucket, Key=name, ContentType=media)
        digests = b""
        parts: Parts = []
        try:
            for body in checked.blocks(part_size):
                digest = _md5(body)
                with self._translated(key):
                    answer = self._s3.upload_part(
                        Bucket=self._bucket,
                        Key=name,
                        UploadId=upload["UploadId"],
                        PartNumber=len(parts) + 1,
                        Body=body,
                        ContentMD5=_base64(digest),
                    )
                digests += digest
                parts.append({"PartNumber": len(parts) + 1, "ETag": answer["ETag"]})
            checked.verify()
            self._complete(key, upload["UploadId"], parts)
        except BaseException:
            with suppress(IntakeError), self._translated(key):  # `sweep` finds what cannot be aborted now
                self._abort(name, upload["UploadId"])
            raise
        self._verify_written(key, size=size, etag=f"{_md5(digests).hex()}-{len(parts)}")

    def _complete(self, key: str, upload: str, parts: Parts) -> None:
        with self._translated(key):
            try:
                self._s3.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=self._prefix + key,
                    UploadId=upload,
                    MultipartUpload={"Parts": parts},
                )
            except ClientError as error:
                # The answer to a first, successful attempt was lost: the verification that follows decides.
                if code_of(error) != "NoSuchUpload":
                    raise

    def _abort(self, name: str, upload: str) -> None:
        abort(self._s3, self._bucket, name, upload)

    # -- checking -----------------------------------------------------------------------------------

    def _holds(self, key: str, *, size: int, etag: str, read: bool = False) -> bool:
        """The right object is there: an ETag that is no MD5 is settled by reading. Raises ObjetAbsent."""
        found = self._head(key)
        if found.size != size:
            return False
        return (found.etag == etag and not read) or self._reads_back(key)

    def _verify_written(self, key: str, *, size: int, etag: str) -> None:
        what = f"L'objet {key}, tout juste écrit,"
        for pause in _PATIENCE:
            time.sleep(pause)
            with suppress(ObjetAbsent):
                if self._holds(key, size=size, etag=etag, read=size <= self._read_back):
                    return
                raise ObjetAltere(
                    f"{what} n'a pas été gardé tel quel par le {self._access.where}.",
                    hint="Déposez le fichier à nouveau ; si cela se répète, changez de stockage.",
                )
        raise StockageIndisponible(f"{what} n'est pas dans le {self._access.where}.")

    def _reads_back(self, key: str) -> bool:
        try:
            with self.open(key) as stream:
                while stream.read(BLOCK):
                    pass
        except ObjetAltere:
            return False
        return True

    def _head(self, key: str) -> _Found:
        with self._translated(key):
            answer = self._s3.head_object(Bucket=self._bucket, Key=self._prefix + key)
        return _Found(size=answer["ContentLength"], etag=answer["ETag"].strip('"'))

    # -- reaching -----------------------------------------------------------------------------------

    @property
    def _s3(self) -> S3Client:
        return self._connection.client

    @contextmanager
    def _translated(self, key: str = "") -> Iterator[None]:
        with translated(self._access.where, key):
            yield

    def _read(self, body: StreamingBody, limit: int, key: str) -> bytes:
        with self._translated(key):
            return body.read(limit)


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
