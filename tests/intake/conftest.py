"""A site on SQLite for the tests of the core's stories."""

from pathlib import Path

import pytest

from site_for_tests import TestSite


@pytest.fixture
def site(tmp_path: Path) -> TestSite:
    return TestSite(f"sqlite:///{tmp_path}/essai.db", tmp_path)
