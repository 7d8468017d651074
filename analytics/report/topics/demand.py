"""The sections of the page about what products will sell and what members will buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...frames import ANSWERS, DEMAND_TOTAL, DEMAND_TRIAL, PRODUCT_DEMAND, PRODUCTS
from ..how import How
from ..sections import Row, Section

if TYPE_CHECKING:
    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANSWERS, PRODUCTS, PRODUCT_DEMAND, DEMAND_TRIAL, DEMAND_TOTAL)
_MOST, _CHANGED = 6, 2
_BASELINES = ("last", "mean")


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    mine = answers[answers["topic"] == "demand"]
    if mine.empty:
        return {}
    trial = data.of(DEMAND_TRIAL)
    found: dict[str, Section | str] = {}
    if data.of(PRODUCT_DEMAND).empty:
        found["demand"] = _why(mine[mine["question"].str.startswith("products")], say)
    else:
        found["demand"] = _products(data, say)
    if len(trial):
        found["demand_trial"] = _trial(data, say)
    return found


def _why(answers: pd.DataFrame, say: Language) -> str:
    row = answers.to_dict("records")[0]
    return say(f"demand.why_{row['why']}", have=say.count(row["have"]), need=say.count(row["need"]))


def _products(data: ReportData, say: Language) -> Section:
    """What is expected to sell most, and what changes most, over the longer time."""
    demand, total = data.of(PRODUCT_DEMAND), data.of(DEMAND_TOTAL).to_dict("records")[-1]
    demand = demand[demand["days"] == demand["days"].max()].reset_index(drop=True)
    names = data.of(PRODUCTS).set_index("product_id")["name"]
    change = demand["units"] - demand["mean_units"]
    far = (change.abs() / (1 + demand["mean_units"]) ** 0.5).sort_values(ascending=False, kind="stable").index
    most = demand.sort_values(["units", "product_id"], ascending=[False, True], kind="stable").head(_MOST)
    moved = demand.loc[[place for place in far if place not in set(most.index)]]
    up, down = moved[change[moved.index] > 0].head(_CHANGED), moved[change[moved.index] < 0].head(_CHANGED)
    rows = [_row(row, names, say) for part in (most, up, down) for row in part.to_dict("records")]
    days = say.length(int(total["days"]))
    whole = demand.to_dict("records")[0]
    lead = say(
        "demand.lead",
        day=say.day(whole["as_of"].date()),
        length=days,
        n=len(demand),
        units=say.count(demand["units"].sum()),
        last=say.count(demand["last_units"].sum()),
    )
    model = str(whole["model"])
    lines = [say(f"demand.by_{'baseline' if model in _BASELINES else 'model'}", model=say(f"demand.model_{model}"))]
    if total["too_few"]:
        lines.append(say("demand.too_few", n=int(total["too_few"])))
    if not pd.isna(total["purchases"]):
        told = say(
            "demand.members",
            n=int(total["members"]),
            purchases=say.count(total["purchases"]),
            amount=say.money(total["amount_minor"], data.currency, whole=True),
            length=days,
        )
        lines.append(told)
    lines.append(say("demand.note"))
    heads = tuple(say(f"demand.{head}") for head in ("product", "units", "range", "last", "mean"))
    how = How(say("demand.title"), say("demand.how"), f"footfall-analytics demand --as-of {whole['as_of'].date()}")
    return Section(say("demand.title"), lead, heads, tuple(rows), tuple(lines), how)


def _row(row: dict[Any, Any], names: pd.Series, say: Language) -> Row:
    name = str(names.get(row["product_id"], row["product_id"]))
    return Row(
        (
            say("demand.promoted", name=name) if row["promotion"] > 0 else name,
            say.count(row["units"]),
            f"{say.count(row['low'])}–{say.count(row['high'])}",
            say.count(row["last_units"]),
            say.count(row["mean_units"]),
        )
    )


def _trial(data: ReportData, say: Language) -> Section:
    """For every kind of demand the one that serves, and the best of the others."""
    trial = data.of(DEMAND_TRIAL)
    rows = []
    for _, part in trial.groupby(["demand_of", "days"], sort=True):
        by = {row["model"]: row for row in part.to_dict("records")}
        serves = next(row for row in by.values() if row["serves"])
        chosen = next(row for row in by.values() if row["chosen"])
        what = say(f"demand.of_{serves['demand_of']}")
        best = say.percent(chosen["scaled"], 0)
        rows.append(
            Row(
                (
                    say("demand_trial.kind", of=what, days=say.length(serves["days"])),
                    say(f"demand.model_{serves['model']}"),
                    say.count(serves["many"]),
                    say.percent(serves["scaled"], 0),
                    say.percent(by["mean"]["scaled"], 0),
                    say("demand_trial.best", model=say(f"demand.model_{chosen['model']}"), scaled=best),
                    say.percent(serves["cover"], 0),
                )
            )
        )
    first = trial.iloc[0]
    level = say.percent(float(first["level"]), 0)
    heads = tuple(
        say(f"demand_trial.{head}") for head in ("what", "serves", "many", "scaled", "mean", "chosen", "cover")
    )
    how = How(say("demand_trial.title"), say("demand_trial.how", level=level), "footfall-analytics demand --trial")
    lines = (say("demand_trial.note", level=level),)
    return Section(say("demand_trial.title"), say("demand_trial.lead"), heads, tuple(rows), lines, how, texts=2)
