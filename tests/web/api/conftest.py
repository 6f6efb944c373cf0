"""The service on SQLite and on PostgreSQL, with two households' pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_site import ApiSite, api_on, fill


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiSite]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with api_on(tmp_path, url) as made:
        fill(made)
        yield made
