"""The words, numbers and dates of one language. What is not known is a dash, never a zero.

Every sentence of a report is a message of a catalogue, ``messages/en.toml`` and ``messages/zh.toml``: no other module
holds words that people read.
"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from ..money import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

UNKNOWN = "–"
LANGUAGES = ("en", "zh")
# Of the same width as digits in Chinese type, and understood by babel.
_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
# From this many whole units on, the decimals of an amount only make it harder to read.
_ROUND_FROM = 1000
_SOME_MONDAY = date(2024, 1, 1)


@cache
def catalogue(code: str) -> Mapping[str, str]:
    """The messages of a language by ``table.key``."""
    folder = files(__package__).joinpath("messages")
    parts = (part for part in folder.joinpath(code).iterdir() if part.name.endswith(".toml"))
    texts = [folder.joinpath(f"{code}.toml"), *sorted(parts, key=lambda part: part.name)]
    found: dict[str, str] = {}
    for text in texts:
        for table, keys in tomllib.loads(text.read_text(encoding="utf-8")).items():
            found |= {f"{table}.{key}": said for key, said in keys.items()}
    return found


class Language:
    """Says messages, numbers and dates as people of a language read them.

    Args:
        code: ``en``, or ``zh`` for simplified Chinese.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.tag = {"en": "en", "zh": "zh-Hans"}[code]
        self._messages = catalogue(code)
        self._locale = Locale.parse(_LOCALES[code])

    def __call__(self, key: str, **values: Any) -> str:
        """The message ``table.key`` with its values; with ``n=1`` the one of ``table.key_one``, where there is one.

        Raises:
            KeyError: There is no such message, or it lacks a value: a mistake of ours.
        """
        if values.get("n") == 1 and f"{key}_one" in self._messages:
            key = f"{key}_one"
        if "n" in values:
            values["n"] = self.count(values["n"])
        return self._messages[key].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return key in self._messages

    def word(self, table: str, name: str) -> str:
        """What ``name`` is called: the message ``table.name``, or the name itself where the shop gave it."""
        return self._messages.get(f"{table}.{name}", name)

    def count(self, value: float | None) -> str:
        """``12,345``."""
        return UNKNOWN if value is None else self._decimal(round(value), 0)

    def number(self, value: float | None, decimals: int = 1) -> str:
        """``1.54``."""
        return UNKNOWN if value is None else self._decimal(value, decimals)

    def percent(self, value: float | None, decimals: int = 1) -> str:
        """``27.9 %`` of a share 0..1."""
        return UNKNOWN if value is None else self("number.percent", value=self._decimal(100 * value, decimals))

    def percents(self, low: float, high: float) -> str:
        """``26.6–29.3 %`` of two shares."""
        return self("number.percent", value=f"{self._decimal(100 * low, 1)}–{self._decimal(100 * high, 1)}")

    def signed_percent(self, value: float | None, decimals: int = 1) -> str:
        """``+3.2 %`` of a change; a true minus sign."""
        return UNKNOWN if value is None else self("number.percent", value=self._signed(100 * value, decimals))

    def points(self, value: float | None) -> str:
        """``+1.2 points``: the difference of two shares."""
        return UNKNOWN if value is None else self("number.points", value=self._signed(100 * value, 1))

    def money(self, minor: float | None, currency: str, *, signed: bool = False, whole: bool = False) -> str:
        """``117.03 EUR``, ``1,743,288 EUR``; ``€117.03`` in Chinese; ``whole``: without decimals at any size."""
        return self.amounts((minor,), currency, signed=signed, whole=whole)

    def amounts(
        self, minors: Sequence[float | None], currency: str, *, signed: bool = False, whole: bool = False
    ) -> str:
        """An amount, or two as an interval: ``3.10–3.32 EUR``."""
        if any(minor is None for minor in minors):
            return UNKNOWN
        decimals = DECIMALS.get(currency, 2)
        amounts = [minor / 10**decimals for minor in minors if minor is not None]
        shown = 0 if whole or any(abs(amount) >= _ROUND_FROM for amount in amounts) else decimals
        written = "–".join((self._signed if signed else self._decimal)(amount, shown) for amount in amounts)
        symbol = get_currency_symbol(currency, locale=self._locale)
        # The sign stands before the symbol where the symbol stands before the number.
        sign = written[0] if len(minors) == 1 and written[0] in "+−" else ""
        return sign + self("number.money", amount=written[len(sign) :], code=currency, symbol=symbol)

    def duration(self, seconds: float | None) -> str:
        """``48 s``, ``2 min 10 s``, ``1 h 05 min``."""
        if seconds is None:
            return UNKNOWN
        whole = round(seconds)
        if whole < 60:
            return self("number.seconds", s=whole)
        if whole < 3600:
            return self("number.minutes", m=whole // 60, s=f"{whole % 60:02}")
        return self("number.hours", h=whole // 3600, m=f"{whole % 3600 // 60:02}")

    def day(self, value: date) -> str:
        """``5 April 2026``."""
        return self._date(value, "day")

    def short_day(self, value: date) -> str:
        """``Tue 7 Apr``."""
        return self._date(value, "short_day")

    def full_day(self, value: date) -> str:
        """``Tuesday 7 April 2026``."""
        return self._date(value, "full_day")

    def month(self, value: date) -> str:
        """``April 2026``."""
        return self._date(value, "month")

    def short_month(self, value: date) -> str:
        """``Apr``."""
        return self._date(value, "short_month")

    def month_day(self, value: date) -> str:
        """``7 Apr``."""
        return self._date(value, "month_day")

    def weekday(self, number: int, *, full: bool = False) -> str:
        """``Tue`` or ``Tuesday``; 0 is Monday."""
        return self._date(_SOME_MONDAY + timedelta(days=number), "full_weekday" if full else "weekday")

    def span(self, first: date, last: date) -> str:
        """``6 October 2025 to 5 April 2026``, without saying anything twice."""
        if first == last:
            return self.day(first)
        begin, end = "day", "day"
        if (first.year, first.month) == (last.year, last.month):
            begin, end = "begin_in_month", "end_in_month"
        elif first.year == last.year:
            begin, end = "begin_in_year", "end_in_year"
        return self("date.span", first=self._date(first, begin), last=self._date(last, end))

    def length(self, days: int) -> str:
        """``26 weeks``, ``10 days``."""
        return self.some(days // 7, "week") if days % 7 == 0 else self.some(days, "day")

    def moment(self, value: datetime) -> str:
        """``Tue 18 Nov 13:10``, in the zone of the value."""
        return f"{self.short_day(value.date())} {value:%H:%M}"

    def some(self, many: int, unit: str) -> str:
        """``1 day``, ``2 days``: messages ``unit.day_one`` and ``unit.day``."""
        return self(f"unit.{unit}", n=many)

    def listed(self, names: Sequence[str]) -> str:
        """``a, b and c``."""
        if len(names) < 2:
            return "".join(names)
        return self("number.listed", before=self("number.comma").join(names[:-1]), last=names[-1])

    def _decimal(self, value: float, decimals: int) -> str:
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, pattern, locale=self._locale)).replace("-", "−")

    def _signed(self, value: float, decimals: int) -> str:
        written = self._decimal(value, decimals)
        return written if written.startswith("−") else f"+{written}"

    def _date(self, value: date, name: str) -> str:
        return str(format_date(value, self._messages[f"date.{name}"], locale=self._locale))
