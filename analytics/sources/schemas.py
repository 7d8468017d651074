"""Holding frames to pandera's schemas, and turning what they say into rows that break rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pandera.errors

if TYPE_CHECKING:
    from collections.abc import Iterator


def broken(schema: Any, frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series[bool]]]:
    """The rules that a frame breaks, in the order of the schema.

    Args:
        schema: A ``pandera.DataFrameSchema`` of checks that give one answer for each row.
        frame: Any frame.

    Yields:
        The column to name, the rule, and a mask of the rows that break it.
    """
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        for found in sorted(errors.schema_errors, key=lambda e: e.check_index):
            if not isinstance(found.check_output, pd.Series):
                raise TypeError(f"{schema.name}: {found.check.error}: the check itself failed: {found}") from errors
            yield str(found.check.title), str(found.check.error), ~found.check_output.astype("bool")


def first_broken(schema: Any, frame: pd.DataFrame) -> pd.Series[str]:
    """For each row the first rule that it breaks; null where it keeps all."""
    told = pd.Series(None, index=frame.index, dtype="str")
    for _, text, mask in broken(schema, frame):
        told = told.mask(mask & told.isna(), text)
    return told
