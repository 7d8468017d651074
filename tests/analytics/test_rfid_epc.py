"""Tags against the examples of the GS1 EPC Tag Data Standard, and against an encoder of another hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, rfid
from sales_catalogue import check_digit, sgtin_96

ITEM = "3074257BF7194E4000001A85"


def tag(epc: str) -> Any:
    return rfid.decode([epc]).iloc[0]


@pytest.mark.parametrize(
    ("epc", "gtin", "serial"),
    [
        (ITEM, "80614141123458", "6789"),
        ("3034257BF7194E4000001A85", "80614141123458", "6789"),
        ("3074257bf7194e4000001a85", "80614141123458", "6789"),
        ("3674257BF6B7A659B2C2BF1000000000000000000000000000", "70614141123451", "32a/b"),
        ("3674257BF6B7A659B2C2BF100000000000000000000000000000", "70614141123451", "32a/b"),
    ],
)
def test_the_standards_items_are_the_standards_articles(epc: str, gtin: str, serial: str) -> None:
    found = tag(epc)
    assert (found["scheme"], found["gtin"], found["serial"]) == ("SGTIN", gtin, serial)
    assert pd.isna(found["problem"])
    assert check_digit(gtin[:-1]) == gtin[-1]


@pytest.mark.parametrize(
    ("epc", "scheme"),
    [
        ("3174257BF4499602D2000000", "SSCC"),
        ("3274257BF46072000000162E", "SGLN"),
        ("3374257BF40C0E400000162E", "GRAI"),
        ("3474257BF40000000000162E", "GIAI"),
        ("2D74257BF4499602D2000000", "GSRN"),
        ("2C74257BF46072000000162E", "GDTI"),
        ("3500E86F8000A9E000000586", "GID"),
        ("2F320434147455900000162E", "USDOD"),
    ],
)
def test_the_standards_other_schemes_are_named_and_no_article(epc: str, scheme: str) -> None:
    found = tag(epc)
    assert found["scheme"] == scheme
    assert pd.isna(found["gtin"])
    assert scheme in found["problem"]


@pytest.mark.parametrize(
    ("epc", "problem"),
    [
        ("", "hexadecimal"),
        ("30_4257BF7194E4000001A85", "hexadecimal"),
        ("0x74257BF7194E4000001A85", "hexadecimal"),
        ("E2801160600002054E1B5A3C", "header E2"),
        ("000000000000000000000000", "header 00"),
        ("3074257BF7194E4000001A8", "23 of 24"),
        (f"{ITEM}0001", "goes on after its 24"),
        ("307C257BF7194E4000001A85", "cannot be decoded"),  # partition 7 does not exist
        ("3077FFFFFFFFFFFFFFFFFFFF", "cannot be decoded"),  # a prefix of more than seven digits
    ],
)
def test_what_cannot_be_read_says_why_and_guesses_nothing(epc: str, problem: str) -> None:
    found = tag(epc)
    assert problem in found["problem"]
    assert pd.isna(found["gtin"])


@pytest.mark.parametrize("digits", range(6, 13))
def test_every_partition_gives_back_what_another_encoder_wrote(digits: int) -> None:
    rng = np.random.default_rng(digits)
    written = {}
    for _ in range(200):
        body = f"{rng.integers(10**12):012d}"
        serial = (0, 1, 2**38 - 1, int(rng.integers(2**38)))[rng.integers(4)]
        gtin = body + check_digit(body)
        written[sgtin_96(gtin, digits, serial)] = (f"0{gtin}", str(serial))
    read = rfid.decode(written).set_index("epc")
    assert read["problem"].isna().all()
    assert {epc: (row["gtin"], row["serial"]) for epc, row in read.iterrows()} == written


def test_each_distinct_tag_is_decoded_once_whatever_its_spelling() -> None:
    assert list(rfid.decode([ITEM, ITEM.lower(), ITEM])["epc"]) == [ITEM]


def test_random_bits_never_break_the_decoder() -> None:
    rng = np.random.default_rng(3)
    epcs = [rng.bytes(int(size)).hex() for size in rng.choice([1, 2, 12, 14, 25, 26], 800)]
    epcs += [str(rng.choice(["30", "36"])) + epc[2:] for epc in epcs]
    read = rfid.decode(epcs)
    assert (read["gtin"].isna() == read["problem"].notna()).all()
    assert read["gtin"].dropna().str.fullmatch(r"[0-9]{14}").all()


@pytest.mark.parametrize(
    ("gtin", "padded"),
    [
        ("96385074", "00000096385074"),
        ("614141123452", "00614141123452"),
        ("9521101000016", "09521101000016"),
        ("80614141123458", "80614141123458"),
        ("80614141123459", None),  # wrong check digit
        ("123456789", None),  # nine digits are no GTIN
        ("", None),
        (None, None),
    ],
)
def test_article_numbers_of_all_lengths_meet_as_fourteen_digits(gtin: str | None, padded: str | None) -> None:
    found = rfid.gtin_14(pd.Series([gtin], dtype="str")).iloc[0]
    assert found == padded if padded else pd.isna(found)


def test_a_tag_finds_its_product_and_says_when_there_is_none_or_two() -> None:
    rows = [(n, g, n, "", "coats", 1, 1) for n, g in (("P1", "80614141123458"), ("P2", "9521101000016"), ("P3", "bad"))]
    products = frames.check(pd.DataFrame(rows, columns=frames.PRODUCTS.names), frames.PRODUCTS)
    two = sgtin_96("9521101000016", 7, 1)
    none = sgtin_96("9521101999990", 7, 1)
    found: Any = rfid.name_products(pd.Series([ITEM, two, none, "FF"], dtype="str"), products)
    assert (found.loc[ITEM, "product_id"], found.loc[two, "product_id"]) == ("P1", "P2")
    assert found.loc[none, "problem"] == "no product has the GTIN 09521101999990"
    assert "hexadecimal" not in found.loc["FF", "problem"]
    twins = pd.concat([products, products.iloc[[0]].assign(product_id="P9")], ignore_index=True)
    unclear: Any = rfid.name_products(pd.Series([ITEM], dtype="str"), twins).loc[ITEM]
    assert pd.isna(unclear["product_id"])
    assert unclear["problem"] == "the GTIN 80614141123458 is that of P1 and of P9"
