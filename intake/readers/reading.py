"""Reads a file page by page in the reading processes, and asks again where one fails.

Whatever goes wrong on a page stays on that page; a page whose reading kills its process is read again with
fewer and safer means before it is given up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from intake.domain.lecture import ErreurPage, PageLue
from intake.errors import FichierCorrompu, TropVolumineux
from intake.ports import Classifier
from intake.readers.sandbox import Fin, Outcome, Sandbox
from intake.readers.sniff import NUMERISEUR, Limites, sniff
from intake.readers.tasks import (
    DPI,
    PRELOAD,
    SANS_OCR,
    Apercu,
    InspectTask,
    PageReading,
    PageTask,
    Read,
    Task,
    Textes,
)

_ATTEMPTS = 4


class FileReader:
    """Reads files through one sandbox. A context manager; not to be shared by threads at the same time."""

    def __init__(
        self,
        make_classifier: Callable[[], Classifier] | None = None,
        *,
        workers: int = 2,
        dpi: int = DPI,
        textes: Textes = "tous",
        preload: tuple[str, ...] = (),
    ) -> None:
        self.sandbox: Sandbox[Task, Read] = Sandbox(
            PageReading(make_classifier, dpi, textes), workers=workers, preload=(*PRELOAD, *preload)
        )

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.sandbox.close()

    def drop(self) -> None:
        """See `Sandbox.drop`."""
        self.sandbox.drop()

    def inspect(self, path: Path, limites: Limites = NUMERISEUR) -> Apercu:
        """What the file is. Raises FormatRefuse, FichierCorrompu, FichierProtege, TropVolumineux."""
        sniff(path, limites)  # a few bytes: no process is needed to refuse most of what is wrong
        task = InspectTask(path, limites)
        (outcome,) = self.sandbox.run([task], timeout=limites.secondes_page)
        if outcome.erreur is not None:
            raise outcome.erreur
        if isinstance(outcome.value, Apercu):
            return outcome.value
        if outcome.fin is Fin.MEMOIRE or outcome.fin is Fin.DELAI:
            raise TropVolumineux("Ce fichier demande trop de mémoire ou de temps pour être ouvert.")
        raise FichierCorrompu("Ce fichier est abîmé : il ne peut pas être ouvert.")

    def read(
        self,
        path: Path,
        limites: Limites = NUMERISEUR,
        *,
        numeros: Sequence[int] | None = None,
        entieres: bool = False,
    ) -> Iterator[PageLue]:
        """Every page, or those of `numeros`, in order, each once, whatever happens to its reading.

        Raises as `inspect` does when it has to count the pages itself.
        """
        if numeros is None:
            numeros = range(1, self.inspect(path, limites).pages + 1)
        tasks = (PageTask(path, n, limites, entiere=entieres) for n in numeros)
        until = time.monotonic() + limites.secondes_fichier
        for outcome in self.sandbox.run(tasks, timeout=limites.secondes_page, until=until, again=_again):
            yield _page_of(outcome)


def _again(task: Task, outcome: Outcome[Task, Read]) -> Task | None:
    """The same page with safer means, unless its failure is the page's own."""
    if not isinstance(task, PageTask) or outcome.fin is Fin.ERREUR or task.attempt + 1 >= _ATTEMPTS:
        return None
    # Zbar's fault is to abort: after anything else, leaving it out alone would change nothing.
    step = task.attempt + 1 if outcome.fin is Fin.CRASH else max(SANS_OCR, task.attempt + 1)
    return replace(task, attempt=step)


_FAILED = {
    Fin.CRASH: ("FICHIER_CORROMPU", "La lecture de la page {} échoue : son contenu est abîmé."),
    Fin.DELAI: ("TROP_VOLUMINEUX", "La lecture de la page {} prend trop de temps."),
    Fin.MEMOIRE: ("TROP_VOLUMINEUX", "La lecture de la page {} demande trop de mémoire."),
    Fin.BUG: ("ERREUR_INTERNE", "La lecture de la page {} a échoué."),
}


def _page_of(outcome: Outcome[Task, Read]) -> PageLue:
    task = outcome.task
    assert isinstance(task, PageTask)
    if isinstance(outcome.value, PageLue):
        return replace(outcome.value, cpu_seconds=outcome.cpu_seconds)
    if outcome.erreur is not None:
        erreur = ErreurPage(outcome.erreur.code, outcome.erreur.message)
    else:
        code, message = _FAILED[outcome.fin]
        erreur = ErreurPage(code, message.format(task.page))
    return PageLue(task.page, erreur=erreur, cpu_seconds=outcome.cpu_seconds)
