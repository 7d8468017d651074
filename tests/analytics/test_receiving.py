"""Tills that push: what is answered, what is on the disk, and what is in the tables after the next import."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from analytics.receiving import Guard, Inbox, RefusedError, make_app
from analytics.receiving.serving import Gate
from analytics.sources import SOURCES, Shop, gather
from analytics.sources.jsonl import RowError, line_of, read_jsonl, rows_of
from analytics.sources.layout import LINE
from analytics.sources.pushed import FOLDER, SEEN, remembered, waiting

from .receiving_service import TOKEN, Service
from .small_shop import open_shop, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

NOW = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
SHOP = Shop("Europe/Berlin", "EUR")
SALE = {"receipt_id": "R1", "till_id": "T1", "sold_at": "2026-03-02T10:30:00", "kind": "sale"}
SALE |= {"total": "12.90", "currency": "EUR"}
VOID = SALE | {"kind": "void"}
KEYS = {"receipts": ("receipt_id",), "receipt_lines": ("receipt_id",), "rfid_reads": ("epc", "reader_id", "read_at")}


def body(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows).encode()


def inbox(folder: Path, now: datetime = NOW) -> Inbox:
    return Inbox(folder, SHOP, lambda: now)


def landed(folder: Path) -> list[list[str]]:
    """The kinds of receipts in every landed file."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jsonl"))]
    return [[json.loads(line)["kind"] for line in text.splitlines()] for text in texts]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return make_app(inbox(tmp_path), Guard(TOKEN, lambda: 0.0), 2_000).test_client()


def push(client: FlaskClient, data: bytes, kind: str = "receipts", **headers: str) -> tuple[int, Any]:
    given = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.post(f"/v1/{kind}", data=data, headers=given)
    return answer.status_code, answer.json


def test_a_batch_is_judged_answered_and_on_the_disk(client: FlaskClient, tmp_path: Path) -> None:
    status, told = push(client, body(SALE, SALE | {"receipt_id": "R2", "total": "-1"}, SALE, SALE | {"kind": "void"}))
    assert status == 202
    assert (told["rows"], told["kept"], told["rejected"], told["duplicates"]) == (4, 1, 2, 1)
    assert not told["repeated"]
    assert {(reject["row"], reject["column"]) for reject in told["rejects"]} == {(2, "total"), (4, "receipt_id")}
    assert all(reject["rule"] for reject in told["rejects"])
    (batch,) = waiting(tmp_path)
    path = tmp_path / FOLDER / batch.name
    assert [json.loads(line)["kind"] for line in path.read_text().splitlines()] == ["sale", "sale", "sale", "void"]
    assert path.stat().st_mode & 0o077 == 0


def test_the_same_rows_again_change_nothing_however_they_are_written(client: FlaskClient, tmp_path: Path) -> None:
    assert push(client, json.dumps(SALE).encode())[0] == 202
    spaced = json.dumps([{f" {name.upper()}": value for name, value in SALE.items()}], indent=2).encode()
    status, told = push(client, spaced)
    assert (status, told["repeated"], told["kept"]) == (200, True, 1)
    assert len(waiting(tmp_path)) == 1


def test_numbers_keep_their_digits_and_words_their_letters() -> None:
    (row,) = rows_of('{"total": 12.90, "big": 12345678901234567890123, "on": true, "off": null, "name": "鞋"}'.encode())
    assert row == {"total": "12.90", "big": "12345678901234567890123", "on": "true", "off": None, "name": "鞋"}
    assert json.loads(line_of(row)) == row


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "no JSON"),
        (b"[]", "an empty array"),
        (b"7", "must be an object"),
        (b'"text"', "must be an object"),
        (b"{", "no JSON: expecting property name"),
        (b'[{"total": 1}, [1]]', "row 2: must be an object"),
        (b'{"total": {"a": 1}}', "row 1: total: must be text"),
        (b'{"total": []}', "row 1: total: must be text"),
        (b'{"total": 1, "TOTAL ": 2}', "row 1: total: is given twice"),
        (b'{"total": NaN}', "NaN is no value of JSON"),
        (b'{"total": "\\u0000"}', "row 1: total: holds a zero byte"),
        (b'{"total": "\\ud800"}', "lone surrogate"),
        (b'{"\\ud800": 1}', "lone surrogate"),
        (b'{"total": "\xff"}', "byte 12 is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(tmp_path: Path, data: bytes, rule: str) -> None:
    with pytest.raises(RowError, match=rule.replace("(", r"\(")):
        rows_of(data)
    with pytest.raises(RefusedError) as raised:
        inbox(tmp_path).take("receipts", data)
    assert raised.value.status == 400
    assert waiting(tmp_path) == []


def test_lines_of_a_file_that_are_no_rows_are_set_aside_with_their_number() -> None:
    data = b'\xef\xbb\xbf{"receipt_id": "R1", "line": 9}\n\n{"receipt_id": \xff}\n{}\n{"a": [1]}\nnothing\n'
    raw = read_jsonl(data, "x.jsonl", "hash")
    assert raw.rows[LINE].tolist() == [1, 4]
    assert raw.rows["line"].dropna().tolist() == ["9"]
    assert raw.rows["receipt_id"].iloc[0] == "R1"
    assert [(line, column) for line, column, _, _ in raw.broken] == [(3, ""), (5, "a"), (6, "")]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("nothing", body(SALE), {}), "404 nothing: unknown kind; known are"),
        (("receipts", body({"receipt_id": "R1"}), {}), "422 the batch: column till_id"),
        (("receipts", body(SALE), {"Content_Type": "text/plain"}), "415 needs Content-Type: application/json"),
        (("receipts", body(SALE), {"Content_Encoding": "gzip"}), "415 needs Content-Type: application/json and no"),
        (("receipts", body(SALE), {"Origin": "https://example.com"}), "403 web pages"),
        (("receipts", body(SALE), {"Authorization": f"Basic {TOKEN}"}), "401 needs Authorization: Bearer"),
        (("receipts", body(SALE), {"Authorization": f"Bearer {TOKEN}x"}), "401 needs Authorization: Bearer"),
        (("receipts", body(SALE), {"Authorization": "Bearer töken"}), "401 needs Authorization: Bearer"),
        (("receipts", body(*[SALE] * 50), {}), "413 larger than 2000 bytes"),
        (("receipts/..", body(SALE), {}), "404 not found"),
    ],
)
def test_requests_that_are_refused_leave_nothing(
    client: FlaskClient, tmp_path: Path, asked: tuple[str, bytes, dict[str, str]], told: str
) -> None:
    kind, data, headers = asked
    status, answer = push(client, data, kind, **headers)
    assert told in f"{status} {answer['error']}"
    assert waiting(tmp_path) == []


def test_wrong_tokens_are_told_to_wait_and_the_right_one_never() -> None:
    now = 0.0
    guard = Guard(TOKEN, lambda: now)
    assert [guard.judge("Bearer x") for _ in range(12)] == ["wrong"] * 10 + ["too many"] * 2
    assert guard.judge(f"bearer  {TOKEN}") == "right"
    assert guard.judge(None) == "too many"
    now = 60.0
    assert guard.judge(None) == "wrong"


@pytest.mark.parametrize("token", ["short", "x" * 19, "ä" * 20, "with a blank in the middle"])
def test_a_token_must_be_long_and_plain(token: str) -> None:
    with pytest.raises(ValueError, match="must"):
        Guard(token)


def test_health(client: FlaskClient, tmp_path: Path) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert list((tmp_path / FOLDER).iterdir()) == []
    (tmp_path / FOLDER).rmdir()
    (tmp_path / FOLDER).touch()
    assert client.get("/healthz").status_code == 503
    assert push(client, body(SALE))[0] == 503


def test_batches_are_put_together_and_a_correction_comes_in_a_later_file(tmp_path: Path) -> None:
    taking = inbox(tmp_path)
    for n in range(3):
        taking.take("receipts", body(SALE | {"receipt_id": f"R{n}"}))
    taking.take("receipts", body(VOID, SALE | {"receipt_id": "R9"}))
    taking.take("receipts", body(SALE | {"receipt_id": "R8"}))
    assert len(gather(tmp_path, KEYS, NOW)) == 2
    assert landed(tmp_path) == [["sale", "sale", "sale"], ["void", "sale", "sale"]]
    assert waiting(tmp_path) == []
    assert gather(tmp_path, KEYS, NOW) == []


def test_a_receipt_told_anew_with_fewer_lines_comes_in_a_later_file(tmp_path: Path) -> None:
    line = {"receipt_id": "R1", "product_id": "P1", "quantity": 1, "unit_price": 1, "discount": 0, "line_total": 1}
    taking = inbox(tmp_path)
    taking.take("receipt_lines", body(line | {"line_no": 1}, line | {"line_no": 2}))
    taking.take("receipt_lines", body(line | {"line_no": 1}))
    assert [len(path.read_text().splitlines()) for path in gather(tmp_path, KEYS, NOW)] == [2, 1]


@pytest.mark.slow
def test_a_batch_that_was_imported_before_is_still_known_after_a_start_for_a_month(tmp_path: Path) -> None:
    inbox(tmp_path).take("receipts", body(SALE))
    assert inbox(tmp_path).take("receipts", body(SALE)).repeated
    gather(tmp_path, KEYS, NOW)
    with (tmp_path / SEEN).open("a") as file:
        file.write("17725")  # a power cut in the middle of a line
    assert inbox(tmp_path).take("receipts", body(SALE)).repeated
    later = NOW + timedelta(days=32)
    assert remembered(tmp_path, later) == []
    assert not inbox(tmp_path, later).take("receipts", body(SALE)).repeated


def test_a_clock_that_goes_back_does_not_turn_the_order_round(tmp_path: Path) -> None:
    inbox(tmp_path).take("receipts", body(SALE))
    inbox(tmp_path, NOW - timedelta(hours=1)).take("receipts", body(VOID))
    gather(tmp_path, KEYS, NOW)
    assert landed(tmp_path) == [["sale"], ["void"]]


@pytest.mark.slow
def test_batches_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    taking = inbox(tmp_path)

    def one(n: int) -> None:
        for k in range(3):
            taking.take("receipts", body(SALE | {"receipt_id": f"R{n}-{k}"}))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waiting(tmp_path)) == 12
    (file,) = gather(tmp_path, KEYS, NOW)
    assert len(file.read_text().splitlines()) == 12


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB, mounted for the test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], check=False)
    if done.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_on_a_full_disk_nothing_is_half_written_and_the_till_is_told(small_disk: Path) -> None:
    client = make_app(inbox(small_disk), Guard(TOKEN), 1_000_000).test_client()
    assert push(client, body(SALE))[0] == 202
    many = body(*(SALE | {"receipt_id": f"R{n}"} for n in range(3000)))
    status, told = push(client, many)
    assert (status, told) == (507, {"error": "the disk is full; nothing was kept, send it again later"})
    assert len(list((small_disk / FOLDER).iterdir())) == 1
    assert push(client, body(VOID))[0] == 202  # it fits


def test_a_disk_that_refuses_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    client = make_app(inbox(tmp_path), Guard(TOKEN), 2_000).test_client()
    monkeypatch.setattr(os, "fsync", refuse)
    status, told = push(client, body(SALE))
    assert (status, list((tmp_path / FOLDER).iterdir())) == (503, [])
    assert "nothing was kept" in told["error"]
    monkeypatch.undo()
    assert push(client, body(SALE))[0] == 202


def test_a_closed_gate_lets_nobody_in_and_waits_for_those_inside() -> None:
    inside, leave = threading.Event(), threading.Event()
    said: list[str] = []

    def slow(_: dict[str, Any], start: Any) -> list[bytes]:
        inside.set()
        leave.wait(10)
        start("200 OK", [])
        return [b"done"]

    def answer(gate: Gate) -> None:
        found = gate({}, lambda status, _: said.append(status))
        said.append(b"".join(found).decode())
        if hasattr(found, "close"):
            found.close()

    gate = Gate(slow)
    thread = threading.Thread(target=answer, args=(gate,))
    thread.start()
    inside.wait(10)
    closing_ = threading.Thread(target=gate.close, args=(10,))
    closing_.start()
    while not gate._closed:
        time.sleep(0.01)
    answer(gate)
    assert said[0].startswith("503")
    assert closing_.is_alive()
    leave.set()
    thread.join(10)
    closing_.join(10)
    assert said[2:] == ["200 OK", "done"]
    assert not closing_.is_alive()


@pytest.mark.slow
def test_what_was_answered_survives_a_kill_and_is_in_the_tables_after_the_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from analytics.cli import main
    from analytics.frames import RECEIPTS
    from analytics.results import open_results

    service = Service(tmp_path)
    try:
        assert service.push(body(SALE), token="wrong") == 401  # noqa: S106
        assert service.push(body(SALE)) == 202
    finally:
        service.end(signal.SIGKILL)
    service.start()
    try:
        assert service.push(body(SALE)) == 200
        assert service.push(body(VOID)) == 202
    finally:
        code = service.end(signal.SIGTERM)
    assert code == 0
    assert main(["import", "--config", str(service.config)]) == 0
    assert "receipts-" in capsys.readouterr().out
    results = open_results(tmp_path / "footfall.sqlite")
    assert results.read(RECEIPTS)["kind"].tolist() == ["void"]
    results.close()
    assert sorted(path.name.partition("-")[0] for path in (tmp_path / "landing").iterdir()) == [
        "done",
        "pushed",
        "seen.txt",
    ]


@pytest.mark.slow
def test_a_port_that_is_taken_and_a_token_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from analytics.cli import main

    open_shop(tmp_path / "footfall.sqlite")
    config = settings(tmp_path)
    assert main(["receive", "--config", str(config)]) == 2
    assert "push.token: must be given" in capsys.readouterr().err
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
        with config.open("a", encoding="utf-8") as file:
            file.write(f'[push]\nport = {port}\ntoken = "file:token"\n')
        assert main(["receive", "--config", str(config)]) == 2
    assert f"port {port} of 127.0.0.1 cannot be opened: Address already in use" in capsys.readouterr().err


def test_every_kind_can_be_pushed(client: FlaskClient) -> None:
    for kind in SOURCES:
        assert push(client, body({"nothing": 1}), kind)[0] == 422


def test_a_gate_does_not_wait_for_a_request_that_broke() -> None:
    def break_(_: dict[str, Any], __: Any) -> list[bytes]:
        raise ZeroDivisionError

    gate = Gate(break_)
    with pytest.raises(ZeroDivisionError):
        gate({}, lambda *_: None)
    assert gate._open == 0
