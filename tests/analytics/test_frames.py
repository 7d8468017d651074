"""Contracts name the offender; every moment has one local hour, also when the clocks change."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.frames import FrameError, Window, among, check, day_window, empty, hours, local_hour

AUTUMN, SPRING = date(2025, 10, 26), date(2026, 3, 29)
CONTRACTS = [value for value in vars(frames).values() if isinstance(value, frames.Contract)]


def members(**columns: object) -> pd.DataFrame:
    """Two members, with some columns replaced."""
    plain: dict[str, object] = {
        "member_id": ["M1", "M2"],
        "joined_on": [date(2025, 1, 2), date(2025, 3, 4)],
        "age_band": ["30-39", None],
        "gender": [None, None],
        "province": ["Berlin", "Berlin"],
        "consent": [True, False],
    }
    return pd.DataFrame(plain | columns)


@pytest.mark.parametrize(
    ("day", "zone", "count"),
    [
        (AUTUMN, "Europe/Berlin", 25),
        (SPRING, "Europe/Berlin", 23),
        (AUTUMN, "Asia/Kolkata", 24),
        (SPRING, "Asia/Shanghai", 24),
        (date(2026, 3, 8), "America/New_York", 23),
        (date(2025, 11, 2), "America/New_York", 25),
        (date(2028, 2, 29), "Europe/Berlin", 24),
    ],
)
def test_a_day_has_as_many_hours_as_pass(day: date, zone: str, count: int) -> None:
    since, until = day_window(day, zone)
    found = hours(since, until, zone)
    assert len(found) == count
    assert (until - since).total_seconds() == count * 3600
    assert found["hour_utc"].diff().dropna().eq(pd.Timedelta(hours=1)).all()
    assert found["local_date"].eq(pd.Timestamp(day)).all()


def test_the_hour_that_the_clock_shows_twice_is_two_hours() -> None:
    found = hours(*day_window(AUTUMN, "Europe/Berlin"), "Europe/Berlin")
    twice = found[found["local_hour"] == 2]
    assert [t.isoformat() for t in twice["hour_utc"]] == ["2025-10-26T00:00:00+00:00", "2025-10-26T01:00:00+00:00"]


def test_the_hour_that_the_clock_skips_has_no_row() -> None:
    found = hours(*day_window(SPRING, "Europe/Berlin"), "Europe/Berlin")
    assert 2 not in set(found["local_hour"])
    assert list(found["local_hour"])[:3] == [0, 1, 3]


def test_hours_of_a_half_hour_zone_start_at_half_past_in_utc() -> None:
    times = pd.Series(pd.to_datetime(["2026-01-01T04:29:59.999Z", "2026-01-01T04:30:00.000Z"]))
    found = local_hour(times, "Asia/Kolkata")
    assert list(found["local_hour"]) == [9, 10]
    assert [t.strftime("%H:%M") for t in found["hour_utc"]] == ["03:30", "04:30"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Adelaide"])
def test_local_hour_agrees_with_one_moment_at_a_time(zone: str) -> None:
    """Against the standard library, through a year in odd steps."""
    times = pd.Series(pd.date_range("2025-09-01", "2026-09-01", freq="3h37min", tz="UTC", unit="ms"))
    found = local_hour(times, zone)
    wall = [t.to_pydatetime().astimezone(ZoneInfo(zone)) for t in times]
    assert list(found["local_hour"]) == [w.hour for w in wall]
    assert list(found["weekday"]) == [w.weekday() for w in wall]
    assert [d.date() for d in found["local_date"]] == [w.date() for w in wall]
    begun = [w.replace(minute=0, second=0, microsecond=0).astimezone(UTC) for w in wall]
    assert [t.to_pydatetime() for t in found["hour_utc"]] == begun


def test_a_window_is_whole_local_days() -> None:
    window = Window.of(AUTUMN, date(2025, 10, 27), "Europe/Berlin")
    assert window.since == datetime(2025, 10, 25, 22, tzinfo=UTC)
    assert window.until == datetime(2025, 10, 26, 23, tzinfo=UTC)
    assert window.last == AUTUMN
    with pytest.raises(ValueError, match="ends on 2025-10-26"):
        Window.of(AUTUMN, AUTUMN, "Europe/Berlin")


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_an_empty_frame_keeps_every_contract(contract: frames.Contract) -> None:
    checked = check(empty(contract), contract)
    assert {name: str(dtype) for name, dtype in checked.dtypes.items()} == {c.name: c.dtype for c in contract.columns}


def test_what_loses_nothing_is_cast_and_put_in_order() -> None:
    shuffled = members(joined_on=pd.to_datetime(["2025-01-02", "2025-03-04"])).iloc[:, ::-1]
    checked = check(shuffled, frames.MEMBERS)
    assert list(checked.columns) == frames.MEMBERS.names
    assert [str(d) for d in checked.dtypes] == ["str", "datetime64[ms]", "str", "str", "str", "bool"]
    opened = pd.DataFrame({"weekday": [0.0], "opens_min": np.array([540], dtype="int16"), "closes_min": [1200]})
    assert check(opened, frames.HOURS_OPEN)["opens_min"].dtype == "int64"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"member_id": ["M1", None]}, "member: member_id: row 1: nan: must not be missing"),
        ({"member_id": ["M1", "M1"]}, "member: row 1: member_id=M1: the key appears twice"),
        ({"member_id": [1, 2]}, "member: member_id: dtype int64 is not str"),
        ({"consent": ["true", "false"]}, "member: consent: dtype str is not bool"),
        ({"joined_on": pd.to_datetime(["2025-01-02 10:00", "2025-01-02 00:00"])}, "joined_on: row 0: .*without a time"),
        ({"shoe_size": [41, 42]}, "member: column shoe_size is not in the contract"),
    ],
)
def test_a_broken_frame_names_contract_column_row_and_rule(change: dict[str, object], message: str) -> None:
    with pytest.raises(FrameError, match=message):
        check(members(**change), frames.MEMBERS)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FrameError, match="member: column province, consent is missing"):
        check(members().drop(columns=["province", "consent"]), frames.MEMBERS)


@pytest.mark.parametrize(
    ("opens", "closes", "message"),
    [
        (-1, 600, "hours_open: opens_min: row 0: .*at least 0"),
        (0, 2161, "hours_open: closes_min: row 0: .*at most 2160"),
        (700, 600, "hours_open: closes_min: row 0: .*not before opens_min"),
        (0.5, 600, "hours_open: opens_min: row 0: .*does not fit int64 without loss"),
    ],
)
def test_numbers_out_of_bounds_are_refused(opens: float, closes: float, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        check(pd.DataFrame({"weekday": [0], "opens_min": [opens], "closes_min": [closes]}), frames.HOURS_OPEN)


def test_times_finer_than_a_millisecond_or_without_a_zone_are_refused() -> None:
    reads = pd.DataFrame({"epc": ["30" + "0" * 22], "reader_id": ["gate"], "rssi": [None]})
    naive = reads.assign(read_at=pd.to_datetime(["2026-01-01 10:00"]))
    with pytest.raises(FrameError, match=r"read_at: dtype datetime64.* is not datetime64"):
        check(naive, frames.RFID_READS)
    fine = reads.assign(read_at=pd.to_datetime(["2026-01-01T10:00:00.000001Z"]))
    with pytest.raises(FrameError, match=r"read_at: row 0: .*without loss"):
        check(fine, frames.RFID_READS)


def test_a_word_outside_the_list_is_refused() -> None:
    receipt = {"receipt_id": "R", "till_id": "T", "kind": "gift", "total_minor": 1, "currency": "EUR"}
    frame = pd.DataFrame([receipt | {"member_id": None, "return_of": None, "sold_at": pd.Timestamp(0, tz="UTC")}])
    with pytest.raises(FrameError, match="receipt: kind: row 0: 'gift': one of sale, return, void, training"):
        check(frame, frames.RECEIPTS)


@pytest.mark.parametrize("dtype", ["str", "object"])
def test_texts_among_others_are_found_as_pandas_finds_them_and_a_missing_one_never(dtype: str) -> None:
    values = pd.Series(["b", None, "ä", "a", "b"], index=[4, 3, 9, 1, 0], dtype=dtype)
    known = pd.Series(["b", "ä", "ä", None, "z"], dtype=dtype)
    pd.testing.assert_series_equal(among(values, known), values.isin(known.dropna()), check_names=False)
    assert among(values, pd.Index(known)).tolist() == [True, False, True, False, True]
    assert not among(values, known[:0]).any()
    assert among(values[:0], known).empty


def test_a_years_receipts_are_sought_without_making_objects_of_them() -> None:
    known = pd.Series(np.arange(200_000).astype(str), dtype="str")
    began = time.process_time()
    assert among(known[:1000], known).all()
    assert time.process_time() - began < 0.3, "pandas' own isin needs more than a second"
