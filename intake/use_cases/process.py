"""The main job: an envoi received becomes pieces filed, and an incident for everything that could not be.

Safe to run twice and to be killed anywhere: the envoi is claimed by one conditional UPDATE, readings are
kept page by page, objects are content-addressed, each piece is placed in one transaction under its rank.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from intake.conformity import Constat, bordereau_de, constater, statut_de
from intake.decoupage import Decoupage
from intake.domain.envoi import Envoi, Incident, Piece, Refus
from intake.domain.incident import EN_COURS
from intake.domain.jour import jour_civil
from intake.domain.lecture import ErreurPage, PageLue, Sort, SortPage
from intake.domain.motif import Canal, Motif, StatutEnvoi, est_refus
from intake.domain.plan import PlanDeClassement
from intake.dossier import DossierJuge, Juge, PieceJugee, a_relire, est_de_dossier
from intake.errors import ComptePagesFaux, FichierCorrompu, IntakeError, StockageIndisponible, TropVolumineux
from intake.ports import ACouper, Classifier, Clock, Lecteur, ObjectStore, Transaction, UnitOfWork
from intake.splitting import decouper
from intake.use_cases.annuaire import AnnuaireDuSite
from intake.use_cases.bytes import conserver, garantir, original
from intake.use_cases.lease import LEASE, RENDU, HorsDelai, tenir
from intake.use_cases.place import Placer
from intake.use_cases.restart import incident_interne, mis_de_cote, noter_echec

_BATCH = 20  # pages read between two writes: what a crash costs at most
_RELECTURES = 3  # looks at pages read in part: a sheet's, its pieces', and one more
_POLL = 0.5

Progress = Callable[[int, int, str], None]  # pages done, pages in all, stage


def _quiet(_done: int, _total: int, _stage: str) -> None:
    return


@dataclass(frozen=True)
class Traiter:
    uow: UnitOfWork
    objects: ObjectStore
    lecteur: Lecteur
    classifier: Classifier
    clock: Clock
    keys: tuple[bytes, ...] = ()
    bail: timedelta = LEASE

    def __call__(self, identifiant: str, progress: Progress = _quiet, *, attendre: bool = True) -> Envoi:
        """Bring the envoi to its end, or wait for whoever is at it (without `attendre`: leave it to them).

        Raises IntakeError for our own faults.
        """
        with self._claimed(identifiant, attendre=attendre) as (envoi, token):
            if envoi.termine or token is None:
                return envoi
            try:
                return self._ended(envoi, token, progress)
            except (Exception, HorsDelai) as fault:
                self._count_failure(envoi, token, fault)  # its last words too: else it is begun again at once
                raise

    def _ended(self, envoi: Envoi, token: str, progress: Progress) -> Envoi:
        used = _Cpu()
        with tempfile.TemporaryDirectory(prefix="envoi-") as scratch:
            try:
                done = self._process(envoi, token, Path(scratch), progress, used)
            except IntakeError as refusal:
                if not est_refus(refusal.code):
                    raise
                done = self._refuse(envoi, refusal)
        done = replace(done, traite_le=self.clock.now(), cpu_seconds=round(used.seconds(), 3))
        with self.uow() as tx:
            if tx.envois.terminer(done, token):
                tx.echecs.oublier(envoi.id)
            tx.commit()
        return done

    def _process(self, envoi: Envoi, token: str, scratch: Path, progress: Progress, used: _Cpu) -> Envoi:
        # the original, verified against its checksum on the way
        path = original(self.objects, envoi, scratch)
        # what it is, from its bytes
        apercu = self.lecteur.apercu(path, envoi.canal)
        envoi = replace(envoi, media=apercu.media, pages=apercu.pages)
        # every page read, and kept as it is read
        pages = self._read(envoi, path, progress)
        used.children += sum(p.cpu_seconds for p in pages)
        reasons = [p.erreur for p in pages if p.erreur is not None]
        if len(reasons) == len(pages):
            raise _no_page(reasons)
        # cut into dossiers and pieces, each judged; once more where what was left unread may change it: first
        # the number of a sheet, then, compared with a household at last, the names of its pieces
        with self.uow() as tx:
            plan = tx.plans.en_vigueur(jour_civil(self.clock.now()))
        cut, judged = self._judge(envoi, pages, plan)
        tried: set[int] = set()
        for _ in range(_RELECTURES):
            unsure = [n for n in a_relire(judged, pages) if n not in tried]
            if not unsure:
                break
            tried.update(unsure)
            whole = {p.numero: p for p in self._read_whole(envoi, path, unsure, progress)}
            used.children += sum(p.cpu_seconds for p in whole.values())
            pages = [whole.get(p.numero, p) for p in pages]
            cut, judged = self._judge(envoi, pages, plan)
        by_number = {p.numero: p for p in pages}
        # bytes of the pieces, then their rows
        self._undo_another_cut(envoi, token, judged)
        cutting = self.lecteur.cpu_seconds
        told = partial(progress, apercu.pages, apercu.pages, "classement")
        hold = partial(self._tenir, envoi.id, token)
        place = Placer(self.uow, self.clock, plan, hold)
        lost = self._file(envoi, path, scratch, judged, by_number, place, told)
        used.children += self.lecteur.cpu_seconds - cutting
        # what the envoi lacks
        self._report(envoi, cut, judged, pages, lost, hold)
        return self._conclude(envoi, cut, judged, lost)

    def _judge(
        self, envoi: Envoi, pages: Sequence[PageLue], plan: PlanDeClassement
    ) -> tuple[Decoupage, list[DossierJuge]]:
        """Every page in one place of the cut; whose each piece is, and whether it may be filed."""
        cut = decouper(pages, self.classifier, keys=self.keys, siens=self._registre.siens(envoi.declaree))
        cut.verifier(len(pages))
        juge = Juge(self.classifier, self._registre, plan, jour_civil(self.clock.now()), envoi.declaree)
        cut, judged = juge.juger(cut, {p.numero: p for p in pages})
        cut.verifier(len(pages))
        return cut, judged

    @property
    def _registre(self) -> AnnuaireDuSite:
        return AnnuaireDuSite(self.uow)

    def _count_failure(self, envoi: Envoi, token: str, fault: BaseException) -> None:
        """A fault that trying again cannot mend is tried ESSAIS times; then the envoi is put aside.

        A store that does not answer is nobody's bug: tried for as long as it takes. The database may be it.
        """
        with suppress(StockageIndisponible), self.uow() as tx:
            failed = noter_echec(tx, envoi.id, 0, fault, self.clock.now())
            if failed is not None and failed.epuise and tx.envois.terminer(mis_de_cote(envoi, failed), token):
                rank = len(tx.incidents.de_envoi(envoi.id)) + 1
                tx.incidents.ajouter(incident_interne(failed, rank))
            tx.commit()

    def _undo_another_cut(self, envoi: Envoi, token: str, judged: Sequence[DossierJuge]) -> None:
        """A run interrupted while placing, and a register or key changed since: the two must not mix.

        Neither two cuts nor two judgements of whose the pages are: what is told of a whole group (R8) is
        told of the pieces that are there.
        """
        wanted = [p for d in judged for p in d.pieces]
        with self.uow() as tx:
            self._tenir(envoi.id, token, tx)
            before = tx.pieces.de_envoi(envoi.id)
            if any(p.rang > len(wanted) or _autre(p, wanted[p.rang - 1]) for p in before):
                tx.pieces.effacer(envoi.id)
                tx.commit()

    def _tenir(self, identifiant: str, token: str, tx: Transaction) -> None:
        """Until the end of `tx` nobody else has it; whoever slept through the lease writes nothing."""
        now = self.clock.now()
        if not tx.envois.reclamer(identifiant, token, now, now + self.bail):
            raise StockageIndisponible("Un autre travailleur a repris cet envoi entre-temps.")

    @contextmanager
    def _claimed(self, identifiant: str, *, attendre: bool) -> Iterator[tuple[Envoi, str | None]]:
        token = uuid.uuid4().hex
        while True:
            now = self.clock.now()
            with self.uow() as tx:
                mine = tx.envois.reclamer(identifiant, token, now, now + self.bail)
                envoi = tx.envois.lire(identifiant)
                tx.commit()
            if envoi is None:
                raise IntakeError(f"L'envoi {identifiant} n'existe pas.", code="ENVOI_INCONNU")
            if mine or envoi.termine or not attendre:
                break
            time.sleep(_POLL)  # somebody else is at it; if they die, the lease ends
        if not mine:
            yield envoi, None
            return
        try:
            with tenir(lambda: self._prolong(identifiant, token), identifiant, self.bail):
                yield envoi, token
        except BaseException:
            with suppress(IntakeError):  # whoever comes next need not wait for the end of the lease
                self._prolong(identifiant, token, RENDU)
            raise

    def _prolong(self, identifiant: str, token: str, by: timedelta | None = None) -> bool:
        now = self.clock.now()
        with self.uow() as tx:
            mine = tx.envois.reclamer(identifiant, token, now, now + (self.bail if by is None else by))
            tx.commit()
        return mine

    def _read(self, envoi: Envoi, path: Path, progress: Progress) -> list[PageLue]:
        with self.uow() as tx:
            known = {p.numero: p for p in tx.lectures.lire(envoi.id)}
        missing = [n for n in range(1, envoi.pages + 1) if n not in known]
        progress(len(known), envoi.pages, "lecture")
        batch: list[PageLue] = []
        for page in self.lecteur.pages(path, missing):
            known[page.numero] = page
            batch.append(page)
            if len(batch) >= _BATCH:
                self._keep(envoi, batch)
                batch = []
            progress(len(known), envoi.pages, "lecture")
        self._keep(envoi, batch)
        return [known[n] for n in sorted(known)]

    def _read_whole(
        self, envoi: Envoi, path: Path, numeros: Sequence[int], progress: Progress
    ) -> Iterator[PageLue]:
        """Pages of which a part was left unread; one that fails now keeps what was read of it."""
        for done, page in enumerate(self.lecteur.pages(path, numeros, entieres=True), 1):
            progress(done, len(numeros), "relecture")
            if page.erreur is None:
                self._keep(envoi, [page])
                yield page

    def _keep(self, envoi: Envoi, batch: Sequence[PageLue]) -> None:
        with self.uow() as tx:
            tx.lectures.ecrire(envoi.id, batch)
            tx.commit()

    def _file(
        self,
        envoi: Envoi,
        path: Path,
        scratch: Path,
        judged: Sequence[DossierJuge],
        pages: dict[int, PageLue],
        place: Placer,
        told: Callable[[], None],
    ) -> list[Constat]:
        """Findings for the pieces whose bytes could not be made: they stop no other (R9).

        `told` is called before each piece: whoever follows the work may stop it there.
        """
        pieces = [p for d in judged for p in d.pieces]
        cuts = [ACouper(p.pages, tuple(pages[n].texte.rotation for n in p.pages)) for p in pieces]
        written = self.lecteur.extraire(path, cuts, scratch) if pieces else iter(())
        lost = []
        for rank, (piece, file) in enumerate(zip(pieces, written, strict=True), 1):
            told()
            if isinstance(file, IntakeError):
                lost.append(Constat(Motif.FICHIER_CORROMPU, piece.pages, file.message))
                continue
            objet = conserver(self.objects, file)
            place(envoi, rank, piece, [pages[n] for n in piece.pages], objet)
            garantir(self.objects, file, objet[1])
            file.unlink()
        return lost

    def _report(
        self,
        envoi: Envoi,
        cut: Decoupage,
        judged: Sequence[DossierJuge],
        pages: list[PageLue],
        lost: Sequence[Constat],
        hold: Callable[[Transaction], None],
    ) -> None:
        direct = envoi.declaree is not None
        found = [
            *constater(
                cut,
                pages,
                bordereau_attendu=envoi.canal is Canal.NUMERISEUR and not direct,
                fiche_attendue=not direct,
            ),
            *lost,
        ]
        for d in judged:
            motif = d.destination.motif
            if (
                motif is not None
                and motif is not Motif.SANS_FICHE
                and est_de_dossier(motif)
                and d.dossier.pages
            ):
                found.append(
                    Constat(motif, d.dossier.pages, d.destination.message, trouve=d.destination.numero)
                )
        uncut = {n: c.message for c in lost for n in c.pages}
        sorts = [SortPage(s.page, Sort.INCIDENT, uncut[s.page]) if s.page in uncut else s for s in cut.pages]
        with self.uow() as tx:
            hold(tx)
            for rank, constat in enumerate(found, 1):
                tx.incidents.ajouter(self._incident(envoi, rank, constat))
            tx.lectures.sorts(envoi.id, sorts)
            tx.commit()

    def _incident(self, envoi: Envoi, rank: int, c: Constat) -> Incident:
        return Incident(
            id=f"{envoi.id}-I{rank:04d}",
            envoi=envoi.id,
            motif=c.motif,
            pages=c.pages,
            message=c.message,
            cree_le=self.clock.now(),
            attendu=c.attendu,
            trouve=c.trouve,
        )

    def _conclude(
        self, envoi: Envoi, cut: Decoupage, judged: Sequence[DossierJuge], lost: Sequence[Constat]
    ) -> Envoi:
        with self.uow() as tx:
            pieces = tx.pieces.de_envoi(envoi.id)
            incidents = tx.incidents.de_envoi(envoi.id)
        # The sum of R2 once more, on what was really written.
        wanted = sorted([p.pages for d in judged for p in d.pieces])
        if sorted([p.pages for p in pieces] + [c.pages for c in lost]) != wanted:
            raise ComptePagesFaux(f"Les pièces écrites ne sont pas celles du découpage ({len(pieces)}).")
        return replace(envoi, statut=statut_de(pieces, incidents), bordereau=bordereau_de(cut))

    def _refuse(self, envoi: Envoi, refusal: IntakeError) -> Envoi:
        """The file is kept, with its reason, until a person decides (R2)."""
        constat = Constat(Motif(refusal.code), (), f"{refusal.message} {refusal.hint}")
        with self.uow() as tx:
            before = [i for i in tx.incidents.de_envoi(envoi.id) if i.piece is None and not i.pages]
            told = any(i.motif is constat.motif and i.etat in EN_COURS for i in before)
            if not told:  # else this ran before
                fresh = self._incident(envoi, 0, constat)
                again = f"-{len(before) + 1}" if before else ""
                tx.incidents.ajouter(replace(fresh, id=fresh.id + again))
            tx.commit()
        refus = Refus(refusal.code, refusal.message, refusal.hint)
        return replace(envoi, statut=StatutEnvoi.QUARANTAINE, refus=refus)


def _autre(ecrite: Piece, jugee: PieceJugee) -> bool:
    """Whether a piece was written from another cut, or another judgement of whose it is."""
    led, motif = jugee.destination, jugee.arret.motif if jugee.arret else None
    demande = led.demande.numero_unique if led.demande else None
    read = None if demande else led.numero
    now = (jugee.pages, demande, read, _doute(motif))
    return now != (ecrite.pages, ecrite.demande, ecrite.numero_lu, _doute(ecrite.motif))


def _doute(motif: Motif | None) -> Motif | None:
    """The motif, if it is of whose the piece is: the others are found while it is placed."""
    return motif if motif is Motif.IDENTITE_INCOHERENTE or (motif and est_de_dossier(motif)) else None


def _no_page(reasons: Sequence[ErreurPage]) -> IntakeError:
    """Why a file of which no page could be read is refused: what the first of them says."""
    first = reasons[0]
    kind = TropVolumineux if first.code == TropVolumineux.code else FichierCorrompu
    if len(reasons) == 1:
        return kind(first.message)
    return kind(f"Aucune des {len(reasons)} pages n'a pu être ouverte. {first.message}")


class _Cpu:
    """User and system seconds of this process since now, and of the reading processes as they report them."""

    def __init__(self) -> None:
        self._start = time.process_time()
        self.children = 0.0

    def seconds(self) -> float:
        return time.process_time() - self._start + self.children
