"""A migrated database of each kind for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from databases import migrated_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    made = migrated_engine(database_url)
    yield made
    made.dispose()
