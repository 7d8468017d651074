"""What else is known of the store's days: who worked, and the weather."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..frames import ROTA, WEATHER
from .columns import Field, Shop, Source, rule

if TYPE_CHECKING:
    from collections.abc import Sequence


def _shift_rules(_: Shop) -> Sequence[Any]:
    return [rule("ends", "must end after it begins", lambda f: f["begins"] < f["ends"])]


ROTA_FILE = Source(
    "rota",
    ROTA,
    (
        Field("shift_id", "text", "names the shift"),
        Field("begins", "time", "ISO 8601; without an offset in the store's time"),
        Field("ends", "time", "the same, later"),
        Field("people", "whole", "how many, at least 1", least=1),
        Field("floor", "flag", "true or false: on the sales floor"),
    ),
    _shift_rules,
)

WEATHER_FILE = Source(
    "weather",
    WEATHER,
    (
        Field("local_date", "day", "such as 2026-03-01"),
        Field("condition", "text", "such as rain, sun, snow", optional=True),
        Field("temperature_c", "number", "the day's highest, degrees Celsius", optional=True),
        Field("rain_mm", "number", "mm", optional=True, least=0),
    ),
)
