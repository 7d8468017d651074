"""The sections of the page about what members are worth."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...frames import ANSWERS, VALUE_DECILE, VALUE_FIT, VALUE_HOLDOUT, VALUE_TOTAL
from ..how import How
from ..sections import Chart, Row, Section
from .value_charts import held_out, tenths

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANSWERS, VALUE_TOTAL, VALUE_FIT, VALUE_DECILE, VALUE_HOLDOUT)
# Of fewer members nothing is shown on a page.
_LEAST_SHOWN = 5
_RELATED = 0.3


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    mine = {row["question"]: row for row in answers[answers["topic"] == "value"].to_dict("records")}
    if not mine:
        return {}
    return {"value": _worth(data, mine, say), "value_held": _held(data, mine, say)}


def _why(row: Mapping[Hashable, Any], say: Language) -> str:
    have, need = (None if pd.isna(row[name]) else row[name] for name in ("have", "need"))
    return say(f"value.why_{row['why']}", have=say.count(have), need=say.count(need))


def _worth(data: ReportData, answers: Mapping[Hashable, Mapping[Hashable, Any]], say: Language) -> Section | str:
    total = data.of(VALUE_TOTAL)
    if total.empty:
        return _why(answers["purchases"], say)
    (row,) = total.to_dict("records")
    rows = []
    for name, unit in (("alive", ""), ("purchases", ""), ("sales", "_minor"), ("value", "_minor")):
        number, *ends = (row[f"{name}{end}{unit}"] for end in ("", "_low", "_high"))
        if pd.isna(number):
            continue
        what = say(
            f"value.{name}_{row['basis']}" if name == "value" else f"value.{name}", n=row["members"] - row["single"]
        )
        rows.append(Row((what, _amount(number, unit, data, say), _between(ends, unit, data, say))))
    deciles = data.of(VALUE_DECILE)
    lines = [say("value.recency", why=_why(answers["purchases"], say))] if row["model"] == "recency" else []
    if len(deciles):
        first = deciles.iloc[0]
        lines.append(say("value.first_tenth", n=int(first["members"]), share=say.percent(first["value_share"], 0)))
    if row["single"] >= _LEAST_SHOWN and row["model"] == "bg_nbd":
        lines.append(say("value.single", n=row["single"]))
    if not pd.isna(row["correlation"]):
        key = "value.related" if abs(row["correlation"]) >= _RELATED else "value.unrelated"
        lines.append(say(key, correlation=say.number(row["correlation"], 2)))
    lines += _simple(data, row, say)
    lead = say("value.lead", n=row["members"], day=say.day(row["as_of"].date()), since=say.day(row["since"].date()))
    heads = tuple(say(f"value.{name}") for name in ("what", "expected", "sure"))
    charts = (Chart(tenths(deciles, data.currency, say), say("value.chart")),) if len(deciles) else ()
    command = f"footfall-analytics value --as-of {row['as_of'].date()}"
    way = How(say("value.title"), say(f"value.how_{row['model']}"), command)
    return Section(say("value.title"), lead, heads, tuple(rows), tuple(lines), way, charts)


def _simple(data: ReportData, total: Mapping[Hashable, Any], say: Language) -> list[str]:
    """The value by retention alone, in a sentence."""
    fit = data.of(VALUE_FIT)
    found = {str(row["name"]): row for row in fit[fit["part"] == "simple"].to_dict("records")}
    if not found:
        return []
    worth, kept = found["value_minor"], found["retention"]
    told = say(
        f"value.simple_{total['basis']}",
        n=round(found["buyers"]["value"]),
        kept=say.percent(kept["value"], 0),
        kept_between=say.percents(kept["low"], kept["high"]),
        value=say.money(worth["value"], data.currency, whole=True),
        between=say.amounts((worth["low"], worth["high"]), data.currency, whole=True),
    )
    return [told]


def _held(data: ReportData, answers: Mapping[Hashable, Mapping[Hashable, Any]], say: Language) -> Section | str:
    found = data.of(VALUE_HOLDOUT)
    if found.empty:
        said = answers["purchases"] if answers["holdout"]["answered"] else answers["holdout"]
        return _why(said, say)
    order = {name: place for place, name in enumerate(("joined_since", "joined_before", "all"), start=100)}
    shown = found.assign(place=[order.get(str(group), 0) for group in found["group"]])
    shown = shown[shown["members"] >= _LEAST_SHOWN].sort_values(["place", "group"])
    groups = shown[~shown["group"].isin(["all", "joined_since", "joined_before"])]
    total = found[found["group"] == "all"].to_dict("records")[0]
    rows = tuple(_held_row(row, say) for row in shown.to_dict("records"))
    lines = []
    if total["actual"] > 0:
        off = total["expected"] / total["actual"] - 1
        key = "value_held.too_many" if off > 0 else "value_held.too_few"
        inside = total["low"] <= total["actual"] <= total["high"]
        lines.append(
            say(key, share=say.percent(abs(off))) + say("value_held.inside" if inside else "value_held.outside")
        )
    error, usual = say.number(total["error"], 2), say.number(total["usual_error"], 2)
    better = total["error"] < total["usual_error"]
    lines.append(say("value_held.better" if better else "value_held.not_better", error=error, usual=usual))
    first = total["first_day"].date()
    last = first + timedelta(days=total["days"] - 1)
    lead = say("value_held.lead", n=total["members"], span=say.span(first, last))
    heads = tuple(say(f"value_held.{name}") for name in ("group", "members", "expected", "sure", "actual", "usual"))
    way = How(say("value_held.title"), say("value_held.how"), f"footfall-analytics value --as-of {last}")
    charts = (Chart(held_out(groups, say), say("value_held.chart")),) if len(groups) else ()
    return Section(say("value_held.title"), lead, heads, rows, tuple(lines), way, charts)


def _held_row(row: Mapping[Hashable, Any], say: Language) -> Row:
    name = str(row["group"])
    group = say.word("value_held", name) if not name[0].isdigit() else say("value_held.times", times=name)
    between = say("value.between", low=say.count(row["low"]), high=say.count(row["high"]))
    numbers = (say.count(row["expected"]), between, say.count(row["actual"]), say.count(row["usual"]))
    return Row((group, say.count(row["members"]), *numbers), strong=name == "all")


def _amount(value: float, unit: str, data: ReportData, say: Language) -> str:
    return say.money(value, data.currency, whole=True) if unit else say.count(value)


def _between(ends: list[float], unit: str, data: ReportData, say: Language) -> str:
    if unit:
        return say.amounts(ends, data.currency, whole=True)
    return say("value.between", low=say.count(ends[0]), high=say.count(ends[1]))
