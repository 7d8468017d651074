"""The error bars of the page: what people counted by hand, and between which bounds the numbers therefore lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from ..accuracy import BAND_CROSSINGS, LINE, OLD_DAYS, judged_by
from ..frames import local_day
from .language import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .data import ReportData
    from .language import Language

COMMAND = "footfall-edge audit"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line and direction, or one band of hours of it, in words.

    Attributes:
        name: Line and direction, or the hours.
        audited: When, and how many crossings were counted by hand.
        missed: By the product.
        invented: By the product.
        between: True crossings for every 100 counted, as an interval.
        remark: What to know or do; may be empty.
        band: Part of the line above.
        warn: The remark is a warning.
    """

    name: str
    audited: str
    missed: str
    invented: str
    between: str
    remark: str
    band: bool = False
    warn: bool = False


def bracket(bars: Mapping[str, tuple[float, float]], measure: str, say: Language, currency: str = "") -> str:
    """``1,190–1,270``, ``26.6–29.3 %``, ``3.10–3.32 EUR``; empty where there are no bounds."""
    if measure not in bars:
        return ""
    low, high = bars[measure]
    if measure == "conversion":
        return say.percents(low, high)
    if measure.endswith("_minor"):
        return say.amounts((low, high), currency)
    return f"{say.count(low)}\u2013{say.count(high)}"


def told(data: ReportData, bars: Mapping[str, tuple[float, float]], say: Language) -> str:
    """Under the headline numbers: what the numbers in brackets are, or why there are none."""
    doors = _doors(data)
    if doors.empty:
        return ""
    missing = doors[doors["judge"] < 0]
    if len(missing):
        names = sorted(set(missing["line_id"]))
        return say("audit.no_bars", lines=say.listed(names), n=len(names), why=_why_not(data, say), command=COMMAND)
    if "visits" not in bars:
        return ""
    used = data.audited.known.iloc[sorted(set(doors["judge"]))]
    whole = used.drop_duplicates(LINE)
    oldest = used["last_window"].min()
    by_hand = int(_whole(data, whole)["manual"].sum())
    biased = (used["ratio_low"] > 1) | (used["ratio_high"] < 1)
    lines = say.listed(sorted(set(used.loc[biased, "line_id"])))
    said = [say("audit.in_brackets", day=_day(data, oldest, say), n=by_hand)]
    said += [say("audit.old_again", n=OLD_DAYS)] if _old(data, oldest) else []
    said += [say("audit.biased", lines=lines)] if lines else []
    return say("number.space").join(said)


def no_bar(data: ReportData, say: Language) -> str:
    """Why the headline counts have no error bar, in a few words; empty where they have one, or nothing was counted."""
    doors = _doors(data)
    return "" if doors.empty or (doors["judge"] >= 0).all() else _why_not(data, say)


def _why_not(data: ReportData, say: Language) -> str:
    doors, known = _doors(data), data.audited.known
    missing = doors[doors["judge"] < 0]
    if len(missing.merge(known, on=LINE)):
        return say("audit.too_few")
    if len(missing.merge(known, on=["camera_id", "line_id", "direction"])):
        return say("audit.moved")
    return say("audit.not_yet")


def rows(data: ReportData, say: Language) -> tuple[AuditRow, ...]:
    """Every line that counted somebody, with its last audit by direction and hours, entrances first."""
    lines, known = data.audited.lines, data.audited.known
    found: list[AuditRow] = []
    counted = lines[["role", *LINE]].drop_duplicates()
    # The newest version of a line last.
    last = lines.groupby(LINE)["hour_utc"].max()
    counted = counted.assign(last=[last[tuple(key)] for key in counted[LINE].itertuples(index=False)])
    counted = counted.sort_values(["role", "camera_id", "line_id", "direction", "last"])
    newest = counted.drop_duplicates(["camera_id", "line_id", "direction"], keep="last")
    for line in newest.to_dict("records"):
        name = say(f"audit.line_{line['direction']}", line=line["line_id"])
        mine = known.merge(pd.DataFrame([line])[LINE], on=LINE)
        if mine.empty:
            same = (known["camera_id"] == line["camera_id"]) & (known["line_id"] == line["line_id"])
            why = say("audit.line_moved" if same.any() else "audit.line_not_yet", command=COMMAND)
            found.append(AuditRow(name, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, why, warn=True))
            continue
        whole = (mine["from_hour"] == 0) & (mine["to_hour"] == 24)
        found += [_row(data, name, row, say) for _, row in mine[whole].iterrows()]
        bands = mine[~whole]
        if len(bands) > 1:
            for _, row in bands[bands["own"]].iterrows():
                hours = say("audit.band", begin=f"{row['from_hour']}:00", end=f"{row['to_hour']}:00")
                found.append(_row(data, hours, row, say, band=True))
    return tuple(found)


def _row(data: ReportData, name: str, row: pd.Series, say: Language, *, band: bool = False) -> AuditRow:
    remark, warn = _remark(data, row, say, band=band)
    known = not pd.isna(row["ratio_low"])
    between = f"{say.number(100 * row['ratio_low'])}\u2013{say.number(100 * row['ratio_high'])}" if known else UNKNOWN
    when = say("audit.when", day=_day(data, row["last_window"], say), n=int(row["manual"]))
    missed, invented = (
        say("audit.at_least", n=int(row[name])) if row["totals_only"] else say.count(row[name])
        for name in ("missed", "invented")
    )
    return AuditRow(name, when, missed, invented, between, remark, band=band, warn=warn)


def _remark(data: ReportData, row: pd.Series, say: Language, *, band: bool) -> tuple[str, bool]:
    """What to know of an audit, and whether it is a warning; a band does not say again what its line says."""
    if pd.isna(row["ratio_low"]):
        return say("audit.more", n=BAND_CROSSINGS), True
    remarks = []
    if row["ratio_low"] > 1:
        remarks.append(say("audit.counts_few", share=say.percent(1 - 1 / row["ratio"])))
    if row["ratio_high"] < 1:
        remarks.append(say("audit.counts_many", share=say.percent(1 / row["ratio"] - 1)))
    if not band and _old(data, row["last_window"]):
        remarks.append(say("audit.old", n=OLD_DAYS))
    warn = bool(remarks)
    if not band and row["totals_only"]:
        remarks.append(say("audit.totals_only"))
    return say("number.semicolon").join(remarks), warn


def _doors(data: ReportData) -> pd.DataFrame:
    """The entrance lines of the period that counted somebody who came in, with the audit that judges each hour."""
    lines = data.audited.lines
    local = local_day(lines["hour_utc"], data.opening.time)
    mine = (local >= pd.Timestamp(data.since)) & (local < pd.Timestamp(data.until))
    mine &= (lines["role"] == "entrance") & (lines["direction"] == "in") & (lines["visits"] > 0)
    doors: pd.DataFrame = lines[mine].copy()
    doors["judge"] = judged_by(doors, data.audited.known)
    return doors


def _whole(data: ReportData, judges: pd.DataFrame) -> pd.DataFrame:
    """The rows of all hours together of the lines of some audits."""
    known = data.audited.known
    every = known[(known["from_hour"] == 0) & (known["to_hour"] == 24)]
    found: pd.DataFrame = every.merge(judges[LINE].drop_duplicates(), on=LINE)
    return found


def _old(data: ReportData, at: pd.Timestamp) -> bool:
    return bool((pd.Timestamp(data.made_at) - at).days > OLD_DAYS)


def _day(data: ReportData, at: pd.Timestamp, say: Language) -> str:
    return say.day(at.astimezone(ZoneInfo(data.opening.time_zone)).date())
