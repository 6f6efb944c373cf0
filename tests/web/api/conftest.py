"""The service on SQLite and on PostgreSQL, with two households' pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_site import ApiSite, api_on, fill


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path, database_url) as made:
        fill(made)
        yield made
