"""What of a file a `Range` asks for (RFC 9110, 14): one part of it, none that there is, or simply all."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Response, request, send_file

# One range of bytes; empty elements of a list are none.
_ONE = re.compile(r"bytes=[\s,]*([0-9]*)-([0-9]*)[\s,]*", re.IGNORECASE | re.ASCII)
_DIGITS = 18  # no file is so long


def partie(asked: str, size: int) -> str | None:
    """The header as a reader of single ranges takes it for a file of `size` bytes; None: send all of it.

    Several ranges, another unit and what is malformed are ignored, as the protocol has it; a suffix longer
    than the file is the file.
    """
    found = _ONE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return None
    first, last = (_number(text) if text else None for text in found.groups())
    if first is None:
        assert last is not None
        return f"bytes={max(0, size - last)}-" if last else _beyond(size)
    if last is not None and last < first:
        return None
    return f"bytes={first}-{'' if last is None else last}" if first < size else _beyond(size)


def _number(text: str) -> int:
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS


def _beyond(size: int) -> str:
    return f"bytes={size}-"


def envoyer(path: Path, media: str, name: str, tag: str) -> Response:
    """The file, or the part of it that is asked for. Raises RequestedRangeNotSatisfiable (416)."""
    answer = send_file(path, media, as_attachment=True, download_name=name, conditional=False, etag=tag)
    size = answer.content_length or 0
    environ = {k: v for k, v in request.environ.items() if k != "HTTP_RANGE"}
    wanted = partie(request.headers.get("Range", ""), size) if request.method == "GET" else None
    if wanted is not None:
        environ["HTTP_RANGE"] = wanted
    try:
        answer.make_conditional(environ, accept_ranges=True, complete_length=size)
    except BaseException:
        answer.close()
        raise
    return answer
