"""Databases brought to the last revision: the migrations run once, the tests have copies.

The tests of the migrations themselves (`storage/test_migrations.py`) start from nothing.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage.engines import create_engine, migrate

_COMPILED: dict[Any, Any] = {}
_DIALECTS: dict[str, sa.Dialect] = {}


def migrated_engine(url: str) -> sa.Engine:
    prepare(url)
    engine = sharing_statements(create_engine(url))
    migrate(engine)  # finds nothing to do in a copy
    return engine


def sharing_statements(engine: sa.Engine) -> sa.Engine:
    """What one engine compiled serves those of the next tests: a statement is kept with its dialect."""
    engine.dialect = _DIALECTS.setdefault(engine.dialect.name, engine.dialect)
    engine.update_execution_options(compiled_cache=_COMPILED)
    return engine


def prepare(url: str) -> None:
    """Put a migrated file where an SQLite `url` points, if there is none; another database is left alone."""
    path = sa.make_url(url)
    if path.get_backend_name() != "sqlite" or not path.database:
        return
    file = Path(path.database)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_template(), file)


@functools.cache
def _template() -> Path:
    folder = tempfile.mkdtemp(prefix="base-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = Path(folder, "migrated.db")
    engine = create_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return file
