"""JSON bodies as they come in: what nothing behind could hold is refused here, once for all fields."""

from __future__ import annotations

import json
import re
from typing import Any

from apiflask.schema_adapters.marshmallow import parser
from flask import Request
from marshmallow import missing
from werkzeug.exceptions import BadRequest

from web.api.problems import ErreurApi

_UNFIT = re.compile("[\ud800-\udfff]")  # half a UTF-16 pair can be neither hashed, nor kept, nor answered


def install() -> None:
    """Every route that takes JSON gets it from here."""
    parser.location_loader("json")(_load)


def _load(request: Request, _schema: Any) -> Any:
    """The value of the body. Raises BadRequest for what is no JSON, ErreurApi for text that is none."""
    body = request.get_data(cache=True) if request.is_json else b""
    if not body:
        return missing
    try:
        # A number of thousands of digits is a ValueError too, and nesting without end a RecursionError.
        value = json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as e:
        raise BadRequest from e
    # It can only have come as an escape: there is none in UTF-8.
    if b"\\u" in body and (wrong := _unfit_fields(value)):
        told = {name: ["Ce texte contient la moitié d'un caractère."] for name in wrong}
        raise ErreurApi(
            "REQUETE_INVALIDE",
            "La requête contient la moitié d'un caractère : ce n'est pas du texte.",
            "Retirez-le, puis recommencez.",
            champs={"json": told},
        )
    return value


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _unfit_fields(value: Any) -> list[str]:
    """Which of the body's own fields hold such text, at whatever depth; of a body without fields, itself."""
    if not isinstance(value, dict):
        return ["_schema"] if _unfit(value) else []
    return [_UNFIT.sub("\ufffd", name) for name, held in value.items() if _unfit(name) or _unfit(held)]


def _unfit(value: Any) -> bool:
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, str) and _UNFIT.search(here):
            return True
        if isinstance(here, dict):
            waiting += [*here, *here.values()]
        elif isinstance(here, list):
            waiting += here
    return False
