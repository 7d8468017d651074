"""What the RFID readers read at the exit gate and in the fitting rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..frames import RFID_READS
from ..rfid import OTHER_SCHEMES, decode, scheme_of
from .columns import Field, Source, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from .columns import Shop

_WANTED = "must be an SGTIN, the EPC of an item"


def _rules(_: Shop) -> Sequence[Any]:
    """Tags of pallets, crates and places are named for what they are and set aside, like those that cannot be read."""
    named = [rule("epc", f"{_WANTED}; this is of the scheme {scheme}", _is_not(scheme)) for scheme in OTHER_SCHEMES]
    return [
        *named,
        rule("epc", f"{_WANTED}; this header names no scheme of the Tag Data Standard", _has_scheme),
        rule("epc", "must be a whole and valid SGTIN: header, length, partition, prefix, item reference", _decodes),
    ]


def _is_not(scheme: str) -> Callable[[pd.DataFrame], pd.Series[bool]]:
    return lambda frame: ~scheme_of(frame["epc"]).isin([scheme])


def _has_scheme(frame: pd.DataFrame) -> pd.Series[bool]:
    return scheme_of(frame["epc"]).notna()


def _decodes(frame: pd.DataFrame) -> pd.Series[bool]:
    """True also for other schemes, of which other rules speak."""
    items = frame.loc[scheme_of(frame["epc"]).isin(["SGTIN"]), "epc"]
    tags = decode(items.unique())
    wrong = set(tags.loc[tags["gtin"].isna(), "epc"])
    return ~frame["epc"].str.upper().isin(wrong)


def _in_capitals(frame: pd.DataFrame, _: Shop) -> pd.DataFrame:
    """Readers write the same tag in small and capital digits."""
    return frame.assign(epc=frame["epc"].str.upper()).drop_duplicates(list(RFID_READS.key))


READ_FILE = Source(
    "rfid_reads",
    RFID_READS,
    (
        Field(
            "epc",
            "text",
            "tag of an item: SGTIN-96 or SGTIN-198 in hexadecimal digits",
            pattern="[0-9A-Fa-f]{4,128}",
            rule="must be an EPC in hexadecimal digits",
        ),
        Field("reader_id", "text", "names the reader"),
        Field("read_at", "time", "ISO 8601; without an offset in the store's time"),
        Field("rssi", "number", "signal strength, dBm", optional=True),
        Field("antenna", "text", "of the reader", optional=True),
    ),
    rules=_rules,
    finish=_in_capitals,
    # Two antennas of one reader may see a tag in the same millisecond.
    repeats=True,
)
