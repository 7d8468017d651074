"""From the text of a file to the rows that keep every rule, and what is to be said of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import money
from ..frames import check
from . import dates
from .columns import REJECT_COLUMNS, Sifted
from .errors import SourceError
from .kinds import read_column
from .layout import LINE, PLAIN, Layout, arranged
from .schemas import broken

if TYPE_CHECKING:
    from .columns import Field, Shop, Source
    from .raw import Raw


# Of columns that nobody asked for.
MOST_NAMED = 10


def needed(source: Source, layout: Layout = PLAIN) -> frozenset[str]:
    """The names that the header of such a file must have, lower case."""
    ours = {f.name for f in source.fields if not f.optional} - set(layout.constants)
    theirs = {part.strip().lower() for parts in layout.columns.values() for part in parts}
    return frozenset(theirs | (ours - set(layout.columns)))


def sift(raw: Raw, source: Source, shop: Shop, name: str, layout: Layout = PLAIN) -> Sifted:
    """Keeps the rows that keep every rule.

    Args:
        raw: The file as text.
        source: Its columns and rules.
        shop: How times and amounts are meant.
        name: What to call the file in messages.
        layout: How the file is written.

    Raises:
        SourceError: A column that must be there is missing, or dates may be read in two ways.
    """
    times = frozenset(f.name for f in source.fields if f.kind == "time")
    rows = arranged(raw.rows, layout, times, name)
    missing = [f.name for f in source.fields if not f.optional and f.name not in rows]
    if missing:
        seen = ", ".join(raw.columns)
        raise SourceError(f"{name}: column {', '.join(missing)} is missing; the header has {seen}")
    used = {f.name for f in source.fields} | {part.strip().lower() for p in layout.columns.values() for part in p}
    unused = [c for c in raw.columns if c not in used]
    more = f" and {len(unused) - MOST_NAMED} more" if len(unused) > MOST_NAMED else ""
    notes = [f"column {', '.join(unused[:MOST_NAMED])}{more} is not used"] if unused else []
    rejects = [pd.DataFrame(raw.broken, columns=list(REJECT_COLUMNS))]
    typed: dict[str, pd.Series] = {}
    bad = pd.Series(data=False, index=rows.index)
    negative = bad
    currencies = _currencies(rows, source, shop)
    for field in source.fields:
        text = rows[field.name] if field.name in rows else pd.Series(None, index=bad.index, dtype="str")
        own = _dated(text, rows[LINE], field, layout, f"{name}: column {field.name}")
        notes += [f"{field.name} is {own.dates}"] if own is not layout else []
        read = _read(text, field, shop, own, currencies)
        typed[field.target] = read["value"]
        rejects.append(_complain(rows, field.name, read["rule"]))
        bad |= read["rule"].notna()
        negative = negative | (read["negative"] & (read["value"] != 0).fillna(value=False).astype("bool"))
    if layout.signed:
        typed["negative"] = negative
    frame = pd.DataFrame(typed)[~bad]
    frame, told = _keep(frame, rows, source.schema(shop))
    rejects += told
    frame, same = _once(frame, source)
    frame, told = _keep(frame, rows, source.once)
    rejects += told
    table = pd.concat([r for r in rejects if len(r)] or rejects[:1], ignore_index=True)
    table = table.sort_values("line", kind="stable").reset_index(drop=True)
    kept = source.finish(frame, shop)
    return Sifted(
        frame=check(kept.drop(columns="negative", errors="ignore"), source.contract),
        lines=rows[LINE].loc[kept.index].reset_index(drop=True),
        rejects=table,
        rows_read=len(rows) + len(raw.broken),
        rows_rejected=int(table["line"].nunique()),
        duplicates=same + len(frame) - len(kept),
        notes=(*raw.notes, *notes),
    )


def _dated(text: pd.Series[str], lines: pd.Series[int], field: Field, layout: Layout, name: str) -> Layout:
    """The layout, with the way in which this column's dates are written where that was detected."""
    if field.kind not in ("time", "day") or layout.dates:
        return layout
    found = dates.detected(text, lines, name)
    return replace(layout, dates=found) if found else layout


def _currencies(rows: pd.DataFrame, source: Source, shop: Shop) -> pd.Series[str] | None:
    """The currency of each row's amounts; None: the store's everywhere."""
    if "currency" in rows and any(f.name == "currency" for f in source.fields):
        found = rows["currency"].where(rows["currency"].isin(list(money.DECIMALS)))
    elif source.part and shop.receipts is not None and len(shop.receipts):
        found = rows["receipt_id"].map(shop.receipts["original_currency"])
    else:
        return None
    found = found.fillna(shop.currency)
    return None if (found == shop.currency).all() else found


def _read(
    text: pd.Series[str], field: Field, shop: Shop, layout: Layout, currencies: pd.Series[str] | None
) -> pd.DataFrame:
    if field.kind != "money" or currencies is None:
        return read_column(text, field, shop, layout, shop.currency)
    parts = [read_column(text[currencies == code], field, shop, layout, str(code)) for code in currencies.unique()]
    return pd.concat(parts).reindex(text.index)


def _once(frame: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, int]:
    """Drops rows that tell again what an earlier one says."""
    same = frame.duplicated(list(source.contract.key) if source.repeats else None)
    return frame[~same], int(same.sum())


def _keep(frame: pd.DataFrame, rows: pd.DataFrame, schema: Any) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """The rows that keep the rules across columns, and what the others break: of each column the first."""
    rejects: list[pd.DataFrame] = []
    bad = pd.Series(data=False, index=frame.index)
    told: dict[str, pd.Series[bool]] = {}
    for column, text, mask in broken(schema, frame):
        fresh = mask & ~told.get(column, pd.Series(data=False, index=frame.index))
        told[column] = told.get(column, fresh) | fresh
        rejects.append(_complain(rows, column, pd.Series(None, index=frame.index, dtype="str").mask(fresh, text)))
        bad |= mask
    return frame[~bad], rejects


def _complain(rows: pd.DataFrame, column: str, rule: pd.Series[str]) -> pd.DataFrame:
    told = rule[rule.notna()]
    values = rows[column].loc[told.index].fillna("") if column in rows else ""
    return pd.DataFrame({"line": rows[LINE].loc[told.index], "column": column, "value": values, "rule": told})
