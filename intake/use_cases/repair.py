"""Page groups held for their number (R9, R16): somebody says whose they are, or the register learns it.

Judging is pure and done first, on the kept readings; one transaction then finds the pieces as they were
seen, or changes nothing. Names still confront the number given (R14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intake.conformity import bordereau_saisi
from intake.decoupage import Decoupage, Dossier, PieceCoupee
from intake.domain.acte import SYSTEME, Fait
from intake.domain.commands import DonnerNumero, Ecarter, Geste, JoindreBordereau
from intake.domain.demande import Demande
from intake.domain.envoi import Envoi, Incident, Piece
from intake.domain.incident import EN_COURS
from intake.domain.jour import jour_civil
from intake.domain.lecture import PageLue
from intake.domain.motif import Motif, StatutPiece
from intake.domain.plan import PlanDeClassement
from intake.dossier import DossierJuge, Juge, PieceJugee, est_de_dossier
from intake.errors import ChangementImpossible, DemandeInconnue, EnvoiInconnu, IntakeError
from intake.placing import Arret, Destination, destination_donnee
from intake.ports import Classifier, Clock, Transaction, UnitOfWork
from intake.splitting import decouper
from intake.use_cases.annuaire import AnnuaireDuSite
from intake.use_cases.correct import fait_de
from intake.use_cases.desk import Desk, conclure, de_groupe, solder
from intake.use_cases.incidents import a_moi
from intake.use_cases.place import arretee, decider, reconnue

_NOMMEZ_LES_PAGES = "Nommez les pages dont vous parlez."


@dataclass(frozen=True, slots=True)
class Repare:
    """The pieces as they are now, and those that got a place which became free."""

    envoi: Envoi
    pieces: tuple[Piece, ...] = ()
    deposees: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class _Vu:
    envoi: Envoi
    retenues: tuple[Piece, ...]  # the held pieces, in page order
    lectures: Mapping[int, PageLue]
    plan: PlanDeClassement


@dataclass(frozen=True)
class Reparer:
    """Raises EnvoiInconnu, DemandeInconnue, ChangementImpossible: nothing has changed then."""

    uow: UnitOfWork
    classifier: Classifier
    clock: Clock
    keys: tuple[bytes, ...] = ()

    def donner_numero(self, envoi: str, pages: Sequence[int], ordre: DonnerNumero, geste: Geste) -> Repare:
        """The pieces held on `pages` are judged under this number; with none named, the only group there is.

        A piece linked to another known demande is taken out of it only where its pages are named (R14).
        """
        fait = fait_de(geste, ordre, self.clock.now())
        demande = self._registre.chercher(ordre.numero)
        if demande is None:
            raise DemandeInconnue(f"La demande {ordre.numero} n'est pas dans le registre.")
        seen = self._voir(envoi, pages, fait.le, tout=False, par=geste.par)
        theirs = next((p for p in seen.retenues if p.demande not in (None, demande.numero_unique)), None)
        if theirs is not None and not pages:
            raise ChangementImpossible(
                f"La pièce {theirs.id} est rattachée à une autre demande.", hint=_NOMMEZ_LES_PAGES
            )
        dest = destination_donnee(demande)
        dossier = Dossier(None, tuple(PieceCoupee(p.pages, p.raison) for p in seen.retenues))
        judged = self._juge(seen, fait.le).rejuger(dossier, dest, seen.lectures, _choisis(seen.retenues))
        return self._ecrire(seen, list(zip(seen.retenues, judged.pieces, strict=True)), fait)

    def ecarter(self, envoi: str, pages: Sequence[int], ordre: Ecarter, geste: Geste) -> Repare:
        """A page group that is nobody's (with no page named, the only one): kept until R9's delay ends."""
        fait = fait_de(geste, ordre, self.clock.now())
        seen = self._voir(envoi, pages, fait.le, tout=False, par=geste.par)
        with self.uow() as tx:
            desk = Desk(tx, seen.plan, fait)
            held = desk.saisir([p.id for p in seen.retenues], vues={p.id: p.version for p in seen.retenues})
            done = [
                desk.changer(
                    p, arretee(p, Arret(StatutPiece.REJETEE, p.motif or Motif.SANS_FICHE, fait.raison))
                )
                for p in held
            ]
            filed = desk.finir()
            tx.commit()
        return Repare(self._envoi(envoi), tuple(done), filed)

    def joindre_bordereau(self, envoi: str, ordre: JoindreBordereau, geste: Geste) -> Repare:
        """What the missing bordereau says; its counts are compared with what was found (R8)."""
        fait = fait_de(geste, ordre, self.clock.now())
        seen = self._voir(envoi, (), fait.le, tout=True)
        cut = self._decouper(seen.envoi, seen.lectures)
        with self.uow() as tx:
            kept = tx.envois.lire(envoi, verrou=True)
            missing = [
                i
                for i in tx.incidents.de_envoi(envoi)
                if i.motif is Motif.SANS_BORDEREAU and i.etat in EN_COURS
            ]
            if kept is None or not missing:
                raise ChangementImpossible(f"Aucun bordereau ne manque à l'envoi {envoi}.")
            said: dict[str, str | int | None] = {
                "id": ordre.id, "guichet": ordre.guichet, "fiches": ordre.fiches, "pieces": ordre.pieces,
            }  # fmt: skip
            tx.envois.changer(replace(kept, bordereau={**said, "saisi_par": geste.par}), kept.statut)
            for incident in missing:
                solder(tx, incident, fait)
            pieces = sum(1 for p in tx.pieces.de_envoi(envoi) if p.vive)
            for rank, c in enumerate(bordereau_saisi(ordre, cut, pieces), 1):
                tx.incidents.ajouter(
                    Incident(f"{envoi}-IB{rank}", envoi, c.motif, c.pages, c.message, fait.le,
                             attendu=c.attendu, trouve=c.trouve)
                )  # fmt: skip
            conclure(tx, envoi, fait)
            tx.commit()
        return Repare(self._envoi(envoi))

    def reprendre(self, numero: str) -> list[Piece]:
        """The pieces held because this number was unknown, or its demande radiated: judged by themselves."""
        demande = self._registre.chercher(numero)
        if demande is None:
            return []
        with self.uow() as tx:
            held = tx.pieces.de_numero((demande.numero_unique, *demande.alias))
        done: list[Piece] = []
        for envoi in dict.fromkeys(p.envoi for p in held):
            now = self.clock.now()
            fait = Fait(now, SYSTEME, "reprendre", f"la demande {demande.numero_unique} est connue et active")
            mine = [n for p in held if p.envoi == envoi for n in p.pages]
            try:
                seen = self._voir(envoi, mine, now, tout=True)
                done += self._ecrire(seen, self._rejuges(seen, now), fait).pieces
            except ChangementImpossible:
                continue  # being processed, put aside, or in somebody's hands at this moment
        return done

    def reprendre_tout(self) -> list[Piece]:
        """Whatever the register knows by now of what is held (R16): what nobody's gesture took up at once.

        An import beside an envoi being placed sees none of its pieces, and a process may die in between.
        """
        with self.uow() as tx:
            numeros = tx.pieces.demandes_attendues()
        done: list[Piece] = []
        for numero in numeros:
            try:
                done += self.reprendre(numero)
            except IntakeError as e:
                if e.retryable:
                    raise
                # A file that can no longer be judged keeps no other from it; its pieces are on a list.
        return done

    # -- judging

    def _rejuges(self, seen: _Vu, now: datetime) -> list[tuple[Piece, PieceJugee]]:
        """The file cut again as it was; the held pieces of each dossier, judged where its sheet now leads."""
        juge = self._juge(seen, now)
        _, judged = juge.juger(self._decouper(seen.envoi, seen.lectures), seen.lectures)
        found: list[tuple[Piece, PieceJugee]] = []
        for dossier in judged:
            there = [p for p in seen.retenues if set(p.pages) & set(dossier.dossier.pages)]
            given = [p for p in there if self._donnee(p, dossier.destination) is not None]
            mine = [p for p in there if p not in given]
            again = [
                *self._pieces(juge, dossier, mine, seen.lectures),
                *self._sous_leur_numero(juge, given, seen),
            ]
            mine += given
            found += [(p, j) for p, j in zip(mine, again, strict=True) if _autrement(p, j)]
        return found

    def _donnee(self, piece: Piece, dest: Destination) -> Demande | None:
        """The demande that a person gave, where the sheet leads to another or to none."""
        led = dest.demande.numero_unique if dest.demande else None
        return (
            self._registre.chercher(piece.demande)
            if piece.demande is not None and piece.demande != led
            else None
        )

    def _sous_leur_numero(self, juge: Juge, given: Sequence[Piece], seen: _Vu) -> list[PieceJugee]:
        again: list[PieceJugee] = []
        for piece in given:
            demande = self._registre.chercher(piece.demande or "")
            assert demande is not None
            alone = Dossier(None, (PieceCoupee(piece.pages, piece.raison),))
            dest = destination_donnee(demande)
            again += juge.rejuger(alone, dest, seen.lectures, _choisis([piece])).pieces
        return again

    def _pieces(
        self, juge: Juge, dossier: DossierJuge, mine: Sequence[Piece], lectures: Mapping[int, PageLue]
    ) -> Sequence[PieceJugee]:
        by_pages = {j.pages: j for j in dossier.pieces}
        if all(p.pages in by_pages and p.choisi_par is None for p in mine):
            return [by_pages[p.pages] for p in mine]
        reshaped = Dossier(dossier.dossier.entete, tuple(PieceCoupee(p.pages, p.raison) for p in mine))
        return juge.rejuger(reshaped, dossier.destination, lectures, _choisis(mine)).pieces

    def _decouper(self, envoi: Envoi, lectures: Mapping[int, PageLue]) -> Decoupage:
        siens = self._registre.siens(envoi.declaree)
        pages = [lectures[n] for n in sorted(lectures)]
        return decouper(pages, self.classifier, keys=self.keys, siens=siens)

    def _juge(self, seen: _Vu, now: datetime) -> Juge:
        return Juge(self.classifier, self._registre, seen.plan, jour_civil(now), seen.envoi.declaree)

    @property
    def _registre(self) -> AnnuaireDuSite:
        return AnnuaireDuSite(self.uow)

    # -- reading and writing

    def _voir(
        self, identifiant: str, pages: Sequence[int], now: datetime, *, tout: bool, par: str = SYSTEME
    ) -> _Vu:
        """`tout`: every page is needed, to cut the file again; else those of the held pieces."""
        with self.uow() as tx:
            envoi = tx.envois.lire(identifiant)
            if envoi is None:
                raise EnvoiInconnu(f"L'envoi {identifiant} n'existe pas.")
            if not envoi.termine or envoi.mis_de_cote:
                raise ChangementImpossible(f"L'envoi {identifiant} n'a pas été traité jusqu'au bout.")
            held = _retenues(tx, identifiant, pages, exige=not tout)
            touched = {n for p in held for n in p.pages}
            for incident in tx.incidents.de_envoi(identifiant) if par != SYSTEME else ():
                if de_groupe(incident) and touched & set(incident.pages):
                    a_moi(incident, par)
            wanted = None if tout else [n for p in held for n in p.pages]
            lectures = {p.numero: p for p in tx.lectures.lire(identifiant, wanted)}
            plan = tx.plans.en_vigueur(jour_civil(now))
        return _Vu(envoi, tuple(held), lectures, plan)

    def _ecrire(self, seen: _Vu, judged: Sequence[tuple[Piece, PieceJugee]], fait: Fait) -> Repare:
        numeros = {j.destination.demande.numero_unique for _, j in judged if j.destination.demande}
        with self.uow() as tx:
            desk = Desk(tx, seen.plan, fait)
            held = desk.saisir(
                [p.id for p, _ in judged], vues={p.id: p.version for p, _ in judged}, numeros=numeros
            )
            done = []
            for piece, (_, jugee) in zip(held, judged, strict=True):
                pages = [seen.lectures[n] for n in jugee.pages]
                known = reconnue(piece, jugee, pages, seen.plan)
                placed = decider(tx, known, jugee.arret, seen.plan, fait.le)
                group = placed.motif is not None and est_de_dossier(placed.motif)
                done.append(desk.changer(piece, placed, signale=not group))
            self._incident_de_groupe(tx, seen.envoi, done, fait)
            filed = desk.finir()
            tx.commit()
        return Repare(self._envoi(seen.envoi.id), tuple(done), filed)

    def _incident_de_groupe(self, tx: Transaction, envoi: Envoi, done: Sequence[Piece], fait: Fait) -> None:
        """What is still held as a group, for another reason than before, is told once (R8)."""
        known = tx.incidents.de_envoi(envoi.id)
        still = [
            p for p in done if p.statut is StatutPiece.A_VERIFIER and p.motif and est_de_dossier(p.motif)
        ]
        for motif in dict.fromkeys(p.motif for p in still):
            assert motif is not None
            mine = [p for p in still if p.motif is motif]
            pages = tuple(sorted(n for p in mine for n in p.pages))
            if any(i.motif is motif and i.etat in EN_COURS and set(pages) <= set(i.pages) for i in known):
                continue
            tx.incidents.ajouter(
                Incident(f"{envoi.id}-IR{len(known) + 1}", envoi.id, motif, pages, mine[0].message, fait.le,
                         trouve=mine[0].numero_unique)
            )  # fmt: skip
            known = tx.incidents.de_envoi(envoi.id)

    def _envoi(self, identifiant: str) -> Envoi:
        with self.uow() as tx:
            envoi = tx.envois.lire(identifiant)
        assert envoi is not None
        return envoi


def _retenues(tx: Transaction, envoi: str, pages: Sequence[int], *, exige: bool) -> list[Piece]:
    """The pieces held as a group on these pages; with `exige`, at least one, and none of them in part."""
    held = [
        p
        for p in tx.pieces.de_envoi(envoi)
        if p.vive and p.statut is StatutPiece.A_VERIFIER and p.motif is not None and est_de_dossier(p.motif)
    ]
    wanted = set(pages)
    mine = [p for p in held if not wanted or wanted & set(p.pages)]
    if not exige:
        return mine
    if not mine:
        raise ChangementImpossible(f"Rien de l'envoi {envoi} n'attend de numéro à ces pages.")
    if not wanted and len(_groupes(tx, envoi, mine)) > 1:
        raise ChangementImpossible(
            f"Plusieurs groupes de pages de l'envoi {envoi} attendent.", hint=_NOMMEZ_LES_PAGES
        )
    for piece in mine:
        outside = {n for n in piece.pages if n not in wanted} - _versos(tx, envoi, piece) if wanted else set()
        if outside:
            raise ChangementImpossible(
                f"La pièce {piece.id} a aussi la page {min(outside)}.",
                hint="Nommez toutes ses pages, ou découpez-la d'abord.",
            )
    return mine


def _groupes(tx: Transaction, envoi: str, held: Sequence[Piece]) -> set[tuple[str, str | None]]:
    """The groups that are told to people, each by its incident; and the number read for each."""
    told = [i for i in tx.incidents.de_envoi(envoi) if de_groupe(i)]

    def group(piece: Piece) -> str:
        mine = (i.id for i in told if i.motif is piece.motif and set(i.pages) & set(piece.pages))
        return next(mine, piece.id)

    return {(group(p), p.numero_unique) for p in held}


def _versos(tx: Transaction, envoi: str, piece: Piece) -> set[int]:
    return {p.numero for p in tx.lectures.lire(envoi, piece.pages) if p.blanche}


def _autrement(piece: Piece, jugee: PieceJugee) -> bool:
    """Whether judging it again says anything new."""
    dest: Destination = jugee.destination
    return jugee.arret is None or jugee.arret.motif is not piece.motif or dest.numero != piece.numero_unique


def _choisis(pieces: Sequence[Piece]) -> dict[tuple[int, ...], str]:
    return {p.pages: p.type for p in pieces if p.choisi_par is not None}
