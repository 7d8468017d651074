"""Stories of messages on their way: kept, tried again, in order, and never in anybody's way."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from edge.alerts import AlertDesk, Channel, Limits, Outbox, Webhook
from edge.events import ClockJump, Delivery
from edge.status import DatabaseStatus

from .alert_parts import HOURS, alert, at, camera, free_port, message, status, wait_for
from .alert_servers import SECRET, Hook, Inbox, mail_server, mail_to, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.events import Alert, CameraState
    from edge.status import Status

FAST = (0.05, 0.1)
BEGAN = datetime.now(tz=UTC)


class Ledger:
    """What is written down of every delivery."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Delivery] = {}
        self.steps: list[Delivery] = []

    def store(self, delivery: Delivery) -> None:
        self.rows[delivery.alert, delivery.stage, delivery.channel] = delivery
        self.steps.append(delivery)

    def delivered(self) -> int:
        return sum(row.delivered is not None for row in self.rows.values())


@contextmanager
def outbox(channel: Channel, ledger: Ledger, retry_s: tuple[float, ...] = FAST) -> Iterator[Outbox]:
    found = Outbox(channel, ledger.store, retry_s)
    found.start()
    try:
        yield found
    finally:
        found.stop()
        found.join(5)


def now() -> datetime:
    return datetime.now(tz=UTC)


def test_a_server_that_is_down_gets_everything_in_order_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    hook, ledger, port = Hook(), Ledger(), free_port()
    with caplog.at_level(logging.INFO), outbox(Webhook(f"http://127.0.0.1:{port}/"), ledger) as out:
        out.put(message("opened", 1), now())
        out.put(message("closed", 1), now())
        out.put(message("opened", 2), now())
        assert wait_for(lambda: max((row.tries for row in ledger.rows.values()), default=0) >= 3)
        assert all("Connection refused" in row.error for row in ledger.rows.values() if row.tries)
        with web_server(hook, port):
            assert wait_for(lambda: ledger.delivered() == 3)
    told = [(got["id"][-1], got["stage"]) for got in hook.got]
    assert sorted(told) == [("1", "closed"), ("1", "opened"), ("2", "opened")], "each exactly once"
    assert told.index(("1", "opened")) < told.index(("1", "closed"))
    assert all((row.next_try, row.error) == (None, "") for row in ledger.rows.values())
    lines = [record.getMessage() for record in caplog.records if record.name == "edge.alerts.outbox"]
    assert len(lines) == 2, "one when it breaks, one when it works again"


@pytest.mark.slow
def test_nobody_hears_that_it_is_over_before_hearing_that_it_began() -> None:
    hook, ledger, port = Hook(), Ledger(), free_port()
    with outbox(Webhook(f"http://127.0.0.1:{port}/"), ledger, (0.5,)) as out:
        out.put(message("opened"), now())
        assert wait_for(lambda: any(step.tries for step in ledger.steps))
        with web_server(hook, port):
            out.put(message("closed"), now())
            assert wait_for(lambda: ledger.delivered() == 2)
    assert [got["stage"] for got in hook.got] == ["opened", "closed"]


def test_when_one_message_gets_through_the_others_do_not_wait_for_their_turn() -> None:
    hook, ledger, port = Hook(), Ledger(), free_port()
    with outbox(Webhook(f"http://127.0.0.1:{port}/"), ledger, (600.0,)) as out:
        out.put(message(number=1), now())
        assert wait_for(lambda: any(step.tries for step in ledger.steps))
        with web_server(hook, port):
            out.put(message(number=2), now())
            assert wait_for(lambda: ledger.delivered() == 2)
    assert [got["id"][-1] for got in hook.got] == ["2", "1"]


def test_what_was_taken_just_before_the_process_died_is_sent_again_with_the_same_id() -> None:
    hook, ledger = Hook(), Ledger()
    again = message()
    with web_server(hook) as port, outbox(Webhook(f"http://127.0.0.1:{port}/"), ledger) as out:
        out.put(again, now())
        assert wait_for(lambda: ledger.delivered() == 1)
        not_written = Delivery(again.alert.id, "opened", "webhook", 0, now(), None, "")
        out.resume(again, not_written, now())
        assert wait_for(lambda: len(hook.got) == 2)
    assert hook.got[0] == hook.got[1]
    assert hook.headers[0]["Idempotency-Key"] == hook.headers[1]["Idempotency-Key"]


def test_pauses_grow_and_after_a_day_a_message_is_given_up() -> None:
    ledger, port = Ledger(), free_port()
    with outbox(Webhook(f"http://127.0.0.1:{port}/"), ledger, (15.0, 30.0)) as out:
        out.put(message(), now())
        assert wait_for(lambda: len(ledger.steps) == 2)
        pause = ledger.steps[-1].next_try
        assert pause is not None
        assert 14 < (pause - now()).total_seconds() <= 15
        old = replace(alert(2), opened=now() - timedelta(hours=25))
        out.put(replace(message(), alert=old), now())
        assert wait_for(lambda: len(ledger.steps) == 4)
        assert (ledger.steps[-1].next_try, ledger.steps[-1].delivered, ledger.steps[-1].tries) == (None, None, 1)
        assert out.waiting == 1


def lately(second: float, state: CameraState, since: float) -> Status:
    """A status of today: messages that are a day old are given up."""
    whole = camera(state)
    today = replace(whole, beat=replace(whole.beat, since=BEGAN + timedelta(seconds=since)))
    return replace(status(0, today), at=BEGAN + timedelta(seconds=second))


class Gate:
    """A channel that takes a message only when it is let."""

    name = "email"

    def __init__(self) -> None:
        self.open = threading.Event()
        self.began = threading.Event()
        self.taken: list[str] = []

    def send(self, message: Any) -> None:
        self.began.set()
        self.open.wait(20)
        self.taken.append(message.alert.id)


def desk(channels: list[Any], ledger: Ledger, alerts: list[Alert], **more: Any) -> AlertDesk:
    limits = Limits(camera_down_s=10)
    return AlertDesk(
        "shop", "Shoes", HOURS, limits, channels,
        store_alert=alerts.append, store_delivery=ledger.store, retry_s=FAST, **more,
    )  # fmt: skip


@pytest.mark.slow
def test_a_slow_server_keeps_nobody_waiting_neither_the_other_channels_nor_the_end() -> None:
    hook, ledger, slow = Hook(), Ledger(), Gate()
    alerts: list[Alert] = []
    with web_server(hook) as port:
        found = desk([slow, Webhook(f"http://127.0.0.1:{port}/")], ledger, alerts)
        began = time.monotonic()
        found.observe(lately(0, "lost", -20))
        for second in range(1, 200):
            found.observe(lately(second, "ok", 1))
        assert time.monotonic() - began < 5, "never waits for a server"
        assert slow.began.wait(5)
        assert wait_for(lambda: len(hook.got) == 2)
        assert [got["stage"] for got in hook.got] == ["opened", "closed"]
        began = time.monotonic()
        found.close()
        assert time.monotonic() - began < 3
    slow.open.set()
    assert [a.closed is None for a in alerts] == [True, False]
    assert ledger.rows[alerts[0].id, "opened", "email"].next_try is not None, "stored as waiting"


def test_what_one_process_could_not_deliver_the_next_one_does() -> None:
    hook, ledger, port = Hook(), Ledger(), free_port()
    alerts: list[Alert] = []
    webhook = Webhook(f"http://127.0.0.1:{port}/")
    first = desk([webhook], ledger, alerts)
    first.observe(lately(0, "lost", -20))
    assert wait_for(lambda: len(ledger.steps) >= 2)
    first.close()
    waiting = [(row, alerts[0]) for row in ledger.rows.values()]
    with web_server(hook, port):
        second = desk([webhook], ledger, alerts, open_alerts=alerts[:1], waiting=waiting)
        second.observe(lately(30, "lost", -20))
        assert wait_for(lambda: ledger.delivered() == 1)
        second.close()
    assert len(hook.got) == len(alerts) == 1, "not opened twice"
    (row,) = ledger.rows.values()
    assert row.tries >= 2


def test_an_opening_that_is_delivered_after_the_end_does_not_sound_like_the_end() -> None:
    hook, ledger, port = Hook(), Ledger(), free_port()
    alerts: list[Alert] = []
    webhook = Webhook(f"http://127.0.0.1:{port}/")
    first = desk([webhook], ledger, alerts)
    first.observe(lately(0, "lost", -80))
    first.observe(lately(1, "ok", 0))
    first.observe(lately(70, "ok", 0))
    first.close()
    over = alerts[-1]  # the alert as the database keeps it
    assert over.closed is not None
    waiting = [(row, over) for row in ledger.rows.values()]
    with web_server(hook, port):
        second = desk([webhook], ledger, alerts, waiting=waiting)
        assert wait_for(lambda: ledger.delivered() == 2)
        second.close()
    opened, closed = sorted(hook.got, key=lambda got: got["stage"], reverse=True)
    assert (opened["stage"], opened["closed"]) == ("opened", None)
    assert opened["words"] == "there was an alert about camera door; by now: camera door (Main entrance) sees again"
    assert (closed["stage"], closed["words"]) == ("closed", "camera door (Main entrance) sees again")


def test_the_same_jump_seen_by_two_cameras_is_one_message_and_lost_facts_are_told() -> None:
    alerts: list[Alert] = []
    found = desk([], Ledger(), alerts)
    found.jump(ClockJump(at(0), at(-3600), "set"))
    found.jump(ClockJump(at(0.4), at(-3599.7), "set"))
    found.jump(ClockJump(at(60), at(3660), "set"))
    found.observe(status(61, database=DatabaseStatus(lost=7)))
    found.observe(status(62, database=DatabaseStatus(lost=7)))
    found.close()
    assert [(a.kind, a.opened == a.closed) for a in alerts] == [("clock", True), ("clock", True), ("database", True)]
    assert alerts[2].words.startswith("7 facts were lost")


def test_facts_that_are_lost_every_second_are_one_message_an_hour() -> None:
    alerts: list[Alert] = []
    found = desk([], Ledger(), alerts)
    for second in range(7200):
        found.observe(status(second, database=DatabaseStatus(lost=second * second)))
    found.close()
    assert [a.words.split(" for good")[0] for a in alerts] == ["1 facts were lost", "12967200 facts were lost"]


def test_more_messages_than_can_wait_push_the_oldest_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.alerts.outbox.MOST_WAITING", 3)
    ledger, gate = Ledger(), Gate()
    with outbox(gate, ledger) as out:  # type: ignore[arg-type]  # a channel by its form
        for number in range(1, 7):
            assert number == 1 or gate.began.wait(5), "the first one is being sent"
            found = alert(number)
            out.put(replace(message(), alert=replace(found, opened=found.opened + timedelta(seconds=number))), now())
        assert out.waiting == 3
        gate.open.set()
        assert wait_for(lambda: out.waiting == 0)
    lost = [row.alert[-1] for row in ledger.rows.values() if row.error.startswith("more than 3")]
    assert sorted(gate.taken)[-3:] == [f"shop/camera/door/{n}" for n in (4, 5, 6)]
    assert "2" in lost


def test_no_password_comes_into_the_log_whatever_a_server_says(caplog: pytest.LogCaptureFixture) -> None:
    ledger, port = Ledger(), free_port()
    inbox = Inbox(refuse="owner@example.com")
    ours = mail_to(port, password=SECRET)
    with caplog.at_level(logging.DEBUG), mail_server(inbox, port), outbox(ours, ledger) as out:
        out.put(message(), now())
        assert wait_for(lambda: any(step.tries for step in ledger.steps))
    assert "***" in ledger.steps[-1].error
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("edge.")]
    assert lines
    assert SECRET not in "".join([*lines, *(step.error for step in ledger.steps)])


def test_nothing_heavy_is_imported_before_the_first_message() -> None:
    program = (
        "import sys, edge.alerts; print([m for m in ('paho', 'prometheus_client', 'sqlalchemy') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
