"""``footfall-analytics churn``: who is leaving, who will buy again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..jobs.churn import churn_of
from ..jobs.purchases import purchases_of
from ..money import in_words
from ..settings import load
from .asking import add_as_of, as_csv, as_of, shown, table_of, unsaid, within
from .opening import opened

if TYPE_CHECKING:
    import argparse

    from rich.console import Console
    from rich.table import Table

    from ..churn import Outcome
    from .parents import Parents, Parsers

_SHOWN = 20
_STANDING = {
    "good_comes": "good customers, likely to buy",
    "good_risk": "good customers at risk",
    "good_gone": "former good customers",
    "other_comes": "others, likely to buy",
    "other_risk": "others, more likely to stay away",
    "other_gone": "others, hardly one in ten comes",
    "all": "all",
}


def churn(options: argparse.Namespace, console: Console) -> int:
    """Shows how many buy again, who is at risk and why, or how well that is known."""
    within("--days", options.days, 7, 730)
    settings = load(options.config)
    with opened(settings) as context:
        window = as_of(options, context)
        rules = context.plan.churn
        rules = rules if options.days is None else replace(rules, days=options.days)
        found = churn_of(purchases_of(context, window), rules)
        currency = context.facts.store.currency
    if options.csv:
        kind = "members" if options.members else "trial" if options.trial else "groups"
        return as_csv(getattr(found, kind), console)
    if not found.groups.empty:
        make = _members if options.members else _trial if options.trial else _groups
        shown(make(found, currency), console)
    unsaid(found.answers, console)
    return 0


def _groups(found: Outcome, currency: str) -> Table:
    first = found.groups.iloc[0]
    title = f"Expected to buy in the {first['days']} days after {first['as_of']:%Y-%m-%d}"
    table = table_of(title, ("members",), ("how many", "expected", "95 %", "bought, before returns"))
    for row in found.groups.to_dict("records"):
        span = f"{row['low']:,.0f}-{row['high']:,.0f}"
        amount = in_words(row["spent_minor"], currency)
        name = _STANDING[row["standing"]]
        table.add_row(name, f"{row['members']:,}", f"{row['expected']:,.0f}", span, amount)
    return table


def _trial(found: Outcome, currency: str) -> Table:
    del currency
    first = found.trial.iloc[0]
    title = (
        f"Judged on the {first['days']} days after {first['judged_on']:%Y-%m-%d}: "
        f"{first['bought']:,} of {first['members']:,} members bought"
    )
    numbers = ("AUC", "95 %", "Brier", "calibration error", "over recency", "over BG/NBD")
    table = table_of(title, ("model",), numbers)
    for row in found.trial.sort_values("auc", ascending=False, kind="stable").to_dict("records"):
        name = f"{row['model']} *" if row["serves"] else str(row["model"])
        span = f"{row['auc_low']:.3f}-{row['auc_high']:.3f}"
        gains = (_gain(row, "over_recency"), _gain(row, "over_bgnbd"))
        table.add_row(name, f"{row['auc']:.3f}", span, f"{row['brier']:.3f}", f"{row['ece']:.3f}", *gains)
    table.caption = "* serves"
    return table


def _gain(row: dict[Any, Any], name: str) -> str:
    if pd.isna(row[name]):
        return ""
    return f"{row[name]:+.3f} ({row[f'{name}_low']:+.3f} to {row[f'{name}_high']:+.3f})"


def _members(found: Outcome, currency: str) -> Table:
    """The good customers at risk, and those who are as good as gone; those who bought for most first."""
    at_risk = found.members[found.members["standing"].isin(["good_risk", "good_gone"])]
    worth = (at_risk["spend_minor"] * at_risk["purchases"]).sort_values(ascending=False, kind="stable").index
    title = f"Good customers at risk or gone: {min(_SHOWN, len(at_risk))} of {len(at_risk):,}; all members with --csv"
    table = table_of(title, ("member",), ("leaves", "like these 95 %", "bought for"))
    table.add_column("why")
    for row in at_risk.loc[worth].head(_SHOWN).to_dict("records"):
        amount = in_words(round(row["spend_minor"] * row["purchases"]), currency)
        span = f"{1 - row['high']:.0%}-{1 - row['low']:.0%}"
        table.add_row(row["member_id"], f"{row['p_leave']:.0%}", span, amount, _why(row, currency))
    return table


def _why(row: dict[Any, Any], currency: str) -> str:
    """The reasons that speak for leaving, in words with their numbers."""
    gap = "" if pd.isna(row["gap_days"]) else f", usual gap {row['gap_days']:.0f}"
    words = {
        "recency": f"last purchase {row['days_since']} days ago{gap}",
        "often": f"{row['purchases']} days of purchase{gap}",
        "lately": f"{row['lately']} in the last {row['days']} days, {row['before']} in those before",
        "spend": f"{in_words(round(row['spend_minor']), currency)} a day of purchase",
        "tenure": f"first purchase {row['tenure_days']} days ago",
    }
    found = [(row[f"reason_{n}"], row[f"effect_{n}"]) for n in (1, 2, 3)]
    told = [words[code] for code, effect in found if isinstance(code, str) and effect < 0]
    # Compared with a typical member nothing speaks against a good one: then what they are known by.
    return "; ".join(told or [words["recency"]])


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("churn", parents=[parents.config], help="who is leaving, who will buy again")
    one.add_argument("--days", type=int, metavar="N", help="ask about so many days (default: as in the settings)")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--members", action="store_true", help="good customers at risk or gone, with the reasons")
    what.add_argument("--trial", action="store_true", help="models and baselines on days that they did not know")
    add_as_of(one)
    one.set_defaults(command=churn)
