"""What the edge says of itself comes out as it went in: heartbeats, clock jumps, alerts, messages."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.contract import (
    Rows,
    latest_heartbeats,
    open_facts,
    open_store,
    read_alerts,
    read_clock_jumps,
    read_deliveries,
    read_heartbeats,
    read_open_alerts,
    retire,
)
from edge.contract.columns import to_ms
from edge.events import Alert, ClockJump, Delivery, Heartbeat

from .test_contract import DAY, FACTS, RUN, TEN, everything, opened
from .test_writer_buffer import EVER, live

if TYPE_CHECKING:
    from pathlib import Path

BEAT = Heartbeat(TEN, "ok", TEN - timedelta(hours=1), 9.5, 1000, 3, 1, TEN - timedelta(seconds=0.25))
ALERT = Alert("a1", "camera", "door", None, TEN, None, "camera door: no picture since 10:00")
DELIVERY = Delivery("a1", "opened", "webhook", 0, TEN, None, "")


def records(rows: Rows) -> list[dict[str, object]]:
    return [dict(zip(rows.columns, values, strict=True)) for values in rows.values]


def test_of_every_minute_the_last_heartbeat_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    for n in range(0, 130, 5):
        buffer.beat("door", replace(BEAT, at=TEN + timedelta(seconds=n), frames_seen=n))
        if n % 20 == 0:
            buffer.flush()
    buffer.beat("door", replace(BEAT, at=TEN + timedelta(minutes=3), state="lost", last_picture=None))
    assert buffer.close()
    reader = open_facts(path)
    beats = records(read_heartbeats(reader, DAY, EVER))
    assert [(b["minute_ms"], b["frames_seen"]) for b in beats] == [
        (to_ms(TEN), 55),
        (to_ms(TEN) + 60_000, 115),
        (to_ms(TEN) + 120_000, 125),
        (to_ms(TEN) + 180_000, 1000),
    ]
    assert beats[0]["last_picture_utc_ms"] == to_ms(TEN) - 250
    (last,) = records(latest_heartbeats(reader))
    assert (last["camera_id"], last["state"], last["last_picture_utc_ms"]) == ("door", "lost", None)
    assert records(read_heartbeats(reader, TEN + timedelta(minutes=1), TEN + timedelta(minutes=2))) == beats[1:2]
    reader.close()


def test_a_clock_jump_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    buffer.jump("demo", ClockJump(TEN, TEN + timedelta(seconds=90.5), "set"))
    buffer.jump("demo", ClockJump(TEN, TEN + timedelta(seconds=90.5), "set"))
    buffer.jump("demo", ClockJump(TEN + timedelta(hours=9), TEN + timedelta(hours=1), "slept"))
    assert buffer.close()
    reader = open_facts(path)
    jumps = [(j["jump_ms"], j["cause"]) for j in records(read_clock_jumps(reader, DAY, EVER))]
    assert jumps == [(-90_500, "set"), (28_800_000, "slept")]
    reader.close()


def test_an_alert_is_closed_in_its_own_row_and_its_messages_wait_until_they_are_delivered(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    buffer.deliver(DELIVERY)  # before its alert, in the same batch: the order is put right
    buffer.alert("demo", ALERT)
    buffer.deliver(replace(DELIVERY, channel="mqtt", next_try=TEN - timedelta(seconds=1)))
    buffer.flush()
    reader = open_facts(path)
    assert [(d["channel"], d["words"], d["store_id"]) for d in records(read_deliveries(reader))] == [
        ("mqtt", ALERT.words, "demo"),
        ("webhook", ALERT.words, "demo"),
    ]
    assert [a["alert_id"] for a in records(read_open_alerts(reader))] == ["a1"]
    buffer.deliver(replace(DELIVERY, tries=1, next_try=TEN + timedelta(minutes=1), error="refused"))
    buffer.deliver(replace(DELIVERY, channel="mqtt", tries=1, next_try=None, delivered=TEN))
    buffer.alert("demo", replace(ALERT, closed=TEN + timedelta(minutes=5)))
    buffer.flush()
    (waiting,) = records(read_deliveries(reader))
    assert (waiting["channel"], waiting["tries"], waiting["error"]) == ("webhook", 1, "refused")
    assert records(read_open_alerts(reader)) == []
    (alert,) = records(read_alerts(reader, TEN + timedelta(minutes=4), EVER))
    assert alert["closed_utc_ms"] == to_ms(TEN) + 300_000
    assert records(read_alerts(reader, TEN + timedelta(minutes=6), EVER)) == []
    reader.close()
    buffer.close()


def test_states_of_long_ago_are_forgotten_but_not_what_is_still_open(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    buffer.beat("door", BEAT)
    for name, closed, due in (("over", TEN, None), ("open", None, None), ("undelivered", TEN, TEN)):
        buffer.alert("demo", replace(ALERT, id=name, closed=closed))
        buffer.deliver(replace(DELIVERY, alert=name, next_try=due))
    assert buffer.close()
    store = open_store(path)
    retire(store, DAY + timedelta(days=1))
    store.close()
    reader = open_facts(path)
    assert records(read_heartbeats(reader, DAY, EVER)) == []
    assert {a["alert_id"] for a in records(read_alerts(reader, DAY, EVER))} == {"open", "undelivered"}
    assert [d["alert_id"] for d in records(read_deliveries(reader))] == ["undelivered"]
    reader.close()


def test_naive_times_are_refused_where_they_are_given(tmp_path: Path) -> None:
    buffer = live(tmp_path / "f.sqlite")
    naive = datetime(2026, 4, 7, 10)  # noqa: DTZ001 - the bad input
    with pytest.raises(ValueError, match="no time zone"):
        buffer.beat("door", replace(BEAT, at=naive))
    with pytest.raises(ValueError, match="no time zone"):
        buffer.alert("demo", replace(ALERT, opened=naive))
    buffer.abandon()


def test_a_database_of_schema_2_is_brought_up_to_date_and_keeps_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    store = opened(path)
    store.append([(RUN.id, fact) for fact in FACTS])
    store.close()
    before = everything(path)
    with closing(sqlite3.connect(path)) as raw, raw:
        for table in ("heartbeat", "clock_jump", "delivery", "alert", "journal_mark"):
            raw.execute(f"DROP TABLE {table}")
        for table in ("crossing_hour", "stay_hour", "watch_hour"):
            raw.execute(f"DROP TABLE {table}")
        raw.execute("ALTER TABLE run DROP COLUMN retired_until_ms")
        raw.execute("DELETE FROM edge_migration WHERE version > 2")
    buffer = live(path)
    buffer.beat("door", BEAT)
    assert buffer.close()
    assert everything(path) == before
    assert (tmp_path / "f.sqlite.backup-v2").exists()
    reader = open_facts(path)
    assert len(records(latest_heartbeats(reader))) == 1
    reader.close()
