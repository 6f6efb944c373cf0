"""Shows one photo to whoever judges it at once, in a capped child, and brings the verdict back (R6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from intake.domain.lecture import Qualite
from intake.errors import FichierCorrompu, TropVolumineux
from intake.readers.sandbox import Fin, Sandbox
from intake.readers.sniff import PARTICULIER, Limites

if TYPE_CHECKING:
    from PIL import Image

Juge = Callable[["Image.Image"], Qualite]
_PRELOAD = ("cv2", "numpy", "PIL.Image", "intake.readers.files")


@dataclass(frozen=True, slots=True)
class _Photo:
    path: Path
    limites: Limites


@dataclass(frozen=True, slots=True)
class _Regarder:
    """Makes the handler of the child; pickled, so `juge` is a module's function."""

    juge: Juge

    def __call__(self) -> Callable[[_Photo], Qualite]:
        return self._look

    def _look(self, photo: _Photo) -> Qualite:
        from intake.readers.files import open_file
        from intake.readers.pdf import PdfFile

        opened = open_file(photo.path, photo.limites)
        try:
            return Qualite() if isinstance(opened, PdfFile) else opened.montre(self.juge)
        finally:
            opened.close()


class SandboxRegard:
    """The `Regard` of the core; its one process starts at the first photo and serves all the others."""

    def __init__(
        self, juge: Juge, *, preload: tuple[str, ...] = (), seconds: float = PARTICULIER.secondes_page
    ) -> None:
        """`juge` gets the picture as stored, not decoded yet where it is a JPEG; `preload`: its modules.

        `seconds`: what one photo may take.
        """
        self._seconds = seconds
        self._sandbox: Sandbox[_Photo, Qualite] = Sandbox(
            _Regarder(juge), workers=1, preload=(*_PRELOAD, *preload)
        )

    def __enter__(self) -> SandboxRegard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._sandbox.close()

    def __call__(self, path: Path) -> Qualite:
        (outcome,) = self._sandbox.run([_Photo(path, PARTICULIER)], timeout=self._seconds)
        if outcome.value is not None:
            return outcome.value
        if outcome.fin in (Fin.MEMOIRE, Fin.DELAI):
            raise TropVolumineux("Cette photo demande trop de mémoire ou de temps pour être regardée.")
        raise outcome.erreur or FichierCorrompu("Cette photo est abîmée : elle ne peut pas être regardée.")
