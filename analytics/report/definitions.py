"""What every number of the page means; the words are messages ``define.NAME`` and ``define.NAME_how``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..metrics import MISSING_BELOW, PARTIAL_BELOW, POWER_SHARE, POWER_WEEKS

if TYPE_CHECKING:
    from .data import ReportData
    from .language import Language

NAMES = (
    "visit", "coverage", "error_bar", "conversion", "sales_per_visitor", "net_sales", "transactions", "atv", "upt",
    "aur", "draw_in", "stay", "through", "dwell", "queue", "capture", "unit", "power", "heat", "move", "segments",
    "forecast", "mase", "clock",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Definition:
    """One number: what it is called, its formula (may be empty), and what to know of it."""

    name: str
    formula: str
    text: str


def definitions(data: ReportData, say: Language) -> tuple[Definition, ...]:
    """Those of the numbers that the report shows."""
    shown = {
        "dwell": len(data.inside.dwell) > 0,
        "queue": bool(data.inside.queues),
        "capture": len(data.inside.capture) > 0,
        "heat": len(data.heat) > 0,
        "move": len(data.moves) > 0,
        "segments": len(data.segments) > 0 and data.kind in {"month", "span"},
        "forecast": data.kind == "span",
        "mase": data.kind == "span",
    }
    values = {
        "partial": say.percent(PARTIAL_BELOW, 0),
        "missing": say.percent(MISSING_BELOW, 0),
        "share": say.percent(POWER_SHARE, 0),
        "weeks": say.some(POWER_WEEKS, "week"),
    }
    return tuple(
        Definition(
            say(f"define.{name}_name"),
            say(f"define.{name}_how") if say.has(f"define.{name}_how") else "",
            say(f"define.{name}", **values),
        )
        for name in NAMES
        if shown.get(name, True)
    )
