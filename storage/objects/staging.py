"""Where senders put large files themselves, part by part, before the service receives them (docs/adr/0421).

An address allows one PUT of one part of one upload, of exactly its announced length, for a while. Nothing can
be read by it; until the service assembles the parts there is no object at all, and from then on it is dead.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from intake.errors import ObjetAbsent, StockageIndisponible
from storage.objects.checksums import BLOCK
from storage.objects.keys import STAGING
from storage.objects.s3_client import Connection, S3Access, abort, erase, unfinished
from storage.objects.s3_errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 16 << 20  # bytes of each part but the last; S3 wants at least 5 MiB, and 10,000 parts at most
# How stores say that an upload is over; Ceph 16 names the key.
_OVER = {"NoSuchUpload", "NoSuchKey", "404"}


@dataclass(frozen=True, slots=True)
class Place:
    """One upload: its key, which nobody can guess, and the store's own name for it. Never told to anybody
    but within an address."""

    key: str
    upload: str


@dataclass(frozen=True, slots=True)
class Part:
    number: int  # from 1
    start: int
    size: int


def parts_of(size: int) -> list[Part]:
    return [Part(i + 1, at, min(PART, size - at)) for i, at in enumerate(range(0, size, PART))]


class S3Staging:
    """`public_url`: the store as senders reach it, which may be another name than ours for it.

    Raises StockageIndisponible.
    """

    def __init__(self, access: S3Access, public_url: str) -> None:
        self._where, self._bucket = access.where, access.bucket
        self._prefix = f"{access.prefix.strip('/')}/" if access.prefix.strip("/") else ""
        self._ours = Connection(access)
        self._theirs = Connection(replace(access, endpoint_url=public_url))

    @property
    def _s3(self) -> S3Client:
        return self._ours.client

    def begin(self) -> Place:
        key = f"{self._prefix}{STAGING}{secrets.token_hex(16)}"
        with translated(self._where):
            made = self._s3.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType="application/octet-stream"
            )
        return Place(key, made["UploadId"])

    def address(self, place: Place, part: Part, seconds: int) -> str:
        """Signed here, the store is not asked. The length is signed too: another is refused."""
        return self._theirs.client.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self._bucket,
                "Key": place.key,
                "UploadId": place.upload,
                "PartNumber": part.number,
                "ContentLength": part.size,
            },
            ExpiresIn=seconds,
        )

    def arrived(self, place: Place) -> dict[int, tuple[int, str]] | None:
        """Size and ETag of each part that is there; None when the upload is over, assembled or given up."""
        found: dict[int, tuple[int, str]] = {}
        try:
            with translated(self._where):
                pages = self._s3.get_paginator("list_parts").paginate(
                    Bucket=self._bucket, Key=place.key, UploadId=place.upload
                )
                for page in pages:
                    found |= {p["PartNumber"]: (p["Size"], p["ETag"]) for p in page.get("Parts", ())}
        except (ObjetAbsent, StockageIndisponible) as error:
            if _is_over(error):
                return None
            raise
        return found

    def assemble(self, place: Place, arrived: dict[int, tuple[int, str]]) -> None:
        """From here on no address of this upload writes anything. Safe to run twice."""
        parts: list[CompletedPartTypeDef] = [
            {"PartNumber": number, "ETag": etag} for number, (_, etag) in sorted(arrived.items())
        ]
        try:
            with translated(self._where):
                self._s3.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=place.key,
                    UploadId=place.upload,
                    MultipartUpload={"Parts": parts},
                )
        except (ObjetAbsent, StockageIndisponible) as error:
            if not _is_over(error):  # else it was assembled, and the answer lost: reading it decides
                raise

    def read(self, place: Place) -> Iterator[bytes]:
        """The assembled bytes, in blocks. Raises ObjetAbsent."""
        with translated(self._where):
            body = self._s3.get_object(Bucket=self._bucket, Key=place.key)["Body"]
        with closing(body):
            while True:
                with translated(self._where):
                    block = body.read(BLOCK)
                if not block:
                    return
                yield block

    def discard(self, place: Place) -> None:
        """Parts or object, whichever there is: nothing of it is left, and nothing can be sent any more."""
        with suppress(ObjetAbsent), translated(self._where):
            abort(self._s3, self._bucket, place.key, place.upload)
        with suppress(ObjetAbsent), translated(self._where):
            erase(self._s3, self._bucket, place.key)

    def sweep(self, older_than: timedelta) -> int:
        """Uploads and objects that no row speaks of any more, since a crash came between; how many."""
        limit, under = datetime.now(UTC) - older_than, self._prefix + STAGING
        removed = 0
        with translated(self._where):
            for upload in unfinished(self._s3, self._bucket, under):
                if upload["Initiated"] <= limit:
                    abort(self._s3, self._bucket, upload["Key"], upload["UploadId"])
                    removed += 1
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=under)
            for entry in [one for page in pages for one in page.get("Contents", ())]:
                if entry["LastModified"] <= limit:
                    erase(self._s3, self._bucket, entry["Key"])
                    removed += 1
        return removed


def _is_over(error: Exception) -> bool:
    return isinstance(error.__cause__, ClientError) and code_of(error.__cause__) in _OVER
