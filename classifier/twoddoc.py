"""Owns the 2D-Doc of State documents: its type and the few fields of it that serve here.

Fields that are not known are passed over: a new tax notice must not break the reading of the old ones.
The signature is not verified here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from intake.domain.lecture import SymboleLu

_HEADER = {"DC01": 22, "DC02": 22, "DC03": 24, "DC04": 26}
_GROUP, _UNIT = "\x1d", "\x1f"
# Length of the fields of fixed length among those that may stand beside ours.
_FIXED = {"44": 13, "45": 4, "47": 13, "49": 13, "4A": 8, "4B": 0}
_DOCUMENTS = {
    "00": "facture", "01": "facture", "02": "", "03": "rib", "04": "avis_imposition", "05": "rib",
    "06": "bulletin_salaire", "07": "carte_identite", "10": "contrat_travail", "11": "releve_bancaire",
    "13": "permis_conduire", "18": "avis_imposition", "28": "avis_imposition",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeuxDDoc:
    type: str  # code of the plan, "" when the kind of document says nothing to us
    champs: dict[str, str] = field(default_factory=dict)

    @property
    def noms(self) -> tuple[str, ...]:
        return tuple(n for key in ("46", "48") if (n := self.champs.get(key, "").replace("/", " ").strip()))


def find_2ddoc(symboles: Iterable[SymboleLu]) -> DeuxDDoc | None:
    for symbol in symboles:
        parsed = parse(symbol.texte)
        if parsed is not None:
            return parsed
    return None


def parse(texte: str) -> DeuxDDoc | None:
    """None when `texte` is no 2D-Doc; a partial reading rather than an error when it is a strange one."""
    length = _HEADER.get(texte[:4])
    if length is None or len(texte) < length:
        return None
    code = texte[20:22]
    message = texte[length:].split(_UNIT)[0]
    fields = _fields(message)
    kind = _DOCUMENTS.get(code, "")
    if "45" in fields and ("46" in fields or "41" in fields):
        kind = "avis_imposition"
    return DeuxDDoc(kind, fields)


def _fields(message: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at + 2 <= len(message):
        key = message[at : at + 2]
        if not re.fullmatch(r"[0-9A-Z]{2}", key):
            break
        at += 2
        end = message.find(_GROUP, at)
        stop = at + _FIXED[key] if key in _FIXED else end if end >= 0 else len(message)
        found.setdefault(key, message[at:stop].strip())
        at = stop + (1 if message[stop : stop + 1] == _GROUP else 0)
    return found
