"""What changed from one version of the plan de classement to another (R18)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from intake.domain.plan import Categorie, PlanDeClassement, TypePiece


@dataclass(frozen=True, slots=True)
class Difference:
    """`quoi`: categorie or type; `champ` empty when it was added (`avant` None) or dropped (`apres` None)."""

    quoi: str
    code: str
    champ: str
    avant: str | None
    apres: str | None


def differences(avant: PlanDeClassement, apres: PlanDeClassement) -> list[Difference]:
    found: list[Difference] = []
    for code in sorted({*avant.categories, *apres.categories}):
        found += _changes("categorie", code, avant.categories.get(code), apres.categories.get(code))
    for code in sorted({*avant.types, *apres.types}):
        found += _changes("type", code, avant.types.get(code), apres.types.get(code))
    return found


def concerne(avant: PlanDeClassement, apres: PlanDeClassement, code_type: str) -> bool:
    """Whether a piece of this type is filed otherwise: its type, or the category that it goes to, changed."""
    old, new = avant.types.get(code_type), apres.types.get(code_type)
    if old is None or new is None or old != new:
        return True
    return avant.categories.get(old.categorie) != apres.categories.get(new.categorie)


def _changes(
    quoi: str, code: str, old: Categorie | TypePiece | None, new: Categorie | TypePiece | None
) -> list[Difference]:
    if old == new:
        return []
    if old is None or new is None:
        return [Difference(quoi, code, "", old.libelle if old else None, new.libelle if new else None)]
    return [
        Difference(quoi, code, f.name, _text(getattr(old, f.name)), _text(getattr(new, f.name)))
        for f in fields(old)
        if getattr(old, f.name) != getattr(new, f.name)
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
