"""Preparing a bucket with a second, independent client: what boto3 then finds was not made by boto3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED
from minio.error import InvalidResponseError, MinioException, S3Error
from minio.versioningconfig import VersioningConfig

from intake.errors import ReglageInvalide, StockageIndisponible
from storage.objects.s3 import S3Access


@dataclass(frozen=True, slots=True)
class Provision:
    """What was found or done. `remarks` are French sentences for whoever set the bucket up."""

    created: bool
    versioning: bool
    object_lock: bool
    remarks: tuple[str, ...]


def second_client(access: S3Access) -> Minio:
    """The `minio` client on the same service, with the same limits of time as boto3's."""
    parts = urlsplit(access.endpoint_url or "https://s3.amazonaws.com")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ReglageInvalide(f"Adresse S3 inutilisable : {access.endpoint_url}.")
    return Minio(
        parts.netloc,
        access_key=access.access_key,
        secret_key=access.secret_key,
        region=access.region,
        secure=parts.scheme == "https",
        http_client=urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=access.connect_timeout, read=access.read_timeout),
            retries=urllib3.Retry(
                total=access.retries, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504)
            ),
        ),
    )


def provision(access: S3Access, *, object_lock: bool = False) -> Provision:
    """Create the bucket if it is missing and turn versioning on where the service has it.

    Object lock can only be asked for at creation on most services; what could not be had is remarked,
    not raised, since the program works without it.
    """
    client = second_client(access)
    remarks: list[str] = []
    with _translated(access):
        created = not client.bucket_exists(access.bucket)
        if created:
            object_lock = _create(client, access, object_lock, remarks)
        versioning = _turn_versioning_on(client, access.bucket, remarks)
        locked = object_lock and versioning and _has_lock(client, access.bucket)
        if object_lock and not locked:
            remarks.append(
                "Le bucket n'a pas de verrou d'objets : il ne s'obtient en général qu'à la création."
            )
    return Provision(created=created, versioning=versioning, object_lock=locked, remarks=tuple(remarks))


def _create(client: Minio, access: S3Access, object_lock: bool, remarks: list[str]) -> bool:
    """Returns whether a lock may still be expected."""
    location = access.region if access.endpoint_url is None else None
    try:
        client.make_bucket(access.bucket, location=location, object_lock=object_lock)
    except S3Error as error:
        if error.code in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            return object_lock  # somebody was quicker
        if not object_lock or _status(error) not in (400, 405, 501):
            raise
        client.make_bucket(access.bucket, location=location)
        remarks.append("Ce service ne sait pas créer un bucket avec verrou d'objets.")
        return False
    return object_lock


def _turn_versioning_on(client: Minio, bucket: str, remarks: list[str]) -> bool:
    try:
        if client.get_bucket_versioning(bucket).status != ENABLED:
            client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
        if client.get_bucket_versioning(bucket).status == ENABLED:
            return True
    except InvalidResponseError:
        pass  # it does not know this request at all, and says so in a form that minio does not take for S3
    except S3Error as error:
        if _status(error) not in (400, 405, 501):
            raise
    remarks.append("Ce service ne garde pas les versions : un objet écrasé ou effacé l'est pour de bon.")
    return False


def _has_lock(client: Minio, bucket: str) -> bool:
    try:
        client.get_object_lock_config(bucket)
    except (S3Error, InvalidResponseError):
        return False
    return True


def _status(error: S3Error) -> int:
    return int(error.response.status)


@contextmanager
def _translated(access: S3Access) -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        raise StockageIndisponible(
            f"Impossible de préparer le {access.where} ({error.code}).",
            hint="Vérifiez S3_ENDPOINT_URL, S3_BUCKET, la clé d'accès et ses droits, puis recommencez.",
        ) from error
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        raise StockageIndisponible(f"Pas de réponse du {access.where}.") from error
    except ValueError as error:  # what minio raises for a bucket name that S3 does not allow
        raise ReglageInvalide(f"Nom de bucket inutilisable : « {access.bucket} ».") from error
