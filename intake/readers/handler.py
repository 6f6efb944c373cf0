"""Reads pages, in a reading process: pixels, blank or not, marks, text, fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from intake.domain.lecture import ErreurPage, PageLue, SymboleLu, TexteLu
from intake.errors import FichierCorrompu, IntakeError
from intake.marks import Genre, attendue, interpret
from intake.ports import Classifier, OpenedFile, PageImage
from intake.readers.blank import barely_printed, faint_print, is_blank, shows_through
from intake.readers.files import apercu, open_file
from intake.readers.fingerprint import fingerprint
from intake.readers.marks_ladder import LadderMarkReader, Regard
from intake.readers.tasks import SANS_OCR, InspectTask, PageTask, Read, Task, Textes
from intake.readers.zygote import cpu_seconds

_SAFE_DPI = 120
_SAFE_SECONDS = 1.0  # of the marks ladder, once something went wrong


class Handler:
    """Keeps the last file open, since its pages follow one another."""

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
        safe = task.attempt >= SANS_OCR
        page = self._file(task).page(task.page, dpi=_SAFE_DPI if safe else self._dpi)
        if is_blank(page) and not self._blurred_away(page, task):
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
            symboles = ladder.read(page) if task.attempt == SANS_OCR else ()
            erreur = ErreurPage("ILLISIBLE", f"Le texte de la page {task.page} n'a pas pu être lu.")
        else:
            regard = LadderMarkReader(zbar=task.attempt == 0).look(page)
            symboles, erreur = regard.symboles, None
            if self._wants_text(regard) and not _says_all(page, symboles):
                texte, erreur = self._text(page, texte, entiere=task.entiere)
            if not symboles and attendue(texte):
                symboles = LadderMarkReader(effort="fort", zbar=task.attempt == 0).read(page)
        empreinte = fingerprint(page.image, texte.rotation)
        return PageLue(task.page, symboles, texte, empreinte=empreinte, erreur=erreur)

    def _blurred_away(self, page: PageImage, task: PageTask) -> bool:
        """Whether something pale lies on the page that neither of its neighbours explains (R2)."""
        faint = faint_print(page)
        if faint is None:
            return False
        opened = self._file(task)
        for numero in (task.page - 1, task.page + 1):
            if 1 <= numero <= opened.pages:
                with suppress(IntakeError):
                    if shows_through(faint, opened.page(numero, dpi=_SAFE_DPI)):
                        return False
        return True

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


def _says_all(page: PageImage, symboles: Sequence[SymboleLu]) -> bool:
    """A separator and its title: its code is all that it has to say. One stuck on a paper is read (R2)."""
    parts = any(interpret(s).genre is Genre.SEPARATEUR for s in symboles)
    return parts and barely_printed(page, [s.boite for s in symboles])


def _printable(texte: TexteLu) -> TexteLu:
    """Half a UTF-16 pair, as broken fonts give, can be neither stored nor shown."""
    if not any("\ud800" <= c <= "\udfff" for line in texte.lignes for c in line.texte):
        return texte
    lines = (replace(x, texte=x.texte.encode("utf-8", "replace").decode()) for x in texte.lignes)
    return replace(texte, lignes=tuple(lines))
