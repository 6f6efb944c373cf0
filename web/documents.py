"""The documents people hand to the command line: a register of demandes, a plan de classement."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from intake.domain import numero as numeros
from intake.domain.demande import NAISSANCE_AU_PLUS_TOT, Demande, Personne
from intake.domain.plan import INCONNU, SORTIE_FEUILLE, Categorie, PlanDeClassement, TypePiece
from intake.errors import RegistreInvalide


def read_register(path: Path, aujourd_hui: date) -> Iterator[Demande]:
    """One demande a line (``spec/cli.md``). Raises RegistreInvalide naming the line."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for n, line in enumerate(lines, 1):
                if line.strip():
                    yield _demande(line, f"{path.name}, ligne {n}", aujourd_hui)
    except (OSError, UnicodeDecodeError) as e:
        raise RegistreInvalide(f"« {path.name} » ne peut pas être lu comme un texte UTF-8.") from e


def _demande(line: str, where: str, aujourd_hui: date) -> Demande:
    try:
        raw = json.loads(line)
    except ValueError as e:
        raise RegistreInvalide(f"{where} : ce n'est pas un objet JSON.") from e
    if not isinstance(raw, dict):
        raise RegistreInvalide(f"{where} : ce n'est pas un objet JSON.")
    demande = demande_of(raw, where)
    check_births(demande, where, aujourd_hui)
    return demande


def demande_of(raw: dict[str, Any], where: str) -> Demande:
    """A demande from its JSON object. Raises RegistreInvalide."""
    known = {name: raw.get(name) for name in Demande.__slots__ if raw.get(name) is not None}
    known["numero_unique"] = _numero(raw.get("numero_unique"), where)
    known["alias"] = sorted({_numero(a, where) for a in raw.get("alias") or []})
    known["personnes"] = [_personne(p, where) for p in raw.get("personnes") or []]
    try:
        demande = msgspec.convert(known, Demande)
    except msgspec.ValidationError as e:
        raise RegistreInvalide(f"{where} : {e}.") from e
    if len({p.rang for p in demande.personnes}) != len(demande.personnes):
        raise RegistreInvalide(f"{where} : deux personnes ont le même rang.")
    if demande.numero_unique in demande.alias:
        raise RegistreInvalide(f"{where} : {demande.numero_unique} n'est pas son propre alias ; retirez-le.")
    return demande


def check_births(demande: Demande, where: str, aujourd_hui: date) -> None:
    """Raises RegistreInvalide for a birth to come, or of somebody older than anybody ever was."""
    for p in demande.personnes:
        if not p.peut_etre_nee(aujourd_hui):
            raise RegistreInvalide(
                f"{where} : la date de naissance de {p.rang}, {p.date_naissance:%d/%m/%Y}, doit être entre le"
                f" {NAISSANCE_AU_PLUS_TOT:%d/%m/%Y} et le {aujourd_hui:%d/%m/%Y} : corrigez-la, ou videz-la."
            )


def _personne(raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise RegistreInvalide(f"{where} : une personne n'est pas un objet JSON.")
    return {name: raw[name] for name in Personne.__slots__ if raw.get(name) is not None}


def _numero(raw: Any, where: str) -> str:
    numero = numeros.lire(raw) if isinstance(raw, str) else None
    if numero is None:
        raise RegistreInvalide(f"{where} : « {raw} » n'est pas un numéro unique.")
    return str(numero)


def read_plan(path: Path) -> PlanDeClassement:
    """A plan as ``spec/plan-de-classement.toml`` writes it. Raises RegistreInvalide."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise RegistreInvalide(f"« {path.name} » n'est pas un document TOML lisible : {e}.") from e
    try:
        categories = tuple(_categorie(c) for c in raw["categorie"])
        types = tuple(_type(t) for t in raw["type"])
        effet = raw["date_effet"]
        plan = PlanDeClassement.de(str(raw["version"]), effet, categories, types)
    except (KeyError, TypeError, ValueError) as e:
        raise RegistreInvalide(f"Plan « {path.name} » : champ absent ou de mauvaise forme ({e}).") from e
    _check(plan, len(categories), len(types))
    return plan


def _categorie(raw: dict[str, Any]) -> Categorie:
    if raw.get("par", "menage") not in ("menage", "personne"):
        raise ValueError(f"par = {raw['par']!r}")
    limite = raw["limite"]
    if not isinstance(limite, int) or limite < 0:
        raise ValueError(f"limite = {limite!r}")
    return Categorie(
        raw["code"], raw["libelle"], limite, raw.get("par") == "personne", bool(raw.get("sensible"))
    )


def _type(raw: dict[str, Any]) -> TypePiece:
    return TypePiece(
        raw["code"],
        raw["categorie"],
        raw["libelle"],
        raw.get("sensible"),
        raw.get("validite"),
        bool(raw.get("hors_perimetre")),
    )


def _check(plan: PlanDeClassement, categories: int, types: int) -> None:
    if not isinstance(plan.date_effet, date):
        raise RegistreInvalide("Plan : date_effet n'est pas une date.")
    if len(plan.categories) != categories or len(plan.types) != types:
        raise RegistreInvalide("Plan : un code de catégorie ou de type est donné deux fois.")
    lost = [t.code for t in plan.types.values() if t.categorie not in {*plan.categories, SORTIE_FEUILLE}]
    if lost:
        raise RegistreInvalide(f"Plan : types d'une catégorie qui n'existe pas : {', '.join(lost)}.")
    if INCONNU not in plan.types or plan.types[INCONNU].categorie not in plan.categories:
        raise RegistreInvalide(
            f"Plan : il faut un type « {INCONNU} » et sa catégorie, pour ce qui est à classer."
        )
