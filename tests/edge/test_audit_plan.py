"""Which windows a person is asked to count: spread, repeatable, and blind to what was counted in them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from edge.audit import AuditError, Candidate, Span, band_of, common, covering, in_hours, in_order, whole_windows

BERLIN = ZoneInfo("Europe/Berlin")
DAY = datetime(2026, 4, 7, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def span(begins_min: float, ends_min: float) -> Span:
    return Span(DAY + timedelta(minutes=begins_min), DAY + timedelta(minutes=ends_min))


def a_day(crossings: dict[int, int]) -> list[Candidate]:
    """Windows from 8 to 20 UTC; each hour's windows hold ``crossings[hour]``, one where it is not named."""
    windows = whole_windows([span(8 * 60, 20 * 60)], FIVE)
    return [Candidate(w, 0, "run", crossings.get(w.begins.hour, 1)) for w in windows]


def bands(order: list[Candidate]) -> Counter[int]:
    return Counter(band_of(c.window.begins, BERLIN) for c in order)


# --- the grid ---------------------------------------------------------------------------------------------------


def test_windows_lie_on_the_clock_whichever_recording_shows_them() -> None:
    from_ten = whole_windows([span(600, 625)], FIVE)
    from_three_past = whole_windows([span(603, 625)], FIVE)
    assert from_ten == [span(600, 605), span(605, 610), span(610, 615), span(615, 620), span(620, 625)]
    assert from_three_past == from_ten[1:]
    assert whole_windows([span(601, 609)], FIVE) == []


def test_no_window_reaches_over_a_gap() -> None:
    found = whole_windows([span(600, 612), span(613, 620)], FIVE)
    assert found == [span(600, 605), span(605, 610), span(615, 620)]


def test_common_time_is_what_both_have() -> None:
    assert common([span(0, 10), span(20, 30)], [span(5, 25)]) == [span(5, 10), span(20, 25)]
    assert common([span(0, 10)], [span(10, 20)]) == []


def test_only_opening_hours_are_counted() -> None:
    tuesday = (9 * 60, 18 * 60)  # 7 to 16 UTC in April
    hours = (None, tuesday, None, None, None, None, None)
    windows = [span(6 * 60 + 55, 7 * 60), span(7 * 60, 7 * 60 + 5), span(15 * 60 + 55, 16 * 60), span(960, 965)]
    assert in_hours(windows, hours, BERLIN) == windows[1:3]
    wednesday = [Span(w.begins + timedelta(days=1), w.ends + timedelta(days=1)) for w in windows]
    assert in_hours(wednesday, hours, BERLIN) == []
    assert in_hours(windows, (None,) * 7, BERLIN) == windows, "a store that gives no hours is always open"


# --- the order --------------------------------------------------------------------------------------------------


def test_every_band_comes_once_before_any_comes_twice() -> None:
    order = in_order(a_day({8: 50}), "door", BERLIN)
    assert len(order) == 144
    assert set(bands(order[:6])) == {10, 12, 14, 16, 18, 20}


def test_busy_hours_get_more_windows_and_quiet_ones_are_not_left_out() -> None:
    order = in_order(a_day({10: 30, 11: 30}), "door", BERLIN)[:24]
    found = bands(order)
    assert found[12] >= 10
    assert all(found[band] >= 1 for band in (10, 14, 16, 18, 20))


def test_more_windows_keep_the_ones_before() -> None:
    candidates = a_day({10: 9, 17: 4})
    assert in_order(candidates, "door", BERLIN)[:12] == in_order(candidates, "door", BERLIN)[:40][:12]


def test_the_same_day_gives_the_same_windows_in_any_order_and_another_camera_others() -> None:
    candidates = a_day({10: 9})
    shuffled = list(candidates)
    random.Random(1).shuffle(shuffled)  # noqa: S311 - no secret
    assert in_order(shuffled, "door", BERLIN) == in_order(candidates, "door", BERLIN)
    assert in_order(candidates, "side", BERLIN)[:12] != in_order(candidates, "door", BERLIN)[:12]


def test_within_a_band_the_choice_is_blind_to_what_was_counted() -> None:
    candidates = a_day({})
    moved = list(candidates)
    # The same traffic in the same band, but all of it in other windows.
    band = [n for n, c in enumerate(candidates) if band_of(c.window.begins, BERLIN) == 10]
    for n in band:
        moved[n] = replace(candidates[n], crossings=len(band) if n == band[-1] else 0)
    before, after = (in_order(c, "door", BERLIN) for c in (candidates, moved))
    assert [c.window for c in before] == [c.window for c in after]


def test_a_band_in_which_nothing_was_counted_is_audited_as_well() -> None:
    order = in_order(a_day(dict.fromkeys(range(8, 20), 0) | {12: 200}), "door", BERLIN)
    assert set(bands(order[:6])) == {10, 12, 14, 16, 18, 20}


# --- a window that was asked for --------------------------------------------------------------------------------


def clock(one: Span) -> str:
    return f"{one.begins:%H:%M}-{one.ends:%H:%M}"


def test_a_window_that_was_not_recorded_is_refused_with_what_there_is() -> None:
    sources = [("a.mp4", [(span(600, 620), "run-a")]), ("b.mp4", [(span(640, 660), "run-b")])]
    assert covering(span(641, 646), "door", sources, clock) == Candidate(span(641, 646), 1, "run-b")
    with pytest.raises(AuditError) as caught:
        covering(span(618, 623), "door", sources, clock)
    assert str(caught.value) == (
        "camera door: window 10:18-10:23: not recorded and counted from its beginning to its end; "
        "what is: a.mp4 10:00-10:20; b.mp4 10:40-11:00"
    )
    with pytest.raises(AuditError, match="what is: nothing"):
        covering(span(618, 623), "door", [("c.mp4", [])], clock)
