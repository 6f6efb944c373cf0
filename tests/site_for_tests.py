"""A site for tests: a database, a memory store, a stopped clock, a reader that reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from fakes import MemoryStore
from intake.domain.demande import Demande, Personne, StatutDemande
from intake.domain.envoi import Incident, Piece
from intake.domain.lecture import PageLue
from intake.domain.motif import Canal
from intake.errors import FichierCorrompu, IntakeError
from intake.ports import ACouper, Apercu
from intake.use_cases.free import Liberer
from intake.use_cases.process import Traiter
from intake.use_cases.receive import Recevoir
from readings import N1, N2, N3, SayingClassifier
from storage.engines import create_engine, migrate
from storage.queries import Queries
from storage.uow import SqlUnitOfWork
from web.documents import read_plan
from web.wiring import STARTING_PLAN

MARTIN = Demande(
    N1,
    personnes=(
        Personne("D", "MARTIN", "Camille", "MME", date_naissance=date(1985, 4, 12)),
        Personne("C", "BERNARD", "Louis", "M"),
        Personne("P1", "BERNARD", "Zoé"),
    ),
    alias=("999010100000112345",),
)
FAURE = Demande(N2, personnes=(Personne("D", "FAURE", "Nicole", "MME"),))
RADIEE = Demande(N3, StatutDemande.RADIEE, (Personne("D", "PETIT", "Hugo"),))


class StoppedClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@dataclass
class GivenPages:
    """A `Lecteur` that answers with the pages it was given; a piece is the text « pages … of the file ».

    `whole`: what it answers instead, by page, when all of the page is asked for.
    """

    given: Sequence[PageLue] = ()
    whole: dict[int, PageLue] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)
    stop_after: int | None = None
    cpu_seconds: float = 0.0
    uncuttable: int | None = None  # rank, from 0, of the piece whose bytes cannot be made

    def apercu(self, path: Path, canal: Canal) -> Apercu:
        return Apercu("application/pdf", len(self.given))

    def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
        for n in numeros:
            if self.stop_after is not None and len(self.read) >= self.stop_after:
                raise KeyboardInterrupt
            self.read.append(n)
            yield self.whole[n] if entieres else self.given[n - 1]

    def extraire(self, path: Path, pieces: Sequence[ACouper], dossier: Path) -> Iterator[Path | IntakeError]:
        for i, piece in enumerate(pieces):
            if i == self.uncuttable:
                yield FichierCorrompu("Pages abîmées.")
                continue
            out = dossier / f"{i}.pdf"
            lines = [ligne.texte for n in piece.pages for ligne in self.given[n - 1].texte.lignes]
            out.write_text(f"{path.read_bytes()!r} {lines}" if not lines else "\n".join(lines))
            yield out


class TestSite:
    """`deposit(pages…)` takes an envoi through the whole main job."""

    __test__ = False

    def __init__(self, url: str, scratch: Path, keys: tuple[bytes, ...] = ()) -> None:
        self.engine = create_engine(url)
        migrate(self.engine)
        self.uow = SqlUnitOfWork(self.engine)
        self.queries = Queries(self.engine)
        self.objects = MemoryStore()
        self.clock = StoppedClock()
        self.lecteur = GivenPages()
        self.scratch = scratch
        self.keys = keys
        with self.uow() as tx:
            tx.plans.ajouter(read_plan(STARTING_PLAN))
            for demande in (MARTIN, FAURE, RADIEE):
                tx.registre.enregistrer(demande)
            tx.commit()

    @property
    def recevoir(self) -> Recevoir:
        return Recevoir(self.uow, self.objects, self.clock)

    @property
    def liberer(self) -> Liberer:
        return Liberer(self.uow, self.clock)

    @property
    def traiter(self) -> Traiter:
        return Traiter(self.uow, self.objects, self.lecteur, SayingClassifier(), self.clock, self.keys)

    def receive(
        self, *pages: PageLue, name: str = "envoi.pdf", demande: str | None = None, canal: Canal | None = None
    ) -> str:
        self.lecteur.given = pages
        path = self.scratch / name
        path.write_bytes(name.encode() + repr(pages).encode())
        canal = canal or (Canal.GUICHET if demande else Canal.NUMERISEUR)
        envoi, _ = self.recevoir(path, canal, declaree=demande)
        return envoi.id

    def deposit(
        self, *pages: PageLue, name: str = "envoi.pdf", demande: str | None = None, canal: Canal | None = None
    ) -> Result:
        envoi = self.traiter(self.receive(*pages, name=name, demande=demande, canal=canal))
        return self.result(envoi.id)

    def result(self, envoi: str) -> Result:
        with self.uow() as tx:
            kept = tx.envois.lire(envoi)
            assert kept is not None
            pieces = sorted(tx.pieces.de_envoi(envoi), key=lambda p: p.rang)
            return Result(kept.statut.value, pieces, tx.incidents.de_envoi(envoi))


@dataclass
class Result:
    statut: str
    pieces: list[Piece]
    incidents: list[Incident]

    @property
    def sorts(self) -> list[tuple[tuple[int, ...], str | None, str, str | None]]:
        return [(p.pages, p.numero_unique, p.statut.value, p.motif and p.motif.value) for p in self.pieces]

    @property
    def motifs(self) -> list[tuple[str, tuple[int, ...]]]:
        return sorted((i.motif.value, i.pages) for i in self.incidents)
