"""``[sources]``: where sales come from, and how the tills write them."""

from __future__ import annotations

import codecs
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from .base import Files, Seconds, Table, Text

Names = Annotated[tuple[Text, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


def _read_rate(value: str) -> str:
    try:
        rate = Decimal(value)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or rate <= 0:
        raise ValueError("must be a decimal number over 0 in quotes, such as '0.92'")
    return value


def _read_encoding(value: str) -> str:
    try:
        return codecs.lookup(value).name
    except LookupError as error:
        raise ValueError("no encoding of this name is known; such are utf-8, gb18030, latin-1") from error


def _read_sign(value: str) -> str:
    if value not in (",", ";", "\t", "|"):
        raise ValueError("must be a comma, a semicolon, a tab or a bar")
    return value


class FormatSettings(Table):
    """``[[sources.format]]``: how files of one kind are written; the first that fits a file's name holds."""

    kind: Text
    files: Text = "*"
    columns: dict[Text, Names] = Field(default_factory=dict)
    constants: dict[Text, Text] = Field(default_factory=dict)
    dates: Text | None = None
    delimiter: Annotated[Text, AfterValidator(_read_sign)] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", "'", " ", "\u00a0", "\u202f"] | None = None
    encoding: Annotated[Text, AfterValidator(_read_encoding)] | None = None
    kinds: dict[Literal["sale", "return", "void", "training"], Names] = Field(default_factory=dict)
    words: dict[Text, dict[Text, Names]] = Field(default_factory=dict)
    signed: StrictBool = False


class SourceSettings(Table):
    """``[sources]``: paths or globs, where rejected rows go, and how what the files say is meant."""

    receipts: Files = ()
    receipt_lines: Files = ()
    payments: Files = ()
    till_days: Files = ()
    rfid_reads: Files = ()
    card_swipes: Files = ()
    members: Files = ()
    products: Files = ()
    rota: Files = ()
    weather: Files = ()
    inbox: Text | None = None
    rejects: Text = "rejects"
    settle_s: Seconds = 2.0
    most_mb: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 200.0
    corrections: StrictBool = True
    tax: Literal["included", "excluded"] = "included"
    tills: tuple[Text, ...] = ()
    rates: dict[Text, Annotated[Text, AfterValidator(_read_rate)]] = Field(default_factory=dict)
    format: tuple[FormatSettings, ...] = ()
