"""Cursors: opaque to the client, so that what they hold may change."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from web.api.problems import ErreurApi

T = TypeVar("T")
_FAR = 2**31  # no column that orders a list holds more


def encode(values: Sequence[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def decode(cursor: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """The values of a cursor that we made, moments as such. Raises ErreurApi for any other."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list):
            raise _wrong()
        return [_value(v, kind) for v, kind in zip(values, kinds, strict=True)]
    except (ValueError, OverflowError, binascii.Error, RecursionError) as e:
        raise _wrong() from e


def _value(value: Any, kind: type) -> Any:
    """Raises ValueError, or OverflowError for a moment that is in no year of UTC's."""
    if type(value) is not (str if kind is datetime else kind):
        raise ValueError
    if isinstance(value, str) and not value.isprintable():
        raise ValueError
    if isinstance(value, int) and not -_FAR < value < _FAR:
        raise ValueError
    if kind is not datetime:
        return value
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _wrong() -> ErreurApi:
    return ErreurApi("REQUETE_INVALIDE", "Ce curseur n'est pas de ce service.", "Reprenez la liste du début.")


def page(
    found: Sequence[T], n: int, show: Callable[[T], Any], key: Callable[[T], Sequence[str | int]]
) -> dict[str, Any]:
    """`found` holds up to one more than `n`: whether there is a next page is known without counting."""
    kept = found[:n]
    following = encode(key(kept[-1])) if len(found) > n and kept else None
    return {"elements": [show(x) for x in kept], "suivant": following}
