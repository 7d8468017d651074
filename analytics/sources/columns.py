"""Declared columns of a sales file, and the rules that its rows keep.

A source is a table of fields and rules, so that a new one is written down rather than programmed. Rules are checks of
pandera: each is named by the text that people read when a row breaks it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pandera.pandas as pa

from ..frames import StoreTime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..frames import Contract

Kind = Literal["text", "time", "day", "money", "whole", "number", "flag"]
REJECT_COLUMNS = ("line", "column", "value", "rule")


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """What a file does not say itself: how its times and amounts are meant, and what is known of the store.

    Attributes:
        time_zone: Of times without an offset.
        currency: Of all amounts, unless a rate is stated for another.
        rates: What one unit of another currency is worth in the store's, as decimal text, by ISO 4217 code.
        tills: The store's own; empty: any.
        tax: Whether totals include tax: ``included`` or ``excluded``.
        turns_min: Minutes after midnight at which the business day begins.
        latest: Later moments are refused: the file itself is older. None: not known.
        receipts: Of the receipts that lines and payments belong to, by ``receipt_id``: ``kind``, ``total_minor``,
            ``original_currency``, ``original_total_minor``, ``sold_at``.
    """

    time_zone: str
    currency: str
    rates: Mapping[str, str] = field(default_factory=dict)
    tills: tuple[str, ...] = ()
    tax: str = "included"
    turns_min: int = 0
    latest: pd.Timestamp | None = None
    receipts: pd.DataFrame | None = None

    @property
    def time(self) -> StoreTime:
        """The clock on the wall and the business day."""
        return StoreTime(self.time_zone, self.turns_min)


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
        least: The smallest number.
        signed: On a till that writes returns as negative numbers it carries the sign.
        negative: It may be negative anywhere.
    """

    name: str
    kind: Kind
    meaning: str
    optional: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    rule: str = ""
    least: float | None = None
    signed: bool = False
    negative: bool = False

    @property
    def target(self) -> str:
        """The column of the frame that it becomes."""
        return f"{self.name}_minor" if self.kind == "money" else self.name


def rule(column: str, text: str, holds: Callable[[pd.DataFrame], pd.Series[bool]]) -> Any:
    """A check of whole rows.

    Args:
        column: The column to name where it is broken.
        text: What must hold, for people.
        holds: A mask of the rows of a frame that keep it; null counts as broken.
    """

    def answer(frame: pd.DataFrame) -> pd.Series[bool]:
        return holds(frame).fillna(value=False).astype("bool")

    # A row with something missing in whatever column would pass unseen; and one example is enough of the many cases,
    # which are read from the mask.
    return pa.Check(answer, error=text, title=column, ignore_na=False, n_failure_cases=1)


def no_rules(_: Shop) -> Sequence[Any]:
    """A source whose rows need only be right column by column."""
    return ()


def as_read(frame: pd.DataFrame, _: Shop) -> pd.DataFrame:
    """A source whose rows are stored as they were read."""
    return frame


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of file.

    Attributes:
        kind: What the settings and the command call it.
        contract: The frame that it becomes.
        fields: Its columns.
        rules: The checks across the columns of a typed frame, see ``rule``. Where the till is ``signed`` the frame has
            the column ``negative``.
        finish: What becomes of the rows that keep them all.
        repeats: Rows that share the key are one event told twice, of which the first is kept; otherwise a row that
            shares its key with other contents is refused.
        part: Its rows are parts of receipts, and amounts are in the currency that the receipt was paid in.
    """

    kind: str
    contract: Contract
    fields: tuple[Field, ...]
    rules: Callable[[Shop], Sequence[Any]] = no_rules
    finish: Callable[[pd.DataFrame, Shop], pd.DataFrame] = as_read
    repeats: bool = False
    part: bool = False

    def schema(self, shop: Shop) -> Any:
        """The rules across columns as a pandera schema of the typed frame."""
        return pa.DataFrameSchema(checks=list(self.rules(shop)), name=self.kind)

    @property
    def once(self) -> Any:
        """The rule that a key stands once, as a pandera schema of the rows that keep all others."""
        key = list(self.contract.key)
        text = f"the same {', '.join(key)} stands above with other contents"
        check = rule(key[0], text, lambda frame: ~frame.duplicated(key))
        return pa.DataFrameSchema(checks=[check], name=f"{self.kind} once")


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
        notes: What was detected or left out.
    """

    frame: pd.DataFrame
    lines: pd.Series[int]
    rejects: pd.DataFrame
    rows_read: int
    rows_rejected: int
    duplicates: int
    notes: tuple[str, ...] = ()

    def without(self, told: Mapping[str, pd.Series[bool]], column: str) -> Sifted:
        """The same without rows that break a rule which needs more than the file.

        Args:
            told: Masks of the frame's rows that break a rule, by its text; a row is told the first that it breaks.
            column: The column to name.
        """
        text = pd.Series(None, index=self.frame.index, dtype="str")
        for words, mask in reversed(list(told.items())):
            text = text.mask(mask, words)
        bad = text.notna()
        if not bad.any():
            return self
        values = self.frame[column][bad].astype("str")
        more = pd.DataFrame({"line": self.lines[bad], "column": column, "value": values, "rule": text[bad]})
        rejects = pd.concat([r for r in (self.rejects, more) if len(r)], ignore_index=True)[list(REJECT_COLUMNS)]
        return Sifted(
            frame=self.frame[~bad].reset_index(drop=True),
            lines=self.lines[~bad].reset_index(drop=True),
            rejects=rejects.sort_values("line", kind="stable").reset_index(drop=True),
            rows_read=self.rows_read,
            rows_rejected=self.rows_rejected + int(bad.sum()),
            duplicates=self.duplicates,
            notes=self.notes,
        )
