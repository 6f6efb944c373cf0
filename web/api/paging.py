"""Cursors: opaque to the client, so that what they hold may change."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from web.api.problems import ErreurApi

T = TypeVar("T")


def encode(values: Sequence[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def decode(cursor: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """The values of a cursor that we made. Raises ErreurApi for any other."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError) as e:
        raise _wrong() from e
    if not isinstance(values, list) or [type(v) for v in values] != list(kinds):
        raise _wrong()
    return values


def moment(value: str) -> datetime:
    """The moment that a cursor holds. Raises ErreurApi where somebody changed it."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError as e:
        raise _wrong() from e
    if read.tzinfo is None:
        raise _wrong()
    return read


def _wrong() -> ErreurApi:
    return ErreurApi("REQUETE_INVALIDE", "Ce curseur n'est pas de ce service.", "Reprenez la liste du début.")


def page(
    found: Sequence[T], n: int, show: Callable[[T], Any], key: Callable[[T], Sequence[str | int]]
) -> dict[str, Any]:
    """`found` holds up to one more than `n`: whether there is a next page is known without counting."""
    kept = found[:n]
    following = encode(key(kept[-1])) if len(found) > n and kept else None
    return {"elements": [show(x) for x in kept], "suivant": following}
