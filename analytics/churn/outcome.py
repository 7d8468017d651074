"""What is said of the members today, and the trial that entitles to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CHURN_BINS, CHURN_GROUP, CHURN_STANDINGS, CHURN_TRIAL, MEMBER_CHURN, Answer, check, day_of, empty
from ..metrics import wilson
from ..threads import one_thread
from .features import known
from .history import history_of
from .horizon import days_of
from .measures import BINS, bins_of
from .reasons import REASONS, effects, weightiest
from .trial import RECENCY, RIVAL, held, refusal, split_at, taught

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .features import Known
    from .history import Floats, History
    from .horizon import Split
    from .measures import Estimate
    from .rules import ChurnRules
    from .trial import Trial

# Who comes with at most this probability is gone, not at risk; who bought only once was never a regular.
_GONE, _REGULAR = 0.1, 2
_Z = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What will be looked at.

    Attributes:
        seen: Days of purchase.
        judged: The days of the trial.
        now: The days of the answer for today.
        refused: Why there will be none.
    """

    seen: History
    judged: Split
    now: Split
    refused: Answer | None

    @property
    def days(self) -> int:
        """Of a window."""
        return self.now.days

    @property
    def asks(self) -> tuple[date, ...]:
        """The ends of days at which BG/NBD is asked; none where the plan is refused."""
        cuts = (self.judged.calibrate, self.judged.judge, self.now.judge)
        return () if self.refused else tuple(day_of(cut) for cut in cuts)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The results.

    Attributes:
        members: ``frames.churn.MEMBER_CHURN``.
        groups: ``frames.churn.CHURN_GROUP``.
        trial: ``frames.churn.CHURN_TRIAL``.
        bins: ``frames.churn.CHURN_BINS``.
        answers: Whether it could be said, and whether a model is better than the baselines.
    """

    members: pd.DataFrame
    groups: pd.DataFrame
    trial: pd.DataFrame
    bins: pd.DataFrame
    answers: tuple[Answer, ...]


def plan(sales: Purchases, rules: ChurnRules) -> Plan:
    """What will be looked at, or why nothing."""
    seen = history_of(sales)
    judged, now = split_at(seen, days_of(seen, rules))
    if sales.members.empty:
        return Plan(seen, judged, now, Answer("buy_again", "no_members", 0, 1))
    return Plan(seen, judged, now, refusal(seen, judged))


@one_thread()
def outcome(asked: Plan, rules: ChurnRules, rivals: Mapping[date, pd.Series] | None = None) -> Outcome:
    """Who is leaving and who will buy again.

    Args:
        asked: Made by ``plan``.
        rules: Of the store.
        rivals: BG/NBD's probability of buying within ``asked.days`` after each of ``asked.asks``, by member id; days
            of which it has nothing to say may be absent.
    """
    if asked.refused is not None:
        return Outcome(empty(MEMBER_CHURN), empty(CHURN_GROUP), empty(CHURN_TRIAL), empty(CHURN_BINS), (asked.refused,))
    seen = asked.seen
    said = {
        cut: series.reindex(seen.names).to_numpy(dtype=np.float64)
        for day, series in (rivals or {}).items()
        for cut in ((pd.Timestamp(day) - pd.Timestamp(0)).days,)
    }
    judged = held(seen, asked.judged, said)
    today = known(seen, asked.now.judge, asked.days)
    name, told = _told(asked, judged, today, said)
    why, explained = effects(told, today.values)
    bins = _bins(judged, name)
    parts = (_members(asked, today, told, rules), _like(bins, told), _reasons(why))
    members = pd.concat(parts, axis=1).assign(model=name)
    gain = judged.results[judged.chosen]
    least = min(g.low for g in (gain.over_recency, gain.over_rival) if g is not None)
    model = Answer("model") if gain.better else Answer("model", "not_better", least, 0.0)
    return Outcome(
        check(members, MEMBER_CHURN),
        _groups(members, judged.results[name].probability, judged.hit, explained),
        _trial(asked, judged, name),
        check(bins, CHURN_BINS),
        (Answer("buy_again"), model),
    )


def _told(asked: Plan, judged: Trial, today: Known, said: Mapping[int, Floats]) -> tuple[str, Floats]:
    """Who serves, and the probabilities of everybody today, (n,)."""
    mine = said[asked.now.judge][today.rows] if asked.now.judge in said else np.array([np.nan])
    if judged.serves == RIVAL and not np.isnan(mine).any():
        return RIVAL, mine
    name = RECENCY if judged.serves == RIVAL else judged.serves
    # Taught anew, with what is known today.
    (pupil,) = taught(asked.seen, asked.now, (name,))
    return name, pupil.curve.probability(pupil.score(today.values))


def _bins(judged: Trial, name: str) -> pd.DataFrame:
    """The reliability diagram of the one that serves."""
    told = judged.results[name].probability
    place = bins_of(told)
    many = np.bincount(place, minlength=BINS).astype(np.float64)
    hits = np.bincount(place, judged.hit, BINS).astype(np.float64)
    ends = np.array([wilson(int(hit), int(of)) or (0.0, 1.0) for hit, of in zip(hits, many, strict=True)])
    return pd.DataFrame(
        {
            "bin": np.arange(1, BINS + 1),
            "model": name,
            "members": many.astype(np.int64),
            "told": np.bincount(place, told, BINS) / many,
            "bought": hits / many,
            "low": ends[:, 0],
            "high": ends[:, 1],
        }
    )


def _like(bins: pd.DataFrame, told: Floats) -> pd.DataFrame:
    """What became, in the trial, of members who were told about the same."""
    means = bins["told"].to_numpy()
    place = np.searchsorted((means[1:] + means[:-1]) / 2, told)
    return bins[["low", "high"]].iloc[place].reset_index(drop=True)


def _reasons(why: Floats) -> pd.DataFrame:
    """Codes and effects of the weightiest reasons."""
    codes = np.array([*REASONS, None], dtype=object)
    place, size = weightiest(why)
    found: dict[str, object] = {}
    for n in range(size.shape[1]):
        found[f"reason_{n + 1}"] = pd.Series(codes[place[:, n]], dtype="str")
        found[f"effect_{n + 1}"] = size[:, n]
    return pd.DataFrame(found)


def _members(asked: Plan, today: Known, told: Floats, rules: ChurnRules) -> pd.DataFrame:
    """What is known of each, and what they are to the store."""
    good = (today.spend_minor >= _good_from(today, rules)) & (today.purchases >= _REGULAR)
    state = np.where(told <= _GONE, "gone", np.where(1 - told >= rules.at_risk, "risk", "comes"))
    found: dict[str, object] = {
        "member_id": asked.seen.names[today.rows].astype(str),
        "as_of": pd.Timestamp(day_of(asked.now.judge)).as_unit("ms"),
        "days": asked.days,
        "p_buy_again": told,
        "p_leave": 1 - told,
        "standing": np.char.add(np.where(good, "good_", "other_"), state),
        "days_since": today.since_days.astype(np.int64),
        "gap_days": today.gap_days,
        "purchases": today.purchases.astype(np.int64),
        "lately": today.lately.astype(np.int64),
        "before": today.before.astype(np.int64),
        "spend_minor": today.spend_minor / today.purchases,
        "tenure_days": today.tenure_days.astype(np.int64),
    }
    return pd.DataFrame(found)


def _good_from(today: Known, rules: ChurnRules) -> float:
    """What the least of the good customers spent."""
    return float(np.quantile(today.spend_minor, 1 - rules.good_share))


def _groups(members: pd.DataFrame, tried: Floats, hit: NDArray[np.bool_], explained: float) -> pd.DataFrame:
    """Groups, and how many of each buy again.

    The interval is that of chance, the sum of independent coin tosses, and on top as far off, both ways, as the sum of
    all was in the trial: shares drift.
    """
    off = abs(float(tried.sum()) - float(hit.sum())) / max(float(tried.sum()), 1.0)
    rows = []
    for name in CHURN_STANDINGS:
        part = members if name == "all" else members[members["standing"] == name]
        p = part["p_buy_again"].to_numpy()
        half = _Z * float(np.sqrt(np.sum(p * (1 - p)))) + off * float(p.sum())
        rows.append(
            {
                "standing": name,
                "members": len(part),
                "expected": float(p.sum()),
                "low": max(float(p.sum()) - half, 0.0),
                "high": min(float(p.sum()) + half, float(len(part))),
                "spent_minor": round(float((part["spend_minor"] * part["purchases"]).sum())),
            }
        )
    found = pd.DataFrame(rows).assign(as_of=members["as_of"].iloc[0], days=members["days"].iloc[0], explained=explained)
    return check(found, CHURN_GROUP)


def _trial(asked: Plan, judged: Trial, serves: str) -> pd.DataFrame:
    """One row for each model and baseline."""
    at = judged.split
    days = {
        "as_of": asked.now.judge,
        "taught_from": at.teach[-1],
        "taught_to": at.teach[0],
        "calibrated_on": at.calibrate,
        "judged_on": at.judge,
    }
    rows = []
    for name, one in judged.results.items():
        row = {"model": name, "days": at.days, "members": len(judged.hit), "bought": int(judged.hit.sum())}
        row |= {"auc": one.auc.value, "auc_low": one.auc.low, "auc_high": one.auc.high, "brier": one.brier}
        row |= {"ece": one.error, "ece_counts": one.error_counts}
        row |= _gain("over_recency", one.over_recency) | _gain("over_bgnbd", one.over_rival)
        row |= {"baseline": name in (RECENCY, RIVAL), "chosen": name == judged.chosen, "serves": name == serves}
        rows.append(row)
    found = pd.DataFrame(rows)
    for name, cut in days.items():
        found[name] = pd.Timestamp(day_of(cut)).as_unit("ms")
    return check(found, CHURN_TRIAL)


def _gain(name: str, gain: Estimate | None) -> dict[str, float]:
    values = (np.nan,) * 3 if gain is None else (gain.value, gain.low, gain.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
