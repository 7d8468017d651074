"""The sections of the page about segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...frames import ANSWERS, SEGMENT_CHOICE, SEGMENT_GROUPS, SEGMENT_MOVES
from ...segments import NAMED, OTHERS, RATIO_GROUPS
from ..how import How
from ..sections import LEAST_TOLD, Row, Section

if TYPE_CHECKING:
    from typing import Any

    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (SEGMENT_GROUPS, SEGMENT_MOVES, SEGMENT_CHOICE, ANSWERS)
_QUESTIONS = {
    "segment": "named",
    "segments_ratio": "ratio",
    "segments_clusters": "clusters",
    "segments_tastes": "tastes",
    "segments_moves": "moves",
}
# Kaufman and Rousseeuw (1990), table 4: above one half the groups are apart, under a quarter nothing parts them.
_APART, _BLURRED = 0.5, 0.25
_MOST_MOVES = 3


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    answers = answers[answers["topic"] == "segments"].set_index("question")
    found: dict[str, Section | str] = {}
    for name, question in _QUESTIONS.items():
        if question not in answers.index:
            continue
        told = answers.loc[question]
        if told["answered"] and name not in _MADE:
            continue  # the page has had its table of named segments for long
        if told["answered"]:
            found[name] = _MADE[name](data, say)
        else:
            have, need = (say.number(_maybe(told[column]), 0) for column in ("have", "need"))
            found[name] = say(f"segments_why.{told['why']}", have=have, need=need)
    return found


def _maybe(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _rows_of(data: ReportData, grouping: str) -> list[dict[str, Any]]:
    groups = data.of(SEGMENT_GROUPS)
    return [{str(k): v for k, v in row.items()} for row in groups[groups["grouping"] == grouping].to_dict("records")]


def _cells(row: dict[str, Any], all_members: int, data: ReportData, say: Language) -> tuple[str, ...]:
    """Members, their share, last purchase, receipts, basket and net sales; of very few members no more than these."""
    if row["members"] < LEAST_TOLD:
        return say.count(row["members"]), say.percent(row["members"] / all_members, 0), *[say.number(None)] * 4
    return (
        say.count(row["members"]),
        say.percent(row["members"] / all_members, 0),
        say("unit.day", n=round(row["recency_days"])),
        say.number(row["frequency"]),
        say.money(row["basket_minor"], data.currency),
        say.money(row["net_minor"], data.currency),
    )


def _heads(say: Language) -> tuple[str, ...]:
    columns = ("share", "last", "receipts", "basket", "net")
    return (say("segments.members"), *(say(f"segments.{column}") for column in columns))


def _how(name: str, options: str, day: Any, say: Language) -> How:
    command = f"footfall-analytics segments {options} --as-of {day:%Y-%m-%d}"
    return How(say(f"{name}.title"), say(f"{name}.how"), command)


def _ratio(data: ReportData, say: Language) -> Section:
    rows = {row["name"]: row for row in _rows_of(data, "ratio")}
    total = sum(row["members"] for row in rows.values())
    day = next(iter(rows.values()))["as_of"]
    return Section(
        say("segments_ratio.title"),
        say("segments_ratio.lead", n=total, day=say.day(day)),
        (say("segments.group"), say("segments.who"), *_heads(say)),
        tuple(
            Row((say(f"segments.{name}"), say(f"segments.{name}_who"), *_cells(rows[name], total, data, say)))
            for name in RATIO_GROUPS.values()
            if name in rows
        ),
        (say("segments_ratio.note"),),
        _how("segments_ratio", "--by ratio", day, say),
        texts=2,
    )


def words_of(row: dict[str, Any], say: Language) -> str:
    """What is special about a group by habits, in words."""
    if row["members"] < LEAST_TOLD:
        return say.number(None)
    codes = str(row["words"]).split(",") if isinstance(row["words"], str) else []
    parts = [say(f"segments.{code}") for code in codes] or [say("segments.average")]
    if isinstance(row["goods"], str):
        parts.append(say("segments.mostly", what=say.listed(row["goods"].split("; "))))
    return say("segments.comma").join(parts)


def _clusters(data: ReportData, say: Language) -> Section:
    rows = sorted(_rows_of(data, "cluster"), key=lambda row: int(row["name"]))
    total = sum(row["members"] for row in rows)
    lines = [_how_sure(data, say, "cluster"), *_odd(data, say, total)]
    return Section(
        say("segments_clusters.title"),
        say("segments_clusters.lead", n=total, day=say.day(rows[0]["as_of"]), end=say.day(rows[0]["fitted_on"])),
        (say("segments.group"), say("segments.special"), *_heads(say)),
        tuple(Row((row["name"], words_of(row, say), *_cells(row, total, data, say))) for row in rows),
        tuple(line for line in lines if line),
        _how("segments_clusters", "--by clusters", rows[0]["as_of"], say),
        texts=2,
    )


def _how_sure(data: ReportData, say: Language, grouping: str) -> str:
    """How well the groups are told apart, and found again."""
    choice = data.of(SEGMENT_CHOICE)
    mine = choice[(choice["grouping"] == grouping) & choice["chosen"]]
    if mine.empty or pd.isna(mine["stability"].iloc[0]):
        return ""
    stable = say.number(float(mine["stability"].iloc[0]), 2)
    if grouping == "taste":
        return say("segments_tastes.sure", n=int(mine["groups"].iloc[0]), stable=stable)
    width = float(mine["silhouette"].iloc[0])
    apart = "apart" if width > _APART else "overlap" if width > _BLURRED else "blurred"
    told = say(f"segments_clusters.{apart}", width=say.number(width, 2))
    return say("segments_clusters.sure", n=int(mine["groups"].iloc[0]), stable=stable, apart=told)


def _odd(data: ReportData, say: Language, total: int) -> list[str]:
    """How many fit no group, and in what way."""
    rows = sorted(_rows_of(data, "odd"), key=lambda row: (-row["members"], row["name"]))
    if not rows:
        return [say("segments_clusters.odd_none", total=say.count(total))]
    told = [row for row in rows if row["members"] >= LEAST_TOLD]
    ways = [say("segments_clusters.way", what=say(f"segments.{row['name']}"), n=row["members"]) for row in told]
    many = sum(row["members"] for row in rows)
    others = many - sum(row["members"] for row in told)
    ways += [say("segments_clusters.other_ways", n=others)] if others else []
    return [say("segments_clusters.odd", n=many, total=say.count(total), ways=say.listed(ways))]


def _tastes(data: ReportData, say: Language) -> Section:
    rows = sorted(_rows_of(data, "taste"), key=lambda row: int(row["name"]))
    total = sum(row["members"] for row in rows)
    everyone = sum(row["members"] for row in _rows_of(data, "rfm"))
    end, day = (say.day(rows[0][column]) for column in ("fitted_on", "as_of"))
    goods = (
        row["goods"].split("; ") if isinstance(row["goods"], str) and row["members"] >= LEAST_TOLD else []
        for row in rows
    )
    return Section(
        say("segments_tastes.title"),
        say("segments_tastes.lead", n=total, everyone=say.count(everyone), day=day, end=end),
        (say("segments.group"), say("segments_tastes.goods"), *_heads(say)),
        tuple(
            Row((row["name"], say.listed(names) if names else say.number(None), *_cells(row, total, data, say)))
            for row, names in zip(rows, goods, strict=True)
        ),
        tuple(line for line in (_how_sure(data, say, "taste"),) if line),
        _how("segments_tastes", "--by taste", rows[0]["as_of"], say),
        texts=2,
    )


def _named(name: str, say: Language) -> str:
    return say(f"segment.{name.lower().replace(' ', '_').replace(chr(39), '')}")


def _moves(data: ReportData, say: Language) -> Section:
    moves = data.of(SEGMENT_MOVES)
    mine = moves[moves["grouping"] == "rfm"]
    stayed = mine["before"] == mine["after"]
    rows = []
    for name in [*(segment.name for segment in NAMED), OTHERS]:
        was, now = mine["before"] == name, mine["after"] == name
        if not (was | now).any():
            continue
        counts = (was, now & ~stayed & (mine["before"] != "new"), now & (mine["before"] == "new"), was & ~stayed, now)
        rows.append(Row((_named(name, say), *(say.count(int(mine.loc[which, "members"].sum())) for which in counts))))
    most = mine[~stayed & (mine["before"] != "new")].sort_values(
        ["members", "before", "after"], ascending=[False, True, True]
    )
    told = [
        say("segments_moves.one", n=row["members"], before=_named(row["before"], say), after=_named(row["after"], say))
        for row in most[most["members"] >= LEAST_TOLD].head(_MOST_MOVES).to_dict("records")
    ]
    since, day = (mine[column].iloc[0] for column in ("since", "as_of"))
    total = int(mine["members"].sum())
    heads = ("was", "came", "new", "went", "now")
    return Section(
        say("segments_moves.title"),
        say("segments_moves.lead", n=total, since=say.day(since), day=say.day(day)),
        (say("segments.group"), *(say(f"segments_moves.{head}") for head in heads)),
        tuple(rows),
        (say("segments_moves.most", moves=say.listed(told)),) if told else (),
        _how("segments_moves", "--by rfm --moves", day, say),
    )


_MADE = {
    "segments_ratio": _ratio,
    "segments_clusters": _clusters,
    "segments_tastes": _tastes,
    "segments_moves": _moves,
}
