"""How one till system writes its files: what the settings say beyond the documented form."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


# Where in its file a row stands. No column of a file has such a name: theirs are stripped.
LINE = " line"


@dataclass(frozen=True, slots=True)
class Layout:
    """How files of one kind are written. The default is the documented form; what is empty is detected.

    Attributes:
        kind: Of sales source.
        files: Pattern of the file names that it speaks of, as in a shell.
        columns: Name of the column in the file by the documented name; several are joined by a space where a time is
            read (a date and a time of day) and by a dash otherwise (a till and its running number).
        constants: What a column that the file does not have would say in every row, by the documented name.
        dates: How times or days are written, as ``strptime`` has it; empty: ISO 8601, or detected where it is sure.
        delimiter: Between columns; empty: detected.
        decimal: Before the decimals of amounts and numbers.
        thousands: Between groups of three digits; empty: there is none.
        encoding: Of the text; empty: detected.
        kinds: The documented kind of receipt by the till's own word for it, lower case.
        words: What a value of a column is in the documented form, by column and by the file's own word, lower case.
        signed: Amounts and quantities of returns are negative: the sign becomes the kind.
    """

    kind: str = ""
    files: str = "*"
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""
    delimiter: str = ""
    decimal: str = "."
    thousands: str = ""
    encoding: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    signed: bool = False

    @property
    def fingerprint(self) -> str:
        """Differs where the same bytes would be read otherwise; empty for the documented form."""
        return "" if self == Layout(self.kind, self.files) else repr(self)


PLAIN = Layout()


def layout_of(layouts: Sequence[Layout], kind: str, name: str) -> Layout:
    """The first layout that speaks of a file, or the documented form, in which JSON lines always are."""
    if name.lower().endswith(".jsonl"):
        return PLAIN
    return next((x for x in layouts if x.kind == kind and fnmatchcase(name, x.files)), PLAIN)


def arranged(rows: pd.DataFrame, layout: Layout, times: frozenset[str], name: str) -> pd.DataFrame:
    """The columns of a file under their documented names, constants put in.

    Args:
        rows: As read: ``LINE`` and text columns.
        layout: How the file is written.
        times: Documented names of columns that are times.
        name: What to call the file in messages.

    Raises:
        SourceError: A column that the layout names is not in the file.
    """
    if not layout.columns and not layout.constants:
        return rows
    made = rows.copy(deep=False)
    for ours, parts in layout.columns.items():
        lost = [part for part in parts if part.strip().lower() not in rows]
        if lost:
            seen = ", ".join(c for c in rows.columns if c != LINE)
            raise SourceError(f"{name}: column {', '.join(lost)} is missing; the header has {seen}")
        found = [rows[part.strip().lower()] for part in parts]
        joined = found[0]
        for part in found[1:]:
            joined = joined + (" " if ours in times else "-") + part
        made[ours] = joined
    for ours, value in layout.constants.items():
        made[ours] = value
        made[ours] = made[ours].astype("str")
    return made
