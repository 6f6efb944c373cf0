"""Owns what is read of a piece besides its type: dates, period, amounts of an avis, names, page numbering.

Keys of `Classement.fields`: `date` `date_douteuse` (« oui »: of a hand, hardly read) `periode`
`annee_revenus` `rfr` `parts` `numero_fiscal` `reference_avis` `declarants` `date_recouvrement`
`fin_validite` `noms` (both joined by `;`) `page_numero` `pages_manquantes` (« 2, 3 », « la fin »)
`reste_a_lire` (« oui »: that pages are missing, or what its 2D-Doc says, may stand where nothing was read)
`noms_du_code_seul` (of a 2D-Doc, whose surname is printed nowhere; `;`) `mots_du_code_seul` (of its first
name; `;`) `nom_de_la_bande_seule` (« NOM, PRÉNOMS » of a zone, printed nowhere on its card)
`bande_autrement` (the same, where one of the two is printed) `bande_nee` (the birthday that only the zone
tells, then the days printed; `;`) `nir` (« present ») `nir_boites` (`page:gauche,haut,droite,bas;…`)
`falsification` (a sentence). A value that was not read is absent. The NIR itself is never given.
`Classement.lieux` says where each was read.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from classifier.avis import annee_lue, numero_fiscal_lu, rfr_lus
from classifier.births import announced, announced_beside, births
from classifier.completeness import absent, undecided
from classifier.dates import DateLue, a_peu_pres, dates, months
from classifier.names import people, signers
from classifier.numbering import numbering
from classifier.places import Feuilles, elargi, lieu_du_code, noms_situes
from classifier.scores import ScorePage
from classifier.text import plain
from classifier.twoddoc import DeuxDDoc
from intake.domain.lecture import MENSUELS, Lieu, PageLue
from intake.nir import trouver

_PERIODIC = frozenset(
    "bulletin_salaire quittance_loyer attestation_caf attestation_france_travail releve_bancaire "
    "notification_retraite pension_invalidite indemnites_journalieres facture".split()
)
# Of these, one is made for each month: a date far from that month is somebody's entry, birth or seniority.
_MONTHLY = MENSUELS | {"attestation_france_travail"}
_EXPIRING = frozenset(
    "titre_sejour carte_identite passeport permis_conduire carte_mobilite_inclusion "
    "attestation_domiciliation notification_mdph certificat_scolarite carte_vitale".split()
)
# Of these the dates are those of a birth, of a delivery and of an end: the own date is not the last.
_CARDS = frozenset("titre_sejour carte_identite passeport permis_conduire carte_mobilite_inclusion".split())
# Words before a date (folded, nearest last) and what they say of it as the document's own date.
_CONTEXTS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        (r"\bfait\b.{0,40}$|\bfait a\b|fait le|signe le|delivre[e]? (?:a .{0,30})?le\b|delivrance", 6.0),
        (r"date (?:de |d )?(?:la |l )?(?:etablissement|edition|emission|de l acte|du document|"
            r"de la decision|de delivrance|de la facture|de paiement|facture|issue)", 6.0),
        (r"\bfacture (?:n \w+ )?du$", 6.0),
        (r"\bconced\w+ par (?:arrete|decret) du$", 14.0),  # titles of pension bear no other date of their own
        (r"edite[e]? le|emise? le|etabli[e]? le|imprime[e]? le|date du jour|paye le|date de conclusion|"
            r"paiement le|paiement du|verse le|date d? ?attestation", 5.0),
        (r"conforme\b.{0,30}\ble$|delivre[e]?\b.{0,50}\ble$", 4.0),
        (r"notifie[e]? le|signifie[e]? le|decision du|seance du|jugement du|audience du|en date du|"
            r"debut de validite|arrete du maire|quittance du|enregistre[e]? le|conclu le|"
            r"mise en recouvrement", 4.0),
        (r"(?:bail|contrat|convention|arrete|acte|urbanisme|courrier|lettre)\b.{0,25}en date du$", -9.0),
        (r"\bl an (?:deux )?mil.{0,45}\ble$|rendue? le$|prononcee? le$", 8.0),  # acts say their day in full
        (r"\ba ete (?:delivre|signifie|notifie|rendu|prononce|enregistre|conclu)", -9.0),
        (r"(?:grosse|expedition|commandement|sommation)\b.{0,45}delivre", -9.0),
        (r"\bterme\b|prevue? (?:le|pour)|accouchement|presumee|en france|comparaitre", -8.0),
        (r"(?:^|\s)le$|\ble : ?$|\bdate$", 2.5),
        (r"\bau$|jusqu au$", -9.0),
        (r"^vu |^considerant|\bvu l", -7.0),
        (r"\b4a$|copie delivree|extrait delivre", 6.0),
        (r"\bne[e]?(?: le)?$|\bne[e]?\b.{0,12}$|naissance|naiss|birth|anniversaire", -12.0),
        (r"valable(?! du$)|plus tard le|expir|(?<!debut de )validite|echeance|avant le|fin de|"
            r"limite|jusqu", -9.0),
        (r"embauche|entree|\bentre[e]? le|anciennete|\banc\b|recrute|engage[e]? le|titularis|"
            r"sortie|presence|inscri(?:t|te|ption) (?:le|depuis)", -9.0),
        (r"\bprelevement\b.{0,20}\ble$|\bconvention signee a\b", -9.0),
        (r"depuis(?: le)?$|a compter du$", -4.0),
        (r"depuis|a compter|a partir|effet|debut|point de depart|ouverture|"
            r"mariage|maries|deces|decede", -3.0),
        (r"\bloi\b|decret|\bcode\b|ordonnance n|arrete du|article|circulaire|convention collective", -8.0),
    )
)  # fmt: skip


@dataclass
class Releve:
    """What was read, and where; a value that is empty is not kept."""

    valeurs: dict[str, str] = field(default_factory=dict)
    lieux: dict[str, Lieu] = field(default_factory=dict)

    def note(self, key: str, value: str, place: Lieu | None = None) -> None:
        self.valeurs.pop(key, None)
        self.lieux.pop(key, None)
        if value:
            self.valeurs[key] = value
            if place is not None:
                self.lieux[key] = place


_FIRST_PAGES = 12
_OF_OTHERS = re.compile(
    r"\b(?:fils|fille) d|\b(?:pere|mere|mentions?|tut(?:eur|rice)|delivree?|certifi\w+|extrait conforme)\b"
)


def extract(type_: str, pages: Sequence[PageLue], scores: Sequence[ScorePage]) -> Releve:
    """What could be read; the first pages are preferred."""
    feuilles = Feuilles(pages[:_FIRST_PAGES])
    found = Releve()
    expiry, expiry_place = _expiry(feuilles, scores) if type_ in _EXPIRING else ("", None)
    born = {s.mrz.naissance for s in scores if s.mrz is not None}
    born |= announced(feuilles.texte) | announced_beside(feuilles)
    of_paper = _own_date(type_, feuilles, exclus=born, avant=expiry if type_ in _CARDS else "")
    own, sure = of_paper.jour, of_paper.dite
    found.note("date", own, of_paper.lieu)
    found.note("date_douteuse", "oui" if of_paper.devinee else "")
    if not own:
        latest = max((d.jour for d in a_peu_pres(feuilles.texte)), default=None)
        found.note("date_au_plus_tard", latest.isoformat() if latest else "")
    found.note("fin_validite", expiry, expiry_place)
    found.note("numero_document", _document_number(scores))
    if type_ in _PERIODIC:
        period, place = _period(feuilles, own)
        found.note("periode", period, place)
        told = sure and type_ not in MENSUELS  # « établie le », of months that are over
        if type_ in _MONTHLY and not told and (fitting := _of_period(own, period)) != own:
            found.note("date", fitting, place)
    if type_ == "avis_imposition":
        _tax(found, feuilles, pages, scores)
    hosts = signers(pages) if type_ == "attestation_hebergement" else ()
    about = [n for n in people(pages, scores) if n not in hosts]  # the hosted come first
    names = [*about, *hosts]
    found.note("noms", ";".join(names))
    found.note("hebergeants", ";".join(hosts))
    born_on = births(feuilles, scores, names)
    if any(born_on):  # in the order of the names, empty where none is told
        found.note("naissances", ";".join(day.isoformat() if day else "" for day in born_on))
    if type_ == "acte_naissance":
        found.note("jour_de_l_acte", _day_of_birth(feuilles.texte))
    found.lieux.update(noms_situes(feuilles, names))
    found.note("page_numero", next((str(n) for p in pages[:1] if (n := numbering(p))), ""))
    found.note("pages_manquantes", absent(type_, pages, titre=_headed(type_, scores)))
    found.note("reste_a_lire", "oui" if undecided(type_, pages) else "")
    _nir(found, Feuilles(pages))
    return found


def _day_of_birth(texte: str) -> str:
    """The first day of an act, ISO: whose birth it records. "" where its parents or a mention come before."""
    first = min(dates(texte), key=lambda d: d.debut, default=None)
    if first is None or _OF_OTHERS.search(plain(texte[: first.debut])):
        return ""
    return first.jour.isoformat()


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


_FAR = 400  # characters before a date: what stands farther on its line says nothing of it
# « (articles 515-9 et suivants du code civil) – 26 juillet 2026 »: the law is cited aside.
_ASIDE = re.compile(r"[({][^(){}]{12,}[)}]")


def _context(lines: Sequence[str], index: int, read: DateLue) -> str:
    here = plain(_ASIDE.sub(" ", lines[index][max(0, read.debut - _FAR) : read.debut]))
    if len(here) < 12 and index:
        reach = 12 if here == "le" else 40  # « Le 3 mai » alone owes little to the line above, « né » at most
        here = f"{plain(lines[index - 1])[-reach:]} {here}".strip()
    return here[-72:]


# A payslip bears many dates of its bearer: one that nothing presents as the slip's own is not taken.
_ASKED = {"bulletin_salaire": 1.5}
_LETTERS = ("attestation_", "certificat_", "notification_", "quittance_", "avis_")
# Of a page, mean confidence of its letters below which it was written by hand or is as hard to read; of a
# date on it that is believed: « 03/11 » passes for « 03/1 » well before that.
_BY_HAND, _DATE_READ = 60.0, 85.0
_LATE_MONTHS = 3
_PRESENTED = 5.0


# « 04/1/2026 »: who writes the 4 with its zero writes the 1 with its own, or it was an 11.
_LAME = re.compile(r"0\d\s?[/.\-]\s?[1-9]\s?[/.\-]")
# « Rennes, le 18 juin 2021 » alone on its line, as letters begin.
_DATELINE = re.compile(r"[a-z][a-z ]{2,38} le")
# The heads of a table over its one row: « Locataire  Période  Date d'édition ».
_LAST_COLUMN = re.compile(
    r"\w.* date (?:d |de l |de )?(?:edition|emission|etablissement|delivrance|facture)$"
)
_NO_PLACE = re.compile(r"\b(?:avant|apres|depuis|jusqu|pour|sous|par|nee?|entre|valable|expire|echeance)\b")


@dataclass(frozen=True, slots=True)
class _Propre:
    """A paper's own day, ISO; `dite`: presented as such; `devinee`: of a hand, and hardly read."""

    jour: str = ""
    lieu: Lieu | None = None
    dite: bool = False
    devinee: bool = False


_STAMP = re.compile(r"\W*(?:RE[ÇCG]U|ARRIV[ÉE]E?|COURRIER(?: ARRIV[ÉE])?)(?: ?LE)?\W*$")


def _stamped(lines: Sequence[str], index: int, read: DateLue) -> bool:
    """« REÇU LE 13 NOV. 2026 », in capitals on one line or two: who received it, not its author."""
    before = lines[index][: read.debut]
    return bool(
        _STAMP.match(before) or (index and not before.strip(" :|") and _STAMP.match(lines[index - 1]))
    )


def _own_date(type_: str, feuilles: Feuilles, *, exclus: Collection[str], avant: str) -> _Propre:
    """The date by which the piece is known; not one of `exclus`, and before the day `avant` if given."""
    best: tuple[float, str, Lieu | None, bool] | None = None
    lines = feuilles.textes
    count = max(1, len(lines))
    letter = type_.startswith(_LETTERS)
    by_hand = feuilles.clarte < _BY_HAND
    floor = _ASKED.get(type_, 0.0 if letter else -2.0)
    for read in dates(feuilles.texte):
        day = read.jour.isoformat()
        if day in exclus or (avant and day >= avant):
            continue
        index, start = feuilles.rang(read.debut)
        here = DateLue(read.jour, read.debut - start, read.fin - start)
        if _stamped(lines, index, here):
            continue
        context = _context(lines, index, here)
        value = sum(v for pattern, v in _CONTEXTS if pattern.search(context))
        place = abs(index / count - 0.5)  # the head and the foot carry the date, the body other dates
        value += place + (0.8 if read.jour.year >= 2000 else -2.0)
        if type_ in _PERIODIC and re.search(r"\bau$", context):
            value += 11.0
        if index and here.fin >= len(lines[index]) - 1 and _LAST_COLUMN.search(plain(lines[index - 1])):
            value += 6.0
        before = plain(lines[index][max(0, here.debut - _FAR) : here.debut])
        if _DATELINE.fullmatch(before) and not _NO_PLACE.search(before) and here.fin >= len(lines[index]) - 2:
            value += 4.0
        if value > floor and (best is None or value > best[0]):
            sure = feuilles.lignes[index].lue.confiance_de(here.debut, here.fin)
            lame = _LAME.match(lines[index], here.debut) is not None
            guessed = (by_hand or lame) and sure < _DATE_READ
            best = (value, day, feuilles.lieu(read.debut, read.fin), guessed)
    return _Propre(best[1], best[2], best[0] >= _PRESENTED, best[3]) if best else _Propre()


_PERIOD_LINE = re.compile(
    r"periode|mois|paie|paye|quittance|loyer|terme|salaire|versement|droits|echeance|au titre"
)


_CUT_MONTH = re.compile(r"[^\W\d_]{3,10}\s*$")
_YEAR = re.compile(r"\s*((?:19|20)\d{2})(?!\d)")
_MONTH_BEFORE = re.compile(r"\bmois precedent\b|\bterme precedent\b")


def _period(feuilles: Feuilles, own: str) -> tuple[str, Lieu | None]:
    """The month that the piece is about; `own`, its date, tells which month « le mois précédent » is."""
    fallback: tuple[str, Lieu | None] = ("", None)
    for index, line in enumerate(feuilles.lignes):
        folded = plain(line.texte)
        hinted = bool(_PERIOD_LINE.search(folded))
        span = dates(line.texte)
        if len(span) >= 2 and re.search(r"\bdu\b.*\bau\b", folded):
            first, last = span[0].jour, span[1].jour
            if 0 <= (last - first).days <= 45:
                return f"{first:%Y-%m}", line.lieu(span[0].debut, span[1].fin)
        for read in months(_with_its_year(feuilles.textes, index)):
            here = f"{read.annee}-{read.mois:02d}", line.lieu(read.debut, read.fin)
            if hinted:
                return here
            fallback = fallback if fallback[0] else here
        if own and not fallback[0] and _MONTH_BEFORE.search(folded):
            year, month = int(own[:4]), int(own[5:7])
            before = f"{year - (month == 1)}-{(month - 2) % 12 + 1:02d}"
            fallback = before, line.lieu()
    return fallback


def _with_its_year(lines: Sequence[str], index: int) -> str:
    """« pour le mois de juin », and the year at the beginning of the next line."""
    line = lines[index]
    year = _YEAR.match(lines[index + 1]) if index + 1 < len(lines) and _CUT_MONTH.search(line) else None
    return f"{line} {year[1]}" if year else line


def _tax(found: Releve, feuilles: Feuilles, pages: Sequence[PageLue], scores: Sequence[ScorePage]) -> None:
    """The code before the print: it was written by a machine and is read without a doubt."""
    coded, place = _coded(pages, scores)
    year, fiscal = annee_lue(feuilles), numero_fiscal_lu(feuilles)
    amounts = rfr_lus(feuilles)
    values = coded.champs if coded else {}
    printed = {"annee_revenus": year, "numero_fiscal": fiscal}
    if amounts:
        printed["rfr"] = next((a for a in amounts if a.valeur == values.get("41")), amounts[0])
    for key, code in (("annee_revenus", "45"), ("rfr", "41"), ("numero_fiscal", "47")):
        read = printed.get(key)
        value = re.sub(r"\D", "", values.get(code, ""))
        if read is not None and (not value or value == read.valeur):
            found.note(key, read.valeur, read.lieu)
        else:
            found.note(key, value, place)
    if coded is not None:
        found.note("parts", values.get("43", "").replace(",", "."), place)
        found.note("reference_avis", values.get("44", ""), place)
        found.note("declarants", ";".join(coded.noms), place)
        found.note("date_recouvrement", coded.recouvrement, place)


def _coded(pages: Sequence[PageLue], scores: Sequence[ScorePage]) -> tuple[DeuxDDoc | None, Lieu | None]:
    for page, score in zip(pages, scores, strict=False):
        if score.deuxddoc is not None and score.deuxddoc.type == "avis_imposition":
            return score.deuxddoc, lieu_du_code(page, score.deuxddoc.symbole)
    return None, None


_UNTIL = re.compile(
    r"valable jusqu|expir|fin de validite|valid|jusqu au|echeance du titre|valable du|expiry|4b|"
    r"date d expir|carte valable|au$"
)


def _expiry(feuilles: Feuilles, scores: Sequence[ScorePage]) -> tuple[str, Lieu | None]:
    found = [
        (read.jour.isoformat(), line.lieu(read.debut, read.fin))
        for index, line in enumerate(feuilles.lignes)
        for read in dates(line.texte)
        if _UNTIL.search(_context(feuilles.textes, index, read))
    ]
    zone = next((s.mrz for s in scores if s.mrz is not None and s.mrz.expiration), None)
    if zone is not None:
        printed = next((place for day, place in found if day == zone.expiration), None)
        return zone.expiration, printed
    return max(found, key=lambda f: f[0]) if found else ("", None)


def _document_number(scores: Sequence[ScorePage]) -> str:
    """Of an identity paper, from a zone whose check digits agree: what tells the same card scanned twice."""
    zones = {s.mrz.numero for s in scores if s.mrz is not None and s.mrz.verifie and s.mrz.numero}
    return zones.pop() if len(zones) == 1 else ""


_MARGIN, _LEAST = 0.15, 3  # around a number to hide: a share of its height, and pixels at least


def _nir(found: Releve, feuilles: Feuilles) -> None:
    places = [
        elargi(part, _MARGIN, _LEAST)
        for start, end in trouver(feuilles.texte)
        for part in feuilles.parts(start, end)
    ]
    if not places:
        return
    found.note("nir", "present", places[0])
    for rank, place in enumerate(places[1:], start=2):
        found.lieux[f"nir.{rank}"] = place
    found.note("nir_boites", ";".join(f"{p.page}:{','.join(str(v) for v in p.boite)}" for p in places))
