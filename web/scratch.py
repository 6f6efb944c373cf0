"""All temporary files of a worker or a web process in one folder, which does not outlive it for long.

Pages of people are among them. A container that is started again keeps its /tmp, as does a machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from intake.use_cases.scratch import Scratch, sweep

_OF_OLD = "originaux-"  # where versions before this one left originals, beside ours


@contextmanager
def own_temporary_files(prefix: str) -> Iterator[None]:
    """The reading processes need not be told: theirs are folders made in ours."""
    sweep(_OF_OLD)
    scratch, before = Scratch(prefix), tempfile.tempdir
    tempfile.tempdir = str(scratch.folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        scratch.close()
