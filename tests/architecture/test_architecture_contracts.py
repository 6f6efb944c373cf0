"""The import contracts of pyproject.toml, held by `make test` as by `make check`."""

from __future__ import annotations

import subprocess
import sys

from architecture.checkout import ROOT


def test_nobody_imports_whom_they_may_not() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 broken" in ran.stdout
