"""Files as they come from elsewhere: other encodings and line ends, Excel, Parquet of other programs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics.sources import PLAIN, SOURCES, Layout, Shop, headers_of, looks, needed, read, sift

from .small_shop import RECEIPT_HEADER

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.sources import Sifted

RECEIPT = "R1,T1,2026-03-02T10:30:00,sale,12.90,EUR,,"
NEEDED = needed(SOURCES["receipts"])


def take(path: Path, data: bytes | str, layout: Layout = PLAIN, kind: str = "receipts") -> Sifted:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    source = SOURCES[kind]
    raw = read(path, layout, needed(source, layout))
    return sift(raw, source, Shop("Europe/Berlin", "EUR"), path.name, layout)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_excel_saves_as_unicode_text_is_read(tmp_path: Path, encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    text = f"{RECEIPT_HEADER}\n{RECEIPT}Ꭳ\n".replace(",", "\t").replace("\n", "\r\n")
    path = tmp_path / "r.csv"
    result = take(path, (mark + text).encode(encoding))
    assert result.frame["return_of"].dropna().tolist() == []
    assert result.rejects["rule"].tolist() == ["only a return names the receipt that it returns"]
    assert result.notes == ("read as UTF-16, of which it has the mark", "tab-separated")
    assert looks(path, PLAIN, NEEDED) == result.notes
    assert headers_of(path)[0] == frozenset(RECEIPT_HEADER.split(","))


def test_looks_of_a_long_file_in_two_bytes_a_letter(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes((RECEIPT_HEADER + "\n" + (RECEIPT + "ਁ\n") * 20_000).encode("utf-16"))
    assert looks(path, PLAIN, NEEDED) == ("read as UTF-16, of which it has the mark",)
    assert headers_of(path)[0] == frozenset(RECEIPT_HEADER.split(","))


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize(("tail", "cut_off"), [("R2,T1,2026", 3), (RECEIPT.replace("R1", "R2"), 0)])
def test_a_file_is_cut_off_whatever_ends_its_lines(tmp_path: Path, end: str, tail: str, cut_off: int) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(end.join([RECEIPT_HEADER, RECEIPT, tail]).encode())
    assert read(path).cut_off == cut_off


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_column_may_be_called_line(tmp_path: Path, quote: str) -> None:
    text = f"Line,{RECEIPT_HEADER}\n7,{quote}R1{quote}{RECEIPT[2:]}\nx,,T1\n"
    result = take(tmp_path / "r.csv", text)
    assert result.frame["receipt_id"].tolist() == ["R1"]
    assert result.lines.tolist() == [2]
    assert result.rejects["line"].tolist() == [3]
    assert result.notes == ("column line is not used",)


def test_a_column_called_line_may_be_the_one_that_is_meant(tmp_path: Path) -> None:
    text = "receipt_id,line,product_id,quantity,unit_price,discount,line_total\nR1,7,P1,1,10.00,0.00,10.00\n"
    result = take(tmp_path / "l.csv", text, Layout("receipt_lines", columns={"line_no": ("Line",)}), "receipt_lines")
    assert result.frame["line_no"].tolist() == [7]


def test_a_quoted_name_in_the_header_may_hold_the_delimiter(tmp_path: Path) -> None:
    quoted = '","'.join(RECEIPT_HEADER.split(","))
    result = take(tmp_path / "r.csv", f'\ufeff"Note, internal","{quoted}"\nx,{RECEIPT}\n')
    assert result.frame["receipt_id"].tolist() == ["R1"]
    assert result.notes == ("has a byte order mark", "column note, internal is not used")


def test_of_many_columns_that_nobody_needs_the_first_are_named(tmp_path: Path) -> None:
    more = ",".join(f"c{n}" for n in range(200))
    result = take(tmp_path / "r.csv", f"{RECEIPT_HEADER},{more}\n{RECEIPT},{more}\n")
    assert result.notes == ("column c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 190 more is not used",)
    assert len(result.frame) == 1


def receipts_of_parquet(path: Path, **columns: object) -> Sifted:
    given: dict[str, object] = {
        "receipt_id": ["R1", "R2"],
        "till_id": "T1",
        "sold_at": pd.to_datetime(["2026-03-02", "2026-03-03"]),
        "kind": "sale",
        "total": [12.9, 5.0],
        "currency": "EUR",
    }
    pd.DataFrame(given | columns).to_parquet(path)
    return sift(read(path), SOURCES["receipts"], Shop("Europe/Berlin", "EUR"), path.name)


def test_times_of_parquet_may_all_be_midnight(tmp_path: Path) -> None:
    result = receipts_of_parquet(tmp_path / "r.parquet")
    assert [at.isoformat() for at in result.frame["sold_at"]] == [
        "2026-03-01T23:00:00+00:00",
        "2026-03-02T23:00:00+00:00",
    ]


def test_times_of_parquet_may_be_missing_or_have_a_zone(tmp_path: Path) -> None:
    times = pd.Series(pd.to_datetime(["2026-03-02 10:00", "NaT"])).dt.tz_localize("Asia/Shanghai")
    result = receipts_of_parquet(tmp_path / "r.parquet", sold_at=times)
    assert [at.isoformat() for at in result.frame["sold_at"]] == ["2026-03-02T02:00:00+00:00"]
    assert result.rejects["rule"].tolist() == ["must not be empty"]


@pytest.mark.parametrize("amount", [np.inf, -np.inf, 1e19, 2.0**53, 1e300])
def test_an_amount_that_no_float_can_hold_is_a_row_that_is_refused(tmp_path: Path, amount: float) -> None:
    result = receipts_of_parquet(tmp_path / "r.parquet", total=[amount, 5.0])
    assert result.frame["receipt_id"].tolist() == ["R2"]
    assert result.rejects[["line", "column"]].to_numpy().tolist() == [[1, "total"]]


def test_parquet_may_have_a_column_line_and_one_of_lists(tmp_path: Path) -> None:
    result = receipts_of_parquet(tmp_path / "r.parquet", line=[7, 8], items=[[1], [2, 3]])
    assert result.frame["receipt_id"].tolist() == ["R1", "R2"]
    assert result.lines.tolist() == [1, 2]


@pytest.mark.slow
def test_quotes_line_ends_and_damage_anywhere_never_lose_a_row_in_silence(tmp_path: Path) -> None:
    """Every line of a file is in a row that is kept, dropped or told."""
    rng = np.random.default_rng(7)
    for number in range(60):
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(RECEIPT_HEADER.split(","))
        for n in range(8):
            writer.writerow(
                [f"R{n}", "T1", "2026-03-02T10:30:00", "sale", "1.00", "EUR", 'a "b", c' if n % 2 else "", ""]
            )
        text = out.getvalue()
        at = int(rng.integers(len(RECEIPT_HEADER) + 1, len(text) - 1))
        damaged = text[:at] + str(rng.choice(['"', '""', ",", "\n", '"\n'])) + text[at:]
        result = take(tmp_path / f"{number}.csv", damaged)
        lost = {f"R{n}" for n in range(8)} - set(result.frame["receipt_id"])
        assert len(lost) <= 2, damaged
        assert result.rows_rejected >= len(lost) or len(result.frame) >= 8, damaged


@pytest.mark.parametrize(
    ("word", "encoding"),
    [
        *((word, "cp1252") for word in ("Hüte", "Öl", "Käse", "Tüte", "Übergröße", "Soße", "Åse", "ÜBERGRÖSSE", "Süß")),
        *((word, "gb18030") for word in ("牛奶", "围巾", "茶", "牙膏", "香蕉", "红色羊毛衫（大）")),
    ],
)
@pytest.mark.parametrize("rows", [1, 3, 20])
def test_a_file_of_one_word_says_in_which_encoding_it_is(tmp_path: Path, word: str, encoding: str, rows: int) -> None:
    lines = (f"P{n},9521101000016,{word},,x,10.00,4.00\n" for n in range(rows))
    text = "product_id,gtin,name,description,category,price,cost\n" + "".join(lines)
    path = tmp_path / "p.csv"
    path.write_bytes(text.encode(encoding))
    assert set(read(path).rows["name"]) == {word}
