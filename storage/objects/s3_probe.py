"""Finding out, by trying, what an S3 service really does."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from storage.objects.capabilities import Capabilities

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCRATCH = ".sonde/"  # left out of listings; `sweep` removes what a crash leaves under it
_LOCK = timedelta(seconds=4)


def probe(client: S3Client, bucket: str, prefix: str) -> Capabilities:
    """Raises botocore's errors when the service does not answer; a refused trial is an answer."""
    return _Probe(client, bucket, f"{prefix}{SCRATCH}{uuid.uuid4().hex}").run()


class _Probe:
    def __init__(self, client: S3Client, bucket: str, base: str) -> None:
        self._s3 = client
        self._bucket = bucket
        self._base = base

    def run(self) -> Capabilities:
        # Outside any trial: a service that refuses a plain PUT is not a service without capabilities.
        self._s3.put_object(Bucket=self._bucket, Key=f"{self._base}/simple", Body=b"sonde")
        try:
            return Capabilities(
                versioning=self._tried(self._versioning),
                object_lock=self._tried(self._object_lock),
                wrong_md5_refused=self._tried(self._wrong_md5_refused),
                wrong_sha256_refused=self._tried(self._wrong_sha256_refused),
                conditional_put=self._tried(self._conditional_put),
                etag_is_md5=self._tried(self._etag_is_md5),
                multipart=self._tried(self._multipart),
                etag_of_parts=self._tried(self._etag_of_parts),
            )
        finally:
            self._clean()

    def _tried(self, trial: Callable[[], bool]) -> bool:
        try:
            return trial()
        except ClientError:
            return False

    def _versioning(self) -> bool:
        key = f"{self._base}/versions"
        first = self._s3.put_object(Bucket=self._bucket, Key=key, Body=b"un").get("VersionId")
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=b"deux")
        if not first:
            return False
        kept = self._s3.get_object(Bucket=self._bucket, Key=key, VersionId=first)
        return kept["Body"].read() == b"un"

    def _object_lock(self) -> bool:
        """GOVERNANCE, so that the cleaning may go through the lock; a few seconds, in case it may not."""
        key = f"{self._base}/verrou"
        version = self._s3.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=b"verrou",
            ContentMD5=_md5(b"verrou"),
            ObjectLockMode="GOVERNANCE",
            ObjectLockRetainUntilDate=datetime.now(UTC) + _LOCK,
        ).get("VersionId")
        return bool(version) and self._refused(
            lambda: self._s3.delete_object(Bucket=self._bucket, Key=key, VersionId=version or "")
        )

    def _wrong_md5_refused(self) -> bool:
        return self._refused(
            lambda: self._s3.put_object(
                Bucket=self._bucket, Key=f"{self._base}/md5", Body=b"un", ContentMD5=_md5(b"deux")
            )
        )

    def _wrong_sha256_refused(self) -> bool:
        wrong = base64.b64encode(hashlib.sha256(b"deux").digest()).decode()
        return self._refused(
            lambda: self._s3.put_object(
                Bucket=self._bucket, Key=f"{self._base}/sha256", Body=b"un", ChecksumSHA256=wrong
            )
        )

    def _conditional_put(self) -> bool:
        return self._refused(
            lambda: self._s3.put_object(
                Bucket=self._bucket, Key=f"{self._base}/simple", Body=b"autre", IfNoneMatch="*"
            ),
            status=(409, 412),
        )

    def _etag_is_md5(self) -> bool:
        answer = self._s3.put_object(Bucket=self._bucket, Key=f"{self._base}/etag", Body=b"etag")
        return answer["ETag"].strip('"') == _hexadecimal(b"etag")

    def _multipart(self) -> bool:
        key = f"{self._base}/parties"
        upload = self._s3.create_multipart_upload(Bucket=self._bucket, Key=key)["UploadId"]
        part = self._s3.upload_part(
            Bucket=self._bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"partie"
        )
        self._s3.complete_multipart_upload(
            Bucket=self._bucket,
            Key=key,
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
        )
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read() == b"partie"

    def _etag_of_parts(self) -> bool:
        # Asked for again, since Ceph 16 completes an upload with an empty ETag.
        kept = self._s3.head_object(Bucket=self._bucket, Key=f"{self._base}/parties")["ETag"].strip('"')
        return kept == _hexadecimal(_digest(b"partie")) + "-1"

    def _refused(self, trial: Callable[[], object], status: tuple[int, ...] = (400, 403)) -> bool:
        try:
            trial()
        except ClientError as error:
            return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in status
        return False

    def _clean(self) -> None:
        """Every version of every scratch key; a lock that may not be passed is waited for."""
        for key, version in self._left():
            if version is None:
                self._s3.delete_object(Bucket=self._bucket, Key=key)
                continue
            try:
                self._s3.delete_object(
                    Bucket=self._bucket, Key=key, VersionId=version, BypassGovernanceRetention=True
                )
            except ClientError:
                time.sleep(_LOCK.total_seconds())
                self._s3.delete_object(Bucket=self._bucket, Key=key, VersionId=version)

    def _left(self) -> list[tuple[str, str | None]]:
        try:
            pages = self._s3.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=self._base
            )
            versions = [
                (entry["Key"], entry["VersionId"])
                for page in pages
                for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            ]
            if versions:
                return [*versions]
        except ClientError:
            pass  # a service without versions may also refuse to list them
        plain = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._base)
        return [(entry["Key"], None) for page in plain for entry in page.get("Contents", ())]


def _digest(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def _hexadecimal(body: bytes) -> str:
    return _digest(body).hex()


def _md5(body: bytes) -> str:
    return base64.b64encode(_digest(body)).decode()
