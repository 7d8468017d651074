"""Files as tills write them: encodings, delimiters, titles, dates, columns and amounts of another form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.sources import (
    SOURCES,
    Layout,
    Shop,
    Sifted,
    SourceError,
    headers_of,
    layout_of,
    looks,
    needed,
    read,
    sift,
)

from .small_shop import LINE_HEADER, RECEIPT_HEADER

if TYPE_CHECKING:
    from pathlib import Path

SHOP = Shop("Europe/Berlin", "EUR")
MEMBER_HEADER = "member_id,joined_on,age_band,gender,province,consent"
PRODUCT_HEADER = "product_id,gtin,name,description,category,price,cost"
CHINESE = f"{PRODUCT_HEADER}\nP1,9521101000016,皮鞋,黑色的皮鞋,鞋,10.00,4.00\n"
GERMAN = f"{PRODUCT_HEADER}\nP1,9521101000016,Müllers Schuh,für große Füße,Schuhe,10.00,4.00\n"
GERMAN_TILL = Layout(
    kind="receipts",
    columns={
        "receipt_id": ("Kasse", "BonNr"),
        "till_id": ("Kasse",),
        "sold_at": ("Datum", "Zeit"),
        "kind": ("Art",),
        "total": ("Betrag",),
    },
    constants={"currency": "EUR"},
    dates="%d.%m.%Y %H:%M:%S",
    delimiter=";",
    decimal=",",
    thousands=".",
    kinds={"v": "sale", "verkauf": "sale", "r": "return"},
)


def take(path: Path, kind: str, contents: str | bytes, layout: Layout | None = None) -> Sifted:
    """A file of these contents, read and sifted as the import does it."""
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    layout = Layout() if layout is None else layout
    source = SOURCES[kind]
    return sift(read(path, layout, needed(source, layout)), source, SHOP, path.name, layout)


def receipts(*times: str) -> str:
    """Receipts at these times."""
    rows = (f"R{n},T1,{time},sale,1.00,EUR,," for n, time in enumerate(times))
    return "\n".join([RECEIPT_HEADER, *rows]) + "\n"


@pytest.mark.parametrize(
    ("text", "encoding", "name", "note"),
    [
        (CHINESE, "utf-8", "皮鞋", ()),
        (CHINESE, "gb18030", "皮鞋", ("read as GB18030",)),
        (GERMAN, "utf-8", "Müllers Schuh", ()),
        (GERMAN, "utf-8-sig", "Müllers Schuh", ("has a byte order mark",)),
        (GERMAN, "latin-1", "Müllers Schuh", ("read as Latin-1 (Windows-1252)",)),
        (GERMAN.replace("Müllers", "Café 10 €"), "cp1252", "Café 10 € Schuh", ("read as Latin-1 (Windows-1252)",)),
        (GERMAN.replace("für große Füße", "f"), "latin-1", "Müllers Schuh", ("read as Latin-1 (Windows-1252)",)),
        (CHINESE.replace("皮鞋,黑色的皮鞋,鞋", "黑鞋,x,y"), "gb18030", "黑鞋", ("read as GB18030",)),
    ],
)
def test_the_encoding_is_detected_and_said(
    tmp_path: Path, text: str, encoding: str, name: str, note: tuple[str, ...]
) -> None:
    result = take(tmp_path / "p.csv", "products", text.encode(encoding))
    assert result.frame["name"].tolist() == [name]
    assert tuple(told.split(":")[0] for told in result.notes) == note
    assert looks(tmp_path / "p.csv") == result.notes


def test_how_sure_the_encoding_is_is_said(tmp_path: Path) -> None:
    sure = take(tmp_path / "a.csv", "products", GERMAN.replace("Müllers", "Café,").replace(", ", " ").encode("latin-1"))
    assert sure.notes == ("read as Latin-1 (Windows-1252): no other known encoding fits",)
    unsure = take(tmp_path / "b.csv", "products", CHINESE.encode("gb18030"))
    assert unsure.notes == (
        "read as GB18030: Latin-1 (Windows-1252) would do, too, but is less likely: state encoding",
    )


def test_a_stated_encoding_is_held_to(tmp_path: Path) -> None:
    layout = Layout(encoding="cp1252")
    assert take(tmp_path / "a.csv", "products", GERMAN.encode("cp1252"), layout).frame["name"][0] == "Müllers Schuh"
    with pytest.raises(SourceError, match=r"b\.csv: line 2: byte 19 \(0xFC\) is not utf-8, which the settings state"):
        take(tmp_path / "b.csv", "products", GERMAN.encode("cp1252"), Layout(encoding="utf-8"))


@pytest.mark.parametrize(("first", "second"), [("utf-8", "latin-1"), ("latin-1", "utf-8")])
def test_two_encodings_in_one_file_are_refused_by_line(tmp_path: Path, first: str, second: str) -> None:
    one, other = (f"P{n},9521101000016,Müller,für,Schuhe,10.00,4.00\n" for n in (1, 2))
    contents = f"{PRODUCT_HEADER}\n".encode() + one.encode(first) + other.encode(second)
    wrong, right = (3, 2) if first == "utf-8" else (2, 3)
    with pytest.raises(SourceError, match=rf"line {wrong}: byte 19 \(0xFC\) is not UTF-8, line {right} is: two enc"):
        take(tmp_path / "p.csv", "products", contents)


def test_a_byte_that_no_encoding_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"line 2: byte 4 \(0x81\) is neither UTF-8, GB18030 nor Latin-1"):
        take(tmp_path / "m.csv", "members", f"{MEMBER_HEADER}\nM1,\x81,2025-01-01,,,,true\n".encode("latin-1"))


def test_lines_above_the_header_are_left_out_where_the_header_is_sure(tmp_path: Path) -> None:
    title = "Umsatzbericht;Filiale 7;;\n\nErstellt;am 3. 3.;;\n"
    text = title + receipts("2026-03-02T10:30:00", "x").replace(",", ";")
    result = take(tmp_path / "r.csv", "receipts", text)
    assert result.notes == ("semicolon-separated", "2 lines above the header left out: 'Umsatzbericht;Filiale 7;;'")
    assert result.frame["receipt_id"].tolist() == ["R0"]
    assert result.rejects["line"].tolist() == [6], "lines are counted from the file's begin"
    with pytest.raises(
        SourceError, match=r"column receipt_id.* is missing; the header has umsatzbericht, filiale 7, .column 3."
    ):
        take(tmp_path / "r.csv", "receipts", text.replace("total;", "sum;"))


def test_two_exports_in_one_file_are_read_and_their_second_header_is_named(tmp_path: Path) -> None:
    first, second = (f"{RECEIPT_HEADER}\nR{n},T1,2026-03-02T10:30:00,sale,1.00,EUR,,\n" for n in (1, 2))
    result = take(tmp_path / "r.csv", "receipts", "\ufeff" + first + "\ufeff" + second)
    assert result.frame["receipt_id"].tolist() == ["R1", "R2"]
    assert result.rejects[["line", "rule"]].to_numpy().tolist() == [[3, "is the header row once more"]]


@pytest.mark.parametrize(
    ("contents", "layout", "message"),
    [
        (
            f"{RECEIPT_HEADER}\nR1;T1;2026-03-02T10:30:00;sale;1.00;EUR;;\n",
            Layout(),
            "line 2: semicolon-separated, the header comma-separated: state the delimiter, or export again",
        ),
        (
            receipts("2026-03-02T10:30:00"),
            Layout(delimiter=";"),
            "line 1: has no semicolon, which the settings state as delimiter, but commas",
        ),
    ],
)
def test_a_file_in_the_wrong_delimiter_is_refused_as_a_whole(
    tmp_path: Path, contents: str, layout: Layout, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        take(tmp_path / "r.csv", "receipts", contents, layout)


@pytest.mark.parametrize(
    ("tail", "cut_off"),
    [
        ("R2,T1,2026-03", 3),
        ('R2,"T1,2026-03', 3),
        ("R2,T1,2026-03\n", 0),
        ("R2,T1,2026-03-02T10:30:00,sale,1.00,EUR,,", 0),
    ],
)
def test_a_file_that_ends_in_the_middle_of_a_row_says_so(tmp_path: Path, tail: str, cut_off: int) -> None:
    (tmp_path / "r.csv").write_text(receipts("2026-03-02T10:30:00") + tail, encoding="utf-8")
    assert read(tmp_path / "r.csv").cut_off == cut_off


def test_simple_and_quoted_files_are_read_alike(tmp_path: Path) -> None:
    plain = receipts("2026-03-02T10:30:00", "never", "2026-03-02T10:31:00")
    quoted = plain.replace("R1,", '"R1",')
    one, other = take(tmp_path / "a.csv", "receipts", plain), take(tmp_path / "b.csv", "receipts", quoted)
    assert one.frame.equals(other.frame)
    assert one.rejects.equals(other.rejects)
    assert one.lines.tolist() == other.lines.tolist() == [2, 4]


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "note"),
    [
        (("25.12.2025 10:30", "02.03.2026 9:05:07"), "sold_at is day-first"),
        (("12/25/2025 10:30", "03/02/2026 09:05:07"), "sold_at is month-first"),
    ],
)
def test_the_order_of_day_and_month_is_detected_where_it_is_sure(
    tmp_path: Path, times: tuple[str, str], note: str
) -> None:
    result = take(tmp_path / "r.csv", "receipts", receipts(*times))
    assert result.notes == (note,)
    assert [f"{t:%Y-%m-%d %H:%M:%S}" for t in result.frame["sold_at"]] == ["2025-12-25 09:30:00", "2026-03-02 08:05:07"]


def test_dates_that_may_be_read_in_two_ways_are_asked_about(tmp_path: Path) -> None:
    message = r"r\.csv: column sold_at: line 2: 02/03/2026 10:30 may be day-first or month-first: state dates"
    with pytest.raises(SourceError, match=message):
        take(tmp_path / "r.csv", "receipts", receipts("02/03/2026 10:30", "04/05/2026 10:30"))
    stated = take(tmp_path / "r.csv", "receipts", receipts("02/03/2026 10:30"), Layout(dates="month-first"))
    assert f"{stated.frame['sold_at'][0]:%m-%d}" == "02-03"


def test_day_first_and_month_first_dates_in_one_file_are_named(tmp_path: Path) -> None:
    times = ("01/02/2026 10:00", "25/12/2025 10:00", "12/24/2025 10:00")
    message = r"day-first \(line 3: 25/12/2025 10:00\) and month-first \(line 4: 12/24/2025 10:00\) in one file"
    with pytest.raises(SourceError, match=message):
        take(tmp_path / "r.csv", "receipts", receipts(*times))


def test_with_a_stated_form_other_dates_are_refused_row_by_row(tmp_path: Path) -> None:
    layout = Layout(dates="%d.%m.%Y %H:%M")
    result = take(tmp_path / "r.csv", "receipts", receipts("25.12.2025 10:30", "12.25.2025 10:30"), layout)
    assert result.rejects["rule"].tolist() == ["must be a date and time written as %d.%m.%Y %H:%M"]
    assert len(result.frame) == 1


def test_a_stated_form_with_an_offset_and_the_spring_gap(tmp_path: Path) -> None:
    aware = take(tmp_path / "a.csv", "receipts", receipts("02.03.26 10:30 +0900"), Layout(dates="%d.%m.%y %H:%M %z"))
    assert aware.frame["sold_at"][0].isoformat() == "2026-03-02T01:30:00+00:00"
    gap = take(tmp_path / "b.csv", "receipts", receipts("29.03.26 02:30"), Layout(dates="%d.%m.%y %H:%M"))
    assert gap.rejects["rule"].tolist() == ["does not exist in Europe/Berlin: the clocks go forward"]


def test_days_may_be_written_otherwise_too(tmp_path: Path) -> None:
    rows = f"{MEMBER_HEADER}\nM1,25.12.2025,,,,true\nM2,1.2.2026,,,,true\n"
    detected = take(tmp_path / "a.csv", "members", rows)
    stated = take(tmp_path / "b.csv", "members", rows, Layout(dates="%d.%m.%Y"))
    assert detected.frame.equals(stated.frame)
    assert [f"{d:%Y-%m-%d}" for d in stated.frame["joined_on"]] == ["2025-12-25", "2026-02-01"]


# --- columns, words and amounts --------------------------------------------------------------------------------------


def test_a_german_till_is_read_by_its_layout(tmp_path: Path) -> None:
    text = (
        "Kasse;BonNr;Datum;Zeit;Art;Betrag;Kassierer\n"
        "K1;17;02.03.2026;10:30:00;Verkauf;1.234,50;Kim\n"
        "K1;18;02.03.2026;10:31:00;R;7;Kim\n"
        "K2;17;02.03.2026;10:32:00;V;12,9;Kim\n"
        "K2;18;02.03.2026;10:33:00;Geschenk;12.90;Kim\n"
        "K2;19;02.03.2026;10:34:00;V;1.23,50;Kim\n"
    )
    result = take(tmp_path / "kasse.csv", "receipts", text.encode("latin-1"), GERMAN_TILL)
    assert result.frame["receipt_id"].tolist() == ["K1-17", "K1-18", "K2-17"]
    assert result.frame["total_minor"].tolist() == [123450, 700, 1290]
    assert result.frame["kind"].tolist() == ["sale", "return", "sale"]
    assert f"{result.frame['sold_at'][0]:%Y-%m-%d %H:%M}" == "2026-03-02 09:30"
    rows = result.rejects[["line", "column", "value", "rule"]].to_numpy().tolist()
    assert rows == [
        [5, "kind", "Geschenk", "must be one of sale, return, void, training"],
        [5, "total", "12.90", "must be a decimal number such as 1.234,90"],
        [6, "total", "1.23,50", "must be a decimal number such as 1.234,90"],
    ]
    assert result.notes == ("column kassierer is not used",)


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "minor"),
    [
        (".", ",", "1,234.50", 123450),
        (".", ",", "1,234,567", 123456700),
        (".", "'", "1'234.50", 123450),
        (",", " ", "1 234,50", 123450),
        (",", "", "0,29", 29),
        (".", ",", "1,23.50", None),
        (".", ",", "1234,567", None),
        (",", "", "0.29", None),
    ],
)
def test_amounts_are_read_exactly_in_their_own_form(
    tmp_path: Path, decimal: str, thousands: str, text: str, minor: int | None
) -> None:
    row = receipts("2026-03-02T10:30:00").replace("1.00", f'"{text}"')
    result = take(tmp_path / "r.csv", "receipts", row, Layout(decimal=decimal, thousands=thousands))
    assert result.frame["total_minor"].tolist() == ([] if minor is None else [minor])


def test_a_column_that_the_layout_names_must_be_there(tmp_path: Path) -> None:
    layout = Layout(columns={"total": ("Betrag",)})
    with pytest.raises(SourceError, match="column Betrag is missing; the header has receipt_id"):
        take(tmp_path / "r.csv", "receipts", receipts("2026-03-02T10:30:00"), layout)


def test_the_first_layout_that_fits_kind_and_name_holds() -> None:
    old, new = Layout("receipts", "old*", delimiter=";"), Layout("receipts", delimiter="\t")
    assert layout_of((old, new), "receipts", "old_1.csv") is old
    assert layout_of((old, new), "receipts", "new_1.csv") is new
    assert layout_of((old, new), "receipts", "push_1.jsonl") == Layout(), "what was pushed is in the documented form"
    assert layout_of((old, new), "members", "old_1.csv") == Layout()
    assert old.fingerprint != new.fingerprint
    assert Layout("receipts").fingerprint == ""


def test_the_header_of_any_file_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(f"Report\n{LINE_HEADER.replace(',', ';')}\n", encoding="utf-8")
    assert headers_of(tmp_path / "l.csv") == (frozenset({"report"}), frozenset(LINE_HEADER.split(",")))
    (tmp_path / "empty.csv").write_bytes(b"")
    assert headers_of(tmp_path / "empty.csv") == headers_of(tmp_path / "gone.csv") == ()


def test_own_words_of_any_column_are_put_into_the_documented_ones(tmp_path: Path) -> None:
    own = Layout(
        kind="members",
        words={"consent": {"ja": "true", "nein": "false"}, "gender": {"w": "female", "m": "male"}},
    )
    rows = "M1,2026-01-01,,W,,Ja\nM2,2026-01-01,,d,,nein\nM3,2026-01-01,,,,vielleicht\nM4,2026-01-01,,m,,true\n"
    found = take(tmp_path / "members.csv", "members", f"{MEMBER_HEADER}\n{rows}", own)
    assert found.frame["member_id"].tolist() == ["M1", "M2", "M4"]
    assert found.frame["consent"].tolist() == [True, False, True]
    assert found.frame["gender"].tolist() == ["female", "d", "male"]
    assert found.rejects["value"].tolist() == ["vielleicht"]
