"""What is written of the API is true: every code it answers with is explained."""

from __future__ import annotations

import re
from pathlib import Path

from web.api.problems import STATUTS

ROOT = Path(__file__).parents[3]


def test_every_code_of_the_api_is_documented() -> None:
    text = (ROOT / "docs" / "errors.md").read_text()
    raised = set(STATUTS)
    for path in (ROOT / "web").rglob("*.py"):
        raised |= set(re.findall(r'(?:ErreurApi\(\s*|code=)"([A-Z_]{6,})"', path.read_text()))
    assert [code for code in sorted(raised) if f"`{code}`" not in text] == []
