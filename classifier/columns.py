"""Owns the lines of a page whose words have known places: rows, columns, and the order of reading them.

A table and a form are read along their rows, two texts side by side one after the other. What tells them
apart is not the gap between them but whether their rows are level: cells of one row share a baseline,
independent texts do so by chance only. Texts set in columns on one grid are told by their long lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from classifier.peignes import recoller
from intake.domain.lecture import Boite, Couche, LigneLue, MotCouche, englober, serrer

_PIECE = 1.2  # line heights between two words beyond which they are two pieces of a row
_GUTTER = 0.9  # line heights, the narrowest gap between two columns
_LEVEL = 0.35  # line heights by which the baselines of one row may differ
_ALIGNED = 0.6  # share of level rows from which two columns are the cells of a table
_PROSE_WORDS, _PROSE_FILL = 5, 0.62  # words of a line, and its share of the column, in running text
_TWINS = 2  # different labels that stand on both sides
_ROWS = 3  # of each side, fewer of which make no column
_PITCH = 1.6  # heights from one row of a table to the next, more than from line to line of a text

_AHEAD, _STRIPS = 14, 16  # pieces among which a strip is looked for, and strips tried

_Cadre = tuple[float, float, float, float]
_Bande = tuple[float, float]  # from left to right


@dataclass(frozen=True, slots=True)
class _Morceau:
    """Words of one row with no wide gap between them."""

    mots: tuple[MotCouche, ...]
    boite: _Cadre

    @property
    def hauteur(self) -> float:
        return max(1.0, self.boite[3] - self.boite[1])


@dataclass(frozen=True, slots=True)
class Mise:
    """A page's lines once upright; `rotation`: degrees clockwise that set its picture so."""

    lignes: tuple[LigneLue, ...]
    rotation: int
    largeur: int
    hauteur: int


def compose(couche: Couche, largeur: int, hauteur: int) -> Mise:
    """The lines of `couche` on a picture of that size, in reading order."""
    counts = Counter(m.angle for m in couche.mots for _ in m.texte)
    angle = counts.most_common(1)[0][0] if counts else 0
    width, height = (largeur, hauteur) if angle in (0, 180) else (hauteur, largeur)
    level = [_turned(m, angle, largeur, hauteur) for m in couche.mots if m.angle == angle]
    aside = [_turned(m, angle, largeur, hauteur) for m in couche.mots if m.angle != angle]
    pieces = _ordered(_pieces(level))
    lines = [line for row in pieces if (line := _line(row, width, height))]
    lines += [line for run in _runs(aside) if (line := _line([_piece(run)], width, height))]
    return Mise(tuple(lines), (360 - angle) % 360, width, height)


def _turned(mot: MotCouche, angle: int, largeur: int, hauteur: int) -> MotCouche:
    left, top, right, bottom = mot.boite
    box = {
        0: mot.boite,
        90: (top, largeur - right, bottom, largeur - left),
        180: (largeur - right, hauteur - bottom, largeur - left, hauteur - top),
        270: (hauteur - bottom, left, hauteur - top, right),
    }[angle]
    return MotCouche(mot.texte, box, mot.angle)


def _pieces(words: Sequence[MotCouche]) -> list[_Morceau]:
    """Words joined along their rows wherever no wide gap parts them."""
    made: list[_Morceau] = []
    for row in _rows([_piece([m]) for m in words]):
        run: list[MotCouche] = []
        end = 0.0
        for word in (m for piece in row for m in piece.mots):
            high = max(1.0, word.boite[3] - word.boite[1])
            if run and word.boite[0] - end > _PIECE * high:
                made.append(_piece(run))
                run = []
            run.append(word)
            end = max(end, word.boite[2]) if len(run) > 1 else word.boite[2]
        if run:
            made.append(_piece(run))
    return made


def _piece(words: Sequence[MotCouche]) -> _Morceau:
    lefts, tops, rights, bottoms = zip(*(m.boite for m in words), strict=True)
    return _Morceau(tuple(words), (min(lefts), min(tops), max(rights), max(bottoms)))


def _rows(pieces: Sequence[_Morceau]) -> list[list[_Morceau]]:
    """Pieces whose middles are level, from left to right; rows from top to bottom."""
    rows: list[list[_Morceau]] = []
    for piece in sorted(pieces, key=_middle):
        for row in reversed(rows[-3:]):
            high = min(piece.hauteur, row[0].hauteur)
            if abs(_middle(piece) - _middle(row[0])) <= _LEVEL * high and not _over(piece, row):
                row.append(piece)
                break
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.boite[0]) for row in rows]


def _middle(piece: _Morceau) -> float:
    return (piece.boite[1] + piece.boite[3]) / 2


def _over(piece: _Morceau, row: Sequence[_Morceau]) -> bool:
    """Printed over another piece of the row: bold by printing twice, or a stamp."""
    left, right = piece.boite[0], piece.boite[2]
    return any(min(right, p.boite[2]) - max(left, p.boite[0]) > 0.5 * (right - left) for p in row)


def _ordered(pieces: Sequence[_Morceau]) -> list[list[_Morceau]]:
    """Rows in reading order: where two texts stand side by side, the left one first."""
    if len(pieces) < 2 * _ROWS:
        return _rows(pieces)
    high = median(p.hauteur for p in pieces)
    left_over = sorted(pieces, key=lambda p: (p.boite[1], p.boite[0]))
    rows: list[list[_Morceau]] = []
    while left_over:
        run, gutter = _longest_run(left_over, _GUTTER * high)
        rest = left_over[len(run) :]
        sides = _sides(run, gutter) if gutter else None
        if sides is not None:
            rows += _ordered(sides[0]) + _ordered(sides[1])
        else:
            rows += _rows(run)
        left_over = rest
    return _merged(rows)


def _longest_run(pieces: Sequence[_Morceau], least: float) -> tuple[list[_Morceau], _Bande | None]:
    """The most pieces, from the top, that stand as two texts on the sides of a free vertical strip.

    Without such a strip: pieces to be read along their rows, the half of a table so that a text in columns
    under it is still seen, or the first piece alone.
    """
    best: tuple[list[_Morceau], _Bande | None] = (list(pieces[:1]), None)
    tables = []
    for strip in _strips(pieces[:_AHEAD], least):
        run, gutter = _down_to_crossing(pieces, strip, least)
        if len(run) < 2 * _ROWS or (best[1] and len(run) <= len(best[0])):
            continue
        sides = _sides(run, gutter)
        above = _above_table(run, gutter) if sides else []
        if sides is None or above == []:
            tables.append(len(run))
        elif above is None:
            best = (run, gutter)
        elif _sides(above, gutter) is not None:
            best = (above, gutter)
        elif best[1] is None:
            best = (above, None)  # a letterhead of a few lines
    if best[1] is None and len(best[0]) == 1 and tables:
        return list(pieces[: min(tables) // 2]), None
    return best


def _down_to_crossing(
    pieces: Sequence[_Morceau], strip: _Bande, least: float
) -> tuple[list[_Morceau], _Bande]:
    low, high = strip
    run: list[_Morceau] = []
    for piece in pieces:
        left, right = piece.boite[0], piece.boite[2]
        if left < high and right > low:
            narrowed = (max(low, right), high) if left <= low else (low, min(high, left))
            if narrowed[1] - narrowed[0] < least:
                break
            low, high = narrowed
        run.append(piece)
    return run, (low, high)


def _strips(pieces: Sequence[_Morceau], least: float) -> list[_Bande]:
    """Gaps beside which the first piece stands, between it or its followers and a neighbour."""
    first = pieces[0]
    found: dict[_Bande, None] = {}
    for i, piece in enumerate(pieces):
        for other in pieces[i + 1 :]:
            a, b = (piece, other) if piece.boite[0] <= other.boite[0] else (other, piece)
            strip = (a.boite[2], b.boite[0])
            beside = first.boite[2] <= strip[0] or first.boite[0] >= strip[1]
            if beside and strip[1] - strip[0] >= least and _near(a, b):
                found[strip] = None
    return list(found)[:_STRIPS]


def _near(a: _Morceau, b: _Morceau) -> bool:
    return abs(a.boite[1] - b.boite[1]) < 4 * max(a.hauteur, b.hauteur)


def _sides(run: Sequence[_Morceau], gutter: _Bande) -> tuple[list[_Morceau], list[_Morceau]] | None:
    """What stands left and right of the gutter, when these are two texts and not the cells of a table."""
    left = [p for p in run if p.boite[2] <= gutter[0] + 0.5]
    right = [p for p in run if p.boite[0] >= gutter[1] - 0.5]
    rows_left, rows_right = _rows(left), _rows(right)
    if min(len(rows_left), len(rows_right)) < _ROWS or len(left) + len(right) < len(run):
        return None
    fewer, more = sorted((rows_left, rows_right), key=len)
    level = sum(any(abs(_foot(a) - _foot(b)) < _LEVEL * a[0].hauteur for b in more) for a in fewer)
    apart = level < _ALIGNED * len(fewer) or (_prose(rows_left) and _prose(rows_right))
    if apart or _twins(rows_left, rows_right):
        return left, right
    return None


def _above_table(run: Sequence[_Morceau], gutter: _Bande) -> list[_Morceau] | None:
    """What stands over a table whose labels and values share the gutter of two texts above; None: no table.

    Its rows have both, one after another, wider apart than lines of a text ever are.
    """
    table: list[tuple[list[_Morceau], list[_Morceau]]] = []
    for row in _rows(run):
        label = [p for p in row if p.boite[2] <= gutter[0] + 0.5]
        value = [p for p in row if p.boite[0] >= gutter[1] - 0.5]
        if label and value and (not table or _apart(table[-1][0], label)):
            table.append((label, value))
        elif len(table) >= _ROWS:
            break
        else:
            table = [(label, value)] if label and value else []
    labels, values = [a for a, _ in table], [b for _, b in table]
    if len(table) < _ROWS or _twins(labels, values) or (_prose(labels) and _prose(values)):
        return None
    top = min(p.boite[1] for p in (*labels[0], *values[0]))
    return [p for p in run if p.boite[1] < top]


def _apart(above: Sequence[_Morceau], row: Sequence[_Morceau]) -> bool:
    return _foot(row) - _foot(above) >= _PITCH * max(above[0].hauteur, row[0].hauteur)


def _twins(left: Sequence[Sequence[_Morceau]], right: Sequence[Sequence[_Morceau]]) -> bool:
    """The same labels on both sides, « Nom : » beside « Nom : »: two people's forms, not one's cells."""
    labels = [(row[0].mots[0].texte, _foot(row), row[0].hauteur) for row in left]
    same = [
        row[0].mots[0].texte
        for row in right
        for text, foot, high in labels
        if text == row[0].mots[0].texte and text[:1].isalpha() and abs(foot - _foot(row)) < _LEVEL * high
    ]
    return len(set(same)) >= _TWINS


def _foot(row: Sequence[_Morceau]) -> float:
    return row[0].boite[3]


def _prose(rows: Sequence[Sequence[_Morceau]]) -> bool:
    lengths = [sum(len(p.mots) for p in row) for row in rows]
    edges = [(row[0].boite[0], row[-1].boite[2]) for row in rows]
    width = max(e[1] for e in edges) - min(e[0] for e in edges)
    filled = [(e[1] - e[0]) / max(1.0, width) for e in edges]
    return median(lengths) >= _PROSE_WORDS and median(filled) >= _PROSE_FILL


def _merged(rows: list[list[_Morceau]]) -> list[list[_Morceau]]:
    """Neighbouring rows that are level were one row cut by the walk from the top."""
    done: list[list[_Morceau]] = []
    for row in rows:
        if done and row and _continues(done[-1], row):
            done[-1] = sorted([*done[-1], *row], key=lambda p: p.boite[0])
        else:
            done.append(row)
    return done


def _continues(before: Sequence[_Morceau], row: Sequence[_Morceau]) -> bool:
    high = min(before[0].hauteur, row[0].hauteur)
    return abs(_middle(before[0]) - _middle(row[0])) <= _LEVEL * high and not any(
        _over(p, before) for p in row
    )


def _runs(words: Sequence[MotCouche]) -> list[list[MotCouche]]:
    """Words set at another angle, as long as they follow one another in the file."""
    runs: list[list[MotCouche]] = []
    for word in words:
        if runs and runs[-1][-1].angle == word.angle and _beside(runs[-1][-1].boite, word.boite):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _beside(a: _Cadre, b: _Cadre) -> bool:
    reach = max(min(a[2] - a[0], a[3] - a[1]), 1.0)
    return b[0] < a[2] + reach and a[0] < b[2] + reach and b[1] < a[3] + reach and a[1] < b[3] + reach


def _line(row: Sequence[_Morceau], largeur: int, hauteur: int) -> LigneLue | None:
    placed = [(m.texte, _whole(m.boite, largeur, hauteur)) for piece in row for m in piece.mots]
    words = recoller(placed)
    text = " ".join(word for word, _ in words)
    if not text:
        return None
    boxes = [box for _, box in words]
    return LigneLue(text, englober(boxes), 100.0, serrer(boxes))


def _whole(box: _Cadre, largeur: int, hauteur: int) -> Boite:
    left, top, right, bottom = box
    return (
        max(0, int(left)),
        max(0, int(top)),
        min(largeur, int(right) + 1),
        min(hauteur, int(bottom) + 1),
    )
