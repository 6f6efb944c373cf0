"""Owns the look at what a card prints and its zone says otherwise by a figure or two: misread, or altered.

An altered figure is read as it stands however large it is made; a misread one, at some size, is not.
What several looks agree on is marked `AGREED`, and is then believed against the zone (docs/adr/0014).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from classifier import ligne, ocr, zone
from classifier.contradiction import AGREED, OTHER_DIGITS, of_a_zone
from classifier.dates import dates, sans_blancs
from classifier.image import Niveau
from classifier.mrz import Mrz
from intake.domain.lecture import englober

# How much larger it is read again, and how much of its height is looked at around it: the tails of letters
# above it leave nothing to be read, at times, and without some white a stroke is lost.
_AGAIN = ((1.5, 0.33), (1.5, 0.1), (2.0, 0.33), (2.0, 0.1), (1.0, 0.33))
_LARGER = (1.0, 1.5, 2.0, 2.5)  # the row of a zone likewise
_READ = 75.0  # confidence of the figure read worst: less, and the look saw nothing
_TWICE, _THRICE = 2, 3  # looks that bear out what was read; that say otherwise
_LOOKS = 4  # of one page


def confronte(rows: Sequence[ligne.Mots], niveau: Niveau, epuisee: Callable[[], bool]) -> list[ligne.Mots]:
    """The rows of a page, days and number of its card that are nearly the zone's read again.

    Words on which the looks agree have the confidence `AGREED`; where they agree on what the zone says, it
    stands instead. `epuisee`: whether the time of the page is over.
    """
    made = [list(row) for row in rows]
    told = zone.bande(made)
    if told is None:
        return made
    if told.contredite:
        _read_digit_again(made, told, niveau, epuisee)
    looks = 0
    for row in made:
        if of_a_zone(ligne.texte(row)):
            continue
        for first, last, says in list(_nearly(row, told)):
            if looks < _LOOKS and not epuisee():
                looks += 1
                row[first:last] = _looked_at(row[first:last], says, told, niveau)
                break  # its words have changed places
    return made


def _nearly(row: ligne.Mots, told: Mrz) -> Iterator[tuple[int, int, Callable[[str], str]]]:
    """Words, from and to, that are a day or number of the zone but for a figure or two; how to read them."""
    text = ligne.texte(row)
    starts = [sum(len(w.texte) + 1 for w in row[:i]) for i in range(len(row))]

    def words(debut: int, fin: int) -> tuple[int, int]:
        inside = [i for i, w in enumerate(row) if starts[i] < fin and starts[i] + len(w.texte) > debut]
        return inside[0], inside[-1] + 1

    for day in (*dates(text), *sans_blancs(text)):
        iso = day.jour.isoformat()
        born = 0 < _apart(iso, told.naissance) <= OTHER_DIGITS
        # Nobody makes a validity shorter: a day before its end is that of the issue.
        ends = iso > told.expiration and _apart(iso, told.expiration) <= OTHER_DIGITS
        if iso not in (told.naissance, told.expiration) and (born or ends):
            yield (*words(day.debut, day.fin), _day)
    for i, word in enumerate(row):
        if told.numero and 0 < _apart(word.texte, told.numero) <= OTHER_DIGITS:
            yield i, i + 1, _code


def _apart(one: str, other: str) -> int:
    """Figures that differ; more than any allowed where anything else does."""
    if len(one) != len(other):
        return 9
    apart = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(apart) if all(a.isdigit() and b.isdigit() for a, b in apart) else 9


def _day(text: str) -> str:
    found = {d.jour.isoformat() for d in (*dates(text), *sans_blancs(text))}
    return found.pop() if len(found) == 1 else ""


def _code(text: str) -> str:
    return text.replace(" ", "")


def _looked_at(words: ligne.Mots, says: Callable[[str], str], told: Mrz, niveau: Niveau) -> ligne.Mots:
    box, key = englober(w.boite for w in words), words[0].ligne
    readings: dict[str, ligne.Mots] = {}
    said = Counter[str]()
    for larger, around in _AGAIN:
        read = ligne.lire(niveau, box, key, larger, around)
        value = says(ligne.texte(read))
        if value and min(w.confiance for w in read) >= _READ:
            said[value] += 1
            readings.setdefault(value, read)
    if len(said) != 1:
        return words
    ((value, times),) = said.items()
    if value == says(ligne.texte(words)):
        return [replace(w, confiance=AGREED) for w in words] if times >= _TWICE else words
    misread = times >= _THRICE and value in (told.naissance, told.expiration, told.numero)
    return [replace(w, ligne=key) for w in readings[value]] if misread else words


def _read_digit_again(rows: list[ligne.Mots], told: Mrz, niveau: Niveau, epuisee: Callable[[], bool]) -> None:
    """The row of a birth whose digit is false: its glyphs are those of a zone, and are read as such."""
    for row in rows:
        text = "".join(w.texte for w in row).replace(" ", "")
        if not of_a_zone(text) or told.contredite not in text:
            continue
        box = englober(w.boite for w in row)
        agreeing = 0
        for larger in _LARGER:
            if epuisee():
                return
            again = ligne.lire(niveau, box, row[0].ligne, larger, etendue=ocr.Etendue.BANDE)
            agreeing += told.contredite in "".join(w.texte for w in again).replace(" ", "")
        if agreeing >= _THRICE:
            row[:] = [replace(w, glyphes=AGREED) for w in row]
