"""Routes of the plan de classement: in force, at a date, its versions, and the check before posting (R10)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from flask import Response, request

from intake.domain import numero as numeros
from intake.domain.acces import Acteur, Role
from intake.domain.demande import Demande
from intake.domain.jour import jour_civil
from intake.domain.plan import PlanDeClassement
from intake.domain.plan_differences import differences
from storage.plan_rows import to_document
from storage.uow import SqlTransaction
from web.api import schemas as s
from web.api.blueprint import api
from web.api.guard import acteur, cible, plan_en_vigueur, site
from web.api.regard import sensibles


@api.get("/plan")
@api.input(s.PlanVoulu, location="query")
@api.output(s.PlanVu)
@api.doc(tags=["Plan"], summary="Le plan en vigueur, ou à une date ; ETag et If-None-Match")
def plan_en_vigueur_lire(query_data: dict[str, Any]) -> Response:
    day = query_data["date"] or jour_civil(site().clock.now())
    with site().uow() as tx:
        found = to_document(tx.plans.en_vigueur(day))
    body = json.dumps(found, ensure_ascii=False, sort_keys=True)
    answer = Response(body, content_type="application/json")
    answer.set_etag(hashlib.sha256(body.encode()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, max-age=60"
    answer.make_conditional(request)
    return answer


@api.get("/plan/versions")
@api.output(s.Versions)
@api.doc(tags=["Plan"], summary="Les versions du plan, par date d'effet")
def plan_versions() -> dict[str, Any]:
    with site().uow() as tx:
        current = plan_en_vigueur(tx).version
        found = tx.api.plans()
    return {
        "versions": [{"version": v, "date_effet": d, "en_vigueur": v == current} for v, d in found],
    }


@api.get("/plan/differences")
@api.input(s.DeuxVersions, location="query")
@api.output(s.Differences)
@api.doc(tags=["Plan"], summary="Ce qui a changé entre les plans en vigueur à deux dates")
def plan_differences(query_data: dict[str, Any]) -> dict[str, Any]:
    with site().uow() as tx:
        old, new = tx.plans.en_vigueur(query_data["de"]), tx.plans.en_vigueur(query_data["a"])
    found = [asdict(d) for d in differences(old, new)]
    return {"de": old.version, "a": new.version, "differences": found}


@api.get("/demandes/<numero>/occupation")
@api.output(s.Occupation)
@api.doc(tags=["Plan"], summary="Places prises et restantes de chaque catégorie d'une demande")
def occupation(numero: str) -> dict[str, Any]:
    del numero
    demande = cible().demande
    assert demande is not None
    with site().uow() as tx:
        plan = plan_en_vigueur(tx)
        return {
            "numero_unique": demande.numero_unique,
            "plan": plan.version,
            "categories": places(tx, demande, plan, acteur()),
        }


def places(
    tx: SqlTransaction, demande: Demande, plan: PlanDeClassement, actor: Acteur
) -> list[dict[str, Any]]:
    """A sensitive category is absent without the clearance (R31)."""
    taken = tx.places.occupees(demande.numero_unique)
    found = []
    for category in plan.categories.values():
        if category.sensible and not actor.habilite:
            continue
        people = [p.rang for p in demande.personnes] if category.par_personne else [""]
        people += sorted(w for c, w in taken if c == category.code and w not in people)
        for who in people:
            count = taken.get((category.code, who), 0)
            found.append(
                {
                    "categorie": category.code,
                    "libelle": category.libelle,
                    "personne": who or None,
                    "limite": category.limite,
                    "occupees": count,
                    "restantes": max(0, category.limite - count),
                }
            )
    return found


@api.post("/precontrole")
@api.input(s.Precontrole)
@api.output(s.PrecontroleJuge)
@api.doc(tags=["Plan"], summary="Contrôler avant envoi une liste de demandes et de types (R10, R19)")
def precontrole(json_data: dict[str, Any]) -> dict[str, Any]:
    """Each line takes its place for the lines that follow: a list that does not fit shows where."""
    with site().uow() as tx:
        plan = plan_en_vigueur(tx)
        judge = _Judge(tx, plan, acteur())
        return {"plan": plan.version, "lignes": [judge(line) for line in json_data["lignes"]]}


class _Judge:
    def __init__(self, tx: SqlTransaction, plan: PlanDeClassement, actor: Acteur) -> None:
        self._tx, self._plan, self._actor = tx, plan, actor
        self._hidden = sensibles(plan)
        self._demandes: dict[str, tuple[Demande, dict[tuple[str, str], int]] | None] = {}
        self._announced: Counter[tuple[str, str, str]] = Counter()

    def __call__(self, line: dict[str, Any]) -> dict[str, Any]:
        told = {"numero": line["numero"], "type": line["type"]}
        known = self._known(line["numero"])
        if known is None:
            return {**told, "verdict": "demande_inconnue"}
        demande, taken = known
        if not demande.active:
            return {**told, "verdict": "demande_radiee"}
        kind = self._plan.types.get(line["type"])
        if kind is None or self._plan.est_feuille(kind.code):
            return {**told, "verdict": "type_inconnu"}
        category = self._plan.categories[kind.categorie]
        who = (line["personne"] or "D") if category.par_personne else ""
        key = (demande.numero_unique, category.code, who)
        left = category.limite - taken.get(key[1:], 0) - self._announced[key]
        self._announced[key] += left > 0
        verdict = "categorie_pleine" if left <= 0 else "possible"
        if left > 0 and kind.hors_perimetre:
            verdict = "hors_perimetre"
        told |= {"verdict": verdict, "categorie": category.code}
        if category.code in self._hidden.categories and not self._actor.habilite:
            return told  # whether it fits must be known; how many are there is not for everybody (R31)
        return {**told, "limite": category.limite, "restantes": max(0, left - 1)}

    def _known(self, text: str) -> tuple[Demande, dict[tuple[str, str], int]] | None:
        numero = numeros.lire(text)
        if numero is None:
            return None
        if numero.valeur not in self._demandes:
            found = self._tx.registre.chercher(numero.valeur)
            mine = found is not None and (
                self._actor.role is Role.NUMERISEUR or self._actor.suit(found.numero_unique, found.guichet)
            )
            self._demandes[numero.valeur] = (
                (found, self._tx.places.occupees(found.numero_unique)) if found and mine else None
            )
        return self._demandes[numero.valeur]
