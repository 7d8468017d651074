"""The models against "same as last period" and "mean of the last four", on a period that none of them knew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..threads import one_thread
from .features import features, last_period, mean_period
from .models import MODELS, SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from .models import Predict
    from .panel import Floats, Panel

LAST, MEAN = "last", "mean"
BASELINES = (LAST, MEAN)
MOST_CUTS, MOST_ROWS, DRAWS = 8, 40_000, 400
# With so many periods of data several calibrate.
LONG, LONG_CUTS = 5, 4
# Where most buy nothing, nothing is the nearest guess of each and the worst of all together: a model that would have
# to be raised by more than this is no candidate, however near it is.
MOST_LEVEL = 3.0
# A model that is better only in a period like the judge's is not better: so many standard deviations of luck.
_MOST_LUCK = 2.0


@dataclass(frozen=True, slots=True)
class Span:
    """The ends of days of one trial, days since 1970.

    Attributes:
        days: Of the period after each.
        teach: Whose periods teach, the latest first.
        calibrate: Whose periods make the level, the intervals and the choice, the latest first: several where the data
            allow, because all products of one period share its luck.
        judge: Its period judges.
    """

    days: int
    teach: tuple[int, ...]
    calibrate: tuple[int, ...]
    judge: int


@dataclass(frozen=True, slots=True)
class Gain:
    """How much smaller the mean absolute error is than a baseline's, as a share of it; 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """How one did on the period that judges.

    Attributes:
        name: Of the model or baseline.
        mae: Mean absolute error.
        scaled: The same, over that of ``LAST``.
        bias: Told less bought, over bought, of all together.
        cover: Share inside the interval.
        over_last: Against ``LAST``; None: it is that.
        over_mean: Against ``MEAN``.
        robust: Better also had everything sold as much more or less as whole periods differ.
    """

    name: str
    mae: float
    scaled: float
    bias: float
    cover: float
    over_last: Gain | None
    over_mean: Gain | None
    robust: bool

    @property
    def better(self) -> bool:
        """Surely better than both baselines, and not by the luck of one period."""
        gains = [gain for gain in (self.over_last, self.over_mean) if gain is not None]
        return len(gains) == len(BASELINES) and self.robust and all(gain.low > 0 for gain in gains)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The outcome.

    Attributes:
        span: The days.
        many: How many products or members judged it.
        results: By name.
        chosen: The model, by the period before.
        serves: ``chosen`` where it is surely better, else the baseline that was better the period before.
    """

    span: Span
    many: int
    results: Mapping[str, Result]
    chosen: str
    serves: str


def span(seen: Panel, days: int, judge: int) -> Span:
    """Periods one after the other, the one that judges after the day ``judge``; a week between those of one kind."""
    many = LONG_CUTS if judge - seen.first + 1 >= LONG * days + LONG_CUTS * 7 else 1
    calibrate = tuple(judge - days - 7 * n for n in range(many))
    latest = calibrate[-1] - days
    cuts = np.arange(latest, seen.first + days - 2, -7)[:MOST_CUTS]
    return Span(days, tuple(int(c) for c in cuts), calibrate, judge)


def predictors(seen: Panel, at: Span, names: tuple[str, ...], told: Told) -> dict[str, Predict]:
    """Models taught on the periods that teach; those of ``names`` that are no baselines."""
    names = tuple(name for name in names if name not in BASELINES)
    if not names:
        return {}
    parts, much = [], []
    for cut in at.teach:
        there = told(cut)
        parts.append(features(seen, cut, at.days)[there])
        much.append(seen.total(cut, cut + at.days)[there])
    values, wanted = np.concatenate(parts), np.concatenate(much)
    step = max(-(-len(wanted) // MOST_ROWS), 1)
    return {name: MODELS[name](values[::step], wanted[::step]) for name in names}


def prediction(name: str, models: Mapping[str, Predict], seen: Panel, cut: int, days: int) -> Floats:
    """What one says of every name for the period after ``cut``, (n,), before its level is put right."""
    if name == LAST:
        return last_period(seen, cut, days)
    if name == MEAN:
        return mean_period(seen, cut, days)
    return models[name](features(seen, cut, days))


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """What one said of the periods that calibrate.

    Attributes:
        level: What a model's predictions are multiplied with, so that they sum to what was bought; 1 for a baseline.
        sound: The factor was within reason.
        predicted: With it, (m,).
        bought: (m,).
    """

    level: float
    sound: bool
    predicted: Floats
    bought: Floats


def draft(name: str, models: Mapping[str, Predict], seen: Panel, at: Span, told: Told) -> Draft:
    """One model or baseline on the periods that calibrate."""
    parts = [prediction(name, models, seen, cut, at.days)[told(cut)] for cut in at.calibrate]
    bought = np.concatenate([seen.total(cut, cut + at.days)[told(cut)] for cut in at.calibrate])
    predicted = np.concatenate(parts)
    level = 1.0 if name in BASELINES else bought.sum() / max(float(predicted.sum()), 1e-9)
    kept = float(np.clip(level, 1 / MOST_LEVEL, MOST_LEVEL))
    return Draft(kept, bool(kept == level), predicted * kept, bought)


def luck_of(seen: Panel, at: Span) -> float:
    """By how much the sums of whole periods differ from each other: standard deviation of their logarithms.

    Everything in a period shares its weather, holidays and stock. Of one period that calibrates or judges this cannot
    be told, however many products there are; of the sums of all periods up to ``at.judge`` it can. Steady growth is no
    luck.
    """
    cuts = np.arange(at.judge, seen.first + at.days - 2, -at.days)
    sums = [float(seen.total(int(cut) - at.days, int(cut)).sum()) for cut in cuts]
    steps = np.diff(np.log(np.maximum(sums, 1.0)))
    return float(np.std(steps, ddof=1) / np.sqrt(2.0)) if len(steps) > 1 else 0.0


def robust(finals: Mapping[str, Floats], name: str, came: Floats, luck: float) -> bool:
    """Whether one has smaller errors than both baselines also in a better and in a worse period than the judge's."""
    tried = [came * np.exp(side * _MOST_LUCK * luck) for side in (-1.0, 1.0)]
    mine = [float(np.abs(finals[name] - one).mean()) for one in tried]
    return all(
        ours < float(np.abs(finals[base] - one).mean())
        for one, ours in zip(tried, mine, strict=True)
        for base in BASELINES
        if base != name
    )


def reach(past: Draft, level: float, luck: float = 0.0) -> tuple[float, float]:
    """How far below and above its interval goes, in square roots of 1 + prediction.

    Split conformal, both ends of their own, scaled because larger demand is further off. With n errors the ends are at
    ranks ceil((n + 1) x share), so at least ``level`` of new ones fall inside if they are like these. The periods that
    calibrate had one luck: their outcomes are taken again with that of a better and of a worse one (the three points
    of Gauss-Hermite quadrature, by their weights 4 : 1 : 1).

    Args:
        past: The periods that calibrate.
        level: Share that should fall inside.
        luck: Of whole periods.

    Reference:
        Lei, G'Sell, Rinaldo, Tibshirani, Wasserman, Distribution-free predictive inference for regression, Journal of
        the American Statistical Association 2018.
    """
    many, share = len(past.bought), (1 + level) / 2
    scales = np.exp(np.sqrt(3.0) * luck * np.array([0.0, 0.0, 0.0, 0.0, -1.0, 1.0]))
    off = np.sort(((scales[:, None] * past.bought - past.predicted) / np.sqrt(1.0 + past.predicted)).ravel())
    n = len(off)
    rank = min(int(np.ceil((many + 1) * share / many * n)), n) - 1
    return float(off[n - 1 - rank]), float(off[rank])


def interval(predicted: Floats, ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """Low and high, (n,) each, whole and outward, as what is counted is whole; the prediction lies inside."""
    wide = np.sqrt(1.0 + predicted)
    low = np.clip(predicted + ends[0] * wide, 0.0, predicted)
    return np.floor(low), np.ceil(np.maximum(predicted + ends[1] * wide, predicted))


@one_thread()
def held(seen: Panel, at: Span, told: Told, level: float) -> Trial:
    """The trial.

    Args:
        seen: What was bought.
        at: The days.
        told: Of which names anything is said at the end of a day, (n,).
        level: Of the intervals.
    """
    names = (*BASELINES, *MODELS)
    models = predictors(seen, at, names, told)
    there = told(at.judge)
    came = seen.total(at.judge, at.judge + at.days)[there]
    drafts = {name: draft(name, models, seen, at, told) for name in names}
    finals = {name: prediction(name, models, seen, at.judge, at.days)[there] * drafts[name].level for name in names}
    missed = {name: np.abs(drafts[name].predicted - drafts[name].bought) for name in names}
    errors = {name: np.abs(finals[name] - came) for name in names}
    luck = luck_of(seen, at)
    results = {}
    for name in names:
        low, high = interval(finals[name], reach(drafts[name], level, luck))
        mae = float(errors[name].mean())
        results[name] = Result(
            name,
            mae,
            mae / max(float(errors[LAST].mean()), 1e-9),
            float(finals[name].sum() / max(came.sum(), 1e-9) - 1.0),
            float(np.mean((came >= low) & (came <= high))),
            None if name == LAST else gain(errors[name], errors[LAST]),
            None if name == MEAN else gain(errors[name], errors[MEAN]),
            robust(finals, name, came, luck),
        )
    able = [name for name in MODELS if drafts[name].sound] or [next(iter(MODELS))]
    best = min(able, key=lambda name: float(missed[name].mean()))
    chosen = next(name for name in able if name == best or gain(missed[best], missed[name]).low <= 0)
    fallback = min(BASELINES, key=lambda name: float(missed[name].mean()))
    return Trial(
        at, len(came), results, chosen, chosen if results[chosen].better and drafts[chosen].sound else fallback
    )


def gain(errors: Floats, rival: Floats) -> Gain:
    """How much smaller errors are than a rival's on the same things, as a share; percentile bootstrap over things.

    Reference:
        Efron, Tibshirani, An introduction to the bootstrap, 1993, chapter 13.
    """
    base = float(rival.mean())
    if base <= 0 or not len(errors):
        return Gain(0.0, 0.0, 0.0)
    rng = np.random.default_rng(SEED)
    # Numbers of times that each is drawn; a large sample is cut to blocks that are summed before.
    blocks = np.array_split(np.arange(len(errors)), min(len(errors), 1000))
    pairs = np.array([[errors[b].sum(), rival[b].sum()] for b in blocks])
    drawn = rng.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=DRAWS) @ pairs
    shares = 1.0 - drawn[:, 0] / np.maximum(drawn[:, 1], 1e-12)
    low, high = np.quantile(shares, [0.025, 0.975])
    return Gain(1.0 - float(errors.mean()) / base, float(low), float(high))


if TYPE_CHECKING:
    Told = Callable[[int], NDArray[np.bool_]]
