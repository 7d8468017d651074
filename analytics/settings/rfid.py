"""``[rfid]`` and ``[members]``: readers of tags, and cards."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .base import Seconds, Table, Text


class ReaderSettings(Table):
    """One reader: its role, and the zone that a camera sees in front of it."""

    role: Literal["exit", "fitting_room"]
    camera: Text | None = None
    zone: Text | None = None


def _role_alone(value: Any) -> Any:
    """``exit_gate = "exit"`` is short for ``exit_gate = { role = "exit" }``."""
    return {"role": value} if isinstance(value, str) else value


Share = Annotated[float, Field(strict=True, gt=0, lt=1)]


class RfidSettings(Table):
    """``[rfid]``: where readers stand, when reads are one passage, and what is usual."""

    readers: dict[str, Annotated[ReaderSettings, BeforeValidator(_role_alone)]] = Field(default_factory=dict)
    gap_s: Seconds = 10.0
    fitting_gap_s: Seconds = 300.0
    window_s: Annotated[Seconds, Field(gt=0)] = 1800.0
    try_s: Annotated[Seconds, Field(gt=0)] = 7200.0
    unpaid: Share = 0.01
    missed: Share = 0.03


class MemberSettings(Table):
    """``[members]``: cards at the till."""

    swipe_s: Seconds = 180.0
    card_apart_s: Seconds = 60.0
