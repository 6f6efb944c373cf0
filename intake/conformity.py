"""What an envoi lacks: one finding per missing thing, naming its pages (R8). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from intake.decoupage import Decoupage, Dossier, Lot
from intake.domain.commands import JoindreBordereau
from intake.domain.envoi import Incident, Piece
from intake.domain.incident import EN_COURS
from intake.domain.lecture import PageLue
from intake.domain.motif import Gravite, Motif, StatutEnvoi, est_refus
from intake.marks import Genre, Signature


@dataclass(frozen=True, slots=True)
class Constat:
    motif: Motif
    pages: tuple[int, ...]
    message: str
    attendu: str | None = None
    trouve: str | None = None


def constater(
    decoupage: Decoupage, pages: list[PageLue], *, bordereau_attendu: bool, fiche_attendue: bool
) -> tuple[Constat, ...]:
    """Every finding about the envoi itself, in page order.

    A bordereau is expected on the numériseur's channel, a sheet wherever the sender named no demande.
    """
    found = [c for lot in decoupage.lots for c in _of_lot(lot, bordereau_attendu, fiche_attendue)]
    found += _broken(pages)
    return tuple(sorted(found, key=lambda c: c.pages[:1]))


def _of_lot(lot: Lot, bordereau_attendu: bool, fiche_attendue: bool) -> Iterator[Constat]:
    if lot.bordereau is None and bordereau_attendu:
        yield Constat(
            Motif.SANS_BORDEREAU,
            lot.pages,
            "Aucun bordereau de transmission n'ouvre ces pages : joignez-le, ou donnez guichet et comptes.",
        )
    for dossier in lot.dossiers:
        if fiche_attendue and dossier.entete is None and dossier.pieces:
            yield Constat(
                Motif.SANS_FICHE,
                dossier.pages,
                f"{_pages(dossier.pages)} : ni fiche récapitulative ni attestation ne dit de quelle demande "
                "sont ces pièces. Donnez le numéro unique, ou joignez la fiche.",
            )
    short = [c for d in lot.dossiers if (c := _count_of(d)) is not None]
    yield from short
    yield from _counts_of_bordereau(lot, explained=bool(short))


def _count_of(dossier: Dossier) -> Constat | None:
    announced, found = dossier.annonce, len(dossier.pieces)
    if announced is None or announced == found:
        return None
    return Constat(
        Motif.COMPTE_INEXACT,
        dossier.pages,
        f"{_pages(dossier.pages)} : la fiche annonce {_n(announced, 'pièce')}, {_found(found, 'e')}.",
        str(announced),
        str(found),
    )


def _counts_of_bordereau(lot: Lot, *, explained: bool) -> Iterator[Constat]:
    marque = lot.bordereau.marque if lot.bordereau else None
    if lot.bordereau is None or marque is None:
        return
    if marque.signature is Signature.FAUSSE:
        yield Constat(
            Motif.QR_FALSIFIE,
            lot.bordereau.pages,
            f"La signature du bordereau (page {lot.bordereau.page}) est fausse : ses comptes sont ignorés.",
        )
        return
    opened = sum(1 for d in lot.dossiers if d.entete is not None)
    if marque.fiches is not None and marque.fiches != opened:
        yield Constat(
            Motif.COMPTE_INEXACT,
            lot.bordereau.pages,
            f"Le bordereau annonce {_n(marque.fiches, 'dossier')}, {_found(opened, '')} : "
            "une fiche manque ou n'a pas été reconnue.",
            f"{marque.fiches} dossiers",
            f"{opened} dossiers",
        )
    found = sum(len(d.pieces) for d in lot.dossiers)
    announced_by_fiches = [d.annonce for d in lot.dossiers if d.annonce is not None]
    consistent = len(announced_by_fiches) == len(lot.dossiers) and sum(announced_by_fiches) == marque.pieces
    if marque.pieces is not None and marque.pieces != found and not (explained and consistent):
        yield Constat(
            Motif.COMPTE_INEXACT,
            lot.bordereau.pages,
            f"Le bordereau annonce {_n(marque.pieces, 'pièce')} en tout, {_found(found, 'e')}.",
            f"{marque.pieces} pièces",
            f"{found} pièces",
        )


def _broken(pages: list[PageLue]) -> Iterator[Constat]:
    for page in pages:
        if page.erreur is not None:
            known = est_refus(page.erreur.code)
            motif = Motif(page.erreur.code) if known else Motif.FICHIER_CORROMPU
            yield Constat(motif, (page.numero,), f"Page {page.numero} : {page.erreur.message}")


def bordereau_saisi(ordre: JoindreBordereau, decoupage: Decoupage, pieces: int) -> Iterator[Constat]:
    """What a bordereau that a person copied announces, against what was found."""
    opened = sum(1 for d in decoupage.dossiers if d.entete is not None)
    for announced, found, word, feminine in (
        (ordre.fiches, opened, "dossier", ""),
        (ordre.pieces, pieces, "pièce", "e"),
    ):
        if announced is not None and announced != found:
            yield Constat(
                Motif.COMPTE_INEXACT,
                tuple(s.page for s in decoupage.pages),
                f"Le bordereau saisi annonce {_n(announced, word)}, {_found(found, feminine)}.",
                f"{announced} {word}s",
                f"{found} {word}s",
            )


def statut_de(pieces: Sequence[Piece], incidents: Iterable[Incident]) -> StatutEnvoi:
    """Of an envoi that was read to its end: what could be given to somebody, and what waits for a person."""
    given = any(p.demande is not None for p in pieces)
    waiting = any(i.gravite is not Gravite.INFORMATION and i.etat in EN_COURS for i in incidents)
    if pieces and not given:
        return StatutEnvoi.QUARANTAINE  # nothing in it could be given to anybody (R9)
    if not waiting:
        return StatutEnvoi.TRAITEE
    return StatutEnvoi.TRAITEE_AVEC_INCIDENTS if given else StatutEnvoi.QUARANTAINE


def bordereau_de(decoupage: Decoupage) -> dict[str, str | int | None] | None:
    """What the first bordereau says, for the envoi's row and its compte rendu."""
    for lot in decoupage.lots:
        if lot.bordereau and lot.bordereau.marque and lot.bordereau.genre is Genre.BORDEREAU:
            m = lot.bordereau.marque
            return {"id": m.bordereau, "guichet": m.guichet, "fiches": m.fiches, "pieces": m.pieces}
    return None


def _n(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}"


def _found(count: int, feminine: str) -> str:
    return f"{count or 'aucun' + feminine} trouvé{feminine}{'s' if count > 1 else ''}"


def _pages(pages: tuple[int, ...]) -> str:
    if len(pages) == 1:
        return f"Page {pages[0]}"
    return f"Pages {pages[0]} à {pages[-1]}"
