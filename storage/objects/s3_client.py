"""One bucket of any S3 service and how to reach it; what every user of it does there in the same way."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from intake.errors import ReglageInvalide
from storage.objects.s3_errors import code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import MultipartUploadTypeDef


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where a bucket is and how to reach it. `endpoint_url` None means AWS itself."""

    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoint_url: str | None = None
    region: str = "us-east-1"
    prefix: str = ""
    connect_timeout: float = 3
    read_timeout: float = 30
    retries: int = 4

    @property
    def where(self) -> str:
        return f"bucket « {self.bucket} » de {self.endpoint_url or 'AWS'}"


def connect(access: S3Access) -> S3Client:
    """A client that speaks to every S3: boto3's newer default checksums broke many third-party services."""
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"max_attempts": access.retries, "mode": "standard"},
        connect_timeout=access.connect_timeout,
        read_timeout=access.read_timeout,
    )
    try:
        with _connecting:
            # Everything is given, so that no file or variable of the account running us has a say.
            return _session().client(
                "s3",
                aws_access_key_id=access.access_key,
                aws_secret_access_key=access.secret_key,
                region_name=access.region,
                endpoint_url=access.endpoint_url,
                config=config,
            )
    except (ValueError, BotoCoreError) as error:
        reason = f"adresse ou région invalide ({type(error).__name__})"
        raise ReglageInvalide(f"Impossible d'utiliser le {access.where} : {reason}.") from error


_connecting = threading.Lock()  # a session may be shared, but not while it makes a client


@functools.cache
def _session() -> boto3.session.Session:
    """The description of S3, which takes 70 ms to load, and no connection: a forked child may inherit it."""
    return boto3.session.Session()


class Connection:
    """One client per process: two processes that forked must not share a connection."""

    def __init__(self, access: S3Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._client: S3Client | None = None
        self._owner = 0

    @property
    def client(self) -> S3Client:
        with self._lock:
            if self._client is None or self._owner != os.getpid():
                self._client = connect(self._access)
                self._owner = os.getpid()
            return self._client


def erase(client: S3Client, bucket: str, name: str) -> None:
    """For good: where the bucket keeps versions, each of them goes."""
    if not _keeps_versions(client, bucket):
        client.delete_object(Bucket=bucket, Key=name)
        return
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=name):
        for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            if version["Key"] == name:
                client.delete_object(Bucket=bucket, Key=name, VersionId=version["VersionId"])


def unfinished(client: S3Client, bucket: str, prefix: str) -> Sequence[MultipartUploadTypeDef]:
    """The multipart uploads neither completed nor aborted."""
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return [upload for page in pages for upload in page.get("Uploads", ())]
    except ClientError as error:
        if code_of(error) == "NoSuchUpload":  # how rclone says that there is none
            return []
        raise


def abort(client: S3Client, bucket: str, name: str, upload: str) -> None:
    """Nothing can be sent to it any more. An upload that is no longer there is no error."""
    try:
        client.abort_multipart_upload(Bucket=bucket, Key=name, UploadId=upload)
    except ClientError as error:
        if code_of(error) != "NoSuchUpload":
            raise


def _keeps_versions(client: S3Client, bucket: str) -> bool:
    try:
        answer = client.get_bucket_versioning(Bucket=bucket)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (405, 501):
            return False  # the service knows no versions at all
        raise
    return answer.get("Status") is not None  # also when suspended: older versions are still there
