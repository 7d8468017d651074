"""The journal's file: of fixed size, whole after every end, honest about what it had to give up."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from edge.contract.journal import Journal, JournalFullError
from edge.contract.ring import START, Ring, RingBusyError, RingDamagedError, RingFullError

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 40_000


def everything(ring: Ring) -> list[tuple[int, bytes]]:
    return ring.read(0, 1 << 30)


def test_what_was_written_is_there_after_opening_it_again(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    ring = Ring(path, SIZE)
    assert path.stat().st_size == SIZE, "it takes its room at once"
    written = [(ring.append(f"record {n}".encode(), 1), f"record {n}".encode()) for n in range(50)]
    ring.close()
    assert path.stat().st_size == SIZE
    again = Ring(path, SIZE)
    assert everything(again) == written
    assert again.read(48, 1 << 30) == written[48:]
    again.close()


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_last_record_that_a_power_failure_tore_is_left_out_and_written_over(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "ring"
    ring = Ring(path, SIZE)
    for n in range(10):
        ring.append(bytes([n + 1]) * 100, 1)
    end = START + 10 * (16 + 100)
    ring.close()
    with path.open("r+b") as file:
        file.seek(end - cut)
        file.write(bytes(cut))
    again = Ring(path, SIZE)
    assert [number for number, _ in everything(again)] == list(range(1, 10))
    assert again.append(b"afterwards", 1) == 10
    assert everything(again)[-1] == (10, b"afterwards")
    again.close()


def test_it_never_grows_and_gives_up_the_oldest_that_are_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.contract.ring.BLOCK", 500)
    rng = random.Random(1)  # noqa: S311
    path = tmp_path / "ring"
    ring = Ring(path, SIZE)
    written: dict[int, bytes] = {}
    for _ in range(300):
        payload = rng.randbytes(rng.randint(0, 1500))
        number = ring.append(payload, ring.next)
        written[number] = payload
    assert path.stat().st_size == SIZE
    assert ring.first > 200
    assert everything(ring) == [(n, written[n]) for n in range(ring.first, 301)]
    ring.close()
    again = Ring(path, SIZE)
    assert (again.first, again.next) == (ring.first, ring.next)
    assert everything(again) == [(n, written[n]) for n in range(again.first, 301)]
    again.close()


def test_what_is_needed_is_never_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.contract.ring.BLOCK", 500)
    ring = Ring(tmp_path / "ring", SIZE)
    last = (SIZE - START) // 1016
    for _ in range(last):
        ring.append(b"x" * 1000, 1)
    with pytest.raises(RingFullError):
        ring.append(b"x" * 1000, 1)
    assert [number for number, _ in everything(ring)] == list(range(1, last + 1))
    assert ring.append(b"x" * 1000, last) == last + 1, "now they may go"
    ring.close()


def test_one_broken_header_does_no_harm_and_two_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.contract.ring.BLOCK", 500)
    path = tmp_path / "ring"
    ring = Ring(path, SIZE)
    for _ in range(100):
        ring.append(b"x" * 900, ring.next)
    found = everything(ring)
    ring.close()
    sound = path.read_bytes()
    newest = max((0, 4096), key=lambda at: int.from_bytes(sound[at + 32 : at + 40], "little"))
    path.write_bytes(sound[: 4096 - newest] + bytes(60) + sound[4096 - newest + 60 :])  # the older one
    again = Ring(path, SIZE)
    assert everything(again) == found
    again.close()
    path.write_bytes(bytes(60) + sound[60:4096] + bytes(60) + sound[4156:])
    with pytest.raises(RingDamagedError):
        Ring(path, SIZE)
    assert path.exists()


def test_a_second_writer_is_kept_off(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "ring", SIZE)
    with pytest.raises(RingBusyError):
        Ring(tmp_path / "ring", SIZE)
    ring.close()
    Ring(tmp_path / "ring", SIZE).close()


def test_a_broken_journal_is_set_aside_and_a_new_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "f.spool"
    path.write_bytes(b"nonsense" * 5000)
    journal = Journal(path, 1)
    assert journal.is_empty
    journal.close()
    (aside,) = tmp_path.glob("f.spool.damaged-*")
    assert aside.read_bytes() == b"nonsense" * 5000


def test_a_journal_of_another_size_takes_over_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "f.spool"
    journal = Journal(path, 1)
    groups = [("trail", ("event_id", "run_id"), [(f"{n:032}", "run") for n in range(100)])]
    numbers = [journal.append(groups) for _ in range(50)]  # type: ignore[arg-type]
    journal.close()
    larger = Journal(path, 2)
    assert path.stat().st_size == 2 << 20
    assert larger.waiting(1 << 30)[0] == numbers[-1]
    assert larger.waiting(1 << 30)[1] == groups * 50
    larger.close()


def test_a_full_journal_says_so_and_works_again_once_the_database_has_what_it_held(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "f.spool", 1)

    def fill() -> None:
        while True:
            journal.append([("trail", ("event_id",), [(os.urandom(5000).hex(),)])])

    with pytest.raises(JournalFullError, match=r"f\.spool: full of what the database does not take"):
        fill()
    first = journal.waiting(1 << 30)[0]
    journal.applied = first
    assert journal.waiting_bytes == 0
    with pytest.raises(JournalFullError):
        fill()
    assert journal.waiting_bytes > 800_000
    assert journal.waiting(1 << 30)[0] > first
    journal.close()


def test_numbers_go_on_after_what_the_database_says_it_has(tmp_path: Path) -> None:
    """The journal's end was lost; its numbers must not come again, or they would pass for written."""
    journal = Journal(tmp_path / "f.spool", 1)
    row = [("trail", ("event_id",), [("x",)])]
    journal.append(row)  # type: ignore[arg-type]
    assert journal.go_on_after(7) == 0
    assert journal.append(row) == 8  # type: ignore[arg-type]
    assert journal.waiting()[0] == 8
    journal.close()
