"""What a tag says: EPCs by the GS1 EPC Tag Data Standard, and the article numbers in them.

Decoded by epcpy (tags of TDS 1.13 and before). Only SGTINs, 96 and 198 bits, name an article; SSCC, GRAI and the other
schemes name pallets, crates, places: they are told by name and never guessed to be an article.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import pandas as pd

with warnings.catch_warnings():
    # Its sources have escapes that newer Pythons warn of when they compile them.
    warnings.simplefilter("ignore")
    from epcpy.epc_schemes import SGTIN
    from epcpy.utils.common import ConvertException
    from epcpy.utils.parsers import TAG_ENCODABLE_BINARY_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_HEX = re.compile(r"[0-9A-Fa-f]+")
_SCHEMES: dict[str, str] = {
    f"{int(header, 2):02X}": scheme.__name__ for header, scheme in TAG_ENCODABLE_BINARY_HEADERS.items()
}
# Digits that hold 96 and 198 bits; tags keep whole words of 16 bits, so zeros may follow.
_SGTIN_DIGITS = {"30": 24, "36": 50}
OTHER_SCHEMES: tuple[str, ...] = tuple(sorted(set(_SCHEMES.values()) - {"SGTIN"}))


def scheme_of(epcs: pd.Series[str]) -> pd.Series[str]:
    """The scheme that the header of each EPC names, such as ``SGTIN`` or ``SSCC``; null where it names none."""
    return epcs.str[:2].str.upper().map(_SCHEMES).astype("str")


def decode(epcs: Iterable[str]) -> pd.DataFrame:
    """Reads the article number out of each distinct EPC.

    Args:
        epcs: Hexadecimal digits, any case; each distinct one is decoded once, in about 15 microseconds.

    Returns:
        One row per distinct EPC, in upper case and order: ``epc``, ``scheme`` (null where the header names none),
        ``gtin`` (14 digits) and ``serial`` (both null where it names no article), ``problem`` (why not).
    """
    distinct = sorted({epc.upper() for epc in epcs})
    return pd.DataFrame(
        [(epc, *_decode(epc)) for epc in distinct], columns=["epc", "scheme", "gtin", "serial", "problem"]
    ).astype("str")


def _decode(epc: str) -> tuple[str | None, str | None, str | None, str | None]:
    scheme = _SCHEMES.get(epc[:2])
    problem = _unfit(epc, scheme)
    if problem is None:
        try:
            tag = SGTIN.from_hex(epc)
        except ConvertException as error:
            problem = f"cannot be decoded as an SGTIN: {error}"
        else:
            return scheme, tag.gtin(), tag.gs1_element_string().split("(21)", 1)[1], None
    return scheme, None, None, problem


def _unfit(epc: str, scheme: str | None) -> str | None:
    """Why there is no SGTIN to decode, as far as can be told before."""
    if not _HEX.fullmatch(epc):
        return "is not written in hexadecimal digits"
    if scheme is None:
        return f"has the header {epc[:2]}, which names no scheme of the Tag Data Standard"
    if scheme != "SGTIN":
        return f"is of the scheme {scheme}, which names no article"
    digits = _SGTIN_DIGITS[epc[:2]]
    if len(epc) < digits:
        return f"is cut off: {len(epc)} of {digits} hexadecimal digits"
    return f"goes on after its {digits} hexadecimal digits" if epc[digits:].strip("0") else None


def gtin_14(gtins: pd.Series[str]) -> pd.Series[str]:
    """GTIN-8, -12, -13 and -14 as 14 digits with leading zeros; null where length or check digit is wrong.

    GS1 General Specifications, section 7.9: weights 3 and 1 from the right of the digits before the check digit.
    """
    plain = gtins.str.strip()
    padded = plain.where(plain.str.fullmatch(r"[0-9]{8}|[0-9]{12,14}", na=False)).str.zfill(14)
    return padded.where(padded.isin([gtin for gtin in padded.dropna().unique() if _checks(gtin)]))


def _checks(gtin: str) -> bool:
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(gtin[:-1])))
    return -total % 10 == int(gtin[-1])


def name_products(epcs: pd.Series[str], products: pd.DataFrame) -> pd.DataFrame:
    """Which product each distinct EPC is an item of.

    Args:
        epcs: Any number, any case.
        products: ``frames.PRODUCTS``. A GTIN that two products share names neither; both are in the ``problem``.

    Returns:
        Indexed by EPC in upper case: ``gtin``, ``product_id``, ``problem``.
    """
    tags = decode(epcs.unique())
    known = products[["product_id"]].assign(gtin=gtin_14(products["gtin"])).dropna().sort_values("product_id")
    sharing = {str(gtin): list(ids) for gtin, ids in known.groupby("gtin")["product_id"]}
    told = [_product(gtin, why, sharing) for gtin, why in zip(tags["gtin"], tags["problem"], strict=True)]
    named = pd.DataFrame(told, columns=["product_id", "problem"], dtype="str")
    return named.assign(gtin=tags["gtin"]).set_axis(pd.Index(tags["epc"], name="epc"))


def _product(gtin: object, problem: object, sharing: Mapping[str, Sequence[str]]) -> tuple[str | None, str | None]:
    if isinstance(problem, str):
        return None, problem
    ids = sharing.get(str(gtin), ())
    if len(ids) == 1:
        return ids[0], None
    return None, f"the GTIN {gtin} is that of {' and of '.join(ids)}" if ids else f"no product has the GTIN {gtin}"
