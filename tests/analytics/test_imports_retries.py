"""What is tried again, what is not, and what trying again must leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics.frames import LINES, PAYMENTS, RECEIPTS
from analytics.imports import FileOutcome, ImportRules, import_all
from analytics.results import Results, open_results, refused_files
from analytics.sources import Shop, SourceError, sift, size_of

from .small_shop import LINE_HEADER, RECEIPT_HEADER, open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOP = Shop("Europe/Berlin", "EUR")
RECEIPT = "A1,T1,2026-03-02T11:00:00,sale,30.00,EUR,,"


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    """The results of a shop that has imported nothing yet."""
    opened = open_results(open_shop(tmp_path / "footfall.sqlite"))
    yield opened
    opened.close()


class Files:
    """The shop's files, imported one after the other every night.

    Args:
        results: Where they go.
        folder: Where they lie.
    """

    def __init__(self, results: Results, folder: Path) -> None:
        self._results, self._folder = results, folder
        self._files: dict[str, list[Path]] = {}

    def add(self, kind: str, *rows: str, header: str = "") -> None:
        """One more file."""
        heads = {"receipts": RECEIPT_HEADER, "receipt_lines": LINE_HEADER}
        head = header or heads.get(kind, "receipt_id,payment_no,method,amount")
        path = self._folder / f"{kind}{len(self._files.get(kind, ()))}.csv"
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        self._files.setdefault(kind, []).append(path)

    def take(self, kind: str, path: Path) -> None:
        """A file that is there already."""
        self._files.setdefault(kind, []).append(path)

    def forget(self, path: Path) -> None:
        """A file that was taken away."""
        for paths in self._files.values():
            if path in paths:
                paths.remove(path)

    def night(self, shop: Shop = SHOP, rules: ImportRules | None = None) -> dict[str, FileOutcome]:
        """Imports them all; by name without ending."""
        outcomes = import_all(self._results, self._files, shop, self._folder / "rejects", rules)
        return {outcome.path.stem: outcome for outcome in outcomes}


@pytest.fixture
def files(results: Results, tmp_path: Path) -> Files:
    """None yet."""
    return Files(results, tmp_path)


@pytest.mark.slow
def test_lines_that_a_later_file_took_away_do_not_come_back(results: Results, files: Files) -> None:
    """The first file is read again every night for its line without receipt; the second says the sale otherwise."""
    files.add("receipts", RECEIPT)
    files.add("receipt_lines", "A1,1,P1,1,10.00,0.00,10.00", "A1,2,P2,1,20.00,0.00,20.00", "ZZ,1,P1,1,1.00,0.00,1.00")
    files.add("payments", "A1,1,cash,10.00", "A1,2,card,20.00", "ZZ,1,cash,1.00")
    files.night()
    files.add("receipt_lines", "A1,1,P3,1,30.00,0.00,30.00")
    files.add("payments", "A1,1,card,30.00")
    for _ in range(3):
        told = files.night()
        assert told["receipt_lines0"].rejects is not None
        assert results.read(LINES)[["line_no", "product_id"]].to_numpy().tolist() == [[1, "P3"]]
        assert results.read(PAYMENTS)["method"].tolist() == ["card"]


@pytest.mark.slow
def test_a_file_with_lines_of_two_receipts_adds_those_of_the_receipt_that_came_late(
    results: Results, files: Files
) -> None:
    files.add("receipts", RECEIPT)
    files.add("receipt_lines", "A1,1,P1,1,30.00,0.00,30.00", "A2,1,P1,1,30.00,0.00,30.00")
    files.night()
    files.add("receipts", RECEIPT.replace("A1", "A2"))
    told = files.night()["receipt_lines0"]
    assert (told.rejects, told.imported and told.imported.rows_new) == (None, 1)
    assert results.read(LINES)["receipt_id"].tolist() == ["A1", "A2"]
    assert files.night()["receipt_lines0"].known


@pytest.mark.parametrize(
    "row",
    [
        "Summe,,,,30.00,,,",
        RECEIPT.replace("30.00", "-1.00"),
        RECEIPT.replace("11:00:00", "never"),
        RECEIPT.replace("EUR", "QQQ"),
        "A1,T1",
        RECEIPT.replace("30.00", "31.00"),
    ],
)
def test_what_no_other_file_can_put_right_is_not_read_again(files: Files, row: str) -> None:
    """Or a file whose last row is a sum would cost time every night for ever."""
    files.add("receipts", RECEIPT, row)
    first = files.night()["receipts0"]
    assert first.rejects is not None
    assert first.rejects.exists()
    second = files.night()["receipts0"]
    assert second.known
    assert second.imported == first.imported
    assert first.rejects.exists()


@pytest.mark.parametrize(
    ("row", "shop", "fixed"),
    [
        (RECEIPT, Shop("Europe/Berlin", "EUR", tills=("T2",)), Shop("Europe/Berlin", "EUR", tills=("T1", "T2"))),
        (RECEIPT.replace("EUR", "USD"), SHOP, Shop("Europe/Berlin", "EUR", rates={"USD": "0.5"})),
        (RECEIPT + ",31.00", SHOP, Shop("Europe/Berlin", "EUR", tax="excluded")),
    ],
)
def test_what_the_settings_put_right_comes_in_the_next_night(
    results: Results, files: Files, row: str, shop: Shop, fixed: Shop
) -> None:
    files.add("receipts", row, header=RECEIPT_HEADER + (",tax" if row.count(",") > RECEIPT_HEADER.count(",") else ""))
    assert files.night(shop)["receipts0"].rejects is not None
    told = files.night(fixed)["receipts0"]
    assert told.rejects is None
    assert results.read(RECEIPTS)["receipt_id"].tolist() == ["A1"]
    assert files.night(fixed)["receipts0"].known


def test_a_correction_that_was_refused_comes_in_once_corrections_are_allowed(results: Results, files: Files) -> None:
    """It came as a later file, so it is not one of those that only add."""
    strict = ImportRules(corrections=False)
    files.add("receipts", RECEIPT)
    files.night(rules=strict)
    files.add("receipts", RECEIPT.replace("30.00", "31.00"))
    assert files.night(rules=strict)["receipts1"].rejects is not None
    assert results.read(RECEIPTS)["total_minor"].tolist() == [3000]


def test_a_file_that_brings_a_mistake_of_ours_to_light_keeps_no_other_out(
    results: Results, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.add("receipts", RECEIPT)
    files.add("receipts", RECEIPT.replace("A1", "A2"))

    def stumble(raw: object, source: object, shop: object, name: str, layout: object) -> object:
        if name.endswith("receipts0.csv"):
            raise ZeroDivisionError("by nothing")
        return sift(raw, source, shop, name, layout)  # type: ignore[arg-type]

    monkeypatch.setattr("analytics.imports.importing.sift", stumble)
    told = files.night()
    assert (told["receipts0"].error or "").endswith("receipts0.csv: ZeroDivisionError: by nothing")
    assert results.read(RECEIPTS)["receipt_id"].tolist() == ["A2"]


def test_a_file_that_cannot_be_read_is_known_until_it_can_or_is_gone(results: Results, files: Files) -> None:
    files.add("receipts", RECEIPT, header=RECEIPT_HEADER.replace("sold_at", "when"))
    files.add("receipts", RECEIPT)
    files.add("receipt_lines", "A1,1", header="receipt_id,line_no")
    for _ in range(2):
        told = files.night()
        known = refused_files(results)
        assert [Path(file).stem for file in known] == ["receipt_lines0", "receipts0"]
        assert [kind for kind, _ in known.values()] == ["receipt_lines", "receipts"]
        assert known[str(told["receipts0"].path)] == ("receipts", told["receipts0"].error)
    told["receipts0"].path.write_text(f"{RECEIPT_HEADER}\n{RECEIPT.replace('A1', 'A2')}\n", encoding="utf-8")
    told["receipt_lines0"].path.unlink()
    files.forget(told["receipt_lines0"].path)
    files.night()
    assert refused_files(results) == {}
    assert results.read(RECEIPTS)["receipt_id"].tolist() == ["A1", "A2"]


@pytest.mark.slow
def test_a_file_that_would_not_fit_into_memory_is_named_and_waits(results: Results, files: Files) -> None:
    files.add("receipts", *(RECEIPT.replace("A1", f"A{n}") for n in range(1000)))
    files.add("receipts", RECEIPT)
    told = files.night(rules=ImportRules(most_mb=0.02))
    assert (told["receipts0"].error or "").endswith("MB, more than most_mb = 0.02: export it in parts, such as months")
    assert results.read(RECEIPTS)["receipt_id"].tolist() == ["A1"]
    assert files.night()["receipts0"].error is None


def test_a_parquet_file_has_the_size_of_what_is_packed_in_it(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    rows = pd.DataFrame({"receipt_id": [f"R{n}" for n in range(50_000)], "till_id": "T1"})
    rows.to_parquet(path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 500_000 < size_of(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SourceError, match="no readable Parquet file"):
        size_of(path)
    path.unlink()
    with pytest.raises(SourceError, match="No such file"):
        size_of(path)


def test_a_file_with_a_very_long_name_has_rejects_all_the_same(files: Files, tmp_path: Path) -> None:
    path = tmp_path / ("羊" * 80 + ".csv")
    path.write_text(f"{RECEIPT_HEADER}\nA1\nA2\n", encoding="utf-8")
    files.take("receipts", path)
    (told,) = files.night().values()
    assert told.rejects is not None
    assert told.rejects.read_text(encoding="utf-8").count("cut off or ragged") == 2
