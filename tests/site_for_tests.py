"""A site for tests: a database, a memory store, a stopped clock, a reader that reads nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from databases import migrated_engine
from fakes import MemoryStore
from intake.domain.acces import Compte, Role
from intake.domain.courrier import Courrier
from intake.domain.demande import Demande, Personne, StatutDemande
from intake.domain.envoi import Incident, Piece
from intake.domain.journal import Verification
from intake.domain.lecture import PageLue
from intake.domain.motif import Canal
from intake.errors import FichierCorrompu, IntakeError
from intake.ports import ACouper, Apercu
from intake.use_cases.au_nom_de import AuNomDe
from intake.use_cases.correct import Corriger
from intake.use_cases.free import Liberer
from intake.use_cases.incidents import Suivre
from intake.use_cases.process import Traiter
from intake.use_cases.purge import Purger
from intake.use_cases.receive import Recevoir
from intake.use_cases.recut import Recouper
from intake.use_cases.register import Inscrire
from intake.use_cases.repair import Reparer
from intake.use_cases.restart import Relancer
from readings import N1, N2, N3, SayingClassifier
from storage.follow_up_queries import FollowUpQueries
from storage.queries import Queries
from storage.retention import Retention
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


ALICE_S_ACCOUNT = Compte(
    "c1", "alice", "Alice Dupré", "alice@exemple.fr", Role.AGENT_GUICHET, "-", "-",
    datetime(2026, 1, 2, tzinfo=UTC), guichet="75001",
)  # fmt: skip
ALICE = ALICE_S_ACCOUNT.acteur


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
    cut: list[ACouper] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None  # done by somebody else while pieces are cut

    def apercu(self, path: Path, canal: Canal) -> Apercu:
        return Apercu("application/pdf", len(self.given))

    def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
        for n in numeros:
            if self.stop_after is not None and len(self.read) >= self.stop_after:
                raise KeyboardInterrupt
            self.read.append(n)
            yield self.whole[n] if entieres else self.given[n - 1]

    def extraire(self, path: Path, pieces: Sequence[ACouper], dossier: Path) -> Iterator[Path | IntakeError]:
        if self.meanwhile is not None:
            self.meanwhile()
        for i, piece in enumerate(pieces):
            self.cut.append(piece)
            if i == self.uncuttable:
                yield FichierCorrompu("Pages abîmées.")
                continue
            out = dossier / f"{i}.pdf"
            lines = [ligne.texte for n in piece.pages for ligne in self.given[n - 1].texte.lignes]
            text = f"{path.read_bytes()!r} {lines}" if not lines else "\n".join(lines)
            out.write_text(text + (f" {piece.rotations}" if any(piece.rotations) else ""))
            yield out


class TestSite:
    """`deposit(pages…)` takes an envoi through the whole main job."""

    __test__ = False

    def __init__(self, url: str, scratch: Path, keys: tuple[bytes, ...] = ()) -> None:
        self.engine = migrated_engine(url)
        self.uow = SqlUnitOfWork(self.engine)
        self.queries = Queries(self.engine)
        self.objects = MemoryStore()
        self.clock = StoppedClock()
        self.lecteur = GivenPages()
        self.scratch = scratch
        self.keys = keys
        self.deposant: str | None = "guichet:75001"
        with self.uow() as tx:
            tx.plans.ajouter(read_plan(STARTING_PLAN))
            for demande in (MARTIN, FAURE, RADIEE):
                tx.registre.enregistrer(demande)
            tx.acces.comptes.ajouter(ALICE_S_ACCOUNT)
            tx.commit()

    @property
    def recevoir(self) -> Recevoir:
        return Recevoir(self.uow, self.objects, self.clock)

    def mails(self) -> list[Courrier]:
        """Those that wait; they are taken, as a sender takes them."""
        found, now = [], self.clock.now()
        with self.uow() as tx:
            while taken := tx.acces.courriers.prendre(now, now + timedelta(hours=1)):
                found.append(taken[0])
            tx.commit()
        return found

    def logged(self) -> list[tuple[str, str | None, str, str]]:
        """(action, demande, who, what) of each line of the journal; they verify."""
        with self.uow() as tx:
            lines = list(tx.journal.lignes())
        assert list(Verification()(lines)) == []
        told = [(line, json.loads(line.contenu or "{}")) for line in lines]
        return [(x.action, x.demande, t.get("qui", ""), t.get("objet", "")) for x, t in told]

    @property
    def signed(self) -> AuNomDe:
        """What people do is done under Alice's name, and logged."""
        return AuNomDe(self.uow, self.clock, ALICE)

    @property
    def liberer(self) -> Liberer:
        return Liberer(self.signed, self.clock)

    @property
    def suivre(self) -> Suivre:
        return Suivre(self.signed, self.clock)

    @property
    def corriger(self) -> Corriger:
        return Corriger(self.signed, self.clock)

    @property
    def reparer(self) -> Reparer:
        return Reparer(self.signed, SayingClassifier(), self.clock, self.keys)

    @property
    def inscrire(self) -> Inscrire:
        return Inscrire(self.signed, self.reparer, self.clock, ALICE)

    @property
    def retention(self) -> Retention:
        return Retention(self.engine)

    @property
    def purger(self) -> Purger:
        return Purger(self.uow, self.objects, self.retention, self.clock)

    @property
    def relancer(self) -> Relancer:
        return Relancer(self.signed, self.clock)

    @property
    def recouper(self) -> Recouper:
        return Recouper(self.signed, self.objects, self.lecteur, SayingClassifier(), self.clock)

    @property
    def suivi(self) -> FollowUpQueries:
        return FollowUpQueries(self.engine)

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
        envoi, _ = self.recevoir(path, canal, declaree=demande, deposant=self.deposant)
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
