"""What came in and what is wrong with it: the data-quality report of the imports, by kind of file and by check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .how import How
from .sections import Row, Section

if TYPE_CHECKING:
    from .data import Rejects, ReportData
    from .language import Language

_COUNTS = ("read", "kept", "rejected", "duplicate", "new", "changed")
_CHECKS = ("unread", "day", "gap", "closed", "till_total", "lines", "payments", "return", "product", "card")
MOST_DETAILS = 3
# The rules that files break most, by how their words begin; any other is quoted.
_RULES = (
    ("must not be empty", "empty"),
    ("must not be negative", "negative"),
    ("must be a date", "date"),
    ("must lie between", "between"),
    ("must be the store's own currency", "currency"),
    ("no currency has this code", "currency"),
    ("must be one of", "one_of"),
    ("must be a whole number", "whole"),
    ("must be a plain", "amount"),
    ("has a thousands separator", "amount"),
    ("must be at least", "least"),
    ("must be quantity x unit_price", "line_total"),
    ("no such receipt was imported", "no_receipt"),
    ("a receipt of this id is stored", "same_id"),
    ("the same ", "same_key"),
    ("no till of this store", "till"),
    ("only a return names", "return_of"),
    ("is later than the file itself", "later"),
    ("must be true or false", "true_or_false"),
    ("must be 8 to 14 digits", "gtin"),
    ("must be an", "epc"),
    ("must be a whole and valid SGTIN", "epc"),
    ("is the header row once more", "header"),
    ("has ", "ragged"),
)


def rule_words(rejected: Rejects, say: Language) -> str:
    """The rule that rows broke, in the language of the page; one that has no words in it is quoted."""
    column, _, rule = rejected.rule.rpartition(": ") if re.match(r"^\w+: ", rejected.rule) else ("", "", rejected.rule)
    name = next((name for begin, name in _RULES if rule.startswith(begin)), None)
    told = say("rule.other", rule=rule) if name is None or say.code == "en" else say(f"rule.{name}")
    return say("rule.of_column", column=column, rule=told) if column else told


def files(data: ReportData, say: Language) -> Section | str:
    """Rows read, kept and rejected by kind of file, as of the last import of each; or why there are none."""
    found = data.quality[data.quality["check"].isin(_COUNTS)]
    if found.empty:
        return say("files.none")
    sums = (
        found.groupby(["source", "check"])["rows"]
        .sum()
        .unstack(fill_value=0)
        .reindex(columns=list(_COUNTS), fill_value=0)
    )
    number = found[found["check"] == "read"].groupby("source")["file"].nunique()
    rows = tuple(
        Row(
            (
                say.word("source", str(source)),
                say.count(int(number.get(source, 0))),
                *(say.count(int(n)) for n in counts),
            )
        )
        for source, counts in zip(sums.index, sums.to_numpy(), strict=True)
    )
    heads = tuple(say(f"files.{name}") for name in ("source", "files", *_COUNTS))
    command = f"footfall-analytics quality --since {data.since} --until {data.until}"
    return Section(say("files.title"), say("files.lead"), heads, rows, how=How(say("files.title"), "", command))


def checks(data: ReportData, say: Language) -> Section | str:
    """What is wrong with the sales of the period, check by check; or that nothing is known or wrong."""
    found = data.quality[(data.quality["verdict"] == "look") & data.quality["check"].isin(_CHECKS)]
    if found.empty:
        return say("checks.none")
    rows = []
    for check in _CHECKS:
        mine = found[found["check"] == check]
        if mine.empty:
            continue
        where = [
            say("checks.where", day=say.short_day(day), till=till) if isinstance(till, str) else say.short_day(day)
            for day, till in mine[["local_date", "till_id"]]
            .dropna(subset="local_date")
            .drop_duplicates()
            .itertuples(index=False)
        ]
        shown = say("number.semicolon").join(where[:MOST_DETAILS])
        if len(where) > MOST_DETAILS:
            shown = say("checks.and_more", shown=shown, n=len(where) - MOST_DETAILS)
        apart = (mine["amount_minor"].fillna(0) - mine["expected_minor"].fillna(0)).abs().sum()
        known = mine["expected_minor"].notna().any()
        money = say.money(float(apart), data.currency) if known else ""
        rows.append(
            Row((say(f"checks.{check}"), say.count(len(mine)), say.count(int(mine["rows"].sum())), money, shown))
        )
    heads = tuple(say(f"checks.{name}") for name in ("check", "findings", "rows", "apart", "when"))
    return Section(say("checks.title"), say("checks.lead"), heads, tuple(rows))
