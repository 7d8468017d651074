"""What customers bought: the one door at which consent is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from analytics.frames import LINES, MEMBERS, PRODUCTS, RECEIPTS, Answer, FrameError, answer_rows, check, empty
from analytics.purchases import Purchases, purchases

DAY = date(2026, 3, 2)


def receipts(*rows: tuple[str, str, int, str | None, datetime]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["receipt_id", "kind", "total_minor", "member_id", "sold_at"])
    found["sold_at"] = pd.to_datetime(found["sold_at"], utc=True).dt.as_unit("ms")
    found["return_of"] = None
    return check(found.assign(till_id="T1", currency="EUR"), RECEIPTS)


def lines(*rows: tuple[str, int, str, int, int]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["receipt_id", "line_no", "product_id", "quantity", "line_total_minor"])
    return check(found.assign(unit_price_minor=100, discount_minor=0), LINES)


def members(**consent: bool) -> pd.DataFrame:
    found = pd.DataFrame({"member_id": list(consent), "consent": list(consent.values())})
    found["joined_on"] = pd.Timestamp(DAY)
    return check(found.assign(age_band=None, gender=None, province=None), MEMBERS)


def at(hour: int, day: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, tzinfo=UTC) + timedelta(days=day)


def shop() -> Purchases:
    sold = receipts(
        ("R3", "return", 300, "yes", at(12)),
        ("R1", "sale", 500, "yes", at(9)),
        ("R2", "sale", 700, "no", at(10)),
        ("R4", "void", 900, "yes", at(13)),
        ("R5", "sale", 100, "nobody", at(14)),
        ("R6", "sale", 200, "yes", at(9, 1)),
    )
    bought = lines(
        ("R6", 0, "P1", 1, 200),
        ("R1", 0, "P1", 2, 300),
        ("R1", 1, "P2", 1, 200),
        ("R3", 0, "P1", 1, 300),
        ("R4", 0, "P9", 1, 900),
        ("R7", 0, "P9", 1, 900),
    )
    return purchases(
        sold, bought, members(yes=True, no=False), empty(PRODUCTS), as_of=DAY + timedelta(days=1), time="Europe/Berlin"
    )


def test_only_those_who_agreed_are_named() -> None:
    found = shop()
    named = dict(zip(found.receipts["receipt_id"], found.receipts["member_id"], strict=True))
    assert named["R1"] == "yes"
    nameless = found.receipts.loc[found.receipts["member_id"].isna(), "receipt_id"].tolist()
    assert nameless == ["R2", "R5"], "no consent, and a card of nobody known"
    assert found.members["member_id"].tolist() == ["yes"]
    assert found.of_members()["receipt_id"].tolist() == ["R1", "R3", "R6"]
    assert set(found.lines_of_members()["member_id"]) == {"yes"}


def test_returns_are_negative_voids_are_not_there_and_lines_follow_their_receipts() -> None:
    found = shop()
    assert found.receipts["receipt_id"].tolist() == ["R1", "R2", "R3", "R5", "R6"]
    assert found.receipts["amount_minor"].tolist() == [500, 700, -300, 100, 200]
    told = found.lines[["receipt_id", "product_id", "quantity", "amount_minor"]].values.tolist()
    assert told == [["R1", "P1", 2, 300], ["R1", "P2", 1, 200], ["R3", "P1", -1, -300], ["R6", "P1", 1, 200]]
    assert found.lines["local_date"].dt.date.tolist() == [DAY] * 3 + [DAY + timedelta(days=1)]


def test_an_earlier_day_knows_nothing_later() -> None:
    found = shop().until(DAY)
    assert found.as_of == DAY
    assert found.receipts["receipt_id"].tolist() == ["R1", "R2", "R3", "R5"]
    assert set(found.lines["receipt_id"]) == {"R1", "R3"}
    assert shop().until(DAY - timedelta(days=1)).members.empty


def test_who_bought_before_the_day_of_joining_on_file_was_a_member_then() -> None:
    found = shop()
    late = found.members.assign(joined_on=pd.Series([pd.Timestamp(DAY + timedelta(days=1))], dtype="datetime64[ms]"))
    earlier = replace(found, members=late).until(DAY)
    assert set(earlier.of_members()["member_id"]) == set(earlier.members["member_id"]) == {"yes"}


def test_a_sale_after_local_midnight_belongs_to_the_next_day() -> None:
    late = receipts(("R1", "sale", 500, None, at(22)), ("R2", "sale", 500, None, at(23)))
    bought = purchases(late, empty(LINES), empty(MEMBERS), empty(PRODUCTS), as_of=DAY, time="Europe/Berlin")
    assert bought.receipts["receipt_id"].tolist() == ["R1"], "23:00 UTC is the next day in Berlin"


def test_nothing_at_all() -> None:
    found = purchases(empty(RECEIPTS), empty(LINES), empty(MEMBERS), empty(PRODUCTS), as_of=DAY, time="Europe/Berlin")
    assert found.receipts.empty
    assert found.lines.empty
    assert found.until(DAY).of_members().empty


def test_answers_say_why_there_is_none() -> None:
    found = answer_rows("value", DAY, [Answer("clv"), Answer("alive", "few_members", 3, 100)])
    assert found["answered"].tolist() == [True, False]
    assert found["need"].tolist()[1] == 100
    with pytest.raises(FrameError, match="why: row 0: 'because': one of"):
        answer_rows("value", DAY, [Answer("clv", "because")])
    with pytest.raises(FrameError, match="the key appears twice"):
        answer_rows("value", DAY, [Answer("clv"), Answer("clv")])
