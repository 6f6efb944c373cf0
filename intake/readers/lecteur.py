"""The `Lecteur` of the main job: reading and cutting, each through its own pool of capped children."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from intake.domain.lecture import PageLue
from intake.domain.motif import Canal
from intake.errors import FichierCorrompu, IntakeError
from intake.ports import ACouper, Antivirus, Apercu, Classifier
from intake.readers.reading import FileReader
from intake.readers.sandbox import Outcome, Sandbox
from intake.readers.sniff import NUMERISEUR, limites_de
from intake.readers.tasks import Cutting, Extraction, Textes

_SECONDS_A_PIECE = 120.0
_WAYS = 3  # copy with pypdf, with qpdf, draw


class SandboxLecteur:
    """A context manager; its processes start at the first file and serve all the others."""

    def __init__(
        self,
        make_classifier: Callable[[], Classifier] | None,
        *,
        processes: int,
        textes: Textes = "tous",
        preload: tuple[str, ...] = (),
        antivirus: Antivirus | None = None,
    ) -> None:
        self._antivirus = antivirus
        self._reader = FileReader(make_classifier, workers=processes, textes=textes, preload=preload)
        self._cutter: Sandbox[Extraction, int] = Sandbox(Cutting(), workers=1, beside=self._reader.sandbox)
        self.cpu_seconds = 0.0  # of the cutting, since the last time somebody asked

    def __enter__(self) -> SandboxLecteur:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._cutter.close()
        self._reader.close()

    def drop(self) -> None:
        """Kill the children, whatever they do, after an interruption that may have come anywhere."""
        self._reader.drop()
        self._cutter.drop()

    def apercu(self, path: Path, canal: Canal) -> Apercu:
        if self._antivirus is not None:
            self._antivirus.examiner(path)
        seen = self._reader.inspect(path, limites_de(canal))
        return Apercu(seen.media, seen.pages)

    def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
        return self._reader.read(path, NUMERISEUR, numeros=numeros, entieres=entieres)

    def extraire(self, path: Path, pieces: Sequence[ACouper], dossier: Path) -> Iterator[Path | IntakeError]:
        """A FichierCorrompu in place of a piece of which not even a picture can be made."""
        tasks = (
            Extraction(
                path,
                p.pages,
                dossier / f"piece-{i}.pdf",
                dict(zip(p.pages, p.rotations, strict=True)),
                NUMERISEUR,
            )
            for i, p in enumerate(pieces)
        )
        for outcome in self._cutter.run(tasks, timeout=_SECONDS_A_PIECE, again=_another_way):
            self.cpu_seconds += outcome.cpu_seconds
            if outcome.value is not None:
                yield outcome.task.to
            else:
                yield outcome.erreur or FichierCorrompu(
                    "Les pages de cette pièce n'ont pu être ni copiées ni dessinées."
                )


def _another_way(task: Extraction, _outcome: Outcome[Extraction, int]) -> Extraction | None:
    return replace(task, attempt=task.attempt + 1) if task.attempt + 1 < _WAYS else None
