"""The error bars of the page: what people counted by hand, and between which bounds the numbers therefore lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from ..accuracy import BAND_CROSSINGS, LINE, OLD_DAYS, judged_by
from . import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .data import ReportData

COMMAND = "footfall-edge audit"
NOT_AUDITED = f"not audited yet: run {COMMAND}"


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


def bracket(bars: Mapping[str, tuple[float, float]], measure: str, currency: str = "") -> str:
    """``1,190–1,270``, ``26.6–29.3 %``, ``3.10–3.32 EUR``; empty where there are no bounds."""
    if measure not in bars:
        return ""
    low, high = bars[measure]
    if measure == "conversion":
        return f"{100 * low:.1f}\u2013{words.percent(high)}"
    if measure.endswith("_minor"):
        return f"{words.money(low, currency).removesuffix(f' {currency}')}\u2013{words.money(high, currency)}"
    return f"{words.count(low)}\u2013{words.count(high)}"


def said(data: ReportData, bars: Mapping[str, tuple[float, float]]) -> str:
    """Under the headline numbers: what the numbers in brackets are, or why there are none."""
    doors = _doors(data)
    if doors.empty:
        return ""
    missing = doors[doors["judge"] < 0]
    if len(missing):
        names = sorted(set(missing["line_id"]))
        which = f"the line {names[0]} was" if len(names) == 1 else f"the lines {words.listed(names)} were"
        return f"No error bars: {which} {_why_not(data)}: run {COMMAND}."
    if "visits" not in bars:
        return ""
    used = data.audited.known.iloc[sorted(set(doors["judge"]))]
    whole = used.drop_duplicates(LINE)
    oldest = used["last_window"].min()
    by_hand = int(_whole(data, whole)["manual"].sum())
    biased = (used["ratio_low"] > 1) | (used["ratio_high"] < 1)
    lines = words.listed(sorted(set(used.loc[biased, "line_id"])))
    bias = f" The count of {lines} is biased, see how far to trust the data." if lines else ""
    old = f" That is more than {OLD_DAYS} days ago: audit again." if _old(data, oldest) else ""
    return (
        f"In brackets: where the true number lies, 95 % sure, by the last audit of the entrance"
        f" ({_day(data, oldest)}, {words.some(by_hand, 'crossing')} counted by hand).{old}{bias}"
    )


def no_bar(data: ReportData) -> str:
    """Why the headline counts have no error bar, in a few words; empty where they have one, or nothing was counted."""
    doors = _doors(data)
    return "" if doors.empty or (doors["judge"] >= 0).all() else _why_not(data)


def _why_not(data: ReportData) -> str:
    doors, known = _doors(data), data.audited.known
    missing = doors[doors["judge"] < 0]
    if len(missing.merge(known, on=LINE)):
        return "audited with too few crossings"
    if len(missing.merge(known, on=["camera_id", "line_id", "direction"])):
        return "moved, and not audited at every place"
    return "not audited yet"


def rows(data: ReportData) -> tuple[AuditRow, ...]:
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
        name = f"{line['line_id']}, {line['direction']}"
        mine = known.merge(pd.DataFrame([line])[LINE], on=LINE)
        if mine.empty:
            same = (known["camera_id"] == line["camera_id"]) & (known["line_id"] == line["line_id"])
            why = f"the line was moved since its audit: run {COMMAND}" if same.any() else NOT_AUDITED
            found.append(AuditRow(name, words.UNKNOWN, words.UNKNOWN, words.UNKNOWN, words.UNKNOWN, why, warn=True))
            continue
        whole = (mine["from_hour"] == 0) & (mine["to_hour"] == 24)
        found += [_row(data, name, row) for _, row in mine[whole].iterrows()]
        bands = mine[~whole]
        if len(bands) > 1:
            own = bands[bands["own"]].iterrows()
            found += [_row(data, f"{row['from_hour']}:00 to {row['to_hour']}:00", row, band=True) for _, row in own]
    return tuple(found)


def _row(data: ReportData, name: str, row: pd.Series, *, band: bool = False) -> AuditRow:
    remark, warn = _remark(data, row, band=band)
    least = "at least " if row["totals_only"] else ""
    known = not pd.isna(row["ratio_low"])
    between = f"{100 * row['ratio_low']:.1f}\u2013{100 * row['ratio_high']:.1f}" if known else words.UNKNOWN
    when = f"{_day(data, row['last_window'])}, {row['manual']:,} by hand"
    return AuditRow(
        name, when, f"{least}{row['missed']:,}", f"{least}{row['invented']:,}", between, remark, band=band, warn=warn
    )


def _remark(data: ReportData, row: pd.Series, *, band: bool) -> tuple[str, bool]:
    """What to know of an audit, and whether it is a warning; a band does not say again what its line says."""
    if pd.isna(row["ratio_low"]):
        return f"too few crossings counted by hand: audit more, {BAND_CROSSINGS} or better 150", True
    remarks = []
    if row["ratio_low"] > 1:
        remarks.append(f"counts too few, about {words.percent(1 - 1 / row['ratio'])}")
    if row["ratio_high"] < 1:
        remarks.append(f"counts too many, about {words.percent(1 / row['ratio'] - 1)}")
    if not band and _old(data, row["last_window"]):
        remarks.append(f"more than {OLD_DAYS} days old: audit again")
    warn = bool(remarks)
    if not band and row["totals_only"]:
        remarks.append("some windows have totals only, so misses and inventions may hide each other")
    return "; ".join(remarks), warn


def _doors(data: ReportData) -> pd.DataFrame:
    """The entrance lines of the period that counted somebody who came in, with the audit that judges each hour."""
    lines = data.audited.lines
    local = lines["hour_utc"].dt.tz_convert(data.opening.time_zone).dt.tz_localize(None).dt.normalize()
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


def _day(data: ReportData, at: pd.Timestamp) -> str:
    return words.day(at.astimezone(ZoneInfo(data.opening.time_zone)).date())
