"""Everything about the worth of members, from their purchases: one function for the job and the command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..frames import (
    MEMBER_VALUE,
    VALUE_DECILE,
    VALUE_FIT,
    VALUE_HOLDOUT,
    VALUE_TOTAL,
    Answer,
    check,
    day_number,
    empty,
)
from . import bgnbd, spending
from .ahead import coming
from .bgnbd import BgNbd, fit
from .holdout import calibration, correlation, hold_out
from .lives import WEEK, lives, purchase_days
from .margin import margin_of
from .recency import by_recency
from .rules import ValueRules
from .simple import SimpleValue, simple
from .tables import decile_rows, fit_rows, member_rows
from .totals import Spend, outlook, total_row, worth_of

if TYPE_CHECKING:
    from ..purchases import Purchases
    from .fitting import Fitted
    from .holdout import HeldOut
    from .lives import Lives

HORIZON_DAYS = 90
LEAST_DAYS, LEAST_REPEATS = 28, 30


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """The frames, each of its contract and empty where there is no answer, and the answers.

    Attributes:
        members: ``frames.MEMBER_VALUE``.
        total: ``frames.VALUE_TOTAL``, one row.
        fit: ``frames.VALUE_FIT``.
        deciles: ``frames.VALUE_DECILE``.
        holdout: ``frames.VALUE_HOLDOUT``.
        answers: Of the questions purchases, spending, holdout and simple.
    """

    members: pd.DataFrame
    total: pd.DataFrame
    fit: pd.DataFrame
    deciles: pd.DataFrame
    holdout: pd.DataFrame
    answers: tuple[Answer, ...]


def worth(sales: Purchases, rules: ValueRules | None = None) -> Worth:
    """What members are worth, at the end of the last day of what was sold.

    Args:
        sales: Purchases with consent.
        rules: What a store may set.
    """
    rules = rules or ValueRules()
    why = _too_little(sales, rules)
    if why is not None:
        return _nothing(why)
    first_day = sales.receipts["local_date"].min().date()
    margin = margin_of(sales, rules.cost_share)
    plain = simple(
        purchase_days(sales), day_number(first_day), day_number(sales.as_of), margin or 1.0, rules.monthly_discount
    )
    told = [plain if isinstance(plain, Answer) else Answer("simple")]
    envelope = plain if isinstance(plain, SimpleValue) else None
    known = lives(sales)
    if len(known) < rules.least_members or known.seen.x.sum() < LEAST_REPEATS:
        few = len(known) < rules.least_members
        have, need = (len(known), rules.least_members) if few else (float(known.seen.x.sum()), LEAST_REPEATS)
        why = ("few_members" if few else "few_purchases", have, need)
        told += [Answer(question, *why) for question in ("purchases", "spending", "holdout")]
        return _nothing_but(fit_rows(None, None, envelope), told)
    held = hold_out(sales, first_day, rules.least_members)
    fitted = fit(known.seen)
    spend = spend_of(known)
    told.append(Answer("spending", *(() if spend.model is not None else ("not_identified",))))
    told.append(held if isinstance(held, Answer) else Answer("holdout"))
    told.append(_judged(fitted, held))
    parts = fit_rows(fitted, spend.fitted, envelope)
    frame = empty(VALUE_HOLDOUT)
    if not isinstance(held, Answer) and held.model is not None:
        frame = calibration(held)
    if told[-1].why is None:
        members, total = _modelled(known, fitted, spend, margin=margin, missed=_missed(held), rules=rules)
    elif isinstance(held, Answer):
        return _nothing_but(parts, told)
    else:
        members, total = _by_recency(known, held, spend, margin=margin, rules=rules)
    stamp = {"as_of": pd.Timestamp(sales.as_of).as_unit("ms"), "since": pd.Timestamp(first_day).as_unit("ms")}
    members = check(members.assign(as_of=stamp["as_of"]), MEMBER_VALUE)
    total = check(total.assign(**stamp), VALUE_TOTAL)
    return Worth(members, total, parts, decile_rows(members, known.sales_minor), frame, tuple(told))


def spend_of(known: Lives) -> Spend:
    """What a purchase of each member is expected to be: Gamma-Gamma, or where it is not identified the mean of all."""
    spent = (known.seen.x > 0) & (known.mean_minor > 0)
    x, mean = known.seen.x[spent], known.mean_minor[spent]
    related = correlation(x, mean)
    if len(x) >= LEAST_REPEATS and related is not None:
        fitted = spending.fit_spending(x, mean)
        if fitted.identified:
            return Spend(spending.GammaGamma(*fitted.values), fitted, 0.0, related)
    typical = float((x * mean).sum() / x.sum()) if len(x) else 0.0
    return Spend(None, None, typical, related)


def _modelled(
    known: Lives, fitted: Fitted, spend: Spend, *, margin: float | None, missed: float, rules: ValueRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the members and of all together by the model, without their days."""
    model = BgNbd(*fitted.values)
    counts = coming(model, known.seen, HORIZON_DAYS / WEEK, rules.interval)
    alive = bgnbd.posterior_alive(model, known.seen)
    value = worth_of(model, known, spend, margin or 1.0, rules)
    ahead = outlook(fitted, known, counts, spend, value=value, missed=missed)
    return member_rows(known, "bg_nbd", counts, spend, alive=alive, value=value), total_row(known, ahead, spend, margin)


def _by_recency(
    known: Lives, held: HeldOut, spend: Spend, *, margin: float | None, rules: ValueRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same by recency alone."""
    counts = by_recency(held, known.seen, HORIZON_DAYS, rules.interval)
    ahead = outlook(None, known, counts, spend, value=None, missed=0.0)
    return member_rows(known, "recency", counts, spend, alive=None, value=None), total_row(known, ahead, spend, margin)


def _judged(fitted: Fitted, held: HeldOut | Answer) -> Answer:
    """Whether the model may speak: identified, also at the earlier day, and nearer than going on as before."""
    if not fitted.identified or (not isinstance(held, Answer) and held.model is None):
        return Answer("purchases", "not_identified")
    if not isinstance(held, Answer) and not held.better:
        return Answer("purchases", "not_better")
    return Answer("purchases")


def _missed(held: HeldOut | Answer) -> float:
    """By what share of what was expected the total of the days held out was missed; 0 where none were."""
    if isinstance(held, Answer) or held.forecast is None or held.forecast.sum() <= 0:
        return 0.0
    return float(abs(held.actual.sum() / held.forecast.sum() - 1))


def _too_little(sales: Purchases, rules: ValueRules) -> tuple[str, float, float] | None:
    if sales.members.empty:
        return "no_members", 0, rules.least_members
    if sales.receipts.empty:
        return "no_receipts", 0, LEAST_REPEATS
    days = (sales.as_of - sales.receipts["local_date"].min().date()).days + 1
    if days < LEAST_DAYS:
        return "few_days", days, LEAST_DAYS
    many = sales.receipts["member_id"].nunique()
    return ("few_members", many, rules.least_members) if many < rules.least_members else None


def _nothing(why: tuple[str, float, float]) -> Worth:
    told = [Answer(question, *why) for question in ("purchases", "spending", "holdout", "simple")]
    return _nothing_but(empty(VALUE_FIT), told)


def _nothing_but(parts: pd.DataFrame, told: list[Answer]) -> Worth:
    frames = (empty(MEMBER_VALUE), empty(VALUE_TOTAL), parts, empty(VALUE_DECILE), empty(VALUE_HOLDOUT))
    return Worth(*frames, tuple(told))
