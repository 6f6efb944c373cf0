"""A plan de classement as a JSON document, for its row in the database."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from intake.domain.plan import Categorie, PlanDeClassement, TypePiece


def to_document(plan: PlanDeClassement) -> dict[str, Any]:
    return {
        "version": plan.version,
        "date_effet": plan.date_effet.isoformat(),
        "categories": [msgspec.to_builtins(c) for c in plan.categories.values()],
        "types": [msgspec.to_builtins(t) for t in plan.types.values()],
    }


def from_document(document: dict[str, Any]) -> PlanDeClassement:
    return PlanDeClassement.de(
        document["version"],
        date.fromisoformat(document["date_effet"]),
        tuple(Categorie(**c) for c in document["categories"]),
        tuple(TypePiece(**t) for t in document["types"]),
    )
