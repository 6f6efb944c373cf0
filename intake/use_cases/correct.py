"""What a person corrects of a piece as it is cut: type, person, demande, marks, deletion, confirmation (R27).

One transaction each: the piece, the places of both categories, its history, its incidents, and the example
it gives the classifier (R28) are written together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from intake import placing
from intake.domain.acte import Correction, Fait
from intake.domain.commands import (
    MENAGE,
    Confirmer,
    Correctif,
    DemanderCopie,
    Deplacer,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Supprimer,
)
from intake.domain.courrier import demande_de_copie
from intake.domain.demande import Demande
from intake.domain.envoi import Piece
from intake.domain.jour import jour_civil
from intake.domain.lecture import Classement
from intake.domain.motif import Motif, StatutPiece
from intake.domain.plan import INCONNU
from intake.dossier import est_de_dossier
from intake.errors import ChangementImpossible, DemandeInconnue, NomContraire
from intake.identity import Accord
from intake.noms import concordance
from intake.placing import Arret
from intake.ports import Clock, Transaction, UnitOfWork
from intake.use_cases.desk import SORTIES, Desk
from intake.use_cases.incidents import incident_a_resoudre, resoudre
from intake.use_cases.place import arretee, deposer, ranger
from intake.use_cases.retenues import MISES_A_PART, POUR_LA_DEMANDE, POUR_LE_TYPE, retenue

_FOR_TYPE = frozenset({Motif.MAL_CLASSEE, Motif.HORS_PERIMETRE, Motif.OBSOLETE})
_UNUSABLE = frozenset({Motif.ILLISIBLE, Motif.INCOMPLETE, Motif.FALSIFICATION_SUSPECTEE})


@dataclass(frozen=True, slots=True)
class Corrige:
    """The piece as it is now, those made of its pages, and those that got a place which became free."""

    piece: Piece
    nouvelles: tuple[Piece, ...] = ()
    deposees: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Corriger:
    uow: UnitOfWork
    clock: Clock

    def __call__(self, identifiant: str, ordre: Correctif, geste: Geste) -> Corrige:
        """Raises PieceInconnue, DemandeInconnue, NomContraire, ChangementImpossible."""
        now = self.clock.now()
        fait = fait_de(geste, ordre, now)
        with self.uow() as tx:
            desk = Desk(tx, tx.plans.en_vigueur(jour_civil(now)), fait)
            incident = incident_a_resoudre(tx, geste)
            vues = {identifiant: geste.vu} if geste.vu is not None else None
            target = _target(tx, ordre)
            (piece,) = desk.saisir([identifiant], vues=vues, numeros=[target.numero_unique] if target else [])
            apres = self._corrigee(desk, piece, ordre, target)
            if apres == piece:
                raise ChangementImpossible(f"La pièce {piece.id} est déjà ainsi.")
            done = desk.changer(piece, apres, regle=_regle(ordre, piece))
            self._retenir(desk, piece, done, ordre)
            resoudre(tx, incident, done, fait)
            filed = desk.finir()
            tx.commit()
        return Corrige(done, deposees=filed)

    def _corrigee(self, desk: Desk, piece: Piece, ordre: Correctif, target: Demande | None) -> Piece:
        match ordre:
            case Reclasser():
                return _reclassee(desk, piece, ordre)
            case Deplacer():
                assert target is not None
                return _deplacee(desk, piece, ordre, target)
            case Marquer():
                return _marquee(desk, piece, ordre.marque)
            case Supprimer():
                _pas_deja(piece, StatutPiece.SUPPRIMEE)
                return replace(
                    piece,
                    statut=StatutPiece.SUPPRIMEE,
                    message=desk.fait.raison,
                    occupe=None,
                    doublon_de=None,
                )
            case Confirmer():
                return _confirmee(desk, piece, ordre)
            case DemanderCopie():
                motif = piece.motif if piece.motif in _UNUSABLE else Motif.ILLISIBLE
                _pas_deja(piece, StatutPiece.REJETEE)
                return arretee(piece, Arret(StatutPiece.REJETEE, motif, "Une nouvelle copie est demandée."))

    def _retenir(self, desk: Desk, avant: Piece, apres: Piece, ordre: Correctif) -> None:
        """What the correction gives besides: an example to learn from, a mail to write."""
        tx, fait = desk.tx, desk.fait
        if isinstance(ordre, Reclasser) and ordre.type is not None:
            tx.corrections.ajouter(
                Correction(apres.id, apres.envoi, apres.pages, avant.type, apres.type, fait.le, fait.par)
            )
        if isinstance(ordre, DemanderCopie):
            label = desk.plan.type_ou_inconnu(apres.type).libelle
            for address in _a_qui(tx, apres, fait.le):
                letter = demande_de_copie(address, apres.envoi, label, apres.motif or "")
                tx.courriers.ajouter(letter, fait.le, apres.demande)


def fait_de(geste: Geste, ordre: object, le: datetime) -> Fait:
    if not geste.raison.strip() or not geste.par.strip():
        raise ChangementImpossible(
            "Dites qui agit, et pourquoi en quelques mots.", hint="Cela reste dans l'histoire de la pièce."
        )
    return Fait(le, geste.par, type(ordre).__name__.lower(), geste.raison.strip())


def _a_qui(tx: Transaction, piece: Piece, now: datetime) -> tuple[str, ...]:
    """The demandeur; whoever sent it, where his address is not known."""
    demande = tx.registre.chercher(piece.demande) if piece.demande else None
    if demande is not None and demande.email:
        return (demande.email,)
    envoi = tx.envois.lire(piece.envoi)
    sender = envoi.deposant if envoi else None
    return tx.adresses.de_deposant(sender, now) if sender else ()


def _regle(ordre: Correctif, piece: Piece) -> frozenset[Motif]:
    """The motifs that `ordre` answers, whatever the piece is held for."""
    match ordre:
        case Reclasser():
            return _FOR_TYPE if ordre.type is not None else frozenset()
        case Deplacer():
            return POUR_LA_DEMANDE
        case Confirmer():
            return frozenset({piece.motif} if piece.motif else set()) | {Motif.IDENTITE_INCOHERENTE}
        case _:
            return frozenset()


def _target(tx: Transaction, ordre: Correctif) -> Demande | None:
    if not isinstance(ordre, Deplacer):
        return None
    demande = tx.registre.chercher(ordre.numero)
    if demande is None:
        raise DemandeInconnue(f"La demande {ordre.numero} n'est pas dans le registre.")
    return demande


def _reclassee(desk: Desk, piece: Piece, ordre: Reclasser) -> Piece:
    _dans_le_dossier(piece)
    type_ = ordre.type or piece.type
    if type_ not in desk.plan.types or desk.plan.est_feuille(type_) or (ordre.type == INCONNU):
        raise ChangementImpossible(f"« {type_} » n'est pas un type de pièce du plan de classement.")
    personne = piece.personne if ordre.personne is None else _rang(desk.tx, piece, ordre.personne)
    if type_ == piece.type and personne == piece.personne:
        raise ChangementImpossible(f"La pièce {piece.id} est déjà « {type_} ».")
    changed = replace(piece, personne=personne)
    if ordre.type is not None:
        changed = replace(
            changed,
            type=type_,
            categorie=desk.plan.categorie_de(type_).code,
            confidence=1.0,
            evidence=("type choisi par une personne",),
            choisi_par=desk.fait.par,
            validite=placing.fin_de_validite(Classement(type_, 1.0, fields=piece.fields), desk.plan),
        )
    held = retenue(desk.tx, piece)
    for_another_reason = held is not None and held.motif not in POUR_LE_TYPE
    if piece.demande is None or for_another_reason or changed.type == INCONNU:
        return changed
    return ranger(desk.tx, changed, desk.plan, desk.fait.le, piece.occupe)


def _rang(tx: Transaction, piece: Piece, rang: str) -> str | None:
    if rang == MENAGE:
        return None
    demande = tx.registre.chercher(piece.demande) if piece.demande else None
    known = [p.rang for p in demande.personnes] if demande else []
    if rang not in known:
        raise ChangementImpossible(
            f"Il n'y a pas de personne « {rang} » dans ce ménage.",
            hint=f"Les rangs connus : {', '.join(known) or 'aucun'}.",
        )
    return rang


def _deplacee(desk: Desk, piece: Piece, ordre: Deplacer, target: Demande) -> Piece:
    """Names confront even a person's word (R14): a mistyped number is somebody else's dossier."""
    _dans_le_dossier(piece)
    if piece.demande == target.numero_unique:
        raise ChangementImpossible(f"La pièce {piece.id} est déjà dans cette demande.")
    pages = [p for p in desk.tx.lectures.lire(piece.envoi, piece.pages) if not p.blanche]
    noms = concordance(pages, Classement(piece.type, 1.0, fields=piece.fields), target)
    if noms.accord is Accord.CONTREDIT and not ordre.malgre_le_nom:
        raise NomContraire(
            f"Pièce au nom de {', '.join(noms.autres[:2])}, qui n'est pas du ménage {target.numero_unique}."
        )
    moved = replace(
        piece,
        demande=target.numero_unique,
        numero_lu=None,
        personne=placing.personne(noms, piece.type),
        doublon_de=None,
    )
    motif = piece.motif if piece.statut is StatutPiece.A_VERIFIER else None
    if moved.type == INCONNU:
        return arretee(moved, _A_CLASSER)
    if motif is None or motif in POUR_LA_DEMANDE or est_de_dossier(motif) or motif is Motif.DOUBLON:
        return ranger(desk.tx, replace(moved, occupe=None), desk.plan, desk.fait.le)
    return moved  # still unreadable, incomplete…: held there


_A_CLASSER = Arret(
    StatutPiece.A_VERIFIER, Motif.MAL_CLASSEE, "Le type de cette pièce n'a pas été reconnu : choisissez-le."
)


def _marquee(desk: Desk, piece: Piece, marque: Marque) -> Piece:
    raison = desk.fait.raison
    match marque:
        case Marque.OBSOLETE:
            _dans_le_dossier(piece)
            _pas_deja(piece, StatutPiece.OBSOLETE)
            return arretee(piece, Arret(StatutPiece.OBSOLETE, Motif.OBSOLETE, raison))
        case Marque.INEXPLOITABLE:
            _dans_le_dossier(piece)
            return arretee(piece, Arret(StatutPiece.REJETEE, Motif.ILLISIBLE, raison))
        case Marque.AUCUNE:
            return _retablie(desk, piece)


def _retablie(desk: Desk, piece: Piece) -> Piece:
    """As it was: held for what held it, else filed: its age and its likeness to another stop it no more."""
    if piece.statut not in MISES_A_PART:
        raise ChangementImpossible(f"La pièce {piece.id} est « {piece.statut} » : il n'y a rien à reprendre.")
    if (held := retenue(desk.tx, piece)) is not None:
        return arretee(piece, held)
    if piece.demande is None:
        motif = Motif.NUMERO_INCONNU if piece.numero_lu else Motif.SANS_FICHE
        return arretee(piece, Arret(StatutPiece.A_VERIFIER, motif, "Reprise : donnez le numéro unique."))
    if piece.type == INCONNU:
        return arretee(piece, _A_CLASSER)
    if piece.statut is StatutPiece.DOUBLON:
        demande = desk.tx.registre.chercher(piece.demande)
        if demande is not None and demande.active:
            return deposer(desk.tx, piece, desk.plan, desk.fait.le)
    fresh = replace(piece, validite=None) if piece.statut is StatutPiece.OBSOLETE else piece
    return ranger(desk.tx, fresh, desk.plan, desk.fait.le)


def _confirmee(desk: Desk, piece: Piece, ordre: Confirmer) -> Piece:
    if piece.statut is not StatutPiece.A_VERIFIER:
        raise ChangementImpossible(f"La pièce {piece.id} est « {piece.statut} » : rien n'est à confirmer.")
    if piece.demande is None:
        raise ChangementImpossible(
            f"La pièce {piece.id} n'est encore dans aucune demande.", hint="Donnez d'abord le numéro unique."
        )
    if piece.type == INCONNU:
        raise ChangementImpossible(
            f"La pièce {piece.id} n'a pas de type.", hint="Choisissez d'abord son type."
        )
    demande = desk.tx.registre.chercher(piece.demande)
    if demande is None or not demande.active:
        raise ChangementImpossible(f"La demande {piece.demande} est radiée.", hint="Réactivez-la d'abord.")
    personne = piece.personne if ordre.personne is None else _rang(desk.tx, piece, ordre.personne)
    return ranger(desk.tx, replace(piece, personne=personne), desk.plan, desk.fait.le)


def _dans_le_dossier(piece: Piece) -> None:
    if piece.statut in SORTIES:
        raise ChangementImpossible(
            f"La pièce {piece.id} est « {piece.statut} ».", hint="Rétablissez-la d'abord (marque « aucune »)."
        )


def _pas_deja(piece: Piece, statut: StatutPiece) -> None:
    if piece.statut is statut:
        raise ChangementImpossible(f"La pièce {piece.id} est déjà « {statut} ».")
