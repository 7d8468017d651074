"""Watching a store for months: a thread a camera, facts to the writer, health, alerts, and the work of quiet hours."""

from .night import NightShift
from .post import Duty, LiveSource
from .station import Station
from .views import KeptJudge

__all__ = ["Duty", "KeptJudge", "LiveSource", "NightShift", "Station"]
