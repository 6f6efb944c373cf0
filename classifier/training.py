"""Owns the making of the learned model: labelled readings in, `modele.npz` out, and what it is worth.

Lines of JSON as `flask corrections export` and the fixtures' generator write them: `type`, `pages`, `source`.
What comes from one source is learnt or judged on, never both. Nothing is random: the same lines give the same
model up to the last bits of the linear algebra library, which half precision then mostly rounds away.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import decision, lexicon
from classifier.features import features
from classifier.model import Melange, Modele, vecteur
from classifier.scores import score_page
from intake.domain.lecture import LigneLue, PageLue, TexteLu
from intake.domain.plan import INCONNU

_SOURCES = 3  # a feature must come from so many layouts or texts: what one alone prints is its own
_FEATURES = 24_000
_FOLDS = 3
_LATER = 0.35  # what a page after the first weighs in training
_SMOOTHING = 60.0  # inverse of the penalty on weights
_UNKNOWN = 4.0  # « inconnu » is many kinds of documents: it weighs as several types
_NEVER = -30.0  # the bias of a type of which nothing was shown
_WORST = -12.0  # one absurd label must not bend the whole mixture
_STEPS = 150
_SURE = 0.9
_CORRECTION = 3.0  # a person's correction is worth so many generated examples
Matrice = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Lu:
    """An example as both readers see it."""

    type: str
    source: str
    poids: float
    points: dict[str, float]
    confiance: float
    pages: tuple[Counter[str], ...]  # the first page that says something, then the following ones


@dataclass(frozen=True)
class Valeur:
    """How right one way of deciding is, on sources it had not seen."""

    exactitude: float
    sures: float  # share of the answers given at 0.9 and more…
    sures_justes: float  # … and how many of these are right


@dataclass(frozen=True)
class Apprentissage:
    modele: Modele
    exemples: int
    sources: int
    valeurs: dict[str, Valeur]  # "règles seules", "modèle seul", "ensemble"


def apprendre(lignes: Iterable[str], *, dire: Callable[[str], None] = lambda _: None) -> Apprentissage:
    """Raises ValueError where a line is no labelled reading, or where they teach too few types."""
    rows = [line for line in lignes if line.strip()]
    dire(f"{len(rows)} exemples : lecture par les règles…")
    with ProcessPoolExecutor() as pool:
        seen = [x for x in pool.map(_lire, rows, chunksize=64) if x is not None]
    classes = tuple(sorted({x.type for x in seen}))
    if len(classes) < 2:
        raise ValueError("Il faut des exemples d'au moins deux types.")
    vocabulary = _vocabulaire(seen)
    dire(f"{len({x.source for x in seen})} sources, {len(classes)} types, {len(vocabulary)} traits…")
    learnt = _sans_l_avoir_vu(seen, classes, vocabulary, dire)
    mix = _melanger(seen, classes, learnt)
    dire("Modèle entier…")
    weights, bias = _ajuster(seen, classes, vocabulary)
    version = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12]
    model = Modele(classes, vocabulary, weights.astype(np.float32), bias.astype(np.float32), mix, version)
    return Apprentissage(
        model, len(seen), len({x.source for x in seen}), _valeurs(seen, classes, learnt, mix)
    )


def _lire(ligne: str) -> _Lu | None:
    raw: dict[str, Any] = json.loads(ligne)
    try:
        kind, pages = str(raw["type"]), [_page(n, p) for n, p in enumerate(raw["pages"], 1)]
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"Ligne illisible : {error!r}.") from error
    pages = [p for p in pages if p.texte.lignes]
    if not pages or (kind != INCONNU and kind not in lexicon.types()):
        return None
    scores = [score_page(p) for p in pages]
    words = sum(p.texte.mots for p in pages)
    confidence = sum(p.texte.confiance * p.texte.mots for p in pages) / max(1, words)
    points, _ = decision.weigh(scores, confidence, entiere=True)
    start = decision.start(scores)
    return _Lu(
        kind,
        str(raw.get("source") or f"correction:{raw.get('piece', '')}"),
        _CORRECTION if "avant" in raw else 1.0,
        points,
        confidence,
        tuple(features(p.texte.lignes) for p in pages[start:]),
    )


def _page(numero: int, raw: dict[str, Any]) -> PageLue:
    lines = tuple(
        LigneLue(
            str(x["texte"]),
            (int(x["boite"][0]), int(x["boite"][1]), int(x["boite"][2]), int(x["boite"][3])),
            float(x.get("confiance", 0.0)),
        )
        for x in raw["lignes"]
    )
    texte = TexteLu(
        lines,
        0,
        int(raw["largeur"]),
        int(raw["hauteur"]),
        float(raw.get("confiance", 90.0)),
        str(raw.get("origine", "ocr")),
    )
    return PageLue(numero, texte=texte)


def _vocabulaire(seen: Sequence[_Lu]) -> dict[str, int]:
    """Features of several sources, those that tell the types apart first."""
    sources: dict[str, set[str]] = defaultdict(set)
    by_type: dict[str, Counter[str]] = defaultdict(Counter)
    for x in seen:
        for page in x.pages:
            for name in page:
                if x.source not in sources[name]:
                    sources[name].add(x.source)
                    by_type[name][x.type] += 1
    of_type = Counter(t for _, t in {(x.source, x.type) for x in seen})
    every = sum(of_type.values())

    def telling(name: str) -> float:
        """The chi-squared of « this source prints it » against the type."""
        n = len(sources[name])
        return sum(
            (k - n * of_type[t] / every) ** 2 / (n * of_type[t] / every) for t, k in by_type[name].items()
        )

    kept = [n for n in sources if len(sources[n]) >= _SOURCES]
    kept.sort(key=lambda n: (-telling(n), n))
    return {name: row for row, name in enumerate(sorted(kept[:_FEATURES]))}


def _ajuster(
    seen: Sequence[_Lu], classes: Sequence[str], vocabulary: dict[str, int]
) -> tuple[Matrice, Matrice]:
    """Weights (features × classes) and biases. Every type weighs the same, however many examples it has."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    per_type = Counter(x.type for x in seen)
    data: list[float] = []
    columns: list[int] = []
    starts, labels, shares = [0], [], []
    for x in seen:
        for rank, page in enumerate(x.pages):
            rows, values = vecteur(page, vocabulary)
            columns += rows
            data += values
            starts.append(len(columns))
            labels.append(classes.index(x.type))
            share = len(seen) / len(per_type) / per_type[x.type]
            shares.append(
                x.poids * share * (_UNKNOWN if x.type == INCONNU else 1.0) * (_LATER if rank else 1.0)
            )
    matrix = csr_matrix((data, columns, starts), shape=(len(labels), len(vocabulary)))
    learner = LogisticRegression(C=_SMOOTHING, max_iter=_STEPS, tol=1e-4)
    learner.fit(matrix, np.array(labels), sample_weight=np.array(shares))
    weights, biases = np.zeros((len(vocabulary), len(classes))), np.full(len(classes), _NEVER)
    coefficients, intercepts = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:  # the library then keeps one row for both
        coefficients = np.vstack([-coefficients[0], coefficients[0]]) / 2
        intercepts = np.array([-intercepts[0], intercepts[0]]) / 2
    weights[:, learner.classes_] = coefficients.T
    biases[learner.classes_] = intercepts
    return weights, biases


def _sans_l_avoir_vu(
    seen: Sequence[_Lu], classes: Sequence[str], vocabulary: dict[str, int], dire: Callable[[str], None]
) -> Matrice:
    """Log-probabilities of each example from a model that learnt nothing of its source."""
    folds = _plis(seen)
    learnt = np.zeros((len(seen), len(classes)))
    for fold in range(_FOLDS):
        dire(f"Contre-épreuve {fold + 1} sur {_FOLDS}…")
        weights, bias = _ajuster(
            [x for x, f in zip(seen, folds, strict=True) if f != fold], classes, vocabulary
        )
        for i, x in enumerate(seen):
            if folds[i] == fold:
                learnt[i] = _juger(x, weights, bias, vocabulary)
    return learnt


def _plis(seen: Sequence[_Lu]) -> list[int]:
    """The fold of each example: the sources of every type are dealt out one by one."""
    dealt: dict[str, int] = {}
    for kind in sorted({x.type for x in seen}):
        sources = sorted(
            {x.source for x in seen if x.type == kind}, key=lambda s: hashlib.sha256(s.encode()).digest()
        )
        dealt |= {source: rank % _FOLDS for rank, source in enumerate(sources)}
    return [dealt[x.source] for x in seen]


def _juger(x: _Lu, weights: Matrice, bias: Matrice, vocabulary: dict[str, int]) -> Matrice:
    logs = []
    for page in x.pages:
        rows, values = vecteur(page, vocabulary)
        scores = np.asarray(values) @ weights[rows] + bias if rows else np.zeros_like(bias)
        scores = scores - scores.max()
        logs.append(scores - math.log(float(np.exp(scores).sum())))
    later = np.mean(logs[1:], axis=0) * decision.LATER if len(logs) > 1 else 0.0
    return np.asarray(logs[0] + later)


def _melanger(seen: Sequence[_Lu], classes: Sequence[str], learnt: Matrice) -> Melange:
    """The weights of rules and learning that make the held-out probabilities truest."""
    from scipy.optimize import minimize

    table = _Table(seen, classes, learnt)

    def mix(p: Matrice) -> Melange:
        return Melange(float(np.exp(p[0])), float(np.exp(p[1])), float(p[2]), float(p[3]))

    def loss(p: Matrice) -> float:
        logs = table.log_probabilites(mix(p))
        truth = logs[np.arange(len(seen)), table.attendu]
        return float(-(np.maximum(truth, _WORST) * table.poids).sum() / table.poids.sum())

    start = np.array([math.log(0.4), math.log(0.7), 6.0, 1.0])
    found = minimize(
        loss, start, method="Nelder-Mead", options={"maxiter": 600, "xatol": 1e-3, "fatol": 1e-5}
    )
    return Melange(*(round(v, 4) for v in astuple(mix(found.x))))


class _Table:
    """The examples as arrays, so that a mixture is judged in milliseconds; « none of them » comes last."""

    def __init__(self, seen: Sequence[_Lu], classes: Sequence[str], learnt: Matrice) -> None:
        types = lexicon.types()
        self._points = np.array([[min(x.points.get(t, 0.0), 40.0) for t in types] for x in seen])
        floor = learnt.min(axis=1)
        columns = {c: learnt[:, i] for i, c in enumerate(classes)}
        self._appris = np.stack([columns.get(t, floor) for t in types], axis=1)
        credit = np.array([decision.credit(x.points) for x in seen])
        mine = columns.get(INCONNU, floor)
        self._inconnu = mine + credit * (learnt.max(axis=1) - mine)
        rivals = [[min(v, 40.0) for n, v in x.points.items() if n not in types] for x in seen]
        most = max((len(r) for r in rivals), default=0)
        self._rivaux = np.array([r + [-np.inf] * (most - len(r)) for r in rivals]).reshape(len(seen), most)
        self._illisible = np.array([x.confiance < 55 for x in seen])
        self.attendu = np.array([len(types) if x.type == INCONNU else types.index(x.type) for x in seen])
        per_type = Counter(x.type for x in seen)
        self.poids = np.array([(_UNKNOWN if x.type == INCONNU else 1.0) / per_type[x.type] for x in seen])

    def log_probabilites(self, mix: Melange) -> Matrice:
        nothing = mix.rien + mix.rien_illisible * self._illisible
        rivals = np.concatenate([nothing[:, None], self._rivaux], axis=1) * mix.regles
        top = rivals.max(axis=1, keepdims=True)
        unknown = top[:, 0] + np.log(np.exp(rivals - top).sum(axis=1)) + mix.appris * self._inconnu
        odds = np.concatenate(
            [mix.regles * self._points + mix.appris * self._appris, unknown[:, None]], axis=1
        )
        odds -= odds.max(axis=1, keepdims=True)
        return np.asarray(odds - np.log(np.exp(odds).sum(axis=1, keepdims=True)))


def _valeurs(seen: Sequence[_Lu], classes: Sequence[str], learnt: Matrice, mix: Melange) -> dict[str, Valeur]:
    table = _Table(seen, classes, learnt)
    ways = {
        "règles seules": decision.RULES_ALONE,
        "modèle seul": Melange(1e-9, 1.0, 0.0, 0.0),
        "ensemble": mix,
    }
    return {name: _valeur(table.log_probabilites(m), table.attendu, table.poids) for name, m in ways.items()}


def _valeur(logs: Matrice, attendu: npt.NDArray[Any], poids: Matrice) -> Valeur:
    answers, sure = logs.argmax(axis=1), np.exp(logs.max(axis=1)) >= _SURE
    right = answers == attendu
    return Valeur(
        float((right * poids).sum() / poids.sum()),
        float((sure * poids).sum() / poids.sum()),
        float((right * sure * poids).sum() / max(1e-9, (sure * poids).sum())),
    )
