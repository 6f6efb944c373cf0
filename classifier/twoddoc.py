"""Owns the 2D-Doc of State documents: its header, its fields, and the text that its signature covers.

The lengths of the fields come from the tables of `tddoc`, which follow the specification; walking through
them is ours, because a field that is not known, or not as it should be, must not cost the others: the tax
notice of 2025 broke a strict parser (docs/adr/0004).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from tddoc.data_definition import c40

from intake.domain.lecture import PageLue, SymboleLu

_HEADER = {"DC01": 22, "DC02": 22, "DC03": 24, "DC04": 26}
_COUNTRY = 24  # where a version 4 has two letters more than a version 3
_BINARY = "\xdc\x04"  # version 4 in bytes instead of letters: only its header is read
_BINARY_HEADER = 19
_GROUP, _CUT, _UNIT = "\x1d", "\x1e", "\x1f"
_CONTROLS = (
    ("<GS>", _GROUP),
    ("<RS>", _CUT),
    ("<US>", _UNIT),
    ("\u241d", _GROUP),
    ("\u241e", _CUT),
    ("\u241f", _UNIT),
)
_EPOCH = date(2000, 1, 1)
# What kinds of document of the first perimeter are in the plan de classement.
_DOCUMENTS = {
    "00": "facture", "01": "facture", "03": "rib", "04": "avis_imposition", "05": "rib",
    "06": "bulletin_salaire", "07": "carte_identite", "09": "facture", "10": "contrat_travail",
    "11": "releve_bancaire",
    "13": "permis_conduire", "18": "avis_imposition", "28": "avis_imposition",
}  # fmt: skip


class Verdict(StrEnum):
    """Of a code's signature."""

    NON_VERIFIEE = "non_verifiee"  # no list, no signature, or nobody of the list signed it
    VALIDE = "valide"
    FAUSSE = "fausse"


_PARTING = str.maketrans("/;", "  ")


@dataclass(frozen=True, slots=True)
class DeuxDDoc:
    """`type`: code of the plan, "" when the kind of document says nothing to us; `signe`: the text signed."""

    type: str
    champs: dict[str, str] = field(default_factory=dict)
    autorite: str = ""
    certificat: str = ""
    signe_le: date | None = None
    signe: str = ""
    signature: bytes = b""
    symbole: SymboleLu | None = None

    @property
    def noms(self) -> tuple[str, ...]:
        """Without what parts names, in a code and in what is kept of a piece."""
        read = (self.champs.get(key, "").translate(_PARTING).strip() for key in ("46", "48"))
        return tuple(n for n in read if n)

    @property
    def recouvrement(self) -> str:
        """The day of collection as ISO text, "" when there is none."""
        return iso_jour(self.champs.get("4A", ""))


def find_2ddoc(symboles: Iterable[SymboleLu]) -> DeuxDDoc | None:
    """The first 2D-Doc; one of a type that we know before any other."""
    found = [d for s in symboles if (d := parse(s.texte, s)) is not None]
    return next((d for d in found if d.type), found[0] if found else None)


def codes(pages: Iterable[PageLue]) -> list[tuple[PageLue, DeuxDDoc]]:
    return [(p, d) for p in pages for s in p.symboles if (d := parse(s.texte, s)) is not None]


def parse(texte: str, symbole: SymboleLu | None = None) -> DeuxDDoc | None:
    """None when `texte` is no 2D-Doc; a partial reading rather than an error when it is a strange one."""
    if texte.startswith(_BINARY):
        return _binary(texte, symbole)
    for shown, control in _CONTROLS:
        texte = texte.replace(shown, control)
    length = _HEADER.get(texte[:4])
    if length is None or len(texte) < length:
        return None
    if length > _COUNTRY and not texte[_COUNTRY:length].isalpha():
        length = _COUNTRY  # a version 4 without its country: its fields begin there
    signed, _, tail = texte.partition(_UNIT)
    perimeter = int(texte[22:24]) if length > 22 and texte[22:24].isdigit() else 1
    fields = _fields(signed[length:], perimeter)
    kind = _DOCUMENTS.get(texte[20:22], "") if perimeter == 1 else ""
    if len({"41", "45", "46"} & set(fields)) > 1:
        kind = "avis_imposition"  # an income, its year, a declarant: whatever the header says
    day = _day(texte[16:20]) or _day(texte[12:16])
    return DeuxDDoc(kind, fields, texte[4:8], texte[8:12], day, signed, _signature(tail), symbole)


def iso_jour(jjmmaaaa: str) -> str:
    if not re.fullmatch(r"[0-9]{8}", jjmmaaaa):
        return ""
    try:
        return date(int(jjmmaaaa[4:]), int(jjmmaaaa[2:4]), int(jjmmaaaa[:2])).isoformat()
    except ValueError:
        return ""


def _binary(texte: str, symbole: SymboleLu | None) -> DeuxDDoc | None:
    if len(texte) < _BINARY_HEADER or any(ord(c) > 255 for c in texte[:_BINARY_HEADER]):
        return None
    raw = texte[:_BINARY_HEADER].encode("latin-1")
    kind = _DOCUMENTS.get(f"{raw[16]:02d}", "") if int.from_bytes(raw[17:19], "big") == 1 else ""
    return DeuxDDoc(kind, symbole=symbole)


def _day(days: str) -> date | None:
    if not re.fullmatch(r"[0-9A-Fa-f]{4}", days) or days.upper() == "FFFF":
        return None
    return _EPOCH + timedelta(days=int(days, 16))


def _signature(tail: str) -> bytes:
    """Base32 without its padding; what cannot be decoded is no signature."""
    letters = re.match(r"[A-Z2-7]*", tail.strip())
    text = letters[0] if letters else ""
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return b""


def _fields(message: str, perimeter: int) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at + 2 <= len(message):
        key = message[at : at + 2]
        if not re.fullmatch(r"[0-9A-Z]{2}", key):
            # Lost: a field was longer or shorter than the tables say. The next separator is firm ground.
            at = _next(message, at) + 1
            continue
        at += 2
        stop = _end(message, at, key, perimeter)
        found.setdefault(key, message[at:stop].strip())
        at = stop + (1 if message[stop : stop + 1] in (_GROUP, _CUT) else 0)
    return found


def _end(message: str, at: int, key: str, perimeter: int) -> int:
    _, known = c40.datatype_get(perimeter, key)
    separated = _next(message, at)
    if known.fixed is not None:
        return min(separated, at + int(known.fixed))
    most = known.encoding.size_max
    # A value of its greatest length carries no separator after it.
    return separated if most is None else min(separated, at + int(most))


def _next(message: str, at: int) -> int:
    ends = [end for control in (_GROUP, _CUT) if (end := message.find(control, at)) >= 0]
    return min(ends, default=len(message))
