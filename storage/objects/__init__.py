"""Object stores: content-addressed bytes in a folder or any S3, behind one port, never believed unchecked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from intake.errors import ReglageInvalide
from storage.objects.capabilities import Capabilities
from storage.objects.folder import FolderStore
from storage.objects.keys import digest_of, key_of

if TYPE_CHECKING:
    from storage.objects.s3 import S3Store

__all__ = ["Capabilities", "FolderStore", "digest_of", "key_of", "open_store"]


def open_store(
    *,
    root: Path | None = None,
    endpoint_url: str | None = None,
    bucket: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    region: str = "us-east-1",
    prefix: str = "",
) -> FolderStore | S3Store:
    """The bucket when one is named, else the folder. Nothing is contacted or created yet."""
    if bucket or endpoint_url:
        missing = [
            name
            for name, value in (
                ("S3_BUCKET", bucket),
                ("AWS_ACCESS_KEY_ID", access_key),
                ("AWS_SECRET_ACCESS_KEY", secret_key),
            )
            if not value
        ]
        if missing:
            raise ReglageInvalide(f"Stockage S3 incomplet : il manque {', '.join(missing)}.")
        from storage.objects.s3 import S3Access, S3Store  # boto3 takes a second to load: only where it serves

        return S3Store(
            S3Access(
                bucket=bucket or "",
                access_key=access_key or "",
                secret_key=secret_key or "",
                endpoint_url=endpoint_url,
                region=region,
                prefix=prefix,
            )
        )
    if root is None:
        raise ReglageInvalide("Aucun stockage d'objets : indiquez un dossier, ou un bucket S3.")
    return FolderStore(root)
