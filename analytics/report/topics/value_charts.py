"""Drawings of what members are worth, and of what was expected beside what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...money import DECIMALS
from ..svg import AMBER, BLUE, PALE_BLUE, Panel, drawing, ticks

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

    from ..language import Language


def tenths(deciles: pd.DataFrame, currency: str, say: Language) -> Markup:
    """A bar for each tenth of the members: what it is worth.

    Args:
        deciles: ``frames.VALUE_DECILE``.
        currency: Of the amounts.
        say: The language.
    """
    scale = 10 ** DECIMALS.get(currency, 2)
    panel = Panel(len(deciles), float(deciles["value_minor"].max()) / scale, height=160.0)
    panel.axis([say.count(tick) for tick in ticks(panel.most)], say("value.axis", currency=currency))
    for place, row in enumerate(deciles.to_dict("records")):
        worth = say.money(row["value_minor"], currency, whole=True)
        told = say("value.bar", n=row["members"], value=worth, share=say.percent(row["value_share"], 0))
        panel.bar(place, row["value_minor"] / scale, AMBER, told)
    panel.names([str(decile) for decile in deciles["decile"]])
    return drawing([panel], say("value.chart"))


def held_out(groups: pd.DataFrame, say: Language) -> Markup:
    """Two bars for each group, a pale one for what was expected and a full one for what came.

    Args:
        groups: ``frames.VALUE_HOLDOUT`` of the groups by repeat purchases.
        say: The language.
    """
    panel = Panel(len(groups), float(max(groups["expected"].max(), groups["actual"].max())), height=160.0)
    panel.axis([say.count(tick) for tick in ticks(panel.most)], say("value_held.axis"))
    for place, row in enumerate(groups.to_dict("records")):
        numbers = {"expected": say.count(row["expected"]), "actual": say.count(row["actual"])}
        told = say("value_held.bar", group=row["group"], n=row["members"], **numbers)
        panel.bar(place - 0.2, row["expected"], PALE_BLUE, told, width=0.36)
        panel.bar(place + 0.2, row["actual"], BLUE, told, width=0.36)
    panel.names([str(group) for group in groups["group"]])
    return drawing([panel], say("value_held.chart"))
