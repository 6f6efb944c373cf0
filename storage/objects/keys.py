"""The name of an object in a store, and the digest that the name carries."""

from __future__ import annotations

import re

STAGING = ".depots/"  # what senders put straight into a bucket, until it is received: no object of ours yet

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")


def key_of(sha256: str) -> str:
    """`aa/bb/<sha256>`: two levels keep every folder small, also with millions of objects."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a lower-case hexadecimal SHA-256: {sha256!r}")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def digest_of(key: str) -> str | None:
    """The SHA-256 a key promises; None for a foreign key (so `../../etc/passwd` never becomes a path)."""
    found = _KEY.fullmatch(key)
    return found.group(3) if found else None
