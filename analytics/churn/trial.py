"""The models against each other and against what needs no model, on days that none of them knew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..frames import Answer
from ..threads import one_thread
from .calibrating import calibrated
from .features import NAMES, known
from .horizon import split
from .measures import auc, auc_gain, brier, calibration_error
from .models import MODELS, log_odds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .calibrating import Sigmoid
    from .features import Known
    from .history import Floats, History
    from .horizon import Split
    from .measures import Estimate
    from .models import Fit, Score

LEAST_MEMBERS, LEAST_EVENTS = 100, 20
# Rows that teach: more cost time and teach nothing new.
MOST_ROWS = 60_000
RECENCY, RIVAL = "recency", "bgnbd"
_RECENCY = NAMES.index("recency")


@dataclass(frozen=True, slots=True, eq=False)
class Pupil:
    """A model after it was taught and calibrated.

    Attributes:
        name: Of ``MODELS``, or a baseline.
        score: Features to scores.
        curve: Scores to probabilities.
        checked: AUC on the window that calibrated it; the choice is made by it.
        scores: On that window, (n,).
    """

    name: str
    score: Score
    curve: Sigmoid
    checked: Estimate
    scores: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """How one model did on the window that judges.

    Attributes:
        name: Of the model.
        auc: With its interval.
        brier: Mean squared distance.
        error: Calibration error, bins of equal width.
        error_counts: The same, bins of equally many people.
        over_recency: AUC more than recency alone has.
        over_rival: AUC more than BG/NBD has; None: it had nothing to say.
        probability: Of everybody, (n,).
    """

    name: str
    auc: Estimate
    brier: float
    error: float
    error_counts: float
    over_recency: Estimate | None
    over_rival: Estimate | None
    probability: Floats

    @property
    def better(self) -> bool:
        """Surely better than both baselines: not even the ends of the intervals reach 0."""
        gains = [gain for gain in (self.over_recency, self.over_rival) if gain is not None]
        return bool(gains) and all(gain.low > 0 for gain in gains)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The outcome.

    Attributes:
        split: The days.
        hit: Who bought in the window that judges, (n,).
        known: What was known of them before.
        results: Of every model and baseline.
        chosen: By the window before; the judge had no part in it.
        serves: ``chosen`` where it is better than both baselines, else the better baseline of the window before.
    """

    split: Split
    hit: NDArray[np.bool_]
    known: Known
    results: Mapping[str, Result]
    chosen: str
    serves: str


def refusal(seen: History, at: Split) -> Answer | None:
    """Why there is too little for a trial on these days; None: there is enough."""
    many = len(seen.names)
    if many < LEAST_MEMBERS:
        return Answer("buy_again", "few_members" if many else "few_purchases", many, LEAST_MEMBERS)
    have, need = seen.last - seen.first + 1, 4 * at.days
    if have < need or at.teach[-1] < seen.first:
        return Answer("buy_again", "few_days", have, need)
    for cuts in (at.teach, (at.calibrate,), (at.judge,)):
        there = hits = 0
        for cut in cuts:
            who = seen.known(cut)
            there += int(who.sum())
            hits += int((seen.bought(cut, cut + at.days) & who).sum())
        if there < LEAST_MEMBERS:
            return Answer("buy_again", "few_members", there, LEAST_MEMBERS)
        if hits in (0, there):
            return Answer("buy_again", "one_class", min(hits, there - hits), LEAST_EVENTS)
        if min(hits, there - hits) < LEAST_EVENTS:
            return Answer("buy_again", "few_purchases", min(hits, there - hits), LEAST_EVENTS)
    return None


@one_thread()
def taught(seen: History, at: Split, names: tuple[str, ...] = (RECENCY, *MODELS)) -> list[Pupil]:
    """Models taught on the windows that teach, and calibrated on the one after; those of ``names``."""
    values, hit = _lessons(seen, at)
    after = known(seen, at.calibrate, at.days)
    bought = seen.bought(at.calibrate, at.calibrate + at.days)[after.rows]
    pupils = []
    for name in names:
        score = _recency if name == RECENCY else _fit(MODELS[name], values, hit)
        scores = score(after.values)
        pupils.append(Pupil(name, score, calibrated(scores, bought), auc(bought, scores), scores))
    return pupils


@one_thread()
def held(seen: History, at: Split, rivals: Mapping[int, Floats] | None = None) -> Trial:
    """The trial.

    Args:
        seen: Days of purchase.
        at: The days; ``refusal`` has nothing against them.
        rivals: BG/NBD's probabilities at the ends of ``at.calibrate`` and ``at.judge``; all of ``History.names``.
    """
    pupils = taught(seen, at)
    now = known(seen, at.judge, at.days)
    hit = seen.bought(at.judge, at.judge + at.days)[now.rows]
    after = known(seen, at.calibrate, at.days)
    bought = seen.bought(at.calibrate, at.calibrate + at.days)[after.rows]
    scores = {pupil.name: pupil.score(now.values) for pupil in pupils}
    probabilities = {pupil.name: pupil.curve.probability(scores[pupil.name]) for pupil in pupils}
    rival = _said(rivals, at.judge, now)
    if rival is not None:
        scores[RIVAL], probabilities[RIVAL] = log_odds(rival), rival
    results = {}
    for name, score in scores.items():
        of_recency = None if name == RECENCY else auc_gain(hit, score, scores[RECENCY])
        of_rival = None if rival is None or name == RIVAL else auc_gain(hit, score, scores[RIVAL])
        p = probabilities[name]
        errors = (calibration_error(hit, p), calibration_error(hit, p, equal_counts=True))
        results[name] = Result(name, auc(hit, score), brier(hit, p), *errors, of_recency, of_rival, p)
    chosen = plainest([pupil for pupil in pupils if pupil.name in MODELS], bought)
    before = _said(rivals, at.calibrate, after)
    fallback = RECENCY
    if rival is not None and before is not None and auc(bought, before).value > pupils[0].checked.value:
        fallback = RIVAL
    serves = chosen if results[chosen].better else fallback
    return Trial(at, hit, now, results, chosen, serves)


def plainest(pupils: list[Pupil], bought: NDArray[np.bool_]) -> str:
    """The first, from the plainest, of whom the best is not surely better on the window that calibrates."""
    best = max(pupils, key=lambda pupil: pupil.checked.value)
    for pupil in pupils:
        if pupil is best or auc_gain(bought, best.scores, pupil.scores).low <= 0:
            return pupil.name
    return best.name


def _said(rivals: Mapping[int, Floats] | None, cut: int, there: Known) -> Floats | None:
    """A rival's probabilities of the people there; None where it is silent on any of them."""
    said = None if rivals is None or cut not in rivals else rivals[cut][there.rows]
    return None if said is None or np.isnan(said).any() else said


def _lessons(seen: History, at: Split) -> tuple[Floats, NDArray[np.bool_]]:
    """Features and outcomes of the windows that teach, thinned evenly to what is affordable."""
    parts, hits = [], []
    for cut in at.teach:
        then = known(seen, cut, at.days)
        parts.append(then.values)
        hits.append(seen.bought(cut, cut + at.days)[then.rows])
    values, hit = np.concatenate(parts), np.concatenate(hits)
    step = max(-(-len(hit) // MOST_ROWS), 1)
    return values[::step], hit[::step]


def _fit(fit: Fit, values: Floats, hit: NDArray[np.bool_]) -> Score:
    return fit(values, hit)


def _recency(values: Floats) -> Floats:
    """The bar: who bought last comes first."""
    found: Floats = -values[:, _RECENCY]
    return found


def split_at(seen: History, days: int) -> tuple[Split, Split]:
    """The days of the trial, and those of the answer for today."""
    return split(seen, days, seen.last - days), split(seen, days, seen.last)
