"""Owns what is read of a piece besides its type: dates, period, amounts of an avis, names, page numbering.

Keys of `Classement.fields`: `date` `periode` `annee_revenus` `rfr` `numero_fiscal` `fin_validite` `noms`
(joined by `;`) `page_numero` `pages_manquantes` (« 2, 3 », « la fin ») `nir` (« present ») `nir_boites`
(`page:gauche,haut,droite,bas;…`). A value that was not read is absent. The NIR itself is never given.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence

from classifier.avis import figures
from classifier.completeness import absent
from classifier.dates import DateLue, dates, months
from classifier.names import people, signers
from classifier.numbering import numbering
from classifier.scores import ScorePage
from classifier.text import plain
from intake.domain.lecture import LigneLue, PageLue

_NIR = re.compile(
    r"(?<!\d)[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|"
    r"2[AB])[ .]?\d{3}[ .]?\d{3}(?:[ .\-]{0,3}\d{2})?(?!\d)"
)
_PERIODIC = frozenset(
    "bulletin_salaire quittance_loyer attestation_caf attestation_france_travail releve_bancaire "
    "notification_retraite pension_invalidite indemnites_journalieres facture".split()
)
# Of these, one is made for each month: a date far from that month is somebody's entry, birth or seniority.
_MONTHLY = frozenset({"bulletin_salaire", "quittance_loyer", "attestation_france_travail"})
_EXPIRING = frozenset(
    "titre_sejour carte_identite passeport permis_conduire carte_mobilite_inclusion "
    "attestation_domiciliation notification_mdph certificat_scolarite carte_vitale".split()
)
# Words before a date (folded, nearest last) and what they say of it as the document's own date.
_CONTEXTS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        (r"\bfait\b.{0,40}$|\bfait a\b|fait le|signe le|delivre[e]? (?:a .{0,30})?le\b|delivrance", 6.0),
        (r"date (?:de |d )?(?:la |l )?(?:etablissement|edition|emission|de l acte|du document|"
            r"de la decision|de delivrance|de la facture|de paiement|facture|issue)", 6.0),
        (r"edite[e]? le|emise? le|etabli[e]? le|imprime[e]? le|date du jour|en date du|paye le|"
            r"paiement le|paiement du|verse le|date d? ?attestation", 5.0),
        (r"notifie[e]? le|decision du|seance du|jugement du|rendu le|prononce le|audience du|"
            r"arrete du maire|quittance du|enregistre[e]? le|conclu le|mise en recouvrement", 4.0),
        (r"(?:^|\s)le$|\ble : ?$|\bdate$", 2.5),
        (r"\bau$|jusqu au$", -9.0),
        (r"^vu |^considerant|\bvu l", -7.0),
        (r"\b4a$|copie delivree|extrait delivre", 6.0),
        (r"\bne[e]?(?: le)?$|\bne[e]?\b.{0,12}$|naissance|naiss|birth|anniversaire", -12.0),
        (r"valable(?! du$)|expir|validite|echeance|avant le|fin de|limite|jusqu", -9.0),
        (r"embauche|entree|\bentre[e]? le|anciennete|\banc\b|recrute|engage[e]? le|titularis|"
            r"sortie|presence|inscri(?:t|te|ption) (?:le|depuis)", -9.0),
        (r"depuis(?: le)?$|a compter du$", -4.0),
        (r"depuis|a compter|a partir|effet|debut|point de depart|ouverture|"
            r"mariage|maries|deces|decede", -3.0),
        (r"\bloi\b|decret|\bcode\b|ordonnance n|arrete du|article|circulaire|convention collective", -8.0),
    )
)  # fmt: skip


def extract(type_: str, pages: Sequence[PageLue], scores: Sequence[ScorePage]) -> dict[str, str]:
    """What could be read; the first pages are preferred."""
    lines = [line.texte for page in pages[:12] for line in page.texte.lignes]
    found: dict[str, str] = {}
    found["date"] = _own_date(type_, lines)
    if type_ in _PERIODIC:
        found["periode"] = _period(lines)
    if type_ in _MONTHLY:
        found["date"] = _of_period(found["date"], found["periode"])
    if type_ == "avis_imposition":
        found.update(_tax(lines, scores))
    if type_ in _EXPIRING:
        found["fin_validite"] = _expiry(lines, scores)
    hosts = signers(pages) if type_ == "attestation_hebergement" else ()
    about = [n for n in people(pages, scores) if n not in hosts]  # the hosted come first
    found["noms"] = ";".join([*about, *hosts])
    found["page_numero"] = next((str(n) for p in pages[:1] if (n := numbering(p))), "")
    found["pages_manquantes"] = absent(type_, pages, titre=_headed(type_, scores))
    found.update(_nir(pages))
    return {key: value for key, value in found.items() if value}


def _headed(type_: str, scores: Sequence[ScorePage]) -> bool:
    head = scores[0].entete() if scores else None
    return head is not None and head.regle.type == type_


def _of_period(own: str, period: str) -> str:
    """The document's date if it fits its period; else the end of the period, never a doubtful one."""
    if not period:
        return own
    year, month = int(period[:4]), int(period[5:7])
    if own and -1 <= (int(own[:4]) - year) * 12 + int(own[5:7]) - month <= _LATE_MONTHS:
        return own
    return f"{period}-{monthrange(year, month)[1]:02d}"


def _context(lines: Sequence[str], index: int, read: DateLue) -> str:
    here = plain(lines[index][: read.debut])
    if len(here) < 12 and index:
        reach = 12 if here == "le" else 40  # « Le 3 mai » alone owes little to the line above, « né » at most
        here = f"{plain(lines[index - 1])[-reach:]} {here}".strip()
    return here[-72:]


# A payslip bears many dates of its bearer: one that nothing presents as the slip's own is not taken.
_ASKED = {"bulletin_salaire": 1.5}
_LETTERS = ("attestation_", "certificat_", "notification_", "quittance_", "avis_")
_LATE_MONTHS = 3


def _own_date(type_: str, lines: Sequence[str]) -> str:
    best: tuple[float, str] | None = None
    count = max(1, len(lines))
    letter = type_.startswith(_LETTERS)
    floor = _ASKED.get(type_, 0.0 if letter else -2.0)
    for index, line in enumerate(lines):
        for read in dates(line):
            context = _context(lines, index, read)
            value = sum(v for pattern, v in _CONTEXTS if pattern.search(context))
            place = abs(index / count - 0.5)  # the head and the foot carry the date, the body other dates
            value += place + (0.8 if read.jour.year >= 2000 else -2.0)
            if type_ in _PERIODIC and re.search(r"\bau$", context):
                value += 11.0
            if value > floor and (best is None or value > best[0]):
                best = (value, read.jour.isoformat())
    return best[1] if best else ""


_PERIOD_LINE = re.compile(
    r"periode|mois|paie|paye|quittance|loyer|terme|salaire|versement|droits|echeance|au titre"
)


def _period(lines: Sequence[str]) -> str:
    fallback = ""
    for line in lines:
        folded = plain(line)
        hinted = bool(_PERIOD_LINE.search(folded))
        span = dates(line)
        if len(span) >= 2 and re.search(r"\bdu\b.*\bau\b", folded):
            first, last = span[0].jour, span[1].jour
            if 0 <= (last - first).days <= 45:
                return f"{first:%Y-%m}"
        for year, month, _ in months(line):
            if hinted:
                return f"{year}-{month:02d}"
            fallback = fallback or f"{year}-{month:02d}"
    return fallback


def _tax(lines: Sequence[str], scores: Sequence[ScorePage]) -> dict[str, str]:
    coded = next((s.deuxddoc.champs for s in scores if s.deuxddoc is not None), {})
    read = figures(lines)
    return {
        "annee_revenus": coded.get("45") or read["annee_revenus"],
        "rfr": re.sub(r"\D", "", coded.get("41", "")) or read["rfr"],
        "numero_fiscal": coded.get("47") or read["numero_fiscal"],
    }


_UNTIL = re.compile(
    r"valable jusqu|expir|fin de validite|valid|jusqu au|echeance du titre|valable du|expiry|4b|"
    r"date d expir|carte valable|au$"
)


def _expiry(lines: Sequence[str], scores: Sequence[ScorePage]) -> str:
    from_mrz = next((s.mrz.expiration for s in scores if s.mrz is not None and s.mrz.expiration), "")
    if from_mrz:
        return from_mrz
    found = [
        read.jour
        for index, line in enumerate(lines)
        for read in dates(line)
        if _UNTIL.search(_context(lines, index, read))
    ]
    return max(found).isoformat() if found else ""


def _nir(pages: Sequence[PageLue]) -> dict[str, str]:
    boxes = [
        f"{page.numero}:{','.join(str(v) for v in _part(line, m.start(), m.end()))}"
        for page in pages
        for line in page.texte.lignes
        for m in _NIR.finditer(line.texte)
    ]
    return {"nir": "present", "nir_boites": ";".join(boxes)} if boxes else {}


def _part(line: LigneLue, start: int, end: int) -> tuple[int, int, int, int]:
    """The share of a line's box that its characters take, with a margin: what is masked must be hidden."""
    left, top, right, bottom = line.boite
    width = (right - left) / max(1, len(line.texte))
    return (
        max(left, int(left + (start - 1) * width)),
        top,
        min(right, int(left + (end + 1) * width)),
        bottom,
    )
