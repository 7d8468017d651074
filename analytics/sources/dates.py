"""Times and days as tills write them: ISO 8601, a stated format, or day-first and month-first told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .errors import SourceError

if TYPE_CHECKING:
    from .layout import Layout

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
_NUMERIC = r"^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})(?=[ T]|$)"
# Fewer are mistakes in a file of another form.
MOST = 0.5
_EXAMPLES = 3


def detected(text: pd.Series[str], lines: pd.Series[int], name: str) -> str:
    """How the dates of a column are written where it is not stated: empty for ISO 8601.

    Args:
        text: The column.
        lines: The line of each.
        name: What to call file and column in messages.

    Raises:
        SourceError: They may be read in two ways, or are of two kinds; names the lines.
    """
    distinct = text.drop_duplicates().dropna()
    parts = distinct.str.extract(_NUMERIC).dropna().astype("int64")
    if len(parts) <= MOST * len(distinct) or parts.empty:
        return ""
    by_day, by_month = parts[parts[0] > 12], parts[parts[1] > 12]
    if len(by_day) and len(by_month):
        told = " and ".join(
            f"{order} ({', '.join(f'line {lines[n]}: {text[n]}' for n in found.index[:_EXAMPLES])})"
            for order, found in ((DAY_FIRST, by_day), (MONTH_FIRST, by_month))
        )
        raise SourceError(f"{name}: {told} in one file; export it in one form, or state dates")
    if by_day.empty and by_month.empty:
        at = parts.index[0]
        raise SourceError(f"{name}: line {lines[at]}: {text[at]} may be day-first or month-first: state dates")
    return DAY_FIRST if len(by_day) else MONTH_FIRST


def walls(text: pd.Series[str], layout: Layout) -> pd.Series[str]:
    """Dates that are written day-first or month-first as ISO 8601; others as they are."""
    if layout.dates not in (DAY_FIRST, MONTH_FIRST):
        return text
    found = text.str.extract(_NUMERIC)
    day, month = (0, 1) if layout.dates == DAY_FIRST else (1, 0)
    iso = found[2] + "-" + found[month].str.zfill(2) + "-" + found[day].str.zfill(2)
    rest = text.str.replace(_NUMERIC, "", regex=True)
    # A clock of one digit, as in 9:05.
    rest = rest.str.replace(r"^([ T])([0-9]:)", r"\g<1>0\2", regex=True)
    return (iso + rest).where(iso.notna())


def moments(text: pd.Series[str], layout: Layout, zone: str) -> pd.DataFrame:
    """Times with ``value`` (UTC; null where there is none) and ``skipped`` (no clock in the zone shows it).

    Without an offset a time is store-local: the hour that the clocks show twice in autumn is read as its first pass (a
    till that gives no offset cannot say). Fractions below a millisecond are cut off.
    """
    value = pd.Series(pd.NaT, index=text.index, dtype="datetime64[ms, UTC]")
    if layout.dates and layout.dates not in (DAY_FIRST, MONTH_FIRST):
        aware = "%z" in layout.dates
        read = pd.to_datetime(text, format=layout.dates, errors="coerce", utc=aware)
        if aware:
            return pd.DataFrame({"value": read.dt.as_unit("ms"), "skipped": False}, index=text.index)
        wall = read.dt.as_unit("ms")
    else:
        iso = walls(text, layout)
        shape = (
            iso.str.match(r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]:[0-9][0-9]")
            .fillna(value=False)
            .astype("bool")
        )
        told = shape & iso.str.contains(r"(?:[zZ]|[+-][0-9][0-9](?::?[0-9][0-9])?)$", regex=True)
        found = pd.to_datetime(iso[told].str.upper(), format="ISO8601", errors="coerce", utc=True)
        value[told] = found.dt.as_unit("ms")
        wall = pd.to_datetime(iso[shape & ~told], format="ISO8601", errors="coerce").dt.as_unit("ms")
    first_pass = pd.Series(data=True, index=wall.index).to_numpy()
    local = wall.dt.tz_localize(zone, ambiguous=first_pass, nonexistent="NaT")
    value[wall.index] = local.dt.tz_convert("UTC")
    skipped = (wall.notna() & local.isna()).reindex(text.index, fill_value=False)
    return pd.DataFrame({"value": value, "skipped": skipped})


def days(text: pd.Series[str], layout: Layout) -> pd.Series:
    """Calendar days; null where there is none."""
    if layout.dates and layout.dates not in (DAY_FIRST, MONTH_FIRST):
        return pd.to_datetime(text, format=layout.dates, errors="coerce").dt.as_unit("ms").dt.normalize()
    # A Parquet date or a database's midnight is written with a time of 00:00:00.
    plain = walls(text, layout).str.removesuffix("T00:00:00").str.removesuffix(" 00:00:00")
    shaped = plain.where(plain.str.match(r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]$").fillna(value=False).astype("bool"))
    return pd.to_datetime(shaped, format="%Y-%m-%d", errors="coerce").dt.as_unit("ms")
