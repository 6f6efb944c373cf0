"""Two people of one name, told apart by the birthdays printed beside it (R14, R15). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import Levenshtein

from intake.domain.demande import Personne
from intake.prenoms import PRENOMS

_TOLD = 4  # letters of a given name that a misread letter leaves known
_LETTERS = 6  # of a surname for each that may be misread; one in any case


@dataclass(frozen=True, slots=True)
class Homonymie:
    """What the birthdays say: `etrangers` are the names of people who are not of the household.

    `homonymes`: ranks whose name those bear; `nees`: ranks whose own birthday is told; `exclues`: ranks of
    the household that bear the name of one of these and were born another day, as a father and his son.
    """

    etrangers: tuple[str, ...] = ()
    homonymes: tuple[str, ...] = ()
    nees: tuple[str, ...] = ()
    exclues: frozenset[str] = frozenset()


def rendus(
    noms: Sequence[str],
    nes_le: Mapping[str, date],
    personnes: Sequence[Personne],
    mots: Callable[[str], Sequence[str]],
    *,
    clair: bool,
) -> tuple[tuple[str, ...], dict[str, date]]:
    """`noms` and their birthdays; a name misread by a letter a word is whose birthday, to the day, it has.

    `clair`: letters were read well, so that his given name at least stands there as it is.
    """
    found: dict[str, str] = {}
    for name in noms:
        day = nes_le.get(name)
        born = [p for p in personnes if day and p.date_naissance == day and (day.month, day.day) != (1, 1)]
        near = [p for p in born if presque(name, p, mots, clair=clair)]
        own = f"{near[0].nom} {near[0].prenom}" if len(near) == 1 else name
        if own != name and nes_le.get(own, day) == day:
            found[name] = own
    given = {found.get(n, n): day for n, day in nes_le.items()}
    return tuple(found.get(n, n) for n in noms), given


def presque(name: str, personne: Personne, mots: Callable[[str], Sequence[str]], *, clair: bool) -> bool:
    """Whether `name` may be that of `personne`, misread by a letter a word.

    Two given names that both exist are two people, as twins are; `clair`: so his must stand there as it is.
    """
    given = list(mots(personne.prenom.split()[0])) if personne.prenom.strip() else []
    rest = list(mots(name))
    for word in given:
        found = next((other for other in rest if _misread(other, word, clair=clair)), None)
        if found is None:
            return False
        rest.remove(found)
    if not given or any(word in PRENOMS for word in rest if word not in mots(personne.prenom)):
        return False
    read = "".join(rest)
    wanted = ["".join(mots(nom)) for nom in personne.noms]
    return any(Levenshtein.distance(read, nom) <= max(1, len(nom) // _LETTERS) for nom in wanted if nom)


def _misread(read: str, wanted: str, *, clair: bool) -> bool:
    if read == wanted:
        return True
    if clair or read in PRENOMS or len(wanted) < _TOLD or read[:1] != wanted[:1]:
        return False
    return Levenshtein.distance(read, wanted) <= 1 + (len(wanted) > _TOLD)


def departager(
    porteurs: Mapping[str, Sequence[Personne]],
    nes_le: Mapping[str, date],
    mots: Callable[[str], Sequence[str]] = str.split,
) -> Homonymie:
    """`porteurs`: the names read, with who of the household bears each in full; `nes_le`: birthdays read.

    A stranger counts only where nobody of the household is named beside him. `mots`: the words of a name.
    """
    nes_le = {name: day for name in porteurs if (day := _birthday(name, nes_le, mots)) is not None}
    strangers: list[str] = []
    shared: list[str] = []
    own: list[str] = []
    excluded: set[str] = set()
    named = False
    for name, bearers in porteurs.items():
        day = nes_le.get(name)
        others = [p for p in bearers if day is not None and _born_another_day(p.date_naissance, day)]
        if day is not None and bearers and len(others) == len(bearers):
            strangers.append(f"{name} (né(e) le {day:%d/%m/%Y})")
            shared += [p.rang for p in bearers]
        elif bearers:
            named = True
            excluded |= {p.rang for p in others}
            own += [p.rang for p in bearers if day and p.date_naissance and p not in others]
    if named:
        return Homonymie(nees=tuple(own), exclues=frozenset(excluded) - set(own))
    return Homonymie(tuple(strangers), tuple(shared))


def _birthday(name: str, nes_le: Mapping[str, date], mots: Callable[[str], Sequence[str]]) -> date | None:
    """Of who is named with and without his further given names, the birthday stands with one of the two."""
    if name in nes_le:
        return nes_le[name]
    mine = set(mots(name))
    fuller = {day for other, day in nes_le.items() if mine < set(mots(other))}
    return fuller.pop() if len(mine) > 1 and len(fuller) == 1 else None


def _born_another_day(known: date | None, read: date) -> bool:
    """Beyond a misread or mistyped figure, a day and a month exchanged, and the 1 January of R15."""
    if known is None or (1, 1) in {(known.month, known.day), (read.month, read.day)}:
        return False
    if (known.year, known.month, known.day) == (read.year, read.day, read.month):
        return False
    return sum(a != b for a, b in zip(f"{known:%d%m%Y}", f"{read:%d%m%Y}", strict=True)) > 1
