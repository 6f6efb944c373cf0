"""What exists for a caller in one transaction: `intake.domain.existence` over rows, each read once."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import replace

from intake.domain import numero as numeros
from intake.domain.acces import Acteur, Role
from intake.domain.envoi import Envoi, Piece
from intake.domain.existence import EN_MAIN, Existe, Situation, existe
from intake.domain.plan import PlanDeClassement
from storage.existence import Sensibles
from storage.uow import SqlTransaction

_NUMBER = re.compile(
    r"(?<![0-9A-Z])\d[0-9AB]{2}[ .\-\u00a0]?\d{4}[ .\-\u00a0]?\d{6}[ .\-\u00a0]?[0-9A-Z]{5}(?![0-9A-Z])"
)
TU = "(numéro d'une autre demande)"


def sensibles(plan: PlanDeClassement) -> Sensibles:
    return Sensibles(
        frozenset(code for code in plan.types if not plan.est_feuille(code) and plan.sensible(code)),
        frozenset(c.code for c in plan.categories.values() if c.sensible),
    )


def sensible(plan: PlanDeClassement, piece: Piece) -> bool:
    category = plan.categories.get(piece.categorie)
    return plan.sensible(piece.type) or (category is not None and category.sensible)


class Regard:
    """Of one caller, for one transaction."""

    def __init__(self, tx: SqlTransaction, acteur: Acteur, plan: PlanDeClassement) -> None:
        self._tx = tx
        self._acteur = acteur
        self._plan = plan
        self._envois: dict[str, Envoi | None] = {}
        self._titulaires: dict[str, tuple[str, str | None] | None] = {}

    def existe(self, piece: Piece) -> Existe:
        envoi = self._envoi(piece.envoi)
        seen = Situation(
            deposant=envoi.deposant if envoi else None,
            bordereau=_nomme(envoi),
            demande=piece.demande,
            numero=piece.numero_lu,
            sensible=sensible(self._plan, piece),
        )
        if piece.demande is not None:
            led = self._titulaire(piece.demande)
            seen = replace(seen, guichet=led[1] if led else None)
            if self._acteur.role is Role.NUMERISEUR:
                history = self._tx.histoire.de_piece(piece.id)
                seen = replace(seen, deplacee=any(a.fait.action == "deplacer" for a in history))
        elif self._acteur.role is Role.GESTIONNAIRE and seen.bordereau is None and seen.numero is None:
            seen = replace(seen, voisine=self._tx.api.voisine(self._acteur, piece.envoi))
        return existe(self._acteur, seen)

    def voit(self, piece: Piece) -> bool:
        return self.existe(piece) is Existe.TOUT

    def voit_envoi(self, envoi: Envoi) -> bool:
        """Its sender, the guichet that its bordereau names, and gestionnaires for whom some of it exists."""
        self._envois[envoi.id] = envoi
        if self.partie(envoi):
            return True
        if self._acteur.role is not Role.GESTIONNAIRE:
            return False
        return any(self.voit(p) for p in self._tx.pieces.de_envoi(envoi.id))

    def partie(self, envoi: Envoi) -> bool:
        """Whether what is said of the envoi as a whole is said to this caller."""
        actor = self._acteur
        named = actor.role in EN_MAIN and actor.guichet is not None and _nomme(envoi) == actor.guichet
        return envoi.deposant == actor.deposant or named

    def suit(self, numero: str | None) -> bool:
        led = self._titulaire(numero) if numero else None
        return led is not None and self._acteur.suit(*led)

    def tait(self, texte: str, dits: frozenset[str] = frozenset()) -> str:
        """`texte` without the numbers of demandes that are not the caller's; `dits`: those it said itself."""

        self._connaitre(nombres(texte) - dits)

        def told(m: re.Match[str]) -> str:
            number = numeros.compact(m[0])
            led = self._titulaires[number] if number not in dits else None
            return TU if led is not None and not self._acteur.suit(*led) else m[0]

        return _NUMBER.sub(told, texte)

    def _envoi(self, identifiant: str) -> Envoi | None:
        if identifiant not in self._envois:
            self._envois[identifiant] = self._tx.envois.lire(identifiant)
        return self._envois[identifiant]

    def _titulaire(self, numero: str) -> tuple[str, str | None] | None:
        self._connaitre({numero})
        return self._titulaires[numero]

    def _connaitre(self, numbers: Set[str]) -> None:
        new = sorted(numbers - self._titulaires.keys())
        if new:
            self._titulaires |= dict.fromkeys(new) | self._tx.api.titulaires(new)


def nombres(texte: str) -> frozenset[str]:
    """What in a text has the shape of a number, in its compact form."""
    return frozenset(numeros.compact(m[0]) for m in _NUMBER.finditer(texte))


def _nomme(envoi: Envoi | None) -> str | None:
    named = envoi.bordereau.get("guichet") if envoi is not None and envoi.bordereau else None
    return str(named) if named is not None else None
