"""Money without rounding: decimal text to whole minor units and back, by each currency's own number of decimals."""

from __future__ import annotations

from fractions import Fraction
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


def digits(amounts: pd.Series[str]) -> pd.DataFrame:
    """The digits of decimal texts.

    Args:
        amounts: Such as ``12.90`` or ``-3``; no thousands separator, a point before the decimals.

    Returns:
        Same index; ``sign`` (``-`` or empty), ``whole`` and ``fraction`` without trailing zeros; null where the text is
        no amount.
    """
    found = amounts.str.extract(r"^(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?$")
    fraction = found["fraction"].fillna("").str.rstrip("0")
    return found.assign(fraction=fraction.where(found["whole"].notna()))


def to_minor(amounts: pd.Series[str], currency: str) -> pd.Series[int]:
    """Decimal text to whole minor units, digit by digit: no float on the way.

    Args:
        amounts: As for ``digits``.
        currency: ISO 4217 code.

    Returns:
        Minor units (``Int64``); null where the text is no amount, has more decimals than the currency, or too many
        digits.

    Raises:
        KeyError: No currency has this code.
    """
    decimals = DECIMALS[currency]
    parts = digits(amounts)
    fits = (parts["fraction"].str.len() <= decimals) & (parts["whole"].str.len() <= MAX_WHOLE_DIGITS)
    text = parts["sign"] + parts["whole"] + parts["fraction"].str.ljust(decimals, "0")
    return pd.to_numeric(text.where(fits.fillna(value=False).astype("bool"))).astype("Int64")


def converted(minor: pd.Series[int], currency: str, to: str, rate: str) -> pd.Series[int]:
    """Amounts in another currency, in whole numbers all the way; half a minor unit goes away from zero.

    Args:
        minor: Minor units of ``currency``, ``Int64``, null allowed.
        currency: ISO 4217 code.
        to: ISO 4217 code.
        rate: What one major unit of ``currency`` is worth in ``to``, as decimal text.
    """
    numerator, denominator = Fraction(rate).as_integer_ratio()
    numerator *= 10 ** DECIMALS[to]
    denominator *= 10 ** DECIMALS[currency]
    codes, distinct = pd.factorize(minor, use_na_sentinel=True)
    halves = [
        (2 * abs(int(x)) * numerator + denominator) // (2 * denominator) * (1 if x >= 0 else -1) for x in distinct
    ]
    return pd.Series([halves[code] if code >= 0 else None for code in codes], index=minor.index, dtype="Int64")


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
