"""Judges the pieces of one dossier together: what each is, whose, and whether it may be filed. Pure.

Together, because a missing cover sheet shows only in the run of pieces: from some piece on, every name
is another household's. Those pages then form a dossier of their own, without a sheet (R8, R14).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from intake import placing
from intake.decoupage import Decoupage, Dossier, Lot, PieceCoupee
from intake.domain.lecture import MENSUELS, Classement, PageLue
from intake.domain.motif import Motif, StatutPiece
from intake.domain.plan import PlanDeClassement
from intake.duplicates import semblables
from intake.identity import Accord, Concordance, jetons
from intake.noms import concordance
from intake.placing import Annuaire, Arret, Destination, Preuve, nommee
from intake.ports import Classifier

_TWINS = 8  # papers after one, of its type, that it is compared with
_SILENT = Concordance(Accord.MUET)


@dataclass(frozen=True, slots=True)
class PieceJugee:
    """A piece with all that is known of it before anything is written; `arret` None: it may be filed."""

    pages: tuple[int, ...]
    raison: str
    classement: Classement
    destination: Destination
    noms: Concordance
    arret: Arret | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A piece as looked at: its written pages, what they are, whose names they show."""

    pages: Sequence[PageLue]
    classement: Classement
    noms: Concordance


@dataclass(frozen=True, slots=True)
class DossierJuge:
    """`detache`: without a sheet because its names parted it from the dossier before, not as it was cut."""

    dossier: Dossier
    destination: Destination
    pieces: tuple[PieceJugee, ...]
    detache: bool = False


@dataclass(frozen=True)
class Juge:
    """What judging needs to know; `declaree` is the demande that a signed-in sender named."""

    classifier: Classifier
    registre: Annuaire
    plan: PlanDeClassement
    aujourdhui: date
    declaree: str | None = None

    def juger(
        self, decoupage: Decoupage, pages: Mapping[int, PageLue]
    ) -> tuple[Decoupage, list[DossierJuge]]:
        """The judged dossiers, and the plan of the file with the dossiers that lack their sheet set apart."""
        lots, judged = [], []
        for lot in decoupage.lots:
            dossiers = []
            for dossier in lot.dossiers:
                for part in self._dossier(dossier, lot, pages):
                    dossiers.append(part.dossier)
                    judged.append(part)
            lots.append(replace(lot, dossiers=tuple(dossiers)))
        return replace(decoupage, lots=tuple(lots)), judged

    def _dossier(self, dossier: Dossier, lot: Lot, pages: Mapping[int, PageLue]) -> list[DossierJuge]:
        head = pages[dossier.entete.page] if dossier.entete else None
        dest = placing.destination(dossier.entete, self.registre, declaree=self.declaree, page=head)
        seen = _told_apart([self._look(p, dest, pages) for p in dossier.pieces])
        names = [s.noms for s in seen]
        lost = not self.declaree and _sheet_missing(lot)
        unexplained = lost and _sheet_missing(lot, sans_fiche_comprises=True)
        start = None if self.declaree else _start_of_orphans(dossier, names, dest, lost=unexplained)
        if start is None:
            return [self._close(dossier, dest, seen, lost=lost)]
        mine = replace(dossier, pieces=dossier.pieces[:start])
        orphans = Dossier(None, dossier.pieces[start:])
        nobody = placing.destination(None, self.registre, declaree=None, page=None)
        unnamed = [replace(s, noms=_SILENT) for s in seen[start:]]
        parted = replace(self._close(orphans, nobody, unnamed), detache=True)
        return [self._close(mine, dest, seen[:start]), parted]

    def rejuger(
        self,
        dossier: Dossier,
        dest: Destination,
        pages: Mapping[int, PageLue],
        choisis: Mapping[tuple[int, ...], str],
        *,
        lost: bool = False,
    ) -> DossierJuge:
        """A dossier whose destination, or whose pieces, a person has said; `choisis`: the types chosen."""
        seen = _told_apart([self._look(p, dest, pages) for p in dossier.pieces])
        seen = [
            replace(s, classement=_chosen(s.classement, choisis[p.pages])) if p.pages in choisis else s
            for p, s in zip(dossier.pieces, seen, strict=True)
        ]
        return self._close(dossier, dest, seen, lost=lost)

    def _look(self, piece: PieceCoupee, dest: Destination, pages: Mapping[int, PageLue]) -> _Seen:
        read = [pages[n] for n in piece.pages if not pages[n].blanche]
        answer = self.classifier.classify(read)
        noms = concordance(read, answer, dest.demande) if dest.demande else _SILENT
        return _Seen(read, answer, noms)

    def _close(
        self, dossier: Dossier, dest: Destination, seen: list[_Seen], *, lost: bool = False
    ) -> DossierJuge:
        names = [s.noms for s in seen]
        holes = [p.apres_trou for p in dossier.pieces]
        pieces = tuple(
            PieceJugee(
                piece.pages,
                piece.raison,
                s.classement,
                dest,
                s.noms,
                self._arret(s, dest, douteuse=_doubtful(names, holes, i, lost=lost)),
            )
            for i, (piece, s) in enumerate(zip(dossier.pieces, seen, strict=True))
        )
        return DossierJuge(dossier, dest, pieces)

    def _arret(self, seen: _Seen, dest: Destination, *, douteuse: bool) -> Arret | None:
        answer, pages = seen.classement, seen.pages
        if dest.motif is not None:
            return Arret(StatutPiece.A_VERIFIER, dest.motif, dest.message)
        # Legibility before names: an unreadable page, or a second page alone, shows none.
        return (
            placing.lisibilite(answer, pages)
            or placing.identite(seen.noms, dest, douteuse=douteuse)
            or placing.lue_en_entier(seen.noms, dest, pages)
            or placing.classe(answer, self.plan)
            or placing.code_d_un_autre(answer, seen.noms, dest, pages)
            or placing.age(answer, self.plan, self.aujourdhui)
        )


def _told_apart(seen: list[_Seen]) -> list[_Seen]:
    """With a namesake's paper among them, a name that two people bear tells nothing without a birthday."""
    shared = {rang for s in seen if not _invented(s.classement) for rang in s.noms.homonymes}
    return [replace(s, noms=_without(shared, s.noms)) for s in seen] if shared else seen


def _invented(read: Classement) -> bool:
    """A forged birthday is nobody's, no namesake's either."""
    return "date de naissance" in read.fields.get("falsification", "")


def _without(shared: set[str], noms: Concordance) -> Concordance:
    if noms.accord is not Accord.CONCORDE or noms.nees or not set(noms.personnes) <= shared:
        return noms
    return Concordance(Accord.MUET, autres=noms.autres)


def _chosen(read: Classement, type_: str) -> Classement:
    return replace(read, type=type_, confidence=1.0, evidence=("type choisi par une personne",))


def _doubtful(names: list[Concordance], holes: list[bool], i: int, *, lost: bool) -> bool:
    """Whether silent piece `i` may belong to another dossier, whose sheet is lost.

    So it is beside a stranger's piece; and, with nothing of the household after it, where a sheet is known
    to be missing or an unopened page stands between it and the last piece of the household.
    """
    before = next((n.accord for n in reversed(names[:i]) if n.accord is not Accord.MUET), None)
    after = next((n.accord for n in names[i + 1 :] if n.accord is not Accord.MUET), None)
    if Accord.CONTREDIT in (before, after):
        return True
    last = max((k for k, n in enumerate(names[:i]) if n.accord is Accord.CONCORDE), default=-1)
    return after is not Accord.CONCORDE and (lost or any(holes[last + 1 : i + 1]))


def _sheet_missing(lot: Lot, *, sans_fiche_comprises: bool = False) -> bool:
    """Whether fewer sheets were found than announced.

    With `sans_fiche_comprises`, pieces that stand before the first sheet account for one that is lost:
    that is likely, not sure, so it settles who strays and never what silent pieces are.
    """
    marque = lot.bordereau.marque if lot.bordereau else None
    alone = sans_fiche_comprises
    started = sum(1 for d in lot.dossiers if d.entete is not None or (alone and d.pieces))
    return marque is not None and marque.fiches is not None and marque.fiches > started


def _start_of_orphans(
    dossier: Dossier, names: list[Concordance], dest: Destination, *, lost: bool
) -> int | None:
    """The piece from which the dossier is another household's whose sheet is missing; None when none is."""
    last_mine = max((i for i, n in enumerate(names) if n.accord is Accord.CONCORDE), default=-1)
    first = next((i for i in range(last_mine + 1, len(names)) if names[i].accord is Accord.CONTREDIT), None)
    if first is None or dossier.entete is None:
        return None
    strangers = [n for n in names[first:] if n.accord is Accord.CONTREDIT]
    several = len(strangers) > 1  # one piece of somebody else has strayed; several come from another dossier
    announced = dossier.annonce
    beyond = announced is not None and last_mine < announced <= first and announced < len(names)
    if announced is not None and beyond and (lost or several):
        return announced
    if lost and not several and announced is not None and announced >= len(names):
        return None  # the sheet that is there counts it among its own
    if lost and announced is not None and first < announced < len(names):
        counted, rest = (
            [n for n in part if n.accord is Accord.CONTREDIT]
            for part in (names[first:announced], names[announced:])
        )
        if rest and not _share_a_name([*counted, rest[0]], dest):
            return announced  # what the sheet counts has strayed; another household's papers come after it
    if lost or (last_mine >= 0 and several and _share_a_name(strangers, dest)):
        return first
    return None


def _share_a_name(strangers: list[Concordance], dest: Destination) -> bool:
    """A name that is none of the household's: relatives bear its surname, and given names are misread."""
    people = dest.demande.personnes if dest.demande else ()
    mine = {word for p in people for nom in p.noms for word in jetons(nom)}
    words = [{w for name in s.autres for w in name.split()} - mine for s in strangers]
    return bool(set.intersection(*words))


def est_de_dossier(motif: Motif) -> bool:
    """Motifs that hold a dossier as a whole: one incident for all its pages, not one a piece (R8)."""
    return motif in (
        Motif.SANS_FICHE,
        Motif.NUMERO_ILLISIBLE,
        Motif.NUMERO_INCONNU,
        Motif.DEMANDE_RADIEE,
        Motif.QR_FALSIFIE,
        Motif.MAUVAISE_DEMANDE,
    )


def a_relire(judged: Sequence[DossierJuge], pages: Sequence[PageLue]) -> list[int]:
    """Pages whose middle was left unread, of pieces that their heads and feet do not tie to the household.

    And those of a sheet whose number, or whose name, may stand there.
    """
    partial = {p.numero for p in pages if p.texte.partielle}
    texts = {p.numero: p.texte.texte for p in pages}
    # Pages held for their number or their sheet are compared with nobody: whatever they name, they stay held.
    compared = [d for d in judged if d.destination.demande is not None or d.detache]
    doubted = {n for d in compared for p in d.pieces if not nommee(p.noms) or _incomplete(p) for n in p.pages}
    twins = {n for d in compared for n in _perhaps_twins(d, texts, partial)}
    sheets = {
        n
        for d in judged
        if d.dossier.entete and (d.destination.demande is None or d.destination.preuve <= Preuve.SEULE)
        for n in d.dossier.entete.pages
    }
    return sorted(partial & (doubted | sheets | twins))


def _perhaps_twins(dossier: DossierJuge, texts: Mapping[int, str], partial: set[int]) -> Iterator[int]:
    """Pages of papers of one form whose date may stand where nothing was read: two decisions, or a copy.

    And of two of one month, whose amounts tell whether they are one.
    """
    by_type: dict[str, list[PieceJugee]] = {}
    for piece in dossier.pieces:
        by_type.setdefault(piece.classement.type, []).append(piece)
    for alike in by_type.values():
        for i, piece in enumerate(alike):
            for other in alike[i + 1 : i + 1 + _TWINS]:
                in_part = not partial.isdisjoint((*piece.pages, *other.pages))
                if in_part and _perhaps_one(piece, other, texts):
                    yield from (*piece.pages, *other.pages)


def _perhaps_one(a: PieceJugee, b: PieceJugee, texts: Mapping[int, str]) -> bool:
    months = [p.classement.fields.get("periode") for p in (a, b)]
    if a.classement.type in MENSUELS and all(months):
        two_people = (
            a.noms.personnes and b.noms.personnes and set(a.noms.personnes).isdisjoint(b.noms.personnes)
        )
        return months[0] == months[1] and not two_people
    days = [p.classement.fields.get("date") for p in (a, b)]
    if all(days) and (a.classement.type in MENSUELS or days[0] == days[1]):
        return days[0] == days[1]
    mine, its = ("\n".join(texts[n] for n in p.pages) for p in (a, b))
    return semblables(mine, its)


def _incomplete(piece: PieceJugee) -> bool:
    """What seems to be missing, or a date that is not too old, may stand where nothing was read."""
    told = piece.arret is not None and piece.arret.motif in (Motif.INCOMPLETE, Motif.OBSOLETE)
    return told or "reste_a_lire" in piece.classement.fields
