"""What the settings say of files reaches the import, and what they cannot mean is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from analytics.cli import main
from analytics.cli.files import rules_of
from analytics.results import open_results
from analytics.settings import SettingsError, load
from analytics.sources import Layout

from .small_shop import RECEIPT_HEADER, open_shop

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = """
[database]
path = "footfall.sqlite"
[sources]
inbox = "inbox"
settle_s = 0
tills = ["K1"]
tax = "excluded"
[sources.rates]
USD = "0.92"
[[sources.format]]
kind = "receipts"
files = "kasse*"
columns = { receipt_id = ["Kasse", "Bon"], till_id = "Kasse", sold_at = "Zeit", kind = "Art", total = "Betrag" }
constants = { currency = "USD" }
dates = "%d.%m.%Y %H:%M"
delimiter = ";"
decimal = ","
thousands = "."
encoding = "latin-1"
kinds = { sale = ["Verkauf", "V"] }
signed = true
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings with an inbox and a till that writes its own form."""
    open_shop(tmp_path / "footfall.sqlite")
    (tmp_path / "inbox").mkdir()
    path = tmp_path / "analytics.toml"
    path.write_text(FORMAT, encoding="utf-8")
    return path


def test_every_key_reaches_the_import(config: Path) -> None:
    rules = rules_of(load(config))
    assert rules.layouts == (
        Layout(
            kind="receipts",
            files="kasse*",
            columns={
                "receipt_id": ("Kasse", "Bon"),
                "till_id": ("Kasse",),
                "sold_at": ("Zeit",),
                "kind": ("Art",),
                "total": ("Betrag",),
            },
            constants={"currency": "USD"},
            dates="%d.%m.%Y %H:%M",
            delimiter=";",
            decimal=",",
            thousands=".",
            encoding="iso8859-1",
            kinds={"verkauf": "sale", "v": "sale"},
            signed=True,
        ),
    )
    assert (rules.inbox, rules.tills, rules.tax, dict(rules.rates)) == (
        config.parent / "inbox",
        ("K1",),
        "excluded",
        {"USD": "0.92"},
    )
    assert (rules.settle_s, rules.corrections) == (0, True)


def test_the_inbox_is_imported_every_time_and_files_stay(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = config.parent / "inbox"
    text = "Umsätze\nKasse;Bon;Zeit;Art;Betrag\nK1;1;02.03.2026 10:30;V;1.000,00\nK1;2;02.03.2026 10:31;V;-5,00\n"
    (inbox / "kasse.csv").write_bytes(text.encode("latin-1"))
    (inbox / "letter.txt").write_text("Dear colleague\n", encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 0
    looks = capsys.readouterr().out
    assert f"{inbox / 'kasse.csv'}: 1 line above the header left out: 'Umsätze'" in looks
    assert f"{inbox / 'letter.txt'}: neither name nor header" in looks
    assert main(["import", "--config", str(config)]) == 0
    told = capsys.readouterr().err
    assert f"{inbox / 'kasse.csv'}: read as iso8859-1, as stated; 1 line above the header left out: 'Umsätze'" in told
    assert f"{inbox / 'letter.txt'}: neither name nor header" in told
    results = open_results(config.parent / "footfall.sqlite")
    with results.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT receipt_id, kind, total_minor, original_total_minor FROM receipt ORDER BY 1"
        ).all()
    results.close()
    assert [tuple(row) for row in rows] == [("K1-1", "sale", 92000, 100000), ("K1-2", "return", 460, 500)]
    assert main(["import", "--config", str(config)]) == 0
    assert "known" in capsys.readouterr().out
    assert (inbox / "kasse.csv").is_file()


def test_a_file_that_is_still_being_written_is_no_failure(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = config.parent / "inbox" / "receipts.csv.part"
    part.write_text(RECEIPT_HEADER, encoding="utf-8")
    assert main(["import", "--config", str(config)]) == 0
    assert capsys.readouterr().err == (f"footfall-analytics: {part}: is still being written; left for the next run\n")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (
            'kind = "receipts"',
            'kind = "receipt"',
            "sources.format[0]: kind: 'receipt': unknown kind; known are products",
        ),
        ("till_id = ", "till = ", "sources.format[0]: columns: 'till': unknown column; known are receipt_id, till_id"),
        ('thousands = "."', 'thousands = ","', "sources.format[0]: thousands: ',': must differ from decimal"),
        ('USD = "0.92"', 'QQQ = "0.92"', "sources.rates: 'QQQ': no currency has this code"),
        ('USD = "0.92"', 'USD = "0,92"', "sources.rates.USD: '0,92': must be a decimal number over 0 in quotes"),
        ('USD = "0.92"', 'USD = "-1"', "sources.rates.USD: '-1': must be a decimal number over 0 in quotes"),
        ('USD = "0.92"', "USD = 0.92", "sources.rates.USD: 0.92: must be text"),
        ('"latin-1"', '"latin-99"', "sources.format[0].encoding: 'latin-99': no encoding of this name is known"),
        ('delimiter = ";"', 'delimiter = "x"', "sources.format[0].delimiter: 'x': must be a comma, a semicolon, a tab"),
        ("settle_s = 0", "settle_s = -1.0", "sources.settle_s: -1.0: must be at least 0"),
        ('dates = "%d', 'date = "%d', "sources.format[0].date: '%d.%m.%Y %H:%M': unknown key; did you mean 'dates'?"),
    ],
)
def test_what_the_settings_cannot_mean_is_refused(config: Path, old: str, new: str, error: str) -> None:
    config.write_text(FORMAT.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        rules_of(load(config))
    assert raised.value.errors[0].startswith(f"{config}: {error}")


def test_the_forms_shown_in_the_documents_are_right(root: Path, tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", (root / "docs" / "sales.md").read_text(encoding="utf-8"), re.DOTALL)
    text = (root / "config" / "analytics.toml").read_text(encoding="utf-8")
    block = text[text.index("# [[sources.format]]") :].split("\n\n")[0]
    path = tmp_path / "a.toml"
    for example in (shown, "\n".join(line.removeprefix("# ") for line in block.splitlines())):
        path.write_text(example, encoding="utf-8")
        (layout,) = rules_of(load(path)).layouts
        assert layout.columns["sold_at"] == ("Datum", "Zeit")
        assert layout.kinds["verkauf"] == "sale"
