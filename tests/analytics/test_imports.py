"""Files into tables: twice changes nothing, a repaired file heals, a later file wins, one bad file stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics.frames import LINES, MEMBERS, PRODUCTS, RECEIPTS, RFID_READS
from analytics.imports import FileOutcome, import_all
from analytics.results import Results, open_results
from analytics.sources import Shop

from .small_shop import LINE_HEADER, RECEIPT_HEADER, open_shop, sell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SHOP = Shop("Europe/Berlin", "EUR")
SALES = (RECEIPTS, LINES, RFID_READS, MEMBERS, PRODUCTS)


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    """The results of a shop that has imported nothing yet."""
    opened = open_results(open_shop(tmp_path / "footfall.sqlite"))
    yield opened
    opened.close()


def take_in(results: Results, folder: Path, files: Mapping[str, Sequence[Path]]) -> list[FileOutcome]:
    """Imports files; rejects go to ``rejects`` in the folder."""
    return list(import_all(results, files, SHOP, folder / "rejects"))


def one(folder: Path, name: str, *rows: str) -> Path:
    """A CSV of these rows."""
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_the_same_files_twice_change_nothing(results: Results, tmp_path: Path) -> None:
    files = sell(tmp_path / "sales")
    first = take_in(results, tmp_path, files)
    assert [(o.kind, o.imported.rows_new) for o in first if o.imported] == [
        ("products", 1),
        ("members", 3),
        ("receipts", 3),
        ("receipt_lines", 3),
        ("rfid_reads", 1),
    ]
    before = [results.read(contract) for contract in SALES]
    assert all(outcome.known for outcome in take_in(results, tmp_path, files))
    copies = {kind: [path.rename(path.with_suffix(".again.csv")) for path in paths] for kind, paths in files.items()}
    assert all(outcome.known for outcome in take_in(results, tmp_path, copies))
    for contract, frame in zip(SALES, before, strict=True):
        pd.testing.assert_frame_equal(results.read(contract), frame)


@pytest.mark.slow
def test_the_same_rows_in_another_file_change_nothing(results: Results, tmp_path: Path) -> None:
    files = sell(tmp_path / "sales")
    take_in(results, tmp_path, files)
    text = files["receipts"][0].read_text(encoding="utf-8").replace(",", ";")
    other = tmp_path / "semicolons.csv"
    other.write_text(text, encoding="utf-8")
    (outcome,) = take_in(results, tmp_path, {"receipts": [other]})
    assert outcome.imported is not None
    assert (outcome.imported.rows_kept, outcome.imported.rows_new, outcome.imported.rows_changed) == (3, 0, 0)


def test_a_later_file_wins_and_says_how_many_rows_it_changed(results: Results, tmp_path: Path) -> None:
    old = one(tmp_path, "a.csv", RECEIPT_HEADER, "R1,T1,2026-03-02T10:30:00,sale,3.00,EUR,,")
    new = one(tmp_path, "b.csv", RECEIPT_HEADER, "R1,T1,2026-03-02T10:30:00,void,3.00,EUR,,")
    outcomes = take_in(results, tmp_path, {"receipts": [old, new]})
    assert [o.imported.rows_changed for o in outcomes if o.imported] == [0, 1]
    assert results.read(RECEIPTS)["kind"].tolist() == ["void"]
    take_in(results, tmp_path, {"receipts": [old, new]})  # every night again
    assert results.read(RECEIPTS)["kind"].tolist() == ["void"]


def test_rejects_are_set_aside_with_line_column_value_and_rule(results: Results, tmp_path: Path) -> None:
    path = one(
        tmp_path,
        "r.csv",
        RECEIPT_HEADER,
        "R1,T1,2026-03-02T10:30:00,sale,-3.00,EUR,,",
        "R2,T1,2026-03-02T10:31:00,sale,4.00,EUR,,",
    )
    (outcome,) = take_in(results, tmp_path, {"receipts": [path]})
    assert outcome.rejects is not None
    assert outcome.rejects.read_text(encoding="utf-8").splitlines() == [
        "line,column,value,rule",
        "2,total,-3.00,must not be negative: the kind carries the sign",
    ]
    assert results.read(RECEIPTS)["receipt_id"].tolist() == ["R2"]


def test_a_repaired_file_heals_and_clears_its_rejects(results: Results, tmp_path: Path) -> None:
    broken = "R1,T1,2026-03-02T10:30:00,sale,3.00,EUR,"
    path = one(tmp_path, "r.csv", RECEIPT_HEADER, broken)
    (outcome,) = take_in(results, tmp_path, {"receipts": [path]})
    assert outcome.rejects is not None
    aside = outcome.rejects
    assert aside.is_file()
    one(tmp_path, "r.csv", RECEIPT_HEADER, f"{broken},")
    (outcome,) = take_in(results, tmp_path, {"receipts": [path]})
    assert outcome.rejects is None
    assert not aside.exists()
    assert results.read(RECEIPTS)["receipt_id"].tolist() == ["R1"]


@pytest.mark.slow
def test_lines_that_came_before_their_receipt_are_taken_in_the_next_night(results: Results, tmp_path: Path) -> None:
    lines = one(tmp_path, "lines.csv", LINE_HEADER, "R1,1,P1,1,3.00,0.00,3.00")
    (outcome,) = take_in(results, tmp_path, {"receipt_lines": [lines]})
    assert outcome.imported is not None
    assert outcome.imported.rows_rejected == 1
    receipts = one(tmp_path, "receipts.csv", RECEIPT_HEADER, "R1,T1,2026-03-02T10:30:00,sale,3.00,EUR,,")
    outcomes = take_in(results, tmp_path, {"receipts": [receipts], "receipt_lines": [lines]})
    assert [o.imported.rows_new for o in outcomes if o.imported] == [1, 1]
    assert len(results.read(LINES)) == 1


def test_a_file_read_again_for_its_rejects_does_not_undo_a_later_correction(results: Results, tmp_path: Path) -> None:
    good, broken = "R1,T1,2026-03-02T10:30:00,sale,3.00,EUR,,", "R2,T1,never,sale,3.00,EUR,,"
    old = one(tmp_path, "a.csv", RECEIPT_HEADER, good, broken)
    new = one(tmp_path, "b.csv", RECEIPT_HEADER, good.replace("sale", "void"))
    for _ in range(3):
        take_in(results, tmp_path, {"receipts": [old, new]})
        assert results.read(RECEIPTS)["kind"].tolist() == ["void"]


def test_a_shorter_version_of_a_receipt_drops_the_lines_it_no_longer_has(results: Results, tmp_path: Path) -> None:
    sale = "R1,T1,2026-03-02T10:30:00,sale,{},EUR,,"
    two = ["R1,1,P1,1,1.00,0.00,1.00", "R1,2,P1,1,2.00,0.00,2.00"]
    old = {"receipts": [one(tmp_path, "r.csv", RECEIPT_HEADER, sale.format("3.00"))]}
    take_in(results, tmp_path, old | {"receipt_lines": [one(tmp_path, "l.csv", LINE_HEADER, *two)]})
    new = {"receipts": [one(tmp_path, "r2.csv", RECEIPT_HEADER, sale.format("1.00"))]}
    outcomes = take_in(results, tmp_path, new | {"receipt_lines": [one(tmp_path, "l2.csv", LINE_HEADER, two[0])]})
    assert [o.imported.rows_changed for o in outcomes if o.imported] == [1, 1]
    assert results.read(LINES)["line_no"].tolist() == [1]


def test_one_unreadable_file_stops_no_other_and_changes_nothing(results: Results, tmp_path: Path) -> None:
    files = sell(tmp_path / "sales")
    files["receipts"].insert(0, tmp_path / "gone.csv")
    files["members"][0].write_bytes(b"member_id\n\x81\n")
    outcomes = take_in(results, tmp_path, files)
    errors = [o.error for o in outcomes if o.error]
    assert errors == [
        f"{files['members'][0]}: line 2: byte 1 (0x81) is neither UTF-8, GB18030 nor Latin-1; save the file as UTF-8",
        f"{tmp_path / 'gone.csv'}: No such file or directory",
    ]
    assert [len(results.read(c)) for c in SALES] == [3, 3, 1, 0, 1]
