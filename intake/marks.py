"""The meaning of a decoded text: pure, and never an exception. Every form is in ``spec/marks.md``.

Where a sheet's code could not be decoded, `imprimee` says what its print shows in the code's place.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from intake.domain import numero as numeros
from intake.domain.lecture import SymboleLu, TexteLu

_LONGEST = 4096  # no symbol holds more text than this; longer is not worth looking at
_KEYS_OF_NUMBER = {"NUD", "NUMERO", "NUMEROUNIQUE", "NUMERO_UNIQUE", "NUM", "NU", "N", "NUR", "NUMERODEMANDE"}
_KIND_OF_SHEET = {"ATT": "attestation", "FIC": "fiche", "BOR": "bordereau", "SEP": "separateur"}

PAR_OCR = "OCR"  # the symbology of a mark that was printed, not coded
_ANNOUNCED = re.compile(
    r"^\W*(?:nombre (?:total )?de pieces(?: (?:justificatives|jointes|annoncees|transmises))*|"
    r"pieces (?:jointes|annoncees|transmises))\W{1,3}(\d{1,3})$"
)
_COUNT_READ = 90.0  # confidence
_OPENING = 4000  # characters of a page in which its title stands
_TITLES = {
    "bordereau": re.compile(r"bordereau de transmission"),
    "fiche": re.compile(r"fiche r.?capitulative"),
    "attestation": re.compile(r"attestation .{0,25}?(?:enregistrement|renouvellement|demande de logement)"),
}


class Genre(StrEnum):
    """What a mark says the page is."""

    ATTESTATION = "attestation"
    FICHE = "fiche"
    BORDEREAU = "bordereau"
    SEPARATEUR = "separateur"
    DEUX_D_DOC = "2ddoc"
    INCONNU = "inconnu"


class Signature(StrEnum):
    VALIDE = "valide"
    FAUSSE = "fausse"
    ABSENTE = "absente"
    NON_VERIFIEE = "non_verifiee"  # signed, but this site has no key


@dataclass(frozen=True, slots=True)
class Marque:
    """A decoded mark and what it means; counts are None when the sheet announces none."""

    genre: Genre
    texte: str
    symbologie: str = "QRCODE"
    numero_unique: str | None = None
    bordereau: str | None = None
    guichet: str | None = None
    pieces: int | None = None
    fiches: int | None = None
    edition: date | None = None
    renouvellement: bool | None = None
    signature: Signature = Signature.ABSENTE

    @property
    def signee(self) -> bool:
        return self.signature is Signature.VALIDE


def sign(texte: str, key: bytes) -> str:
    """The `S` field of `texte`: 16 characters of the Base32 of its HMAC-SHA256 (``marks.md`` §3)."""
    return base64.b32encode(hmac.new(key, texte.encode(), hashlib.sha256).digest())[:16].decode()


def interpret(symbole: SymboleLu, keys: tuple[bytes, ...] = ()) -> Marque:
    """What `symbole` means; `keys` are the signing keys in force, newest first (rotation keeps the old)."""
    texte = symbole.texte.strip().strip("\x00\ufeff")[:_LONGEST]
    marque = (
        _own_form(texte, keys)
        or _two_d_doc(texte, symbole)
        or _number_alone(texte)
        or _url(texte)
        or _pairs(texte)
    ) or Marque(Genre.INCONNU, texte)
    return replace(marque, texte=symbole.texte, symbologie=symbole.symbologie)


def interpret_all(symboles: Iterable[SymboleLu], keys: tuple[bytes, ...] = ()) -> tuple[Marque, ...]:
    return tuple(interpret(s, keys) for s in symboles)


def attendue(texte: TexteLu) -> bool:
    """Whether the page's words are those of a sheet that carries a QR code (R7)."""
    words = _plain(texte.texte)
    return _title(words) is not None or "numero unique" in words


def imprimee(texte: TexteLu) -> Marque | None:
    """The number that a sheet shows in print: a candidate, that a name has to confirm (R13).

    None where the page is no attestation or fiche, shows no number, or shows two.
    """
    genre = _title(_plain(texte.texte))
    if genre not in (Genre.ATTESTATION, Genre.FICHE):
        return None
    printed = numeros.imprimes(texte.texte)
    as_they_stand = [n for n in printed if n in numeros.compact(texte.texte)]
    if not printed or len(as_they_stand) > 1:
        return None
    return Marque(genre, printed[0], PAR_OCR, numero_unique=printed[0], pieces=annoncees(genre, texte))


def annoncees(genre: Genre, texte: TexteLu) -> int | None:
    """« Nombre de pièces jointes : 7 » on a fiche, its figures read surely; R8 counts by it."""
    found = [
        (int(m[1]), ligne.confiance_de(len(ligne.texte) - len(m[1]), len(ligne.texte)))
        for ligne in texte.lignes
        if genre is Genre.FICHE and (m := _ANNOUNCED.search(_plain(ligne.texte)))
    ]
    (count, sure) = found[0] if len(found) == 1 else (None, 0.0)
    return count if sure >= _COUNT_READ else None


def _title(words: str) -> Genre | None:
    """What the sheet calls itself first: further down it may name another."""
    found = [(m.start(), genre) for genre, title in _TITLES.items() if (m := title.search(words))]
    return Genre(min(found)[1]) if found else None


def _plain(texte: str) -> str:
    words = unicodedata.normalize("NFKD", texte[:_OPENING].lower())
    return re.sub(r"\s+", " ", "".join(c for c in words if not unicodedata.combining(c)))


def _own_form(texte: str, keys: tuple[bytes, ...]) -> Marque | None:
    head, *rest = texte.split(";")
    if head.strip().upper() != "DU1":
        return None
    values = {k.strip().upper(): v.strip() for k, _, v in (part.partition("=") for part in rest)}
    kind = _KIND_OF_SHEET.get(values.get("T", "").upper())
    if kind is None:
        return Marque(Genre.INCONNU, texte)  # a sheet of ours that does not exist (yet): not to be guessed at
    numero = numeros.lire(values.get("N", ""))
    return Marque(
        genre=Genre(kind),
        texte=texte,
        numero_unique=str(numero) if numero else None,
        bordereau=values.get("B") or None,
        guichet=values.get("G") or None,
        pieces=_count(values.get("P")),
        fiches=_count(values.get("F")),
        edition=_day(values.get("D")),
        renouvellement={"R": True, "E": False}.get(values.get("A", "").upper()),
        signature=_check(texte, values.get("S"), keys),
    )


def _check(texte: str, given: str | None, keys: tuple[bytes, ...]) -> Signature:
    if not given:
        return Signature.ABSENTE
    if not keys:
        return Signature.NON_VERIFIEE
    # The signature covers the bytes before it, and must close the text: a field added after it is unsigned.
    signed, _, tail = texte.rpartition(";S=")
    whole = tail.strip() == given
    good = any(hmac.compare_digest(sign(signed, key).encode(), given.upper().encode()) for key in keys)
    return Signature.VALIDE if whole and good else Signature.FAUSSE


def _two_d_doc(texte: str, symbole: SymboleLu) -> Marque | None:
    if not re.match(r"DC0[1-9][0-9A-Z]{4}", texte):
        return None
    return Marque(Genre.DEUX_D_DOC, texte, symbole.symbologie)


def _number_alone(texte: str) -> Marque | None:
    numero = numeros.lire(texte)
    return Marque(Genre.ATTESTATION, texte, numero_unique=str(numero)) if numero else None


def _url(texte: str) -> Marque | None:
    if not re.match(r"(?i)https?://|www\.", texte):
        return None
    try:
        parts = urlsplit(texte)
    except ValueError:
        return None
    pairs = [pair.partition("=") for pair in re.split(r"[&;]", f"{parts.query}&{parts.fragment}")]
    named = [v for k, _, v in pairs if k.upper() in _KEYS_OF_NUMBER]
    places = [*named, *(v for _, _, v in pairs), *reversed(parts.path.split("/")), parts.path]
    found = {str(n): None for place in places if (n := numeros.lire(unquote(place).replace("+", " ")))}
    if len(found) != 1:  # two different numbers: nobody can say whose page this is
        return None
    kind = {k.upper(): v.upper() for k, _, v in pairs}.get("T")
    renewal = {"R": True, "E": False}.get(kind or "")
    return Marque(Genre.ATTESTATION, texte, numero_unique=next(iter(found)), renouvellement=renewal)


def _pairs(texte: str) -> Marque | None:
    parts = [p.partition("=") for p in re.split(r"[;|\r\n]+", texte) if "=" in p]
    values = {k.strip().upper(): v.strip() for k, _, v in parts}
    found = {str(n) for k in _KEYS_OF_NUMBER & values.keys() if (n := numeros.lire(values[k]))}
    if len(found) != 1:
        return None
    renewal = {"R": True, "E": False}.get(values.get("TYPE", values.get("T", "")).upper()[:1])
    return Marque(Genre.ATTESTATION, texte, numero_unique=found.pop(), renouvellement=renewal)


def _count(texte: str | None) -> int | None:
    return int(texte) if texte and texte.isascii() and texte.isdigit() and len(texte) < 6 else None


def _day(texte: str | None) -> date | None:
    if not texte or not re.fullmatch(r"[0-9]{8}", texte):
        return None
    try:
        return date(int(texte[:4]), int(texte[4:6]), int(texte[6:]))
    except ValueError:
        return None
