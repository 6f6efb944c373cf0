"""Reads a file page by page in the reading processes: pixels, blank or not, marks, text, fingerprint.

Whatever goes wrong on a page stays on that page; a page whose reading kills its process is read again with
fewer and safer means before it is given up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from intake.domain.lecture import ErreurPage, PageLue, TexteLu
from intake.errors import FichierCorrompu, IntakeError, TropVolumineux
from intake.marks import attendue
from intake.ports import Classifier, OpenedFile, PageImage
from intake.readers.blank import is_blank
from intake.readers.files import Apercu, apercu, open_file
from intake.readers.fingerprint import fingerprint
from intake.readers.marks_ladder import LadderMarkReader, Regard
from intake.readers.sandbox import Fin, Outcome, Sandbox
from intake.readers.sniff import NUMERISEUR, Limites, sniff
from intake.readers.zygote import cpu_seconds

DPI = 200
_SAFE_DPI = 120
_ATTEMPTS = 4
_WITHOUT_OCR = 2
_SAFE_SECONDS = 1.0  # of the marks ladder, once something went wrong
PRELOAD = ("cv2", "numpy", "PIL.Image", "pypdfium2", "zxingcpp", "intake.readers.reading")


@dataclass(frozen=True, slots=True)
class InspectTask:
    """Open the file and say what it is."""

    path: Path
    limites: Limites


@dataclass(frozen=True, slots=True)
class PageTask:
    """Read one page. `attempt` 1 leaves out zbar; 2 OCR too, and draws smaller; 3 even marks.

    `entiere`: all its text.
    """

    path: Path
    page: int
    limites: Limites
    attempt: int = 0
    entiere: bool = False


Task = InspectTask | PageTask
Textes = Literal["tous", "codes illisibles"]  # whose pages' text is read: all, or where a code was only seen
Read = Apercu | PageLue


@dataclass(frozen=True, slots=True)
class PageReading:
    """Makes the handler of a reading process; pickled, so `make_classifier` is a module's function."""

    make_classifier: Callable[[], Classifier] | None
    dpi: int = DPI
    textes: Textes = "tous"

    def __call__(self) -> Callable[[Task], Read]:
        classifier = self.make_classifier() if self.make_classifier is not None else None
        return _Handler(classifier, self.dpi, self.textes)


class _Handler:
    """Lives in a reading process; keeps the last file open, since its pages follow one another."""

    def __init__(self, classifier: Classifier | None, dpi: int, textes: Textes) -> None:
        self._classifier = classifier
        self._dpi = dpi
        self._textes = textes
        self._opened: OpenedFile | None = None
        self._of: tuple[Path, int, int] | None = None

    def __call__(self, task: Task) -> Read:
        if isinstance(task, InspectTask):
            return apercu(task.path, task.limites)
        start = cpu_seconds()
        try:
            read = self._page(task)
        except IntakeError as e:
            read = PageLue(task.page, erreur=ErreurPage(e.code, e.message))
        return replace(read, cpu_seconds=cpu_seconds() - start)

    def _page(self, task: PageTask) -> PageLue:
        safe = task.attempt >= _WITHOUT_OCR
        page = self._file(task).page(task.page, dpi=_SAFE_DPI if safe else self._dpi)
        if is_blank(page):
            # Of a file that was repaired, what was on the page may be what is missing.
            if getattr(self._opened, "repare", False):
                raise FichierCorrompu(
                    f"La page {task.page} d'un fichier abîmé est vide : il en manque peut-être."
                )
            return PageLue(task.page, blanche=True)
        texte = TexteLu(largeur=page.image.width, hauteur=page.image.height)
        erreur: ErreurPage | None
        if safe:
            ladder = LadderMarkReader(zbar=False, seconds=_SAFE_SECONDS)
            symboles = ladder.read(page) if task.attempt == _WITHOUT_OCR else ()
            erreur = ErreurPage("ILLISIBLE", f"Le texte de la page {task.page} n'a pas pu être lu.")
        else:
            regard = LadderMarkReader(zbar=task.attempt == 0).look(page)
            symboles, erreur = regard.symboles, None
            if self._wants_text(regard):
                texte, erreur = self._text(page, texte, entiere=task.entiere)
            if not symboles and attendue(texte):
                symboles = LadderMarkReader(effort="fort", zbar=task.attempt == 0).read(page)
        empreinte = fingerprint(page.image, texte.rotation)
        return PageLue(task.page, symboles, texte, empreinte=empreinte, erreur=erreur)

    def _wants_text(self, regard: Regard) -> bool:
        return self._textes == "tous" or (regard.code_vu and not regard.symboles)

    def _text(self, page: PageImage, none: TexteLu, *, entiere: bool) -> tuple[TexteLu, ErreurPage | None]:
        """The classifier's reading; its failure costs the page its text and not its marks."""
        if self._classifier is None:
            return none, None
        try:
            return _printable(self._classifier.read(page, entiere=entiere)), None
        except IntakeError as e:
            return none, ErreurPage(e.code, e.message)

    def _file(self, task: PageTask) -> OpenedFile:
        stat = task.path.stat()
        of = (task.path, stat.st_mtime_ns, stat.st_size)
        if self._opened is None or of != self._of:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
            self._opened, self._of = open_file(task.path, task.limites), of
        return self._opened


def _printable(texte: TexteLu) -> TexteLu:
    """Half a UTF-16 pair, as broken fonts give, can be neither stored nor shown."""
    if not any("\ud800" <= c <= "\udfff" for line in texte.lignes for c in line.texte):
        return texte
    lines = (replace(x, texte=x.texte.encode("utf-8", "replace").decode()) for x in texte.lignes)
    return replace(texte, lignes=tuple(lines))


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
        self._sandbox: Sandbox[Task, Read] = Sandbox(
            PageReading(make_classifier, dpi, textes), workers=workers, preload=(*PRELOAD, *preload)
        )

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._sandbox.close()

    def drop(self) -> None:
        """See `Sandbox.drop`."""
        self._sandbox.drop()

    def inspect(self, path: Path, limites: Limites = NUMERISEUR) -> Apercu:
        """What the file is. Raises FormatRefuse, FichierCorrompu, FichierProtege, TropVolumineux."""
        sniff(path, limites)  # a few bytes: no process is needed to refuse most of what is wrong
        task = InspectTask(path, limites)
        (outcome,) = self._sandbox.run([task], timeout=limites.secondes_page)
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
        for outcome in self._sandbox.run(tasks, timeout=limites.secondes_page, until=until, again=_again):
            yield _page_of(outcome)


def _again(task: Task, outcome: Outcome[Task, Read]) -> Task | None:
    """The same page with safer means, unless its failure is the page's own."""
    if not isinstance(task, PageTask) or outcome.fin is Fin.ERREUR or task.attempt + 1 >= _ATTEMPTS:
        return None
    # Zbar's fault is to abort: after anything else, leaving it out alone would change nothing.
    step = task.attempt + 1 if outcome.fin is Fin.CRASH else max(_WITHOUT_OCR, task.attempt + 1)
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
