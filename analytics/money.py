"""Money without rounding: decimal text to whole minor units and back, by each currency's own number of decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

# ISO 4217, currencies in use, by the number of decimals of their minor unit.
_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"

DECIMALS: Mapping[str, int] = (
    dict.fromkeys(_TWO.split(), 2) | dict.fromkeys(_NONE.split(), 0) | dict.fromkeys(_THREE.split(), 3)
)
MAX_WHOLE_DIGITS = 12


def to_minor(amounts: pd.Series[str], currency: str) -> tuple[pd.Series[int], pd.Series[str]]:
    """Decimal text to whole minor units, digit by digit: no float on the way.

    Args:
        amounts: Such as ``12.90``; no sign, no thousands separator, a point before the decimals.
        currency: ISO 4217 code.

    Returns:
        Minor units (``Int64``, null where the text is no amount), and the broken rule (null where there is none).

    Raises:
        KeyError: No currency has this code.
    """
    decimals = DECIMALS[currency]
    parts = amounts.str.extract(r"^(\d+)(?:\.(\d+))?$")
    whole, fraction = parts[0], parts[1].fillna("").str.rstrip("0")
    rule = pd.Series(None, index=amounts.index, dtype="str")
    rule = rule.mask(whole.isna(), "must be a plain decimal number such as 12.90")
    rule = rule.mask(amounts.str.match(r"^-\d"), "must not be negative: the kind carries the sign")
    rule = rule.mask(fraction.str.len() > decimals, f"at most {decimals} decimals in {currency}")
    rule = rule.mask(whole.str.len().fillna(0) > MAX_WHOLE_DIGITS, f"at most {MAX_WHOLE_DIGITS} digits")
    digits = whole + fraction.str.ljust(decimals, "0")
    minor = pd.to_numeric(digits.where(rule.isna())).astype("Int64")
    return minor, rule


def in_words(minor: float, currency: str) -> str:
    """An amount for people: ``1,234.50 EUR``.

    Args:
        minor: Minor units; a mean may have a fraction and is rounded to the nearest minor unit.
        currency: ISO 4217 code.
    """
    decimals = DECIMALS.get(currency, 2)
    sign = "-" if round(minor) < 0 else ""
    whole, rest = divmod(abs(round(minor)), 10**decimals)
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "") + f" {currency}"
