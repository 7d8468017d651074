"""The drawing of what was told against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..svg import AMBER, BLUE, QUIET, Panel, drawing, ticks

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

    from ..language import Language


def reliability(bins: pd.DataFrame, say: Language) -> Markup:
    """Tenths of the members, from the least likely: the share that was told as a line, the one that came as dots."""
    rows = bins.sort_values("bin").to_dict("records")
    panel = Panel(len(rows), max(row["high"] for row in rows))
    panel.axis([say.percent(value, 0) for value in ticks(panel.most)], say("churn.bought_share"))
    places = [float(n) for n in range(len(rows))]
    panel.line(places, [row["told"] for row in rows], AMBER)
    for place, row in zip(places, rows, strict=True):
        panel.upright(place, row["low"], row["high"], QUIET, 2)
        title = say(
            "churn.dot",
            n=row["members"],
            told=say.percent(row["told"], 0),
            bought=say.percent(row["bought"], 0),
            between=say.percents(row["low"], row["high"]),
        )
        panel.dot(place, row["bought"], BLUE, title)
        panel.name(place, say.percent(row["told"], 0))
    return drawing([panel], say("churn.drawn"))
