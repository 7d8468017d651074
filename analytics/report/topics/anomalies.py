"""The section of the page about hours and days that did not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...frames import ANOMALIES, ANSWERS
from ..how import How
from ..language import UNKNOWN
from ..sections import Row, Section

if TYPE_CHECKING:
    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANOMALIES, ANSWERS)
_MOST = 10
# From so improbable on a number says nothing to people.
_LEAST_P = 1e-6


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The section, or in place of it why there is none."""
    rows = data.of(ANOMALIES)
    answers = data.of(ANSWERS)
    mine = answers[(answers["topic"] == "anomalies") & (answers["question"] == "traffic")].to_dict("records")
    if rows.empty and not mine:
        return {}
    if rows.empty and not mine[0]["answered"]:
        return {"anomalies": say(f"anomalies.why_{mine[0]['why']}", n=mine[0]["have"], need=say.count(mine[0]["need"]))}
    return {"anomalies": _odd(rows, data, say)}


def _odd(rows: pd.DataFrame, data: ReportData, say: Language) -> Section:
    """The alarms, the least probable first to be shown, told in order of time."""
    news = rows[rows["news"]]
    # What the cameras could not see has no probability: it is certain.
    shown = news.assign(sure=news["p"].fillna(0.0)).sort_values(["sure", "local_date"], kind="stable").head(_MOST)
    shown = shown.sort_values(["local_date", "begins", "measure"], kind="stable")
    lines = []
    if news.empty:
        lines.append(say("anomalies.none"))
    if len(news) > len(shown):
        lines.append(say("anomalies.more", n=len(news) - len(shown)))
    known = rows[rows["kind"] == "known"]
    if len(known):
        names = sorted({_known(str(name), say) for name in known["known"].dropna()})
        lines.append(say("anomalies.known_days", n=known["local_date"].nunique(), names=say.listed(names)))
    lines.append(say("anomalies.sure"))
    heads = tuple(say(f"anomalies.{head}") for head in ("day", "what", "kind", "observed", "expected", "chance"))
    told = tuple(_row(row, data, say) for row in shown.to_dict("records"))
    command = f"footfall-analytics anomalies --since {data.since} --until {data.until}"
    how = How(say("anomalies.title"), say("anomalies.how"), command)
    return Section(
        say("anomalies.title"), say("anomalies.lead"), heads if told else (), told, tuple(lines), how, texts=3
    )


def _row(row: dict[Any, Any], data: ReportData, say: Language) -> Row:
    day = say.short_day(row["local_date"].date())
    if not row["whole_day"]:
        zone = data.opening.time_zone
        begins, ends = (row[name].tz_convert(zone) for name in ("begins", "ends"))
        day = say("anomalies.hours", day=day, begins=f"{begins:%H:%M}", ends=f"{ends:%H:%M}")
    what = say(f"anomalies.measure_{row['measure']}")
    if row["place"]:
        what = say("anomalies.at", what=what, place=row["place"].rsplit("/", 1)[-1])
    kind = say(f"anomalies.kind_{row['kind']}", n=int(row["days"]))
    codes = [code for code in row["evidence"].split("; ") if code]
    if codes:
        reasons = say("number.comma").join(say(f"anomalies.because_{code}", till=_text(row["known"])) for code in codes)
        kind = say("anomalies.because", kind=kind, why=reasons)
    expected = _value(row["expected"], row["measure"], data.currency, say)
    if not pd.isna(row["low"]):
        ends_of = (_value(row[name], row["measure"], data.currency, say) for name in ("low", "high"))
        expected = say("anomalies.between", mean=expected, low=next(ends_of), high=next(ends_of))
    observed = _value(row["observed"], row["measure"], data.currency, say)
    return Row((day, what, kind, observed, expected, _chance(row, say)))


def _value(value: Any, measure: str, currency: str, say: Language) -> str:
    if pd.isna(value):
        return UNKNOWN
    if measure == "sales":
        return say.money(value, currency, whole=True)
    if measure in {"conversion", "return_share"}:
        return say.percent(value)
    return say.duration(value) if measure == "dwell" else say.count(value)


def _chance(row: dict[Any, Any], say: Language) -> str:
    """How rarely chance alone makes any of the looks of a day so strange."""
    if pd.isna(row["p"]):
        return say("anomalies.certain")
    looks = 1 if row["whole_day"] else max(row["looks"] - 1, 1)
    return say("anomalies.one_in", n=1.0 / min(max(row["p"] * looks, _LEAST_P), 1.0))


def _known(name: str, say: Language) -> str:
    return say("anomalies.special_hours") if name == "hours" else name


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
