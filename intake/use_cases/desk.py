"""One transaction of somebody at work: pieces change together with places, history, incidents and envois.

Every change of a placed piece goes through `Desk.changer`; `Desk.finir` draws the consequences: the oldest
held piece gets a freed place (R20), duplicates of a piece that left are looked at again, incidents of whole
page groups end with their last held piece, and the envoi's statut follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from intake.conformity import statut_de
from intake.domain.acte import SYSTEME, Acte, Fait
from intake.domain.envoi import Incident, Piece
from intake.domain.incident import EN_COURS, EtatIncident, Suite
from intake.domain.jour import jour_civil
from intake.domain.motif import Motif, StatutPiece
from intake.domain.plan import PlanDeClassement
from intake.dossier import est_de_dossier
from intake.errors import ChangementImpossible, EnvoiInconnu, PieceInconnue
from intake.placing import Arret
from intake.ports import Transaction
from intake.use_cases.place import arretee, deposer, incident_de

_TRIES = 20  # numbers tried for an incident, of which those of others of this moment are taken

SORTIES = frozenset({StatutPiece.SUPPRIMEE, StatutPiece.REJETEE})


@dataclass
class Desk:
    tx: Transaction
    plan: PlanDeClassement
    fait: Fait
    _parties: list[tuple[Piece, Piece]] = field(default_factory=list)  # (before, after) of each change
    _envois: set[str] = field(default_factory=set)

    # -- taking hold

    def saisir(
        self,
        identifiants: Iterable[str],
        *,
        vues: Mapping[str, int] | None = None,
        numeros: Iterable[str] = (),
    ) -> list[Piece]:
        """The pieces, in the order asked, with their demandes and `numeros` locked.

        Raises PieceInconnue, and ChangementImpossible when a version is not that of `vues`.
        """
        before = [self._lire(i) for i in identifiants]
        for numero in sorted({*numeros, *(p.demande for p in before if p.demande)}):
            self.tx.registre.verrouiller(numero)
        pieces = [self._lire(p.id) for p in before]
        for was, piece in zip(before, pieces, strict=True):
            if piece.version != was.version or piece.version != (vues or {}).get(piece.id, piece.version):
                raise ChangementImpossible(f"La pièce {piece.id} a changé depuis que vous l'avez vue.")
            if not piece.vive:
                raise ChangementImpossible(
                    f"Les pages de la pièce {piece.id} sont maintenant dans la pièce {piece.remplacee_par}."
                )
        for envoi in {p.envoi for p in pieces}:
            self._ouvert(envoi)
        return pieces

    def _lire(self, identifiant: str) -> Piece:
        piece = self.tx.pieces.lire(identifiant)
        if piece is None:
            raise PieceInconnue(f"La pièce {identifiant} n'existe pas.")
        return piece

    def _ouvert(self, identifiant: str) -> None:
        envoi = self.tx.envois.lire(identifiant)
        if envoi is None:
            raise EnvoiInconnu(f"L'envoi {identifiant} n'existe pas.")
        if not envoi.termine or envoi.mis_de_cote:
            raise ChangementImpossible(
                f"L'envoi {identifiant} n'a pas été traité jusqu'au bout.",
                hint="Attendez la fin de son traitement, ou relancez-le.",
            )

    # -- changing

    def changer(
        self, avant: Piece, apres: Piece, *, regle: frozenset[Motif] = frozenset(), signale: bool = True
    ) -> Piece:
        """Write the change and what hangs on it; `regle`: motifs whose incidents it settles besides.

        `signale` false: a new reason to hold it is told by the incident of its whole group.
        """
        if avant.occupe is not None and (avant.demande, avant.occupe) != (apres.demande, apres.occupe):
            assert avant.demande is not None
            self.tx.places.rendre(avant.demande, *avant.occupe)
        if not self.tx.pieces.changer(apres):
            raise ChangementImpossible(f"La pièce {avant.id} vient d'être changée par quelqu'un d'autre.")
        self.tx.histoire.inscrire(Acte.entre(avant, apres, self.fait))
        apres = replace(apres, version=avant.version + 1)
        self._parties.append((avant, apres))
        self._envois.add(apres.envoi)
        self._incidents(avant, apres, regle, signale)
        return apres

    def ajouter(self, piece: Piece, *, signale: bool = True) -> Piece:
        """A piece made of another's pages."""
        if not self.tx.pieces.ajouter(piece):
            raise ChangementImpossible(f"L'envoi {piece.envoi} vient d'être changé par quelqu'un d'autre.")
        self.tx.histoire.inscrire(Acte(piece.id, self.fait, {}, {"pages": list(piece.pages)}))
        self._envois.add(piece.envoi)
        if piece.motif is not None and signale:
            self.signaler(piece)
        return piece

    def dite_par_son_groupe(self, piece: Piece) -> bool:
        """Whether an open incident of a whole group tells that these pages are held, and why."""
        told = (i for i in self.tx.incidents.de_envoi(piece.envoi) if de_groupe(i) and i.motif is piece.motif)
        return any(set(piece.pages) <= set(i.pages) for i in told)

    def signaler(self, piece: Piece) -> None:
        first = len(self.tx.incidents.de_piece(piece.id)) + 1
        ranks = range(first, first + _TRIES)
        if not any(
            self.tx.incidents.ajouter(incident_de(self.tx, piece, self.plan, self.fait.le, rank))
            for rank in ranks
        ):
            raise ChangementImpossible(f"L'incident de la pièce {piece.id} n'a pas pu être ouvert.")

    def _incidents(self, avant: Piece, apres: Piece, regle: frozenset[Motif], signale: bool) -> None:
        lifted = {avant.motif} if avant.motif is not apres.motif else set()
        for incident in self.tx.incidents.de_piece(apres.id):
            if incident.etat in EN_COURS and (
                apres.statut in SORTIES or incident.motif in regle or incident.motif in lifted
            ):
                solder(self.tx, incident, self.fait)
        again = apres.motif is not avant.motif or avant.statut in SORTIES
        if apres.motif is not None and again and apres.statut not in SORTIES and signale:
            self.signaler(apres)

    # -- consequences

    def finir(self) -> tuple[Piece, ...]:
        """The pieces that got a place which became free."""
        filed = []
        for avant, apres in tuple(self._parties):
            freed = avant.occupe if (avant.demande, avant.occupe) != (apres.demande, apres.occupe) else None
            if freed is not None and (piece := self._promouvoir(avant)) is not None:
                filed.append(piece)
            if apres.statut in SORTIES or apres.demande != avant.demande:
                self._orphelines(avant, apres)
        for envoi in sorted(self._envois):
            conclure(self.tx, envoi, self.fait)
        return tuple(filed)

    def _promouvoir(self, libre: Piece) -> Piece | None:
        assert libre.demande is not None
        assert libre.occupe is not None
        for piece in self.tx.pieces.de_demande(libre.demande):
            waiting = piece.statut is StatutPiece.EN_ATTENTE and piece.categorie == libre.occupe[0]
            if waiting and (filed := self.deposer_en_attente(piece)) is not None:
                return filed
        return None

    def deposer_en_attente(self, piece: Piece) -> Piece | None:
        """`piece`, which was waiting for a place, filed; None when it still cannot be."""
        demande = self.tx.registre.chercher(piece.demande) if piece.demande else None
        if demande is None or not demande.active:
            return None  # radiated since it waits (R16): it goes on waiting
        if piece.validite is not None and piece.validite < jour_civil(self.fait.le):
            return None  # out of date since it waits (R24)
        filed = deposer(self.tx, piece, self.plan, self.fait.le)
        if filed.statut is not StatutPiece.DEPOSEE:
            return None
        by_rule = Fait(self.fait.le, SYSTEME, "deposer", "une place s'est libérée")
        other = Desk(self.tx, self.plan, by_rule)
        filed = other.changer(piece, filed, regle=frozenset({Motif.CATEGORIE_PLEINE}))
        self._envois.add(filed.envoi)
        return filed

    def _orphelines(self, avant: Piece, apres: Piece) -> None:
        """Duplicates of a piece that is no longer there: a person decides whether they take its place."""
        if avant.demande is None:
            return
        by_rule = Desk(self.tx, self.plan, Fait(self.fait.le, SYSTEME, "revoir", self.fait.raison))
        for copy in self.tx.pieces.de_demande(avant.demande):
            if copy.doublon_de != avant.id or copy.statut is not StatutPiece.DOUBLON:
                continue
            if apres.remplacee_par is not None:
                by_rule.changer(copy, replace(copy, doublon_de=apres.remplacee_par))
                continue
            message = f"Elle est le double de la pièce {avant.id}, qui n'est plus dans le dossier."
            held = arretee(copy, Arret(StatutPiece.A_VERIFIER, Motif.DOUBLON, message))
            held = by_rule.changer(copy, held)
            self.signaler(held)
            self._envois.add(held.envoi)


def solder(
    tx: Transaction, incident: Incident, fait: Fait, etat: EtatIncident = EtatIncident.RESOLUE
) -> Incident:
    """To `etat`, through the hands of who does it (R27). Raises ChangementImpossible."""
    if incident.etat is EtatIncident.OUVERTE:
        incident = _pas(
            tx, incident, EtatIncident.PRISE_EN_CHARGE, replace(fait, action="prendre", raison="")
        )
    return _pas(tx, incident, etat, fait)


def _pas(tx: Transaction, incident: Incident, etat: EtatIncident, fait: Fait) -> Incident:
    hands = fait.par if etat is EtatIncident.PRISE_EN_CHARGE else incident.pris_par
    if not tx.incidents.avancer(incident, Suite(fait.le, fait.par, fait.action, etat, fait.raison), hands):
        raise ChangementImpossible(
            f"L'incident {incident.id} vient d'être changé par quelqu'un d'autre.",
            hint="Relisez l'état de l'incident.",
        )
    return replace(incident, etat=etat, pris_par=hands)


def conclure(tx: Transaction, identifiant: str, fait: Fait) -> None:
    """The incidents of whole page groups that hold nothing any more end; the envoi's statut follows."""
    envoi = tx.envois.lire(identifiant, verrou=True)  # last of all: others at this envoi wait for our commit
    if envoi is None or envoi.refus is not None or not envoi.termine:
        return
    pieces = [p for p in tx.pieces.de_envoi(identifiant) if p.vive]
    held = {(p.motif, n) for p in pieces if p.statut is StatutPiece.A_VERIFIER for n in p.pages}
    for incident in tx.incidents.de_envoi(identifiant):
        over = not any((incident.motif, n) in held for n in incident.pages)
        if de_groupe(incident) and over and _porte(incident, pieces):
            solder(tx, incident, fait)
    statut = statut_de(pieces, tx.incidents.de_envoi(identifiant))
    if statut is not envoi.statut:
        tx.envois.changer(replace(envoi, statut=statut), envoi.statut)


def _porte(incident: Incident, pieces: Iterable[Piece]) -> bool:
    """Whether pieces stand on its pages at all: a forged bordereau's incident is not settled by them."""
    return any(set(p.pages) & set(incident.pages) for p in pieces)


def de_groupe(incident: Incident) -> bool:
    """Open, and of a whole page group: it ends when nothing in it is held for its motif any more."""
    return incident.piece is None and incident.etat in EN_COURS and est_de_dossier(incident.motif)
