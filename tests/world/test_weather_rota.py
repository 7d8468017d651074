"""Weather and rota of the fixture store agree with what happened there."""

from __future__ import annotations

import csv
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from history import History, simulate
from history_calendar import Span, make_days, to_ms
from rota_write import write_rota
from weather_write import write_weather

if TYPE_CHECKING:
    from pathlib import Path

START = date(2025, 10, 20)  # the clocks go back on the Sunday


@pytest.fixture(scope="module")
def history() -> History:
    return simulate(Span(START, 1, 7))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_rota_holds_everybody_as_long_as_they_were_inside(history: History, tmp_path: Path) -> None:
    write_rota(history, tmp_path)
    shifts = table(tmp_path / "rota.csv")
    assert len({shift["shift_id"] for shift in shifts}) == len(shifts)
    for kind, floor in (("staff", "true"), ("cleaning", "false")):
        mine = [shift for shift in shifts if shift["floor"] == floor]
        assert all(kind in shift["shift_id"] for shift in mine)
        worked = sum(
            to_ms(datetime.fromisoformat(s["ends"])) - to_ms(datetime.fromisoformat(s["begins"])) for s in mine
        )
        inside = sum(
            (1 if p.direction == "out" else -1) * p.at_ms
            for truth in history.truths
            for p in truth.passes
            if p.kind == kind
        )
        assert abs(worked - inside) <= 1000 * len(mine), "but for parts of a second"
        assert all(datetime.fromisoformat(s["begins"]) < datetime.fromisoformat(s["ends"]) for s in mine)
    night = [shift["begins"] for shift in shifts if shift["shift_id"].startswith("20251026-cleaning")]
    assert night[0].endswith("+02:00")


def test_every_day_has_weather_and_bad_weather_is_wet(tmp_path: Path) -> None:
    # The days alone: nobody has to walk through the store for its weather.
    span = Span(START, 60, 7)
    history = History(span, make_days(span), [], [], {}, {}, [], [])
    write_weather(history, tmp_path)
    rows = table(tmp_path / "weather.csv")
    assert [row["local_date"] for row in rows] == [day.date.isoformat() for day in history.days]
    assert {row["condition"] for row in rows} == {"sun", "clouds", "rain", "snow"}
    wet = np.array([float(row["rain_mm"]) > 0 for row in rows])
    assert wet.tolist() == [row["condition"] in {"rain", "snow"} for row in rows]
    factor = np.array([day.weather for day in history.days])
    assert factor[wet].mean() < 0.95
    assert factor[~wet].mean() > 1.02
    warmth = {row["local_date"]: float(row["temperature_c"]) for row in rows}
    january, july = (np.mean([c for day, c in warmth.items() if day[5:7] == month]) for month in ("01", "07"))
    assert july > january + 15
