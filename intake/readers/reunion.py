"""Makes one file of the photos of one piece, in a capped child: pages of a PDF, without loss where it can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from intake.errors import FichierCorrompu, TropVolumineux
from intake.readers import extract
from intake.readers.files import open_file
from intake.readers.sandbox import Fin, Sandbox
from intake.readers.sniff import PARTICULIER, Limites
from intake.readers.tasks import Extraction

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Reunion:
    paths: tuple[Path, ...]
    to: Path
    limites: Limites = PARTICULIER


def handler() -> Callable[[_Reunion], int]:
    return _reunir


def _reunir(task: _Reunion) -> int:
    total = 0
    with pikepdf.new() as target, ExitStack() as kept:
        for i, path in enumerate(task.paths):
            opened = open_file(path, task.limites)
            pages = tuple(range(1, opened.pages + 1))
            opened.close()
            total += len(pages)
            if total > task.limites.pages:
                raise TropVolumineux(f"Une pièce a au plus {task.limites.pages} pages.")
            single = task.to.with_suffix(f".{i}")
            extract.extract(Extraction(path, pages, single, limites=task.limites))
            target.pages.extend(kept.enter_context(pikepdf.open(single)).pages)
        target.save(task.to, deterministic_id=True, fix_metadata_version=False)
    return total


class SandboxReunion:
    """Its one process starts at the first piece and serves the others; for one caller at a time."""

    def __init__(self) -> None:
        self._sandbox: Sandbox[_Reunion, int] = Sandbox(
            handler, workers=1, preload=("intake.readers.reunion",)
        )

    def __call__(self, paths: Sequence[Path], to: Path) -> int:
        """Write the PDF, the same for the same photos; its number of pages.

        Raises what opening the photo at fault raises, or TropVolumineux.
        """
        (outcome,) = self._sandbox.run([_Reunion(tuple(paths), to)], timeout=_SECONDS)
        if outcome.value is not None:
            return outcome.value
        if outcome.fin in (Fin.MEMOIRE, Fin.DELAI):
            raise TropVolumineux("Ces photos demandent trop de mémoire ou de temps pour être réunies.")
        raise outcome.erreur or FichierCorrompu("Ces photos ne peuvent pas être réunies en un fichier.")

    def close(self) -> None:
        self._sandbox.close()
