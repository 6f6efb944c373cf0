"""Fiches incident: taken in hand, answered, closed; and opened by people on filed pieces (R26, R27).

Resolving one *acts*: that is the work of `correct`, `recut` and `repair`, each in its own transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from intake.domain.acte import Fait
from intake.domain.commands import Geste
from intake.domain.envoi import Incident, Piece
from intake.domain.incident import EN_COURS, EtatIncident, Suite, peut_devenir
from intake.domain.jour import jour_civil
from intake.domain.motif import Gravite, Motif, StatutPiece
from intake.dossier import est_de_dossier
from intake.errors import ChangementImpossible, IncidentInconnu, PieceInconnue
from intake.ports import Clock, Transaction, UnitOfWork
from intake.use_cases.desk import conclure, solder

# What a person may report of a piece; the others are the main job's to find.
SIGNALABLES = frozenset(
    {
        Motif.MAL_CLASSEE,
        Motif.MAUVAISE_DEMANDE,
        Motif.IDENTITE_INCOHERENTE,
        Motif.ILLISIBLE,
        Motif.INCOMPLETE,
        Motif.OBSOLETE,
        Motif.DOUBLON,
        Motif.HORS_PERIMETRE,
        Motif.FALSIFICATION_SUSPECTEE,
    }
)
_RETENUES = frozenset({StatutPiece.A_VERIFIER, StatutPiece.EN_ATTENTE})


@dataclass(frozen=True)
class Suivre:
    """Each method answers with the incident as it now is. Raises IncidentInconnu, ChangementImpossible."""

    uow: UnitOfWork
    clock: Clock

    def prendre(
        self, identifiant: str, par: str, *, a_la_place_de: str | None = None, commentaire: str = ""
    ) -> Incident:
        """Into one's hands: those of one person only, unless she is named whose place is taken."""

        def take(tx: Transaction, incident: Incident, fait: Fait) -> Incident:
            if incident.pris_par != a_la_place_de:
                hands = f"pris en charge par {incident.pris_par}" if incident.pris_par else "libre"
                raise ChangementImpossible(f"L'incident {incident.id} est {hands}.", hint=_READ_AGAIN)
            return _vers(tx, incident, EtatIncident.PRISE_EN_CHARGE, fait, fait.par)

        return self._agir(identifiant, self._fait(par, "prendre", commentaire), take)

    def commenter(self, identifiant: str, par: str, texte: str) -> Incident:
        def comment(tx: Transaction, incident: Incident, fait: Fait) -> Incident:
            suite = Suite(fait.le, par, fait.action, incident.etat, fait.raison)
            if not tx.incidents.avancer(incident, suite, incident.pris_par):
                raise _plus_vite(incident)
            return incident

        return self._agir(identifiant, self._fait(par, "commenter", _dit(texte)), comment)

    def rejeter(self, identifiant: str, par: str, texte: str) -> Incident:
        """Not founded. A piece that is held for it has to be corrected or confirmed instead."""

        def reject(tx: Transaction, incident: Incident, fait: Fait) -> Incident:
            a_moi(incident, par)
            if held := _retenues_par(tx, incident):
                raise ChangementImpossible(
                    f"L'incident {incident.id} retient la pièce {held[0].id}.",
                    hint="Corrigez la pièce, confirmez-la ou retirez-la : l'incident sera résolu par là.",
                )
            return solder(tx, incident, fait, EtatIncident.REJETEE)

        return self._agir(identifiant, self._fait(par, "rejeter", _dit(texte)), reject)

    def constater(self, identifiant: str, par: str, texte: str) -> Incident:
        """Resolved by looking: a count compared with the paper, a page that is broken on paper too."""

        def look(tx: Transaction, incident: Incident, fait: Fait) -> Incident:
            a_moi(incident, par)
            if _retenues_par(tx, incident):
                raise ChangementImpossible(
                    f"L'incident {incident.id} retient des pièces : il se résout par une correction.",
                    hint="Reclassez, déplacez, confirmez ou retirez les pièces, ou donnez leur numéro.",
                )
            return solder(tx, incident, fait)

        return self._agir(identifiant, self._fait(par, "constater", _dit(texte)), look)

    def clore(self, identifiant: str, par: str, commentaire: str = "") -> Incident:
        """After its answer was read: nothing more happens to it."""

        def close(tx: Transaction, incident: Incident, fait: Fait) -> Incident:
            return _vers(tx, incident, EtatIncident.CLOSE, fait, incident.pris_par)

        return self._agir(identifiant, self._fait(par, "clore", commentaire), close)

    def signaler(
        self, piece: str, motif: Motif, par: str, texte: str, *, attendu: str | None = None
    ) -> Incident:
        """A fiche incident on a piece that is there: misfiled, of somebody else… `attendu`: what it is.

        Raises PieceInconnue, ChangementImpossible.
        """
        fait = self._fait(par, "signaler", _dit(texte))
        if motif not in SIGNALABLES:
            raise ChangementImpossible(
                f"{motif} ne se signale pas sur une pièce.", hint="Choisissez un motif."
            )
        with self.uow() as tx:
            found = tx.pieces.lire(piece)
            if found is None:
                raise PieceInconnue(f"La pièce {piece} n'existe pas.")
            if not found.vive:
                raise ChangementImpossible(f"Ses pages sont maintenant dans la pièce {found.remplacee_par}.")
            known = tx.incidents.de_piece(piece)
            for other in known:
                if other.motif is motif and other.etat in EN_COURS:
                    raise ChangementImpossible(f"C'est déjà signalé : incident {other.id}.", hint=_READ_AGAIN)
            sensitive = tx.plans.en_vigueur(jour_civil(fait.le)).sensible(found.type)
            incident = Incident(
                id=f"{piece}-I{len(known) + 1}" if known else f"{piece}-I",
                envoi=found.envoi,
                motif=motif,
                pages=found.pages,
                message=fait.raison,
                cree_le=fait.le,
                gravite=Gravite.SENSIBLE if sensitive else Gravite.A_TRAITER,
                piece=piece,
                attendu=attendu,
                trouve=f"{found.type}, demande {found.numero_unique or 'inconnue'}",
                auteur=par,
            )
            if not tx.incidents.ajouter(incident):
                raise _plus_vite(incident)
            conclure(tx, found.envoi, fait)
            tx.commit()
        return incident

    def _agir(
        self, identifiant: str, fait: Fait, action: Callable[[Transaction, Incident, Fait], Incident]
    ) -> Incident:
        with self.uow() as tx:
            incident = tx.incidents.lire(identifiant)
            if incident is None:
                raise IncidentInconnu(f"L'incident {identifiant} n'existe pas.")
            incident = action(tx, incident, fait)
            conclure(tx, incident.envoi, fait)
            tx.commit()
        return incident

    def _fait(self, par: str, action: str, raison: str) -> Fait:
        return Fait(self.clock.now(), par, action, raison)


def incident_a_resoudre(tx: Transaction, geste: Geste) -> Incident | None:
    """The incident that the order says it resolves, if it may."""
    if geste.incident is None:
        return None
    incident = tx.incidents.lire(geste.incident)
    if incident is None:
        raise IncidentInconnu(f"L'incident {geste.incident} n'existe pas.")
    a_moi(incident, geste.par)
    return incident


def resoudre(tx: Transaction, vu: Incident | None, piece: Piece, fait: Fait) -> None:
    """What was read by `incident_a_resoudre` is resolved, by the change itself or here."""
    if vu is None:
        return
    of_group = vu.piece is None and vu.envoi == piece.envoi and set(vu.pages) & set(piece.pages)
    if vu.piece != piece.id and not of_group:
        raise ChangementImpossible(f"L'incident {vu.id} n'est pas de la pièce {piece.id}.", hint=_READ_AGAIN)
    now = tx.incidents.lire(vu.id)
    if vu.piece is not None and now is not None and now.etat in EN_COURS:
        solder(tx, now, fait)


_READ_AGAIN = "Relisez l'état de l'incident."


def a_moi(incident: Incident, par: str) -> None:
    """Raises ChangementImpossible when it is answered already, or in somebody else's hands."""
    if incident.etat not in EN_COURS:
        raise ChangementImpossible(
            f"L'incident {incident.id} est déjà « {incident.etat} ».", hint=_READ_AGAIN
        )
    if incident.pris_par not in (None, par):
        raise ChangementImpossible(
            f"L'incident {incident.id} est pris en charge par {incident.pris_par}.",
            hint=f"Voyez avec cette personne, ou prenez-le à la place de {incident.pris_par}.",
        )


def _vers(
    tx: Transaction, incident: Incident, etat: EtatIncident, fait: Fait, pris_par: str | None
) -> Incident:
    if not peut_devenir(incident.etat, etat):
        raise ChangementImpossible(
            f"Un incident « {incident.etat} » ne devient pas « {etat} ».", hint=_READ_AGAIN
        )
    if not tx.incidents.avancer(incident, Suite(fait.le, fait.par, fait.action, etat, fait.raison), pris_par):
        raise _plus_vite(incident)
    return replace(incident, etat=etat, pris_par=pris_par)


def _retenues_par(tx: Transaction, incident: Incident) -> list[Piece]:
    if incident.piece is not None:
        piece = tx.pieces.lire(incident.piece)
        found = [piece] if piece is not None else []
    elif est_de_dossier(incident.motif):
        found = [p for p in tx.pieces.de_envoi(incident.envoi) if set(p.pages) & set(incident.pages)]
    else:
        return []
    return [p for p in found if p.vive and p.statut in _RETENUES and p.motif is incident.motif]


def _plus_vite(incident: Incident) -> ChangementImpossible:
    return ChangementImpossible(
        f"L'incident {incident.id} vient d'être changé par quelqu'un d'autre.", hint=_READ_AGAIN
    )


def _dit(texte: str) -> str:
    if not texte.strip():
        raise ChangementImpossible("Dites pourquoi en quelques mots.", hint="Le texte reste avec l'incident.")
    return texte.strip()
