"""Pieces cut again from the original: turned upright, split, merged (R27). No page is lost or doubled (R2).

Bytes first, then one transaction that finds the pieces as they were seen, or changes nothing.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from intake.decoupage import Dossier, PieceCoupee
from intake.domain.commands import Decouper, Fusionner, Geste, Recoupe, Tourner, parties, tours
from intake.domain.demande import Demande
from intake.domain.envoi import Envoi, Piece
from intake.domain.jour import jour_civil
from intake.domain.lecture import PageLue
from intake.domain.motif import Motif, StatutPiece
from intake.domain.plan import PlanDeClassement
from intake.dossier import Juge, PieceJugee, est_de_dossier
from intake.errors import ChangementImpossible, ComptePagesFaux, IntakeError
from intake.placing import Arret, Destination, Preuve
from intake.ports import ACouper, Classifier, Clock, Lecteur, ObjectStore, UnitOfWork
from intake.use_cases.annuaire import AnnuaireDuSite
from intake.use_cases.bytes import conserver, garantir, original
from intake.use_cases.correct import Corrige, fait_de
from intake.use_cases.desk import SORTIES, Desk
from intake.use_cases.incidents import incident_a_resoudre, resoudre
from intake.use_cases.place import decider, ebauche, reconnue
from intake.use_cases.retenues import retenue

Objet = tuple[str, str]  # sha256, key


@dataclass(frozen=True, slots=True)
class _Part:
    """Pages of a piece to be, and the degrees a person added to each."""

    pages: tuple[int, ...]
    rotations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Vu:
    """What was seen before the bytes were made: what the transaction has to find again."""

    envoi: Envoi
    pieces: tuple[Piece, ...]  # the one that stays first, then those whose pages it takes
    parts: tuple[_Part, ...]
    lectures: Mapping[int, PageLue]
    plan: PlanDeClassement
    demande: Demande | None
    retenues: tuple[Arret, ...]  # what holds any of the pieces

    @property
    def versions(self) -> dict[str, int]:
        return {p.id: p.version for p in self.pieces}


@dataclass(frozen=True)
class Recouper:
    uow: UnitOfWork
    objects: ObjectStore
    lecteur: Lecteur
    classifier: Classifier
    clock: Clock

    def __call__(self, identifiant: str, ordre: Recoupe, geste: Geste) -> Corrige:
        """Raises PieceInconnue, ChangementImpossible, FichierCorrompu: nothing has changed then."""
        fait = fait_de(geste, ordre, self.clock.now())
        seen = self._voir(identifiant, ordre, geste)
        with tempfile.TemporaryDirectory(prefix="recoupe-") as folder:
            # bytes of the parts, from the original
            scratch = Path(folder)
            files = self._couper(seen, scratch)
            objets = [conserver(self.objects, file) for file in files]
            # rows, in one transaction
            with self.uow() as tx:
                desk = Desk(tx, seen.plan, fait)
                incident = incident_a_resoudre(tx, geste)
                desk.saisir([p.id for p in seen.pieces], vues=seen.versions)
                for _, key in objets:
                    tx.objets.verrouiller(key)
                before = _pages_vives(tx.pieces.de_envoi(seen.envoi.id))
                done = self._ecrire(desk, seen, objets, ordre)
                resoudre(tx, incident, done.piece, fait)
                filed = desk.finir()
                _meme_somme(before, _pages_vives(tx.pieces.de_envoi(seen.envoi.id)))
                tx.commit()
            for file, (_, key) in zip(files, objets, strict=True):
                garantir(self.objects, file, key)
        return replace(done, deposees=filed)

    # -- what is there, and what is wanted

    def _voir(self, identifiant: str, ordre: Recoupe, geste: Geste) -> _Vu:
        autres = ordre.autres if isinstance(ordre, Fusionner) else ()
        now = self.clock.now()
        with self.uow() as tx:
            plan = tx.plans.en_vigueur(jour_civil(now))
            desk = Desk(tx, plan, fait_de(geste, ordre, now))
            vues = {identifiant: geste.vu} if geste.vu is not None else None
            pieces = desk.saisir([identifiant, *autres], vues=vues)
            envoi = tx.envois.lire(pieces[0].envoi)
            assert envoi is not None
            parts = _parts(ordre, pieces, tx.pieces.de_envoi(envoi.id))
            pages = [n for p in parts for n in p.pages]
            lectures = {p.numero: p for p in tx.lectures.lire(envoi.id, pages)}
            demande = tx.registre.chercher(pieces[0].demande) if pieces[0].demande else None
            held = tuple(a for p in pieces if (a := retenue(tx, p)) is not None)
        if set(lectures) != set(pages):
            raise ComptePagesFaux(f"La lecture de certaines pages de l'envoi {envoi.id} manque.")
        if any(all(lectures[n].blanche for n in part.pages) for part in parts):
            raise ChangementImpossible(
                "Une partie n'aurait que des pages blanches.", hint="Laissez-les avec la partie d'avant."
            )
        return _Vu(envoi, tuple(pieces), parts, lectures, plan, demande, held)

    def _couper(self, seen: _Vu, scratch: Path) -> list[Path]:
        path = original(self.objects, seen.envoi, scratch)
        cuts = [
            ACouper(
                part.pages,
                tuple(
                    (seen.lectures[n].texte.rotation + more) % 360
                    for n, more in zip(part.pages, part.rotations, strict=True)
                ),
            )
            for part in seen.parts
        ]
        files = []
        for made in self.lecteur.extraire(path, cuts, scratch):
            if isinstance(made, IntakeError):
                raise made
            files.append(made)
        return files

    # -- rows

    def _ecrire(self, desk: Desk, seen: _Vu, objets: Sequence[Objet], ordre: Recoupe) -> Corrige:
        first, *absorbed = seen.pieces
        if isinstance(ordre, Tourner):
            turned = _avec(first, seen.parts[0], objets[0])
            return Corrige(desk.changer(first, turned))
        for piece in absorbed:
            gone = replace(
                piece,
                statut=StatutPiece.SUPPRIMEE,
                message=f"Fusionnée dans la pièce {first.id}.",
                occupe=None,
                doublon_de=None,
                remplacee_par=first.id,
            )
            desk.changer(piece, gone)
        judged = self._juger(seen)
        kept = self._placer(desk, seen, _avec(first, seen.parts[0], objets[0]), judged[0], first.occupe)
        kept = desk.changer(first, kept, signale=not desk.dite_par_son_groupe(kept))
        rank = max(p.rang for p in desk.tx.pieces.de_envoi(seen.envoi.id))
        fresh = []
        for i, (part, jugee, objet) in enumerate(
            zip(seen.parts[1:], judged[1:], objets[1:], strict=True), rank + 1
        ):
            draft = _avec(replace(ebauche(seen.envoi, i, objet), recu_le=first.recu_le), part, objet)
            placed = self._placer(desk, seen, draft, jugee, None)
            fresh.append(desk.ajouter(placed, signale=not desk.dite_par_son_groupe(placed)))
        return Corrige(kept, tuple(fresh))

    @property
    def _registre(self) -> AnnuaireDuSite:
        return AnnuaireDuSite(self.uow)

    def _juger(self, seen: _Vu) -> tuple[PieceJugee, ...]:
        """The parts, where the piece was; names still confront (R14)."""
        first = seen.pieces[0]
        dossier = Dossier(None, tuple(PieceCoupee(p.pages, first.raison) for p in seen.parts))
        choisis = {seen.parts[0].pages: first.type} if first.choisi_par else {}
        juge = Juge(self.classifier, self._registre, seen.plan, jour_civil(self.clock.now()))
        return juge.rejuger(dossier, _destination(seen), seen.lectures, choisis).pieces

    def _placer(
        self, desk: Desk, seen: _Vu, draft: Piece, jugee: PieceJugee, garde: tuple[str, str] | None
    ) -> Piece:
        pages = [seen.lectures[n] for n in jugee.pages]
        known = reconnue(draft, jugee, pages, seen.plan)
        return decider(desk.tx, known, jugee.arret, seen.plan, desk.fait.le, garde)


def _destination(seen: _Vu) -> Destination:
    """Where the pieces were: another cut says nothing new of whose their pages are (ADR 431)."""
    first = seen.pieces[0]
    numero = first.numero_unique
    doubts = [a for a in seen.retenues if _reste(a.motif, fusion=len(seen.pieces) > 1)]
    if doubts:
        return Destination(seen.demande, numero, motif=doubts[0].motif, message=doubts[0].message)
    if seen.demande is None:
        return Destination(None, numero, motif=first.motif, message=first.message)
    proofs = [_PREUVES.get(a.motif, Preuve.SIGNEE) for a in seen.retenues]
    return Destination(seen.demande, numero, min(proofs, default=Preuve.SIGNEE))


# A part of a piece in doubt has to name the household in full; of one nobody could read, somebody of it.
_PREUVES = {
    Motif.IDENTITE_INCOHERENTE: Preuve.CONTESTEE,
    Motif.ILLISIBLE: Preuve.SEULE,
    Motif.INCOMPLETE: Preuve.SEULE,
}


def _reste(motif: Motif, *, fusion: bool) -> bool:
    """Whether what holds one piece holds all that is made of it: a name elsewhere on a merged piece, too."""
    if motif is Motif.IDENTITE_INCOHERENTE:
        return fusion
    return motif is Motif.FALSIFICATION_SUSPECTEE or est_de_dossier(motif)


def _parts(ordre: Recoupe, pieces: Sequence[Piece], envoi: Iterable[Piece]) -> tuple[_Part, ...]:
    """Raises ChangementImpossible where the order cannot be carried out on these pieces."""
    first = pieces[0]
    for piece in pieces:
        if piece.statut in SORTIES:
            raise ChangementImpossible(
                f"La pièce {piece.id} est « {piece.statut} ».", hint="Rétablissez-la d'abord."
            )
    degrees = {n: d for p in pieces for n, d in zip(p.pages, p.rotations or (0,) * len(p.pages), strict=True)}
    cut: tuple[tuple[int, ...], ...] | None
    match ordre:
        case Tourner():
            turned = tours(first.pages, first.rotations, ordre)
            if turned is None:
                raise ChangementImpossible(
                    "On tourne des pages de la pièce, de 90, 180 ou 270 degrés.", hint="Vérifiez les pages."
                )
            return (_Part(first.pages, turned),)
        case Decouper():
            cut = parties(first.pages, ordre.debuts)
            if cut is None:
                raise ChangementImpossible(
                    f"La pièce {first.id} a les pages {first.pages[0]} à {first.pages[-1]} : une partie "
                    "commence à une autre de ses pages que la première.",
                    hint="Donnez la première page de chaque partie, sauf de la première.",
                )
        case _:
            cut = (_fusion(pieces, envoi),)
    return tuple(_Part(pages, tuple(degrees[n] for n in pages)) for pages in cut)


def _fusion(pieces: Sequence[Piece], envoi: Iterable[Piece]) -> tuple[int, ...]:
    first, ids = pieces[0], {p.id for p in pieces}
    if len(ids) < 2 or len(ids) != len(pieces):
        raise ChangementImpossible("Une fusion veut deux pièces différentes, ou davantage.")
    if any(p.envoi != first.envoi or p.numero_unique != first.numero_unique for p in pieces):
        raise ChangementImpossible(
            "Ces pièces ne sont pas du même envoi et de la même demande.", hint="Déplacez-les d'abord."
        )
    pages = tuple(sorted(n for p in pieces for n in p.pages))
    for other in envoi:
        if other.vive and other.id not in ids and any(pages[0] < n < pages[-1] for n in other.pages):
            raise ChangementImpossible(
                f"La pièce {other.id} est entre ces pièces.", hint="Fusionnez-la aussi, ou découpez d'abord."
            )
    return pages


def _avec(piece: Piece, part: _Part, objet: Objet) -> Piece:
    turned = part.rotations if any(part.rotations) else ()
    return replace(piece, pages=part.pages, rotations=turned, sha256=objet[0], objet=objet[1])


def _pages_vives(pieces: Iterable[Piece]) -> Counter[int]:
    return Counter(n for p in pieces if p.vive for n in p.pages)


def _meme_somme(before: Counter[int], after: Counter[int]) -> None:
    """The sum of R2, on what is about to be committed."""
    if before != after or any(count > 1 for count in after.values()):
        raise ComptePagesFaux("La recoupe ne garde pas chaque page exactement une fois.")
