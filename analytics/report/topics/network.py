"""The sections of the page about members and products as networks; of members only sums and means are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...frames import ANSWERS, NETWORK_GROUPS, NETWORK_MEASURES
from ...network import MEMBERS, PRODUCTS
from ..how import How
from ..sections import Row, Section

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANSWERS, NETWORK_MEASURES, NETWORK_GROUPS)
_ROWS = 8


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    questions = answers[answers["topic"] == "network"].set_index("question").to_dict("index")
    found: dict[str, Section | str] = {}
    for name, graph, told in (("tastes", PRODUCTS, _products), ("network", MEMBERS, _members)):
        row = questions.get(f"{graph[:-1]}_network")
        if row is None:
            continue
        if row["answered"]:
            found[name] = told(data, say)
        else:
            have, need = say.count(row["have"]), say.count(row["need"])
            found[name] = say(f"{name}.why_{row['why']}", have=have, need=need)
    return found


def _of(data: ReportData, graph: str) -> tuple[Mapping[Hashable, Any], list[dict[Hashable, Any]]]:
    measures, groups = data.of(NETWORK_MEASURES), data.of(NETWORK_GROUPS)
    (row,) = measures[measures["graph"] == graph].to_dict("records")
    return row, groups[groups["graph"] == graph].head(_ROWS).to_dict("records")


def _way(row: Mapping[Hashable, Any], graph: str, name: str, say: Language) -> How:
    shown = "" if graph == MEMBERS else f" --graph {graph}"
    typed = f"footfall-analytics network --as-of {row['as_of']:%Y-%m-%d}{shown}"
    return How(say(f"{name}.title"), say(f"{name}.how"), typed)


def _products(data: ReportData, say: Language) -> Section:
    row, groups = _of(data, PRODUCTS)
    names: dict[str, str] = dict(zip(data.products["product_id"], data.products["name"], strict=True))
    rows = []
    for group in groups:
        items = [group[name] for name in ("item_1", "item_2", "item_3") if not pd.isna(group[name])]
        central = say.listed([names.get(item, item) for item in items])
        rows.append(Row((central, say.count(group["nodes"]), say.percent(group["density"], 0))))
    lead = say(
        "tastes.lead",
        span=say.span(row["first_day"].date(), row["as_of"].date()),
        nodes=say.count(row["nodes"]),
        all=say.count(row["looked_at"]),
        edges=say.count(row["edges"]),
        times=say.number(row["strength"]),
    )
    lines = (
        say("tastes.groups", n=row["groups"], share=say.percent(row["grouped"] / row["nodes"], 0)),
        say("tastes.note", modularity=say.number(row["modularity"], 2)),
    )
    heads = (say("tastes.central"), say("tastes.products"), say("tastes.density"))
    return Section(say("tastes.title"), lead, heads, tuple(rows), lines, _way(row, PRODUCTS, "tastes", say))


def _members(data: ReportData, say: Language) -> Section:
    row, groups = _of(data, MEMBERS)
    rows = [
        Row(
            (
                say("network.group", rank=group["rank"]),
                say.count(group["nodes"]),
                say.percent(group["density"], 0),
                say.number(group["receipts_mean"]),
                say.money(group["amount_mean_minor"], data.currency),
            )
        )
        for group in groups
    ]
    lead = say(
        "network.lead",
        span=say.span(row["first_day"].date(), row["as_of"].date()),
        nodes=say.count(row["nodes"]),
        share=say.percent(row["nodes"] / row["looked_at"]),
        all=say.count(row["looked_at"]),
        edges=say.count(row["edges"]),
        days=say.number(row["strength"]),
        expected=say.number(row["expected"], 2),
    )
    lines = [
        say(
            "network.shape",
            degree=say.number(row["mean_degree"]),
            clustering=say.percent(row["clustering"], 0),
            largest=say.count(row["largest"]),
        ),
        say("network.reach", mean=say.number(row["reach_mean"], 2), top=say.number(row["reach_top"], 2)),
        say("network.note"),
    ]
    names = ("who", "members", "density", "receipts", "amount")
    heads = tuple(say(f"network.{name}") for name in names) if rows else ()
    if not rows:
        lines.insert(0, say("network.no_groups"))
    return Section(say("network.title"), lead, heads, tuple(rows), tuple(lines), _way(row, MEMBERS, "network", say))
