"""Where a piece may go, and why not: number, names, plan and age weighed together (R13–R24). Pure.

A code on paper is a hint. What files a piece is a demande that the register knows *and* something that
confirms it: a signature, the sender's own sign-in, the sheet's print, or a name of the household.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import Protocol

from intake import autrui
from intake.decoupage import Feuille
from intake.domain import numero as numeros
from intake.domain.demande import Demande
from intake.domain.lecture import Classement, PageLue
from intake.domain.motif import Motif, StatutPiece
from intake.domain.plan import A_CLASSER, INCONNU, PlanDeClassement, echeance
from intake.identity import LISIBLE, Accord, Concordance, Force, confronter
from intake.marks import Signature
from intake.noms import bien_lu, confiance, d_une_main

_OF_A_TERM = "attestation_domiciliation"  # prints its end, and at times no other day
_OF_NO_TYPE = 0.9  # confidence from which « inconnu » is an answer and no doubt


class Annuaire(Protocol):
    """What placing asks of the register."""

    def chercher(self, numero: str) -> Demande | None:
        """By number or alias."""
        ...

    def parmi(self, numeros: Collection[str]) -> Sequence[Demande]:
        """Those of `numeros` that are a demande's own number."""
        ...


class Preuve(IntEnum):
    """How well it is established whose pages these are, before the pieces themselves are looked at."""

    CONTESTEE = 0  # the sheet shows somebody else: a piece must name the household in full
    SEULE = 1  # one reading only: a piece must name somebody of the household
    CONFIRMEE = 2  # two things agree: a piece need only not contradict
    SIGNEE = 3  # signature, or the sender signed in


@dataclass(frozen=True, slots=True)
class Destination:
    """The demande of a dossier, or the motif for which its pieces are held."""

    demande: Demande | None
    numero: str | None
    preuve: Preuve = Preuve.SEULE
    motif: Motif | None = None
    message: str = ""


def destination(
    entete: Feuille | None, registre: Annuaire, *, declaree: str | None, page: PageLue | None
) -> Destination:
    """Whose dossier `entete` opens; `page` is its reading, `declaree` the number a signed-in sender named."""
    if entete is not None and entete.marque and entete.marque.signature is Signature.FAUSSE:
        return Destination(
            None,
            entete.numero,
            motif=Motif.QR_FALSIFIE,
            message=f"La signature du code de la page {entete.page} est fausse : vérifiez l'original.",
        )
    if declaree is not None:
        return _declared(entete, registre, declaree)
    if entete is None:
        return Destination(
            None, None, motif=Motif.SANS_FICHE, message="Aucune fiche ni attestation n'ouvre ces pages."
        )
    if entete.conflit:
        return Destination(
            None,
            None,
            motif=Motif.NUMERO_ILLISIBLE,
            message=f"La feuille de la page {entete.page} porte deux numéros différents.",
        )
    if entete.numero is not None:
        return _from_code(entete, entete.numero, registre, page)
    return _from_print(entete, registre, page)


def _declared(entete: Feuille | None, registre: Annuaire, declaree: str) -> Destination:
    demande = registre.chercher(declaree)
    if demande is None:
        return _unknown(declaree)
    if entete is not None and entete.numero not in (None, demande.numero_unique, *demande.alias):
        return Destination(
            None,
            demande.numero_unique,
            motif=Motif.MAUVAISE_DEMANDE,
            message=f"Déposées pour la demande {demande.numero_unique}, ces pages suivent la feuille (page "
            f"{entete.page}) de la demande {entete.numero}.",
        )
    return _active(demande, Preuve.SIGNEE)


def _from_code(entete: Feuille, numero: str, registre: Annuaire, page: PageLue | None) -> Destination:
    demande = registre.chercher(numero)
    if demande is None:
        return _unknown(numero)
    if entete.marque and entete.marque.signee:
        return _active(demande, Preuve.SIGNEE)
    siens = {demande.numero_unique, *demande.alias, numero}
    name = _names_on(page, demande)
    if siens & set(entete.candidats):
        contested = name.accord is Accord.CONTREDIT
        return _active(demande, Preuve.CONTESTEE if contested else Preuve.CONFIRMEE)
    rival = next((d for n in entete.candidats if (d := registre.chercher(n)) is not None), None)
    if rival is not None or name.accord is Accord.CONTREDIT:
        return _active(demande, Preuve.CONTESTEE)
    return _active(demande, Preuve.CONFIRMEE if name.force >= Force.MOYENNE else Preuve.SEULE)


def _from_print(entete: Feuille, registre: Annuaire, page: PageLue | None) -> Destination:
    """The printed number by OCR: one misread digit is another demande, so a name has to agree (R13)."""
    known = {d.numero_unique: d for n in entete.candidats if (d := registre.chercher(n)) is not None}
    named = [d for d in known.values() if _names_on(page, d).force >= Force.MOYENNE]
    if len(named) == 1:
        return _active(named[0], Preuve.CONFIRMEE)
    if len(known) == 1:
        demande = next(iter(known.values()))
        contested = _names_on(page, demande).accord is Accord.CONTREDIT
        return _active(demande, Preuve.CONTESTEE if contested else Preuve.SEULE)
    if not known and (misread := _misread(entete, registre, page)) is not None:
        return _active(misread, Preuve.SEULE)
    if not known and numeros.une_seule_impression(entete.candidats):
        return _unknown(entete.candidats[0])
    return Destination(
        None,
        None,
        motif=Motif.NUMERO_ILLISIBLE,
        message=f"Le numéro unique de la page {entete.page} n'a pu être lu ni dans le code ni en clair.",
    )


def _misread(entete: Feuille, registre: Annuaire, page: PageLue | None) -> Demande | None:
    """The one demande a single glyph away from the print, if the sheet names its demandeur in full.

    Only where that print was not read clearly: a number that is plain to read, and unknown, is unknown.
    """
    if page is None or not entete.candidats:
        return None
    printed = [ligne for ligne in page.texte.lignes if entete.candidats[0] in numeros.imprimes(ligne.texte)]
    if any(ligne.confiance >= LISIBLE for ligne in printed) or not printed:
        return None
    near = registre.parmi(numeros.voisins(entete.candidats[0]))
    named = [d for d in near if _names_on(page, _demandeur(d)).force >= Force.FORTE]
    return named[0] if len(named) == 1 else None


def _demandeur(demande: Demande) -> Demande:
    """With him alone: a co-titulaire may have made a demande of his own, on the same day."""
    return replace(demande, personnes=tuple(p for p in demande.personnes if p.rang == "D"))


def _names_on(page: PageLue | None, demande: Demande) -> Concordance:
    if page is None:
        return Concordance(Accord.MUET)
    lines = [ligne.texte for ligne in page.texte.lignes]
    return confronter(lines, demande.personnes, bien_lu=bien_lu([page]), confiance=confiance([page]))


def _unknown(numero: str) -> Destination:
    return Destination(
        None, numero, motif=Motif.NUMERO_INCONNU, message=f"Le registre ne connaît pas la demande {numero}."
    )


def _active(demande: Demande, preuve: Preuve) -> Destination:
    if not demande.active:
        return Destination(
            demande,
            demande.numero_unique,
            preuve,
            Motif.DEMANDE_RADIEE,
            f"La demande {demande.numero_unique} est radiée : réactivez-la, ou renvoyez la pièce.",
        )
    return Destination(demande, demande.numero_unique, preuve)


def destination_donnee(demande: Demande) -> Destination:
    """Where a named person says that pages go: as good as a signature, and names still confront it (R14)."""
    return _active(demande, Preuve.SIGNEE)


@dataclass(frozen=True, slots=True)
class Arret:
    """Why a piece is not simply filed."""

    statut: StatutPiece
    motif: Motif
    message: str


def identite(noms: Concordance, dest: Destination, *, douteuse: bool) -> Arret | None:
    """R14: held on a contradiction, and wherever nothing confirms a number that needs confirming.

    `douteuse`: a cover sheet may be missing before this piece, so that its silence is no consent.
    """
    if noms.accord is Accord.CONTREDIT:
        return contredite(noms)
    if noms.accord is Accord.MUET and douteuse:
        return _held(
            Motif.IDENTITE_INCOHERENTE,
            "Aucun nom lisible, et une feuille a pu se perdre juste avant cette pièce.",
        )
    needed = {Preuve.CONTESTEE: Force.FORTE, Preuve.SEULE: Force.MOYENNE}.get(dest.preuve, Force.RIEN)
    if noms.force < needed:
        return _held(
            Motif.IDENTITE_INCOHERENTE,
            "Le numéro n'est confirmé ni par la feuille ni par un nom lu sur la pièce.",
        )
    return None


def contredite(noms: Concordance) -> Arret:
    who = ", ".join(noms.autres[:2])
    return _held(Motif.IDENTITE_INCOHERENTE, f"Pièce au nom de {who}, qui n'est pas de ce ménage.")


def lisible(classement: Classement, pages: Sequence[PageLue]) -> bool:
    """Unrecognised and hardly a word read is unreadable too: a type could not be chosen either.

    Not what a hand wrote: a person reads it, and nobody need send it again.
    """
    return classement.qualite.lisible and (classement.type != INCONNU or bien_lu(pages) or d_une_main(pages))


def lisibilite(classement: Classement, pages: Sequence[PageLue]) -> Arret | None:
    """Unreadable, or whole pages missing (« 2/4 » without its fellows)."""
    if not lisible(classement, pages):
        why = ", ".join(classement.qualite.raisons) or "texte illisible"
        return _held(Motif.ILLISIBLE, f"Pièce illisible ({why}) : demandez une nouvelle copie.")
    missing = classement.fields.get("pages_manquantes")
    if missing:
        what = f"la ou les pages {missing}" if missing[0].isdigit() else missing
        return _held(Motif.INCOMPLETE, f"Il manque {what} de cette pièce.")
    return None


def lue_en_entier(noms: Concordance, dest: Destination, pages: Sequence[PageLue]) -> Arret | None:
    """What was left unread, and could not be read since, may name somebody else (R14)."""
    if nommee(noms) or dest.demande is None or not any(p.texte.partielle for p in pages):
        return None
    return _held(
        Motif.ILLISIBLE,
        "Une partie de la pièce n'a pas pu être lue, et le reste ne dit pas de qui elle est : vérifiez-la.",
    )


def nommee(noms: Concordance) -> bool:
    """More than a surname that stands somewhere: what a person of the household is told by."""
    return noms.accord is Accord.CONCORDE and noms.force >= Force.MOYENNE


def classe(classement: Classement, plan: PlanDeClassement) -> Arret | None:
    if classement.type == INCONNU and classement.confidence >= _OF_NO_TYPE:
        return _held(
            Motif.HORS_PERIMETRE,
            "Ce papier ne ressemble à aucune pièce de la liste, qui est limitative : choisissez son type, "
            "s'il en a un, ou écartez-le.",
        )
    if plan.type_ou_inconnu(classement.type).code == INCONNU or plan.est_feuille(classement.type):
        return _held(Motif.MAL_CLASSEE, "Le type de cette pièce n'a pas été reconnu : choisissez-le.")
    if classement.fields.get("falsification"):
        return _held(Motif.FALSIFICATION_SUSPECTEE, classement.fields["falsification"])
    return None


def code_d_un_autre(
    classement: Classement, noms: Concordance, dest: Destination, pages: Sequence[PageLue]
) -> Arret | None:
    """A paper whose code or zone says what neither the print nor the household knows (R14)."""
    if dest.demande is None:
        return None
    why = autrui.contredit(classement, noms, dest.demande, pages, nommee=nommee(noms))
    return _held(Motif.FALSIFICATION_SUSPECTEE, why) if why else None


def age(classement: Classement, plan: PlanDeClassement, today: date) -> Arret | None:
    """R24: by the piece's own date and its type's validity; French identity documents never by date."""
    limit = fin_de_validite(classement, plan)
    if limit is None or limit >= today:
        return None
    if _by_its_end(classement, plan):
        return _held(
            Motif.OBSOLETE, f"Elle vaut, semble-t-il, jusqu'au {limit:%d/%m/%Y} : vérifiez sa durée."
        )
    if {"date_douteuse", "date_au_plus_tard"} & classement.fields.keys():
        return _held(
            Motif.OBSOLETE,
            f"Date difficile à lire : si c'est bien elle, obsolète depuis le {limit:%d/%m/%Y}.",
        )
    return perimee(limit)


def perimee(depuis: date) -> Arret:
    return Arret(StatutPiece.OBSOLETE, Motif.OBSOLETE, f"Pièce obsolète depuis le {depuis:%d/%m/%Y}.")


def fin_de_validite(classement: Classement, plan: PlanDeClassement) -> date | None:
    kind = plan.type_ou_inconnu(classement.type)
    if kind.code == "titre_sejour":
        return _iso(classement.fields.get("fin_validite"))
    if kind.validite_mois is None:
        return None
    # A date misread must not make a piece obsolete: of all that tells its age, the latest counts.
    own = max((day for day in _told(classement) if day is not None), default=None)
    if own is None:  # it tells its end, and not since when
        return _iso(classement.fields.get("fin_validite")) if kind.code == _OF_A_TERM else None
    return echeance(own, kind.validite_mois)


def _by_its_end(classement: Classement, plan: PlanDeClassement) -> bool:
    """Whether it is an end that it prints that is known of its age: another's, or one prolonged, perhaps."""
    return plan.type_ou_inconnu(classement.type).code == _OF_A_TERM and not any(_told(classement))


def _told(classement: Classement) -> list[date | None]:
    """All that tells the age of a piece."""
    year = classement.fields.get("annee_revenus", "")
    year = year if re.fullmatch(r"(?:19|20)[0-9][0-9]", year) else ""
    return [
        _iso(classement.fields.get("date") or classement.fields.get("date_au_plus_tard")),
        _iso(f"{classement.fields.get('periode', '')}-28"),
        _iso(f"{int(year) + 1}-09-01") if year else None,
    ]


def categorie(classement: Classement, plan: PlanDeClassement) -> str:
    if plan.est_feuille(classement.type):
        return A_CLASSER
    return plan.categorie_de(classement.type).code


def personne(noms: Concordance, type_: str) -> str | None:
    """R17: the best placed rank; a paper of the whole household keeps its first adult.

    A birth act names its parents, and a spouse in its margin: it is the first's whom it names.
    """
    if noms.accord is Accord.CONTREDIT or not noms.personnes:
        return None
    ranks = list(noms.personnes)
    if type_ == "acte_naissance":
        return ranks[0]
    adults = [r for r in ranks if not r.startswith("P")]
    return (adults or ranks)[0]


def _held(motif: Motif, message: str) -> Arret:
    return Arret(StatutPiece.A_VERIFIER, motif, message)


def _iso(texte: str | None) -> date | None:
    if not texte:
        return None
    try:
        return date.fromisoformat(texte)
    except ValueError:
        return None
