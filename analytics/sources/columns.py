"""Declared columns of a sales file: how each is read, which rules it must keep, and what becomes of rows that do not.

A source is a table of fields and rules, so that a new one is written down rather than programmed. Everything is done on
whole columns.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import money
from ..frames import Contract, check
from .errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .tabular import Raw

log = logging.getLogger(__name__)

Kind = Literal["text", "time", "day", "money", "whole", "number", "flag"]
REJECT_COLUMNS = ("line", "column", "value", "rule")
EARLIEST, LATEST = pd.Timestamp("2000-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")


@dataclass(frozen=True, slots=True)
class Shop:
    """What a file does not say itself: how its times and amounts are meant.

    Attributes:
        time_zone: Of times without an offset.
        currency: Of all amounts.
    """

    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the file.

    Attributes:
        name: As in the header.
        kind: How it is read.
        meaning: For people: what it says and what may stand there.
        optional: The column, or its value in a row, may be missing.
        allowed: The only values of a text, compared in lower case.
        pattern: A text must match it as a whole.
        rule: What the pattern means, for people.
        least: The smallest whole number.
    """

    name: str
    kind: Kind
    meaning: str
    optional: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    rule: str = ""
    least: int = 0

    @property
    def target(self) -> str:
        """The column of the frame that it becomes."""
        return f"{self.name}_minor" if self.kind == "money" else self.name


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule across columns.

    Attributes:
        column: The column to name when it is broken.
        text: What must hold.
        broken: The rows of a typed frame that break it, as a mask.
    """

    column: str
    text: str
    broken: Callable[[pd.DataFrame, Shop], pd.Series[bool]]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of file.

    Attributes:
        kind: What the settings and the command call it.
        contract: The frame that it becomes.
        fields: Its columns.
        rules: What must hold across columns.
        repeats: Rows that share the key are one event told twice, of which the first is kept; otherwise a row that
            shares its key with other contents is refused.
    """

    kind: str
    contract: Contract
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Sifted:
    """A file, sifted.

    Attributes:
        frame: The rows kept, checked against the contract.
        lines: Where in the file each of them stood, same order.
        rejects: ``line``, ``column``, ``value``, ``rule``: one row for every rule that a row breaks.
        rows_read: Rows of the file.
        rows_rejected: Rows that break at least one rule.
        duplicates: Rows dropped because they tell again what an earlier one says.
    """

    frame: pd.DataFrame
    lines: pd.Series[int]
    rejects: pd.DataFrame
    rows_read: int
    rows_rejected: int
    duplicates: int


def sift(raw: Raw, source: Source, shop: Shop, name: str) -> Sifted:
    """Keeps the rows that keep every rule.

    Args:
        raw: The file as text.
        source: Its columns and rules.
        shop: How times and amounts are meant.
        name: What to call the file in messages.

    Raises:
        SourceError: A column that must be there is missing.
    """
    missing = [f.name for f in source.fields if not f.optional and f.name not in raw.columns]
    if missing:
        seen = ", ".join(raw.columns)
        raise SourceError(f"{name}: column {', '.join(missing)} is missing; the header has {seen}")
    unknown = [c for c in raw.columns if c not in {f.name for f in source.fields}]
    if unknown:
        log.info("%s: column %s is not used", name, ", ".join(unknown))
    rejects = [pd.DataFrame(raw.broken, columns=list(REJECT_COLUMNS))]
    typed: dict[str, pd.Series] = {}
    bad = pd.Series(data=False, index=raw.rows.index)
    for field in source.fields:
        text = raw.rows[field.name] if field.name in raw.columns else pd.Series(None, index=bad.index, dtype="str")
        values, rule = _parse(text, field, shop)
        typed[field.target] = values
        rejects.append(_complain(raw.rows, field.name, rule))
        bad |= rule.notna()
    frame = pd.DataFrame(typed)[~bad]
    for cross in source.rules:
        broken = cross.broken(frame, shop).astype("bool")
        rejects.append(_complain(raw.rows.loc[frame.index], cross.column, _where(broken, cross.text)))
        frame = frame[~broken]
    frame, duplicates, clashes = _unique(frame, raw.rows, source)
    rejects.append(clashes)
    table = pd.concat([r for r in rejects if len(r)] or rejects[:1], ignore_index=True).sort_values(
        "line", kind="stable"
    )
    return Sifted(
        frame=check(frame, source.contract),
        lines=raw.rows["line"].loc[frame.index].reset_index(drop=True),
        rejects=table.reset_index(drop=True),
        rows_read=len(raw.rows) + len(raw.broken),
        rows_rejected=int(table["line"].nunique()),
        duplicates=duplicates,
    )


def _where(mask: pd.Series[bool], text: str) -> pd.Series[str]:
    return pd.Series(None, index=mask.index, dtype="str").mask(mask, text)


def _complain(rows: pd.DataFrame, column: str, rule: pd.Series[str]) -> pd.DataFrame:
    told = rule[rule.notna()]
    lines = rows["line"].loc[told.index]
    values = rows[column].loc[told.index].fillna("") if column in rows else ""
    return pd.DataFrame({"line": lines, "column": column, "value": values, "rule": told})


def _unique(frame: pd.DataFrame, rows: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, int, pd.DataFrame]:
    """Drops rows equal to an earlier one, and refuses those that only share its key."""
    key = list(source.contract.key)
    same = frame.duplicated(key if source.repeats else None)
    left = frame[~same]
    clash = left.duplicated(key)
    text = f"the same {', '.join(key)} stands above with other contents"
    return left[~clash], int(same.sum()), _complain(rows.loc[left.index], key[0], _where(clash, text))


def _parse(text: pd.Series[str], field: Field, shop: Shop) -> tuple[pd.Series, pd.Series[str]]:
    """Typed values, and the rule that each breaks (null where none)."""
    parsers: dict[Kind, Callable[[pd.Series[str], Field, Shop], tuple[pd.Series, pd.Series[str]]]] = {
        "text": _parse_text,
        "time": _parse_time,
        "day": _parse_day,
        "money": lambda t, _, s: money.to_minor(t, s.currency),
        "whole": _parse_whole,
        "number": _parse_number,
        "flag": _parse_flag,
    }
    # Prices, quantities and kinds repeat, so each distinct text is read once: 1.2 M lines take 2 s instead of 10 s.
    codes, distinct = pd.factorize(text, use_na_sentinel=False)
    values, rule = parsers[field.kind](pd.Series(distinct, dtype="str"), field, shop)
    absent = None if field.optional else "must not be empty"
    rule = rule.mask(values.index.to_series().map(pd.Series(distinct).isna()), absent)
    return values.take(codes).set_axis(text.index), rule.take(codes).set_axis(text.index)


def _parse_text(text: pd.Series[str], field: Field, _: Shop) -> tuple[pd.Series, pd.Series[str]]:
    if field.allowed:
        values = text.str.lower()
        return values, _where(~values.isin(field.allowed), f"must be one of {', '.join(field.allowed)}")
    if field.pattern:
        return text, _where(~text.str.fullmatch(field.pattern), field.rule)
    return text, pd.Series(None, index=text.index, dtype="str")


def _parse_time(text: pd.Series[str], _: Field, shop: Shop) -> tuple[pd.Series, pd.Series[str]]:
    """ISO 8601 with date and time. Without an offset it is store-local.

    The hour that the clocks show twice in autumn is read as its first pass (a till that gives no offset cannot say);
    the hour that they skip in spring is refused. Fractions below a millisecond are cut off.
    """
    shape = text.str.match(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
    told = shape & text.str.contains(r"(?:[zZ]|[+-]\d\d(?::?\d\d)?)$", regex=True)
    values = pd.Series(pd.NaT, index=text.index, dtype="datetime64[ms, UTC]")
    aware = pd.to_datetime(text[told].str.upper(), format="ISO8601", errors="coerce", utc=True)
    values[told] = aware.dt.as_unit("ms")
    wall = pd.to_datetime(text[shape & ~told], format="ISO8601", errors="coerce").dt.as_unit("ms")
    first_pass = pd.Series(data=True, index=wall.index).to_numpy()
    local = wall.dt.tz_localize(shop.time_zone, ambiguous=first_pass, nonexistent="NaT")
    values[wall.index] = local.dt.tz_convert("UTC")
    rule = _where(values.isna(), "must be a date and time such as 2026-03-01T14:05:00")
    skipped = (wall.notna() & local.isna()).reindex(text.index, fill_value=False)
    rule = rule.mask(skipped, f"does not exist in {shop.time_zone}: the clocks go forward")
    return values, rule.mask((values < EARLIEST) | (values >= LATEST), "must lie between 2000 and 2100")


def _parse_day(text: pd.Series[str], _: Field, __: Shop) -> tuple[pd.Series, pd.Series[str]]:
    # A Parquet date or a database's midnight is written with a time of 00:00:00.
    plain = text.str.removesuffix("T00:00:00").str.removesuffix(" 00:00:00")
    shaped = plain.where(plain.str.match(r"^\d{4}-\d\d-\d\d$"))
    values = pd.to_datetime(shaped, format="%Y-%m-%d", errors="coerce").dt.as_unit("ms")
    rule = _where(values.isna(), "must be a date such as 2026-03-01")
    wide = (values < pd.Timestamp("1900-01-01")) | (values >= pd.Timestamp("2100-01-01"))
    return values, rule.mask(wide, "must lie between 1900 and 2100")


def _parse_whole(text: pd.Series[str], field: Field, _: Shop) -> tuple[pd.Series, pd.Series[str]]:
    shaped = text.where(text.str.match(r"^-?\d{1,9}$"))
    values = pd.to_numeric(shaped).astype("Int64")
    rule = _where(values.isna(), "must be a whole number")
    return values, rule.mask((values < field.least).fillna(value=False), f"must be at least {field.least}")


def _parse_number(text: pd.Series[str], _: Field, __: Shop) -> tuple[pd.Series, pd.Series[str]]:
    shaped = text.where(text.str.match(r"^-?\d{1,9}(?:\.\d+)?$"))
    values = pd.to_numeric(shaped).astype("float64")
    return values, _where(values.isna(), "must be a number such as -61.5")


def _parse_flag(text: pd.Series[str], _: Field, __: Shop) -> tuple[pd.Series, pd.Series[str]]:
    values = text.str.lower().map({"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False})
    rule = _where(values.isna(), "must be true or false")
    return values.astype("boolean"), rule
