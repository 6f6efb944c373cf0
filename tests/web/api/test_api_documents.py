"""What is written of the API is true: every code it answers with is explained."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pikepdf
import pytest

from api_site import ApiSite, pdf
from intake.domain.acces import Role
from readings import N1
from web.api.problems import STATUTS

ROOT = Path(__file__).parents[3]


def test_every_code_of_the_api_is_documented() -> None:
    text = (ROOT / "docs" / "errors.md").read_text()
    raised = set(STATUTS)
    for path in (ROOT / "web").rglob("*.py"):
        raised |= set(re.findall(r'(?:ErreurApi\(\s*|code=)"([A-Z_]{6,})"', path.read_text()))
    assert [code for code in sorted(raised) if f"`{code}`" not in text] == []


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf("secret"))) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "code"),
    [(b"GIF89a", "FORMAT_REFUSE"), (b"", "FICHIER_CORROMPU"), (encrypted(), "FICHIER_PROTEGE")],
    ids=["a picture that moves", "nothing", "a password"],
)
def test_what_is_told_at_once_is_what_the_page_says(api: ApiSite, content: bytes, code: str) -> None:
    """R4: of a file that has to be opened first, the sender reads it in the state of his envoi."""
    text = (ROOT / "docs" / "errors.md").read_text()
    (row,) = re.findall(r"^\|([^|]*)\|[^|]*\| told at once;", text, re.M)
    at_once = f"`{code}`" in row
    for who, where in ((Role.AGENT_GUICHET, f"/demandes/{N1}/pieces"), (Role.NUMERISEUR, "/envois")):
        answer = api.deposit(who.value, where, content)
        told = (answer.status_code, answer.get_json().get("code"))
        assert told == ((STATUTS[code], code) if at_once else (202, None)), where
