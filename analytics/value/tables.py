"""What is found of members, as frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import VALUE_DECILE, VALUE_FIT, check, empty
from . import bgnbd, spending

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .ahead import Counts
    from .fitting import Fitted
    from .lives import Lives
    from .simple import SimpleValue
    from .totals import Spend, Value

    Floats = NDArray[np.float64]

TENTHS, LEAST_IN_TENTH = 10, 5


def member_rows(
    known: Lives, model: str, counts: Counts, spend: Spend, *, alive: Floats | None, value: Value | None
) -> pd.DataFrame:
    """``frames.MEMBER_VALUE`` without its day."""
    none = np.full(len(known), np.nan)
    each = spend.of(known)
    return pd.DataFrame(
        {
            "member_id": pd.Series(known.member_id, dtype="str"),
            "model": pd.Series([model] * len(known), dtype="str"),
            "joined_before": known.seen.before > 0,
            "repeats": known.seen.x.astype(np.int64),
            "last_weeks": known.seen.t_x,
            "age_weeks": known.seen.age,
            "p_alive": none if alive is None else alive,
            "expected_90d": counts.mean,
            "low_90d": counts.low,
            "high_90d": counts.high,
            "spend_minor": each if (each > 0).any() else none,
            "value_minor": none if value is None else value.mean,
            "value_low_minor": none if value is None else value.low,
            "value_high_minor": none if value is None else value.high,
        }
    )


def decile_rows(members: pd.DataFrame, sales_minor: Floats) -> pd.DataFrame:
    """Members in tenths by what they are worth; none where a tenth would be fewer than ``LEAST_IN_TENTH``.

    Args:
        members: ``frames.MEMBER_VALUE``.
        sales_minor: What each bought in the data, less returns, (n,).
    """
    size = len(members)
    value = members["value_minor"].to_numpy(dtype=np.float64)
    if size < TENTHS * LEAST_IN_TENTH or np.isnan(value).any() or value.sum() <= 0:
        return empty(VALUE_DECILE)
    place = np.empty(size, dtype=np.int64)
    place[np.lexsort((members["member_id"].to_numpy(dtype=object), -value))] = np.arange(size)
    sums = (
        members.assign(decile=place * TENTHS // size + 1, sold_minor=sales_minor)
        .groupby("decile")
        .agg(
            members=("member_id", "size"),
            value_minor=("value_minor", "sum"),
            expected_90d=("expected_90d", "sum"),
            p_alive=("p_alive", "mean"),
            sold_minor=("sold_minor", "sum"),
        )
        .reset_index()
    )
    return check(sums.assign(value_share=sums["value_minor"] / value.sum()), VALUE_DECILE)


def fit_rows(fitted: Fitted | None, spent: Fitted | None, envelope: SimpleValue | None) -> pd.DataFrame:
    """``frames.VALUE_FIT``: the parameters with their intervals, and the simple value."""
    rows: list[tuple[str, str, float, float | None, float | None]] = []
    for part, names, found in (("purchases", bgnbd.NAMES, fitted), ("spending", spending.NAMES, spent)):
        if found is None:
            continue
        known = bool(np.diag(found.covariance).any())
        for name, log, error in zip(names, found.logs, found.errors, strict=True):
            ends = (float(np.exp(log - 1.96 * error)), float(np.exp(log + 1.96 * error))) if known else (None, None)
            rows.append((part, name, float(np.exp(log)), *ends))
        rows.append((part, "log_likelihood", found.likelihood, None, None))
        rows.append((part, "identified", float(found.identified), None, None))
    if envelope is not None:
        rows += [
            ("simple", "buyers", float(envelope.buyers), None, None),
            ("simple", "retention", envelope.retention, envelope.retention_low, envelope.retention_high),
            ("simple", "spend_minor", envelope.spend_minor, None, None),
            ("simple", "multiple", envelope.multiple, None, None),
            ("simple", "value_minor", envelope.value_minor, envelope.value_low_minor, envelope.value_high_minor),
        ]
    frame = pd.DataFrame(rows, columns=VALUE_FIT.names).astype(
        {"value": "float64", "low": "float64", "high": "float64"}
    )
    return check(frame, VALUE_FIT)
