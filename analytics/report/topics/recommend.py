"""The sections of the page about what to offer: which model serves and what it beats, and what it offers to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...frames import ANSWERS, PRODUCT_SIMILAR, RECOMMEND_GROUP, RECOMMEND_TRIAL
from ..how import How
from ..language import UNKNOWN
from ..sections import Row, Section

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANSWERS, RECOMMEND_TRIAL, RECOMMEND_GROUP, PRODUCT_SIMILAR)
_KINDS = ("new", "again")
_MOST_MODELS, _MOST_SEGMENTS, _BESIDE = 5, 9, 3


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    mine = {str(row["question"]): row for row in answers[answers["topic"] == "recommend"].to_dict("records")}
    if not mine:
        return {}
    lists, trial = mine["lists"], mine["trial"]
    if not lists["answered"]:
        return {"recommend": _why(lists, say)}
    rows = data.of(RECOMMEND_TRIAL)
    judged = _judged(rows, say) if trial["answered"] and len(rows) else _why(trial, say)
    return {"recommend": _offered(data, rows, say), "recommend_trial": judged}


def _why(answer: Mapping[Hashable, Any], say: Language) -> str:
    have, need = say.count(answer["have"]), say.count(answer["need"])
    return say(f"recommend.why_{answer['why']}", have=have, need=need)


def _judged(rows: pd.DataFrame, say: Language) -> Section:
    """The models of each kind beside popularity, on the period that they had not seen."""
    tested = rows[(rows["split"] == "test") & (rows["k"] == rows["k"].max())]
    shown, lines = [], []
    for kind in _KINDS:
        mine = tested[tested["kind"] == kind].sort_values(["ndcg", "model"], ascending=[False, True], kind="stable")
        if mine.empty:
            continue
        keep = mine["serves"] | (mine["model"] == "popular") | (mine["ndcg"].rank(ascending=False) <= _MOST_MODELS - 2)
        for row in mine[keep].to_dict("records"):
            shown.append(_model(row, say))
            if row["serves"]:
                lines.append(_verdict(row, say))
    first, last = tested["first_day"].min().date(), tested["last_day"].max().date()
    lead = say(
        "recommend_trial.lead",
        members=say.count(tested["members"].max()),
        span=say.span(first, last),
        k=say.count(tested["k"].max()),
    )
    heads = ("kind", "model", "ndcg", "over", "hits", "coverage")
    command = f"footfall-analytics recommend --trial --as-of {last}"
    return Section(
        say("recommend_trial.title"),
        lead,
        tuple(say(f"recommend_trial.{head}") for head in heads),
        tuple(shown),
        (*lines, say("recommend_trial.note")),
        How(say("recommend_trial.title"), say("recommend_trial.how"), command),
        texts=2,
    )


def _model(row: Mapping[Hashable, Any], say: Language) -> Row:
    over = UNKNOWN
    if row["model"] != "popular":
        low, high = say.number(row["low"], 3), say.number(row["high"], 3)
        over = say("recommend_trial.between", low=low, high=high)
    return Row(
        (
            say(f"recommend_kind.{row['kind']}"),
            say(f"recommend_model.{row['model']}"),
            say.number(row["ndcg"], 3),
            over,
            say.percent(row["hit_rate"], 0),
            say.percent(row["coverage"], 0),
        ),
        strong=bool(row["serves"]),
    )


def _verdict(row: Mapping[Hashable, Any], say: Language) -> str:
    """What serves, and by how much it is better; or that nothing is."""
    kind = say(f"recommend_kind.{row['kind']}")
    if row["model"] == "popular":
        return say("recommend_trial.not_better", kind=kind)
    base = row["ndcg"] - row["over_popular"]
    more = say.percent(row["over_popular"] / base, 0) if base > 0 else UNKNOWN
    model = say(f"recommend_model.{row['model']}")
    return say(
        "recommend_trial.better",
        kind=kind,
        model=model,
        more=more,
        low=say.number(row["low"], 3),
        high=say.number(row["high"], 3),
    )


def _offered(data: ReportData, trial: pd.DataFrame, say: Language) -> Section:
    """What stands on most lists, for all members and for each segment."""
    groups = data.of(RECOMMEND_GROUP)
    names: dict[str, str] = dict(zip(data.products["product_id"], data.products["name"], strict=True))
    rows = []
    size = groups.groupby("segment")["members"].max().sort_values(ascending=False, kind="stable")
    for segment in ["", *(name for name in size.index if name)][: _MOST_SEGMENTS + 1]:
        mine = groups[groups["segment"] == segment]
        if mine.empty:
            continue
        cells = [_segment(segment, say) if segment else say("recommend.everyone")]
        for kind in _KINDS:
            few = mine[mine["kind"] == kind].sort_values("rank").to_dict("records")
            told = [_share(row, names, say) for row in few[:2]]
            cells.append(say.listed(told) if told else UNKNOWN)
        cells.append(say.count(mine["members"].max()))
        rows.append(Row(tuple(cells), strong=not segment))
    lines = [_beside(data, groups, names, say)] if len(data.of(PRODUCT_SIMILAR)) else []
    if trial.empty:
        lines.append(say("recommend.untried"))
    heads = tuple(say(f"recommend.{head}") for head in ("segment", "new", "again", "members"))
    command = f"footfall-analytics recommend --as-of {groups['as_of'].iloc[0].date()}"
    way = How(say("recommend.title"), say("recommend.how"), command)
    return Section(
        say("recommend.title"), say("recommend.lead"), heads, tuple(rows), (*(line for line in lines if line),
        say("recommend.note")), way, texts=3,
    )  # fmt: skip


def _segment(name: str, say: Language) -> str:
    return say(f"segment.{name.lower().replace(' ', '_').replace(chr(39), '')}")


def _share(row: Mapping[Hashable, Any], names: Mapping[str, str], say: Language) -> str:
    name = names.get(str(row["product_id"]), str(row["product_id"]))
    return say("recommend.share", name=name, share=say.percent(row["listed"] / row["members"], 0))


def _beside(data: ReportData, groups: pd.DataFrame, names: Mapping[str, str], say: Language) -> str:
    """What goes with the products that most members buy again."""
    goods = data.of(PRODUCT_SIMILAR)
    goods = goods[goods["by"] == "bought"]
    best = groups[(groups["segment"] == "") & (groups["kind"] == "again")].sort_values("rank")["product_id"]
    told = []
    for product in best:
        near = goods[goods["product_id"] == product].sort_values("rank").head(_BESIDE)["other_id"]
        if len(near):
            others = say.listed([names.get(str(one), str(one)) for one in near])
            told.append(say("recommend.next_to", product=names.get(str(product), str(product)), others=others))
    return say("recommend.beside", goods=say("number.semicolon").join(told)) if told else ""
