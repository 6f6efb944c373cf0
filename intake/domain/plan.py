"""The plan de classement: categories, their limits, the types of pieces and their validity (R18–R24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

SORTIE_FEUILLE = ""  # the category of a type that steers the bundle and is no piece
A_CLASSER = "NCL"
INCONNU = "inconnu"


@dataclass(frozen=True, slots=True)
class Categorie:
    code: str
    libelle: str
    limite: int
    par_personne: bool = False
    sensible: bool = False


@dataclass(frozen=True, slots=True)
class TypePiece:
    code: str
    categorie: str
    libelle: str
    sensible: bool | None = None
    validite_mois: int | None = None
    hors_perimetre: bool = False


@dataclass(frozen=True)
class PlanDeClassement:
    """One version of the plan, in force from `date_effet` until the next one's."""

    version: str
    date_effet: date
    categories: Mapping[str, Categorie]
    types: Mapping[str, TypePiece]

    @staticmethod
    def de(
        version: str, date_effet: date, categories: tuple[Categorie, ...], types: tuple[TypePiece, ...]
    ) -> PlanDeClassement:
        return PlanDeClassement(
            version,
            date_effet,
            MappingProxyType({c.code: c for c in categories}),
            MappingProxyType({t.code: t for t in types}),
        )

    def type_ou_inconnu(self, code: str) -> TypePiece:
        """The type; a type that this version does not know is « À classer », never an error."""
        return self.types.get(code) or self.types[INCONNU]

    def categorie_de(self, code_type: str) -> Categorie:
        return self.categories[self.type_ou_inconnu(code_type).categorie]

    def est_feuille(self, code_type: str) -> bool:
        t = self.types.get(code_type)
        return t is not None and t.categorie == SORTIE_FEUILLE

    def sensible(self, code_type: str) -> bool:
        t = self.type_ou_inconnu(code_type)
        return self.categorie_de(code_type).sensible if t.sensible is None else t.sensible


def echeance(de: date, mois: int) -> date:
    """The day `mois` months after `de`, on the last day of a shorter month."""
    rang = de.year * 12 + de.month - 1 + mois
    annee, m = divmod(rang, 12)
    if annee > date.max.year:
        return date.max
    for jour in range(de.day, 27, -1):
        try:
            return date(annee, m + 1, jour)
        except ValueError:
            continue
    return date(annee, m + 1, de.day)
