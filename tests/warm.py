"""Reading processes that come from one that is warm: their libraries are loaded once for many tests.

Each child is a fork of its own, with its own limits and folder, as ever; what it comes from holds modules and
nothing of any test.
"""

from __future__ import annotations

import atexit
import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from intake.readers.sandbox import Sandbox

_make = Sandbox.__init__
_one_at_a_time = threading.Lock()


@functools.cache
def _kept(preload: tuple[str, ...]) -> Sandbox[Any, Any]:
    """It has no child and no folder of its own, and ends with this process."""
    kept: Sandbox[Any, Any] = Sandbox.__new__(Sandbox)
    _make(kept, _nothing, workers=1, preload=preload)
    kept._folder.rmdir()
    kept._source._started()  # by one thread: those that share it only fork
    atexit.register(kept.close)
    return kept


def _nothing() -> Any:
    raise AssertionError("it has children of others only")


@contextmanager
def warm_sandboxes() -> Iterator[None]:
    """Meanwhile, each sandbox is beside one that stays."""

    def made(self: Sandbox[Any, Any], make_handler: Any, **more: Any) -> None:
        if more.get("beside") is None:
            with _one_at_a_time:
                more["beside"] = _kept(tuple(more.pop("preload", ())))
        _make(self, make_handler, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "__init__", made)
        yield
