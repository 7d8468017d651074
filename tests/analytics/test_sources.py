"""Files as shops really send them: what is right is kept, what is not is named, and nothing is guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics import money
from analytics.sources import SOURCES, Shop, Sifted, SourceError, column_table, match_totals, read, sift

from .small_shop import LINE_HEADER, RECEIPT_HEADER

if TYPE_CHECKING:
    from pathlib import Path

SHOP = Shop("Europe/Berlin", "EUR")
GOOD = "R1,T1,2026-03-02T10:30:00,sale,12.90,EUR,M1,"


def sifted(path: Path, kind: str, text: str | bytes, shop: Shop = SHOP) -> Sifted:
    """A file with these contents, read and sifted."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return sift(read(path), SOURCES[kind], shop, path.name)


def receipts(tmp_path: Path, *rows: str, shop: Shop = SHOP) -> Sifted:
    """Receipts of these rows."""
    return sifted(tmp_path / "receipts.csv", "receipts", "\n".join([RECEIPT_HEADER, *rows]) + "\n", shop)


def told(result: Sifted) -> list[tuple[int, str, str]]:
    """Line, column and rule of every reject."""
    rejects = result.rejects
    return list(zip(rejects["line"].tolist(), rejects["column"].tolist(), rejects["rule"].tolist(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_byte_order_marks_and_line_ends_change_nothing(
    tmp_path: Path, delimiter: str, mark: bytes, end: str
) -> None:
    text = end.join([RECEIPT_HEADER, GOOD, ""]).replace(",", delimiter)
    result = sifted(tmp_path / "r.csv", "receipts", mark + text.encode())
    assert result.rejects.empty
    row = result.frame.iloc[0]
    assert (row["receipt_id"], row["total_minor"], row["member_id"]) == ("R1", 1290, "M1")
    assert row["sold_at"].isoformat() == "2026-03-02T09:30:00+00:00"


def test_columns_may_stand_in_any_order_and_strange_ones_are_left_out(tmp_path: Path) -> None:
    names = RECEIPT_HEADER.split(",")[::-1]
    row = dict(zip(RECEIPT_HEADER.split(","), GOOD.split(","), strict=True))
    text = ",".join([*names, "cashier"]) + "\n" + ",".join([*(row[n] for n in names), "Kim"]) + "\n"
    assert sifted(tmp_path / "r.csv", "receipts", text).frame["till_id"].tolist() == ["T1"]


def test_a_quoted_line_end_does_not_shift_the_line_numbers(tmp_path: Path) -> None:
    header = "product_id,gtin,name,description,category,price,cost"
    text = f'{header}\nP1,9521101000016,Loafer,"soft\nand, brown",shoes,10.00,4.00\nP2,x,Boot,tall,shoes,10.00,4.00\n'
    result = sifted(tmp_path / "p.csv", "products", text)
    assert result.frame["description"].tolist() == ["soft\nand, brown"]
    assert told(result) == [(4, "gtin", "must be 8 to 14 digits")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("R2,T1,2026-03-02T10:30:00,sale,-1.00,EUR,,", "total", "must not be negative: the kind carries the sign"),
        ('R2,T1,2026-03-02T10:30:00,sale,"1,50",EUR,,', "total", "must be a plain decimal number such as 12.90"),
        (
            'R2,T1,2026-03-02T10:30:00,sale,"1,000.00",EUR,,',
            "total",
            "has a thousands separator: state thousands and decimal",
        ),
        (
            "R2,T1,2026-03-02T10:30:00,sale,1 000.00,EUR,,",
            "total",
            "has a thousands separator: state thousands and decimal",
        ),
        ("R2,T1,2026-03-02T10:30:00,sale,٣,EUR,,", "total", "must be a plain decimal number such as 12.90"),
        ("R2,T1,2026-03-02T10:30:00,sale,1e3,EUR,,", "total", "must be a plain decimal number such as 12.90"),
        ("R2,T1,2026-03-02T10:30:00,sale,1.005,EUR,,", "total", "at most 2 decimals in EUR"),
        ("R2,T1,2026-03-02T10:30:00,sale,,EUR,,", "total", "must not be empty"),
        ("R2,T1,2026-03-02T10:30:00,gift,1.00,EUR,,", "kind", "must be one of sale, return, void, training"),
        ("R2,T1,2026-03-02T10:30:00,sale,1.00,QQQ,,", "currency", "no currency has this code"),
        ("R2,T1,2026-03-02T10:30:00,sale,1.00,USD,,", "currency", "must be the store's own currency"),
        ("R2,T1,02.03.2026 10:30,sale,1.00,EUR,,", "sold_at", "must be a date and time such as 2026-03-01T14:05:00"),
        ("R2,T1,2026-03-02,sale,1.00,EUR,,", "sold_at", "must be a date and time such as 2026-03-01T14:05:00"),
        ("R2,T1,2026-02-30T10:00:00,sale,1.00,EUR,,", "sold_at", "must be a date and time such as 2026-03-01T14:05:00"),
        ("R2,T1,1899-02-01T10:00:00,sale,1.00,EUR,,", "sold_at", "must lie between 2000 and 2100"),
        (
            "R2,T1,2026-03-29T02:30:00,sale,1.00,EUR,,",
            "sold_at",
            "does not exist in Europe/Berlin: the clocks go forward",
        ),
        (",T1,2026-03-02T10:30:00,sale,1.00,EUR,,", "receipt_id", "must not be empty"),
        ("R2,T1,2026-03-02T10:30:00,sale,1.00,EUR,,R1", "return_of", "only a return names the receipt that it returns"),
        ("R2,T1,2026-03-02T10:30:00,return,1.00,EUR,,R2", "return_of", "a receipt cannot return itself"),
        (GOOD.replace("12.90", "12.91"), "receipt_id", "the same receipt_id stands above with other contents"),
        ("R2,T1,2026-03-02T10:30:00", "", "has 3 columns, the header 8: cut off or ragged"),
        ("R2,T1,2026-03-02T10:30:00,sale,1,00,EUR,,", "", "has 9 columns, the header 8: cut off or ragged"),
    ],
)
def test_a_broken_row_is_named_and_the_others_are_kept(tmp_path: Path, row: str, column: str, rule: str) -> None:
    last = GOOD.replace("R1", "R9")
    result = receipts(tmp_path, GOOD, row, last)
    assert told(result) == [(3, column, rule)]
    assert result.frame["receipt_id"].tolist() == ["R1", "R9"]
    assert (result.rows_read, result.rows_rejected, result.duplicates) == (3, 1, 0)


def test_every_broken_rule_of_a_row_is_told_and_the_row_counts_once(tmp_path: Path) -> None:
    result = receipts(tmp_path, "R2,,yesterday,gift,1.00,EUR,,")
    assert [column for _, column, _ in told(result)] == ["till_id", "sold_at", "kind"]
    assert list(result.rejects["value"]) == ["", "yesterday", "gift"]
    assert result.rows_rejected == 1
    assert result.frame.empty


def test_equal_rows_are_one_row(tmp_path: Path) -> None:
    result = receipts(tmp_path, GOOD, GOOD, GOOD)
    assert (len(result.frame), result.duplicates, result.rows_rejected) == (1, 2, 0)


def test_the_hour_told_twice_in_autumn_is_read_as_its_first_pass(tmp_path: Path) -> None:
    rows = [f"R{n},T1,2025-10-26T{text},sale,1.00,EUR,," for n, text in enumerate(["01:59:59", "02:30:00", "03:00:00"])]
    told_by_offset = ["R8,T1,2025-10-26T02:30:00+01:00,sale,1.00,EUR,,", "R9,T1,2025-10-26T01:30:00Z,sale,1.00,EUR,,"]
    times = receipts(tmp_path, *rows, *told_by_offset).frame["sold_at"]
    assert [t.strftime("%H:%M") for t in times] == ["23:59", "00:30", "02:00", "01:30", "01:30"]


def test_times_with_and_without_offset_and_fraction_may_be_mixed(tmp_path: Path) -> None:
    texts = ["2026-07-01T10:00:00", "2026-07-01 10:00:00.123456", "2026-07-01T10:00+0200", "2026-07-01T08:00:00z"]
    times = receipts(tmp_path, *(f"R{n},T1,{t},sale,1.00,EUR,," for n, t in enumerate(texts))).frame["sold_at"]
    assert [t.isoformat() for t in times] == [
        "2026-07-01T08:00:00+00:00",
        "2026-07-01T08:00:00.123000+00:00",
        "2026-07-01T08:00:00+00:00",
        "2026-07-01T08:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("EUR", "0.29", 29),
        ("EUR", "1.1", 110),
        ("EUR", "7", 700),
        ("EUR", "12.9000", 1290),
        ("JPY", "1200", 1200),
        ("KWD", "1.005", 1005),
        ("EUR", "999999999999.99", 99999999999999),
    ],
)
def test_money_is_exact(tmp_path: Path, currency: str, text: str, minor: int) -> None:
    """0.29 x 100 is 28.999... in floating point."""
    row = f"R1,T1,2026-03-02T10:30:00,sale,{text},{currency},,"
    assert receipts(tmp_path, row, shop=Shop("Europe/Berlin", currency)).frame["total_minor"].tolist() == [minor]


@pytest.mark.slow
def test_every_cent_up_to_a_thousand_is_exact() -> None:
    cents = range(100_000)
    minor = money.to_minor(pd.Series([f"{c // 100}.{c % 100:02d}" for c in cents], dtype="str"), "EUR")
    assert minor.tolist() == list(cents)


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [(123450, "EUR", "1,234.50 EUR"), (-5, "EUR", "-0.05 EUR"), (1200, "JPY", "1,200 JPY"), (0.4, "EUR", "0.00 EUR")],
)
def test_money_is_told_with_its_own_decimals(minor: float, currency: str, words: str) -> None:
    assert money.in_words(minor, currency) == words


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "the file is empty: it needs at least a header row"),
        (b" \n\n", "the file is empty"),
        ("\u2028".encode(), "the file is empty"),
        (b"receipt_id,till_id\r,kind,total", "column till_id.* is missing|column sold_at.* is missing"),
        (f"{RECEIPT_HEADER}\nR1\nß".encode("utf-16")[:-1], "line 3: byte .* is not UTF-16, of which the file has"),
        (b"PK\x03\x04\x14\0\x06\0", "is an Excel workbook or a ZIP archive, not text, whatever its name says"),
        (b"\x1f\x8b\x08\0", "is packed with gzip, not text"),
        (b"PAR1\x15", "is a Parquet file, not text"),
        (f"{RECEIPT_HEADER}\nR1\0".encode(), "line 2: holds a zero byte"),
        (
            b"receipt_id|till_id\nR1|T1\n",
            r"column receipt_id, till_id, .* is missing; the header has receipt_id\|till_id",
        ),
        (f"{RECEIPT_HEADER},total\n".encode(), "line 1: column 'total' appears twice"),
        (RECEIPT_HEADER.replace("sold_at,", "").encode(), "column sold_at is missing; the header has receipt_id, "),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, contents: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=f"receipts.csv: {message}"):
        sifted(tmp_path / "receipts.csv", "receipts", contents)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv: No such file"):
        read(tmp_path / "gone.csv")


def test_a_header_alone_is_no_error(tmp_path: Path) -> None:
    result = sifted(tmp_path / "r.csv", "receipts", RECEIPT_HEADER)
    assert (result.rows_read, len(result.frame), len(result.rejects)) == (0, 0, 0)


@pytest.mark.parametrize("cut", range(1, len(GOOD), 5))
def test_a_file_cut_off_anywhere_keeps_every_whole_row(tmp_path: Path, cut: int) -> None:
    whole = GOOD.replace("R1", "R0")
    result = sifted(tmp_path / "r.csv", "receipts", f"{RECEIPT_HEADER}\n{whole}\n{GOOD[:-cut]}")
    assert result.frame["receipt_id"].iloc[0] == "R0"
    assert result.rows_read == 2
    if GOOD[:-cut].count(",") < GOOD.count(","):
        assert told(result) == [(3, "", f"has {GOOD[:-cut].count(',') + 1} columns, the header 8: cut off or ragged")]


@pytest.mark.parametrize(
    ("below", "kept"),
    [((), []), ((GOOD.replace("R1", "R3"),) * 2, ["R3"]), ((GOOD.replace("R1", '"R3"'),), ["R3"])],
)
def test_a_quote_that_is_not_closed_costs_one_row(tmp_path: Path, below: tuple[str, ...], kept: list[str]) -> None:
    result = receipts(tmp_path, GOOD, 'R2,"T1,2026-03-02T10:30:00,sale,1.00,EUR,,', *below)
    assert told(result) == [(3, "", "a quote opened here is not closed properly")]
    assert result.frame["receipt_id"].tolist() == ["R1", *kept]
    assert result.rows_read == 2 + len(below)


def test_a_quote_that_is_closed_some_rows_below_costs_the_rows_with_quotes(tmp_path: Path) -> None:
    below = [GOOD.replace("R1", name) for name in ("R3", "R4")]
    below[1] = below[1].replace("EUR,", 'EUR",')
    result = receipts(tmp_path, 'R2,"T1,2026-03-02T10:30:00,sale,1.00,EUR,,', *below)
    assert [line for line, _, _ in told(result)] == [2, 4]
    assert "cut off or ragged" in told(result)[0][2]
    assert result.frame["receipt_id"].tolist() == ["R3"]
    assert result.rows_read == 3


def test_two_header_rows_lose_only_the_second(tmp_path: Path) -> None:
    result = receipts(tmp_path, RECEIPT_HEADER, GOOD)
    assert told(result) == [(2, "", "is the header row once more")]
    assert result.frame["receipt_id"].tolist() == ["R1"]


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "receipt_id": ["R1", "R2", "R3"],
            "till_id": [1, 1, 2],
            "sold_at": pd.to_datetime(pd.Series(["2026-03-02 10:30", "2026-03-02 10:31", None])),
            "kind": ["sale", "return", "sale"],
            "total": [0.29, 10.0, 1.0],
            "currency": "EUR",
            "member_id": [None, "M1", None],
            "return_of": [None, "R1", None],
        }
    )
    frame.to_parquet(tmp_path / "r.parquet")
    result = sift(read(tmp_path / "r.parquet"), SOURCES["receipts"], SHOP, "r.parquet")
    assert result.frame["total_minor"].tolist() == [29, 1000]
    assert result.frame["till_id"].tolist() == ["1", "1"]
    assert [t.isoformat() for t in result.frame["sold_at"]] == [
        "2026-03-02T09:30:00+00:00",
        "2026-03-02T09:31:00+00:00",
    ]
    assert told(result) == [(3, "sold_at", "must not be empty")]


def test_members_from_parquet_keep_days_and_consent(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"member_id": ["M1"], "joined_on": pd.to_datetime(["2025-05-01"]), "consent": [True], "age_band": ["30-39"]}
    )
    frame.to_parquet(tmp_path / "m.parquet")
    result = sift(read(tmp_path / "m.parquet"), SOURCES["members"], SHOP, "m.parquet")
    assert result.frame["consent"].tolist() == [True]
    assert result.frame["joined_on"].tolist() == [pd.Timestamp("2025-05-01")]


def test_a_torn_parquet_file_is_named(tmp_path: Path) -> None:
    pd.DataFrame({"a": range(100)}).to_parquet(tmp_path / "r.parquet")
    whole = (tmp_path / "r.parquet").read_bytes()
    (tmp_path / "r.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"r\.parquet: no readable Parquet file"):
        read(tmp_path / "r.parquet")


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("R1,1,P1,0,1.00,0.00,0.00", "quantity", "must be at least 1"),
        ("R1,1,P1,-1,1.00,0.00,1.00", "quantity", "must be at least 1"),
        ("R1,1,P1,1.5,1.00,0.00,1.50", "quantity", "must be a whole number"),
        ("R1,1,P1,2,1.00,0.50,2.00", "line_total", "must be quantity x unit_price - discount"),
        ("R1,1,P1,1,1.00,-0.50,1.50", "discount", "must not be negative: the kind carries the sign"),
    ],
)
def test_a_line_that_is_wrong_in_itself_is_refused(tmp_path: Path, row: str, column: str, rule: str) -> None:
    assert told(sifted(tmp_path / "l.csv", "receipt_lines", f"{LINE_HEADER}\n{row}\n")) == [(2, column, rule)]


def test_lines_that_do_not_add_up_to_their_receipt_are_refused_together(tmp_path: Path) -> None:
    known = pd.DataFrame({"receipt_id": ["R1", "R2", "R3"], "total_minor": [300, 300, 0]})
    rows = [
        "R1,1,P1,1,1.00,0.00,1.00",
        "R2,1,P1,1,1.00,0.00,1.00",
        "R1,2,P1,2,1.00,0.00,2.00",
        "R2,2,P1,1,1.00,0.00,1.00",
        "R3,1,P1,1,1.00,1.00,0.00",
        "R7,1,P1,1,1.00,0.00,1.00",
    ]
    result = match_totals(sifted(tmp_path / "l.csv", "receipt_lines", "\n".join([LINE_HEADER, *rows])), known)
    assert result.frame["receipt_id"].tolist() == ["R1", "R1", "R3"]
    assert told(result) == [
        (3, "receipt_id", "the lines of the receipt do not add up to its total"),
        (5, "receipt_id", "the lines of the receipt do not add up to its total"),
        (7, "receipt_id", "no such receipt was imported"),
    ]
    assert result.rows_rejected == 3


def test_one_bad_line_takes_its_receipts_other_lines_along(tmp_path: Path) -> None:
    known = pd.DataFrame({"receipt_id": ["R1"], "total_minor": [300]})
    rows = f"{LINE_HEADER}\nR1,1,P1,1,1.00,0.00,1.00\nR1,2,P1,x,2.00,0.00,2.00\n"
    result = match_totals(sifted(tmp_path / "l.csv", "receipt_lines", rows), known)
    assert result.frame.empty
    assert [line for line, _, _ in told(result)] == [2, 3]


def test_tags_of_other_schemes_are_refused_and_double_reads_are_one(tmp_path: Path) -> None:
    rows = [
        "302A37851A1C01C00000DEAD,gate,2026-03-02T10:00:00Z,-45.9",
        "302A37851A1C01C00000DEAD,gate,2026-03-02T10:00:00Z,-61",
        "E2801160600002054CC2096F,gate,2026-03-02T10:00:00Z,",
        "302A37851A1C01C00000DEAD,gate,2026-03-02T10:00:01Z,",
    ]
    result = sifted(tmp_path / "r.csv", "rfid_reads", "\n".join(["epc,reader_id,read_at,rssi", *rows]))
    assert result.frame["rssi"].fillna(0).tolist() == [-45.9, 0]
    assert result.duplicates == 1
    rule = "must be an SGTIN, the EPC of an item; this header names no scheme of the Tag Data Standard"
    assert told(result) == [(4, "epc", rule)]


@pytest.mark.parametrize("kind", SOURCES)
def test_the_documented_columns_are_those_that_are_read(kind: str) -> None:
    source = SOURCES[kind]
    read = {f.target for f in source.fields}
    made = {c.name for c in source.contract.columns if c.name.startswith("original_")}
    assert read | made == set(source.contract.names)
    assert all(f.optional == c.null for f in source.fields for c in source.contract.columns if c.name == f.target)
    assert all(f"| `{f.name}` | {'no' if f.optional else 'yes'} |" in column_table(source) for f in source.fields)
