"""Cuts a file into dossiers and pieces: marks and page facts in, a plan with a reason for every page out.

Pure: nothing is opened, written or looked up. Each page of the file has exactly one place in the plan
(`Decoupage.pages`); `verifier` raises otherwise, and nothing of such a file may be filed (R2, R7, R8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from intake.decoupage import Decoupage, Dossier, Feuille, Lot, PieceCoupee
from intake.domain import numero as numeros
from intake.domain.lecture import Classement, PageLue, Sort, SortPage
from intake.domain.plan import INCONNU
from intake.marks import Genre, Marque, Signature, annoncees, interpret_all
from intake.ports import Classifier

_SHEET_TYPES = {
    "bordereau_transmission": Genre.BORDEREAU,
    "fiche_recapitulative": Genre.FICHE,
    "attestation_enregistrement": Genre.ATTESTATION,
    "attestation_renouvellement": Genre.ATTESTATION,
}
_SHEET_GENRES = frozenset({Genre.BORDEREAU, Genre.FICHE, Genre.ATTESTATION})
_SURE_OF_SHEET = 0.7  # below this a page that looks like a sheet stays a page of a piece
_SURE_OF_PAPER, _WORDS_OF_A_PAPER = 0.9, 25  # from which a page that bears a bare number is a piece as well
_WORDS_OF_A_SHEET = 8
_SEPARATOR = re.compile(
    r"s[ée]par[ae]|intercalaire|nouvelle pi[èe]ce|entre deux pi[èe]ces|ne pas (?:retirer|enlever)",
    re.IGNORECASE,
)
_CUT = 0.5
_CUT_AMONG_SEPARATORS = 0.97  # where separators are used, the classifier must be certain to cut again
_HOLE = "la page précédente n'a pas pu être ouverte"
_OPEN_TO_COUNT = (0.3, 0.7)  # only cuts this uncertain follow the number announced: it may be wrong


def decouper(
    pages: Sequence[PageLue],
    classifier: Classifier,
    *,
    keys: tuple[bytes, ...] = (),
    siens: frozenset[str] = frozenset(),
) -> Decoupage:
    """The plan of the file whose `pages` were read.

    `siens`: the number, and its aliases, of the demande the sender named; the file is then a direct
    deposit, in which an attestation of that demande is itself a piece.
    """
    walk = _Walk(classifier, siens)
    for page in pages:
        walk.take(page, interpret_all(page.symboles, keys))
    return walk.finish()


@dataclass
class _Open:
    """A dossier being filled."""

    entete: Feuille | None
    feuilles: list[Feuille] = field(default_factory=list)
    pieces: list[list[PageLue]] = field(default_factory=list)
    cuts: list[tuple[float, str, bool]] = field(
        default_factory=list
    )  # one per content page: p, reason, forced
    content: list[PageLue] = field(default_factory=list)
    holes: set[int] = field(default_factory=set)  # first pages of pieces that follow a page not opened
    separators: bool = False
    bordereau: int | None = None  # index of the bordereau it came under


class _Walk:
    """The state of one pass over the pages."""

    def __init__(self, classifier: Classifier, siens: frozenset[str]) -> None:
        self.classifier, self.siens = classifier, siens
        self.dossiers: list[_Open] = []
        self.bordereaux: list[Feuille] = []
        self.sorts: dict[int, SortPage] = {}
        self.force_cut: str | None = "début du dossier"
        self.last_sheet: tuple[Feuille, PageLue] | None = None

    def take(self, page: PageLue, marques: tuple[Marque, ...]) -> None:
        if page.erreur is not None:
            self._note(page, Sort.INCIDENT, page.erreur.message)
            self.force_cut, self.last_sheet = _HOLE, None
        elif any(m.genre is Genre.SEPARATEUR for m in marques) and not _of_a_sheet(page, marques):
            self._note(page, Sort.FEUILLE, "séparateur entre deux pièces")
            self.force_cut, self.last_sheet = "séparateur", None
            if self.dossiers:
                self.dossiers[-1].separators = True
            if self._is_labelled(page):
                self._take_content(page)
        elif page.blanche and all(m.genre is Genre.INCONNU for m in marques):
            self._note(page, Sort.BLANCHE, "page blanche")
        elif (sheet := self._sheet(page, marques)) is not None:
            self._take_sheet(sheet, page)
            if self._is_paper_too(sheet, page):
                self._take_content(page)
        elif self.last_sheet is not None and self._continues_sheet(page):
            self._note(page, Sort.FEUILLE, f"suite de la feuille de la page {self.last_sheet[0].page}")
            self._extend_sheet(page)
        else:
            self._take_content(page)

    # -- sheets

    def _sheet(self, page: PageLue, marques: tuple[Marque, ...]) -> Feuille | None:
        said = [m for m in marques if m.genre in _SHEET_GENRES]
        if said:
            return self._from_marks(page, said)
        if page.texte.mots < 4:
            return None
        answer = self.classifier.classify((page,))
        genre = _SHEET_TYPES.get(answer.type)
        if genre is None or answer.confidence < _SURE_OF_SHEET:
            return None
        if self.siens and genre is Genre.ATTESTATION:
            return None  # deposited directly: an attestation is a piece like another
        told = annoncees(genre, page.texte)
        return Feuille(page.numero, genre, candidats=numeros.imprimes(page.texte.texte), imprimees=told)

    def _from_marks(self, page: PageLue, said: list[Marque]) -> Feuille | None:
        # Our own form first: a sheet of ours may also carry another code, never the reverse.
        said.sort(key=lambda m: (not _ours(m), m.numero_unique is None))
        best = said[0]
        numbers = {m.numero_unique for m in said if m.numero_unique and m.genre is not Genre.BORDEREAU}
        forged = any(m.signature is Signature.FAUSSE for m in said)
        if best.genre is Genre.ATTESTATION and self.siens and numbers <= self.siens and not forged:
            return None
        return Feuille(
            page.numero,
            best.genre,
            best,
            candidats=numeros.imprimes(page.texte.texte),
            conflit=len(numbers) > 1,
        )

    def _is_paper_too(self, sheet: Feuille, page: PageLue) -> bool:
        """A label with the number stuck on a paper of the demande: it opens the dossier and is a piece of it.

        Never a sheet of ours, nor one that prints its number as an attestation does.
        """
        if (
            sheet.marque is None
            or sheet.genre is not Genre.ATTESTATION
            or sheet.candidats
            or _ours(sheet.marque)
        ):
            return False
        return self._reads_as_paper(page)

    def _is_labelled(self, page: PageLue) -> bool:
        """A separator stuck on the paper that it opens: known as one, or saying more than separators say."""
        if page.texte.mots >= _WORDS_OF_A_PAPER and not _SEPARATOR.search(page.texte.texte):
            return True
        if page.texte.mots < _WORDS_OF_A_SHEET:
            return not page.texte.mots and not page.texte.qualite.lisible  # nor is it a separator's title
        return self._is_known(page)

    def _reads_as_paper(self, page: PageLue) -> bool:
        return page.texte.mots >= _WORDS_OF_A_PAPER and self._is_known(page)

    def _is_known(self, page: PageLue) -> bool:
        answer = self.classifier.classify((page,))
        return answer.type not in {INCONNU, *_SHEET_TYPES} and answer.confidence >= _SURE_OF_PAPER

    def _take_sheet(self, sheet: Feuille, page: PageLue) -> None:
        self.last_sheet, self.force_cut = (sheet, page), "début du dossier"
        origin = "d'après son code" if sheet.marque else "d'après son texte"
        self._note(page, Sort.FEUILLE, f"{sheet.genre} ({origin})")
        if sheet.genre is Genre.BORDEREAU:
            self.bordereaux.append(sheet)
            return
        current = self.dossiers[-1] if self.dossiers else None
        if current and current.entete and _same_demande(current.entete, sheet) and not self._new_lot(current):
            current.feuilles.append(sheet)
            return
        self.dossiers.append(_Open(sheet, bordereau=len(self.bordereaux) - 1))

    def _new_lot(self, current: _Open) -> bool:
        return current.bordereau != len(self.bordereaux) - 1

    def _continues_sheet(self, page: PageLue) -> bool:
        """Pages 2 to 8 of an attestation, the second page of a long bordereau: only on positive evidence."""
        assert self.last_sheet is not None
        sheet, first = self.last_sheet
        begins = self.classifier.boundary((first,), page).probabilite
        if begins > 0.4:
            return False
        answer = self.classifier.classify((page,))
        if answer.type in {INCONNU, *_SHEET_TYPES} and self._is_next(sheet, first, answer):
            return True
        if _SHEET_TYPES.get(answer.type) is sheet.genre and answer.confidence > 0.5:
            return True
        numbers = {n for n in (sheet.numero, *sheet.candidats[:1]) if n}
        return bool(numbers & set(numeros.imprimes(page.texte.texte)[:4])) and answer.type == "inconnu"

    def _is_next(self, sheet: Feuille, first: PageLue, answer: Classement) -> bool:
        """« Page 2 / 2 » right behind « Page 1 / 2 »: never behind a fiche, which its pieces follow."""
        told = (self.classifier.classify((first,)), answer)
        before, here = (re.fullmatch(r"(\d+)/(\d+)", a.fields.get("page_numero", "")) for a in told)
        if before is None or here is None or sheet.genre is Genre.FICHE:
            return False
        following = int(here[1]) == int(before[1]) + 1 + len(sheet.suite)
        return following and before[1] == "1" and here[2] == before[2]

    def _extend_sheet(self, page: PageLue) -> None:
        assert self.last_sheet is not None
        sheet, first = self.last_sheet
        longer = replace(sheet, suite=(*sheet.suite, page.numero))
        self.last_sheet = (longer, first)
        for i, known in enumerate(self.bordereaux):
            if known is sheet:
                self.bordereaux[i] = longer
        for dossier in self.dossiers[-1:]:
            if dossier.entete is sheet:
                dossier.entete = longer
            dossier.feuilles = [longer if f is sheet else f for f in dossier.feuilles]

    # -- pages of pieces

    def _take_content(self, page: PageLue) -> None:
        self.last_sheet = None
        if not self.dossiers or self._new_lot(self.dossiers[-1]):
            self.dossiers.append(_Open(None, bordereau=len(self.bordereaux) - 1))
        dossier = self.dossiers[-1]
        previous = dossier.pieces[-1] if dossier.pieces else []
        if self.force_cut is not None or not previous:
            probability, reason, forced = 1.0, self.force_cut or "début du dossier", True
        else:
            answer = self.classifier.boundary(_around(previous), page)
            probability, reason, forced = answer.probabilite, answer.raison, False
        self.force_cut = None
        dossier.content.append(page)
        dossier.cuts.append((probability, reason, forced))
        if reason == _HOLE:
            dossier.holes.add(page.numero)
        if probability > _CUT:
            dossier.pieces.append([page])
        else:
            previous.append(page)
        self._note(page, Sort.PIECE, reason)

    # -- the end

    def finish(self) -> Decoupage:
        closed = [(d, _close(d)) for d in self.dossiers]
        for piece in (p for _, d in closed for p in d.pieces):
            for page in piece.pages:
                if self.sorts[page].sort is Sort.FEUILLE:
                    self.sorts[page] = SortPage(page, Sort.PIECE, piece.raison)
        inside = {p for _, d in closed for piece in d.pieces for p in _gaps(piece)}
        versos = {s.page for s in self.sorts.values() if s.sort is Sort.BLANCHE and s.page in inside}
        for page in versos:
            self.sorts[page] = SortPage(page, Sort.VERSO, "verso blanc, gardé avec sa pièce")
        whole = [
            (d, replace(c, pieces=tuple(replace(p, pages=_with(p, versos)) for p in c.pieces)))
            for d, c in closed
        ]
        ordered = tuple(self.sorts[n] for n in sorted(self.sorts))
        return Decoupage(tuple(self._lots(whole)), ordered)

    def _lots(self, dossiers: list[tuple[_Open, Dossier]]) -> list[Lot]:
        pages = sorted(self.sorts)
        if len(self.bordereaux) <= 1:
            one = self.bordereaux[0] if self.bordereaux else None
            return [Lot(one, tuple(d for _, d in dossiers), tuple(pages))]
        starts = [b.page for b in self.bordereaux] + [len(pages) + 1]
        lots = []
        for i, bordereau in enumerate(self.bordereaux):
            mine = tuple(d for o, d in dossiers if o.bordereau == i)
            lots.append(Lot(bordereau, mine, tuple(p for p in pages if starts[i] <= p < starts[i + 1])))
        if before := tuple(d for o, d in dossiers if o.bordereau == -1):
            lots.insert(0, Lot(None, before, tuple(p for p in pages if p < starts[0])))
        return lots

    def _note(self, page: PageLue, sort: Sort, reason: str) -> None:
        self.sorts[page.numero] = SortPage(page.numero, sort, reason)


def _close(opened: _Open) -> Dossier:
    """Settles the cuts: separators first, then the count announced where the cuts were unsure."""
    threshold = _CUT_AMONG_SEPARATORS if opened.separators else _CUT
    cut = [forced or p > threshold for p, _, forced in opened.cuts]
    dossier = Dossier(opened.entete, (), tuple(opened.feuilles))
    reasons = [reason for _, reason, _ in opened.cuts]
    missing = (dossier.annonce or 0) - sum(cut)
    attestations = _attestations(opened)
    counted = attestations if attestations and missing == len(attestations) else ()
    missing -= len(counted)
    if dossier.annonce is not None and missing:
        low, high = _OPEN_TO_COUNT
        if opened.separators and missing > 0:  # the sheet that lacks between two pieces was counted by nobody
            high = threshold
        unsure = [
            i
            for i, (p, _, forced) in enumerate(opened.cuts)
            if not forced and low < p < high and cut[i] is (missing < 0)
        ]
        if len(unsure) >= abs(missing):  # else the count is simply wrong, and that is for a person to see
            unsure.sort(key=lambda i: opened.cuts[i][0], reverse=missing > 0)
            for i in unsure[: abs(missing)]:
                cut[i] = not cut[i]
                reasons[i] = "d'après le nombre de pièces annoncé"
    pieces: list[tuple[list[int], str]] = []
    for page, starts, reason in zip(opened.content, cut, reasons, strict=True):
        if starts or not pieces:
            pieces.append(([page.numero], reason))
        else:
            pieces[-1][0].append(page.numero)
    found = [PieceCoupee(tuple(p), r, p[0] in opened.holes) for p, r in pieces]
    found += [PieceCoupee(f.pages, "attestation, que la fiche compte parmi les pièces") for f in counted]
    sheets = tuple(f for f in dossier.feuilles if f not in counted)
    return replace(dossier, pieces=tuple(sorted(found, key=lambda p: p.pages)), feuilles=sheets)


def _attestations(opened: _Open) -> tuple[Feuille, ...]:
    """Those that follow the fiche of their demande: sheets again, or papers of it, as its count says."""
    if opened.entete is None or opened.entete.genre is not Genre.FICHE:
        return ()
    papers = {page.numero for page in opened.content}  # a label on a paper is no attestation
    return tuple(f for f in opened.feuilles if f.genre is Genre.ATTESTATION and f.page not in papers)


def _around(piece: list[PageLue]) -> list[PageLue]:
    """The first and last pages of a piece say what it is and where it stands; 3,000 of them say no more."""
    return piece if len(piece) <= 8 else [*piece[:3], *piece[-5:]]


def _gaps(piece: PieceCoupee) -> set[int]:
    return set(range(piece.pages[0], piece.pages[-1] + 1)) - set(piece.pages)


def _with(piece: PieceCoupee, versos: set[int]) -> tuple[int, ...]:
    return tuple(sorted({*piece.pages, *(_gaps(piece) & versos)}))


def _same_demande(entete: Feuille, sheet: Feuille) -> bool:
    if entete.conflit or sheet.conflit or _forged(entete) or _forged(sheet):
        return False  # what follows a genuine sheet is not to be judged with what follows a forged one
    mine, its = entete.numero, sheet.numero
    if mine and its:
        return mine == its
    if mine or its:
        return (mine or its) in (sheet.candidats if mine else entete.candidats)
    return bool(set(entete.candidats) & set(sheet.candidats))


def _of_a_sheet(page: PageLue, marques: tuple[Marque, ...]) -> bool:
    """Whether a separator is that of the other side of a sheet of ours, which has words of its own."""
    sheets = any(m.genre in _SHEET_GENRES and _ours(m) for m in marques)
    return sheets and page.texte.mots >= _WORDS_OF_A_SHEET


def _ours(marque: Marque) -> bool:
    return marque.texte.lstrip().upper().startswith("DU1")


def _forged(sheet: Feuille) -> bool:
    return sheet.marque is not None and sheet.marque.signature is Signature.FAUSSE
