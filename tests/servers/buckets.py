"""A fresh bucket for a test, made and looked into with `minio`, which is not the client under test."""

from __future__ import annotations

import io
import itertools
import os
from dataclasses import replace
from typing import Protocol

from botocore.exceptions import ClientError

from storage.objects.provision import Provision, provision, second_client
from storage.objects.s3 import S3Access, connect

_numbers = itertools.count(1)


class S3Server(Protocol):
    access_key: str
    secret_key: str
    endpoint_url: str


def access_to(server: S3Server, bucket: str, *, prefix: str = "") -> S3Access:
    return S3Access(
        bucket=bucket,
        access_key=server.access_key,
        secret_key=server.secret_key,
        endpoint_url=server.endpoint_url,
        prefix=prefix,
    )


class Bucket:
    """`plant` and the readers go behind the store's back, with full names (prefix included)."""

    def __init__(self, server: S3Server, *, object_lock: bool = False) -> None:
        self.access = access_to(server, f"essai-{os.getpid()}-{next(_numbers)}")
        self.provision: Provision = provision(self.access, object_lock=object_lock)
        self.minio = second_client(self.access)

    def with_prefix(self, prefix: str) -> S3Access:
        return replace(self.access, prefix=prefix)

    def plant(self, name: str, content: bytes) -> None:
        self.minio.put_object(self.access.bucket, name, io.BytesIO(content), len(content))

    def content(self, name: str, version: str | None = None) -> bytes:
        answer = self.minio.get_object(self.access.bucket, name, version_id=version)
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def names(self) -> list[str]:
        found = self.minio.list_objects(self.access.bucket, recursive=True)
        return sorted(entry.object_name or "" for entry in found)

    def unfinished(self) -> list[str]:
        """Names of multipart uploads neither completed nor aborted, which minio does not list publicly."""
        try:
            found = connect(self.access).list_multipart_uploads(Bucket=self.access.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchUpload":  # how rclone says that there is none
                return []
            raise
        return [upload["Key"] for upload in found.get("Uploads", ())]

    def versions(self, name: str = "") -> list[str]:
        """Newest first, delete markers included."""
        found = self.minio.list_objects(self.access.bucket, prefix=name, recursive=True, include_version=True)
        return [entry.version_id or "" for entry in found]
