"""Which of many texts are among many others: members, receipts."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def among(values: pd.Series, known: pd.Series | pd.Index) -> pd.Series:
    """Whether each text is one of the known; a missing one is none, whatever is known.

    ``Series.isin`` turns every known text into a Python object first: a second and more for a year's receipts, and
    asked many times a night.
    """
    there = pa.array(known.dropna(), type=pa.large_string())
    found = pc.is_in(pa.array(values, type=pa.large_string(), from_pandas=True), value_set=there)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index, dtype="bool")
