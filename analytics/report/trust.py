"""The parts of the page that say how far to trust the rest: the forecast's test, the tills' clocks, the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..forecast import NAIVE
from .imported import rule_words
from .inside import drift_words
from .language import UNKNOWN

if TYPE_CHECKING:
    from .data import ReportData
    from .language import Language

# A clock that is off by less, or drifts by less a day, is right as far as anybody can tell.
_RIGHT_S, _STEADY_S = 3.0, 0.02


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model of the forecast in its test, in words."""

    name: str
    first: str
    last: str
    mase: str
    cover: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the backtest says of the forecast.

    Attributes:
        line: In one sentence.
        ahead: How far the longest test looked, in words.
        rows: The models.
    """

    line: str
    ahead: str
    rows: tuple[ModelRow, ...]


def verdict(data: ReportData, say: Language) -> Verdict:
    """Whether the forecast beats the same hour last week."""
    tests = data.backtest[data.backtest["measure"] == "visits"]
    if tests.empty:
        return Verdict(say("forecast.untested"), "", ())
    longest = tests[tests["horizon_h"] == tests["horizon_h"].max()].reset_index(drop=True)
    naive = longest[longest["model"] == NAIVE].iloc[0]
    best = longest[longest["chosen"]].iloc[0]
    ahead = say.length(int(best["horizon_h"]) // 24)
    tested = say("forecast.tested", n=int(best["origins"]), ahead=ahead)
    if best["model"] == naive["model"]:
        line = say("forecast.naive", tested=tested)
    else:
        line = say(
            "forecast.beats",
            gain=say.percent(1.0 - best["mae"] / naive["mae"], 0),
            error=say.number(best["mae"]),
            naive=say.number(naive["mae"]),
            tested=tested,
        )
    rows = []
    for model in longest["model"]:
        mine = tests[tests["model"] == model].sort_values("horizon_h")
        first, last = mine.iloc[0], mine.iloc[-1]
        cover = f"{say.percent(_known(last['cover80']), 0)} / {say.percent(_known(last['cover95']), 0)}"
        errors = (
            say.number(_known(first["mae"])),
            say.number(_known(last["mae"])),
            say.number(_known(last["mase"]), 2),
        )
        name = say.word("model", str(model).lower().replace(" ", "_"))
        rows.append(ModelRow(name, *errors, cover, bool(last["chosen"])))
    return Verdict(line, ahead, tuple(rows))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A till's clock on the last day of the period, in words.

    Attributes:
        till: Which.
        offset: How wrong it is, with half of its 95 % interval.
        drift: How fast it becomes wrong.
        receipts: From how many.
        jumps: When it was set, and by how much; a warning.
    """

    till: str
    offset: str
    drift: str
    receipts: str
    jumps: str


def clock_rows(data: ReportData, say: Language) -> tuple[ClockRow, ...]:
    """How wrong the tills' clocks are."""
    rows = []
    for till, mine in data.clocks.groupby("till_id", sort=True):
        days = mine.sort_values("local_date")
        set_on = days[days["jump_s"].notna()]
        jumps = say.listed(
            [
                say("clock.jump", day=say.short_day(day), seconds=_signed(jump, say))
                for day, jump in zip(set_on["local_date"], set_on["jump_s"], strict=True)
            ]
        )
        known = days[days["identified"]]
        if known.empty:
            rows.append(ClockRow(str(till), say("clock.unknown"), UNKNOWN, say.count(int(days["pairs"].max())), jumps))
            continue
        last = known.iloc[-1]
        rows.append(ClockRow(str(till), _offset(last, say), _drift(last, say), say.count(int(last["pairs"])), jumps))
    return tuple(rows)


def _offset(clock: pd.Series, say: Language) -> str:
    off = float(clock["offset_s"])
    told = say("clock.right")
    if abs(off) >= _RIGHT_S:
        told = say("clock.ahead" if off > 0 else "clock.behind", by=say.duration(abs(off)))
    error = clock["error_s"]
    return told if pd.isna(error) else say("clock.within", offset=told, error=say.number(float(error)))


def _drift(clock: pd.Series, say: Language) -> str:
    drift = float(clock["drift_s_per_day"])
    if abs(drift) < _STEADY_S:
        return say("clock.steady")
    return say("clock.gains" if drift > 0 else "clock.loses", seconds=say.number(abs(30 * drift)))


def _signed(seconds: float, say: Language) -> str:
    return ("+" if seconds > 0 else "\u2212") + say.duration(abs(seconds))


def pair_words(data: ReportData, say: Language) -> str:
    """How many receipts have a person at the till."""
    receipts, paired, sure = (int(data.pairs[name].sum()) for name in ("receipts", "paired", "sure"))
    if not receipts:
        return ""
    return say(
        "clock.pairs", n=receipts, paired=say.percent(paired / receipts, 0), sure=say.percent(sure / receipts, 0)
    )


def quality(data: ReportData, hours: pd.DataFrame, say: Language) -> tuple[tuple[str, str], ...]:
    """What else there is to know about the data: name and finding."""
    over, of = int(hours["flag"].notna().sum()), int((hours["open_s"] > 0).sum())
    found = [(say("data.over"), say("data.over_of", n=of, many=say.count(over)))]
    drifted = drift_words(data, say)
    if drifted:
        found.append((say("data.drift"), drifted))
    receipts = int(data.pairs["receipts"].sum())
    if receipts:
        lonely = say.count(int(data.pairs["lonely"].sum()))
        found.append((say("data.lonely"), say("data.lonely_of", n=receipts, many=lonely)))
    found += [
        (say("data.left_out", file=reject.file, n=reject.rows), rule_words(reject, say)) for reject in data.rejects
    ]
    if not data.rejects:
        found.append((say("data.files"), say("data.none_left_out")))
    return tuple(found)
