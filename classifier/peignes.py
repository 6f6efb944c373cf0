"""Owns forms filled in letter by letter: « B | E | N | A | L | I » in a comb of boxes is one word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from statistics import median

from intake.domain.lecture import Boite, englober

_RUN, _WORD = 4, 3  # characters, each alone, from which they are a comb; of one word of it
_FIGURES = 8  # of a comb without walls that holds nothing but figures: fewer are a list of them
_PITCH = 2.5  # heights between two characters beyond which they are cells of a table
_BLANK = 1.6  # usual pitches that leave an empty box between two words
_RULES = "|[]_¦"
_DAY = re.compile(r"([0-3]\d)([01]\d)((?:19|20)\d\d)")

Mot = tuple[str, Boite]


def recoller(mots: Sequence[Mot]) -> list[Mot]:
    """The words of one upright line, those of a letter a box put together; eight figures may be a day.

    What is no comb stays as it is, its rules too.
    """
    done: list[Mot] = []
    run: list[Mot] = []
    for text, box in (*mots, ("", (0, 0, 0, 0))):
        letter = text.strip(_RULES)
        if text and (_alone(letter) or (run and not letter)):
            run.append((text, box))
            continue
        done += _words(run)
        run = []
        if text:
            done.append((text, box))
    return done


def _alone(letter: str) -> bool:
    return len(letter) == 1 and letter.isalnum() and letter == letter.upper()


def _words(run: Sequence[Mot]) -> list[Mot]:
    cells = [(letter, box) for text, box in run if (letter := text.strip(_RULES))]
    walls = sum(any(c in _RULES for c in text) for text, _ in run)
    if len(cells) < _RUN or 0 < walls < len(cells) // 2:  # a rule or two may be the figure 1
        return list(run)
    if not walls and len(cells) < _FIGURES and all(letter.isdigit() for letter, _ in cells):
        return list(run)
    middles = [(box[0] + box[2]) / 2 for _, box in cells]
    gaps = [b - a for a, b in pairwise(middles)]
    pitch, height = median(gaps), median(box[3] - box[1] for _, box in cells)
    if not 0 < pitch <= _PITCH * max(1, height):
        return list(run)
    groups: list[list[Mot]] = [[cells[0]]]
    for gap, mot in zip(gaps, cells[1:], strict=True):
        if gap > _BLANK * pitch:
            groups.append([])
        groups[-1].append(mot)
    return [word for group in groups for word in ([_one(group)] if len(group) >= _WORD else group)]


def _one(group: Sequence[Mot]) -> Mot:
    text = "".join(letter for letter, _ in group)
    return (_day(text) or text), englober([box for _, box in group])


def _day(text: str) -> str:
    read = _DAY.fullmatch(text)
    if read is None:
        return ""
    try:
        return f"{date(int(read[3]), int(read[2]), int(read[1])):%d/%m/%Y}"
    except ValueError:
        return ""
