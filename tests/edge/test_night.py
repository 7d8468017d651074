"""When the nightly work is done: once a night, in the quiet hours, and by day where the PC sleeps at night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edge.station.night import NightShift

BERLIN = "Europe/Berlin"


def shifts(begins: datetime, hours: float, last: datetime | None = None, off: tuple[int, int] = (0, 0)) -> list[str]:
    """Local times (and whether quiet) at which work starts; looked at every five minutes, but not when off."""
    done: list[str] = []
    shift = NightShift(lambda at, quiet: done.append(f"{at:%d %H:%M} {quiet}"), (180, 300), BERLIN, last)
    for minutes in range(0, round(hours * 60), 5):
        now = begins + timedelta(minutes=minutes)
        if not off[0] <= now.hour < off[1]:
            shift.tick(now)
            shift.close()
    return done


def test_once_a_night_in_the_quiet_hours_of_the_store() -> None:
    found = shifts(datetime(2026, 7, 1, 12, tzinfo=UTC), 60, last=datetime(2026, 7, 1, 1, tzinfo=UTC))
    assert found == ["02 01:00 True", "03 01:00 True"]  # 03:00 in Berlin's summer


def test_the_night_in_which_clocks_are_set_forward_has_its_work_too() -> None:
    found = shifts(datetime(2026, 3, 28, 22, tzinfo=UTC), 12, last=datetime(2026, 3, 28, 2, tzinfo=UTC))
    assert found == ["29 01:00 True"]


def test_a_pc_that_is_off_at_night_does_the_work_by_day() -> None:
    found = shifts(datetime(2026, 7, 1, 6, tzinfo=UTC), 72, last=datetime(2026, 6, 30, 7, tzinfo=UTC), off=(0, 5))
    assert found == ["01 19:00 False", "03 07:00 False"]


def test_a_new_database_is_copied_soon_but_not_in_the_first_minutes() -> None:
    assert shifts(datetime(2026, 7, 1, 6, tzinfo=UTC), 5) == ["01 06:10 False"]


def test_work_that_fails_does_not_end_the_process() -> None:
    def fails(at: datetime, quiet: bool) -> None:
        raise OSError(f"no room at {at} {quiet}")

    shift = NightShift(fails, (180, 300), BERLIN, None)
    assert shift.tick(datetime(2026, 7, 1, 1, 30, tzinfo=UTC))
    shift.close()
    assert not shift.tick(datetime(2026, 7, 1, 1, 40, tzinfo=UTC))
