"""The sections of the page about who is leaving and who will buy again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...frames import ANSWERS, CHURN_BINS, CHURN_GROUP, CHURN_TRIAL
from ..how import How
from ..sections import Chart, Row, Section
from .churn_charts import reliability

if TYPE_CHECKING:
    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANSWERS, CHURN_GROUP, CHURN_TRIAL, CHURN_BINS)
# Of fewer nothing is said but that there are some.
_FEW = 5


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    mine = answers[(answers["topic"] == "churn") & (answers["question"] == "buy_again")].to_dict("records")
    if not mine:
        return {}
    if not mine[0]["answered"]:
        have, need = say.count(mine[0]["have"]), say.count(mine[0]["need"])
        return {"churn": say(f"churn.why_{mine[0]['why']}", have=have, need=need)}
    if data.of(CHURN_GROUP).empty:
        return {}
    return {"churn": _standing(data, say), "churn_trial": _trial(data, say)}


def _when(row: dict[Any, Any]) -> str:
    return f" --as-of {row['as_of'].date()}"


def _how(say: Language, name: str, parts: str, options: str = "") -> How:
    return How(say(f"{name}.title"), parts, f"footfall-analytics churn{options}")


def _standing(data: ReportData, say: Language) -> Section:
    """How many are expected, of whom."""
    groups = {row["standing"]: row for row in data.of(CHURN_GROUP).to_dict("records")}
    whole = groups.pop("all")
    trial = data.of(CHURN_TRIAL)
    serves = trial[trial["serves"]].to_dict("records")[0]
    lead = say(
        "churn.lead",
        n=whole["members"],
        day=say.day(whole["as_of"].date()),
        length=say.length(whole["days"]),
        expected=say.count(whole["expected"]),
        low=say.count(whole["low"]),
        high=say.count(whole["high"]),
    )
    rows = [_row(row, say, data.currency) for row in (*groups.values(), whole) if row["members"]]
    risk = groups["good_risk"]["members"]
    lines = [say("churn.at_risk", n=risk) if risk else say("churn.nobody_at_risk")]
    lines.append(
        say(
            "churn.honest",
            n=serves["members"],
            length=say.length(serves["days"]),
            day=say.day(serves["judged_on"].date()),
            off=say.number(100 * serves["ece"]),
        )
    )
    lines.append(say("churn.note"))
    heads = tuple(say(f"churn.{head}") for head in ("who", "members", "expected", "range", "spent"))
    charts = (Chart(reliability(data.of(CHURN_BINS), say), say("churn.drawn")),)
    return Section(
        say("churn.title"),
        lead,
        heads,
        tuple(rows),
        tuple(lines),
        _how(say, "churn", say("churn.how"), _when(whole)),
        charts,
    )


def _row(row: dict[Any, Any], say: Language, currency: str) -> Row:
    few = row["members"] < _FEW
    cells = (
        say(f"churn.standing_{row['standing']}"),
        say("churn.few", n=_FEW) if few else say.count(row["members"]),
        "" if few else say.count(row["expected"]),
        "" if few else f"{say.count(row['low'])}–{say.count(row['high'])}",
        "" if few else say.money(row["spent_minor"], currency, whole=True),
    )
    return Row(cells, strong=row["standing"] == "all")


def _trial(data: ReportData, say: Language) -> Section:
    """The models and the baselines on a window that none of them knew."""
    trial = data.of(CHURN_TRIAL).sort_values("auc", ascending=False, kind="stable")
    rows = [
        Row(
            (
                say(f"churn.model_{row['model']}"),
                say.number(row["auc"], 3),
                f"{say.number(row['auc_low'], 3)}–{say.number(row['auc_high'], 3)}",
                say.number(100 * row["ece"]),
                _gain(row, "over_recency", say),
                _gain(row, "over_bgnbd", say),
            ),
            strong=row["serves"],
        )
        for row in trial.to_dict("records")
    ]
    serves = trial[trial["serves"]].to_dict("records")[0]
    chosen = trial[trial["chosen"]].to_dict("records")[0]
    first = trial.iloc[0]
    lead = say(
        "churn_trial.lead",
        n=int(first["members"]),
        bought=say.count(int(first["bought"])),
        length=say.length(int(first["days"])),
        day=say.day(first["judged_on"].date()),
    )
    name = say(f"churn.model_{serves['model']}")
    served = "churn_trial.worse" if serves["baseline"] else "churn_trial.better"
    lines = [say(served, model=name, chosen=say(f"churn.model_{chosen['model']}"))]
    if "bgnbd" not in set(trial["model"]):
        lines.append(say("churn_trial.no_bgnbd"))
    heads = tuple(say(f"churn_trial.{head}") for head in ("model", "auc", "range", "off", "recency", "bgnbd"))
    how = _how(say, "churn_trial", say("churn_trial.how"), " --trial")
    return Section(say("churn_trial.title"), lead, heads, tuple(rows), tuple(lines), how)


def _gain(row: dict[Any, Any], name: str, say: Language) -> str:
    if pd.isna(row[name]):
        return ""
    return say("churn_trial.gain", gain=_signed(row[name], say), low=_signed(row[f"{name}_low"], say),
               high=_signed(row[f"{name}_high"], say))  # fmt: skip


def _signed(value: float, say: Language) -> str:
    written = say.number(value, 3)
    return written if value < 0 else f"+{written}"
