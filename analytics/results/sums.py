"""Sums of a table by some of its columns, made by the database: what is added up is not read row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import func, select

from .store import _within
from .tables import TABLES, stored_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from ..frames import Contract
    from .store import Results


def sums(
    results: Results,
    contract: Contract,
    *,
    by: Sequence[str],
    measures: Sequence[str],
    since: datetime | date | None = None,
    until: datetime | date | None = None,
) -> pd.DataFrame:
    """The sums of ``measures`` over the rows with ``since <= time < until``, by ``by``.

    Returns:
        The columns ``by`` and ``measures`` in the contract's dtypes, in order of ``by``.
    """
    table = TABLES[contract.name]
    columns = {column.name: column for column in contract.columns}
    keys = [table.c[stored_name(columns[name])] for name in by]
    added = [func.sum(table.c[stored_name(columns[name])]) for name in measures]
    statement = select(*keys, *added).group_by(*keys).order_by(*keys)
    if since is not None or until is not None:
        statement = statement.where(_within(contract, since, until))
    with results.reading() as connection:
        rows = connection.execute(statement).all()
    names = [*by, *measures]
    made = zip(*rows, strict=True) if rows else ([] for _ in names)
    dtypes = [pd.api.types.pandas_dtype(columns[name].dtype) for name in names]
    return pd.DataFrame(
        {name: pd.Series(list(values), dtype=kind) for name, values, kind in zip(names, made, dtypes, strict=True)}
    )
