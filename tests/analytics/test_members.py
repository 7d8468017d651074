"""Stories of member cards: whose visit it was, and when nothing may be said."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics import frames, joins

from .store_days import at, receipts, rows_of

DAY = "2026-01-05"


def members(**consent: bool) -> pd.DataFrame:
    """Members by name and consent."""
    day = pd.Timestamp("2025-01-01")
    rows = [(name, day, None, None, None, agreed) for name, agreed in consent.items()]
    return frames.check(pd.DataFrame(rows, columns=frames.MEMBERS.names), frames.MEMBERS)


def swipes(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Swipes from (member, reader, local time)."""
    told = [(who, where, pd.Timestamp(at(f"{DAY} {when}"))) for who, where, when in rows]
    frame = pd.DataFrame(told, columns=frames.CARD_SWIPES.names) if told else frames.empty(frames.CARD_SWIPES)
    return frames.check(frame, frames.CARD_SWIPES)


def pairs(sold: pd.DataFrame, *rows: tuple[str, int, float]) -> pd.DataFrame:
    """Pairs from (receipt, track, probability); the other receipts have none."""
    found = sold[["receipt_id", "sold_at"]].assign(
        camera_id="floor", run_id="run-1", zone_id="till", gap_s=5.0, candidates=1, reason=None
    )
    tracks = {name: track for name, track, _ in rows}
    found["track_id"] = found["receipt_id"].map(tracks).astype("Int64")
    found["probability"] = found["receipt_id"].map({name: chance for name, _, chance in rows}).astype("float64")
    found.loc[found["track_id"].isna(), ["camera_id", "run_id", "zone_id"]] = None
    return frames.check(found, frames.RECEIPT_VISITS)


def sale(time: str, member: str | None = None, **rest: object) -> tuple[str, int, dict[str, object]]:
    return f"{DAY} {time}", 1000, {"member_id": member} | rest


def link(
    sold: pd.DataFrame, paired: pd.DataFrame, known: pd.DataFrame, read: pd.DataFrame | None = None
) -> joins.Carded:
    return joins.member_visits(joins.Cards(sold, sold["sold_at"], swipes() if read is None else read, known), paired)


def test_a_receipt_with_a_card_links_its_visit_with_the_pairs_own_probability() -> None:
    sold = receipts(sale("10:00:00", "M1"))
    found = link(sold, pairs(sold, ("R1", 7, 0.83)), members(M1=True))
    (row,) = rows_of(found.visits)
    assert (row.member_id, row.receipt_id, row.camera_id, row.track_id) == ("M1", "R1", "floor", 7)
    assert (row.probability, row.via) == (0.83, "receipt")
    assert pd.isna(row.flag)
    assert (found.withheld, found.unpaired) == (0, 0)


@pytest.mark.parametrize("known", [members(M1=False), members(M2=True)])
def test_without_consent_nothing_is_linked(known: pd.DataFrame) -> None:
    """Nor is anyone who is not in the members' list: nobody knows of a consent."""
    sold = receipts(sale("10:00:00", "M1"), sale("11:00:00"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9), ("R2", 8, 0.9)), known, swipes(("M1", "T1", "10:59:30")))
    assert found.visits.empty
    assert found.withheld == 2


def test_a_card_without_a_visit_links_nothing_and_is_counted() -> None:
    sold = receipts(sale("10:00:00", "M1"))
    found = link(sold, pairs(sold), members(M1=True))
    assert found.visits.empty
    assert found.unpaired == 1


def test_voids_and_training_link_nobody() -> None:
    sold = receipts(sale("10:00:00", "M1", kind="void"), sale("11:00:00", "M1", kind="training"))
    assert link(sold, pairs(sold, ("R1", 7, 0.9), ("R2", 8, 0.9)), members(M1=True)).visits.empty


def test_a_return_does_not_show_who_came_unless_the_card_was_swiped() -> None:
    """Its card is that of the sale, and somebody else may bring the thing back."""
    sold = receipts(sale("10:00:00", "M1", kind="return"))
    paired, known = pairs(sold, ("R1", 7, 0.9)), members(M1=True)
    assert link(sold, paired, known).visits.empty
    assert list(link(sold, paired, known, swipes(("M1", "T1", "09:59:30"))).visits["via"]) == ["swipe"]


def test_a_swipe_shortly_before_a_receipt_without_a_card_links_it_with_less_trust() -> None:
    sold = receipts(sale("10:00:00"))
    found = link(sold, pairs(sold, ("R1", 7, 0.8)), members(M1=True), swipes(("M1", "T1", "09:59:30")))
    (row,) = rows_of(found.visits)
    assert (row.member_id, row.via) == ("M1", "swipe")
    assert 0.7 < row.probability < 0.8


@pytest.mark.parametrize(
    "read", [("M1", "T2", "09:59:30"), ("M1", "T1", "09:50:00"), ("M1", "T1", "10:00:40"), ("M1", "door", "09:59:30")]
)
def test_a_swipe_elsewhere_or_at_another_time_links_nothing(read: tuple[str, str, str]) -> None:
    sold = receipts(sale("10:00:00"), sale("15:00:00", till_id="T2"))
    assert link(sold, pairs(sold, ("R1", 7, 0.8)), members(M1=True), swipes(read)).visits.empty


def test_a_swipe_and_the_receipt_that_shows_the_same_card_are_one_link() -> None:
    sold = receipts(sale("10:00:00", "M1"))
    found = link(sold, pairs(sold, ("R1", 7, 0.8)), members(M1=True), swipes(("M1", "T1", "09:59:30")))
    assert list(found.visits["via"]) == ["receipt"]
    assert list(found.visits["probability"]) == [0.8]


def test_a_swipe_goes_to_the_receipt_with_its_card_rather_than_to_a_nearer_one() -> None:
    sold = receipts(sale("09:59:00"), sale("10:00:00", "M1"))
    read = swipes(("M1", "T1", "09:58:30"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9), ("R2", 8, 0.9)), members(M1=True), read)
    assert list(found.visits["receipt_id"]) == ["R2"]


def test_each_swipe_goes_to_the_receipt_of_its_own_customer() -> None:
    """Two customers in a row: the second swipe is nearer to the first receipt than nothing at all."""
    sold = receipts(sale("10:00:00"), sale("10:01:30"))
    read = swipes(("M1", "T1", "09:59:20"), ("M2", "T1", "10:00:50"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9), ("R2", 8, 0.9)), members(M1=True, M2=True), read)
    assert dict(zip(found.visits["receipt_id"], found.visits["member_id"], strict=True)) == {"R1": "M1", "R2": "M2"}


def test_two_cards_on_one_receipt_are_flagged_and_link_nobody() -> None:
    sold = receipts(sale("10:00:00", "M1"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9)), members(M1=True, M2=True), swipes(("M2", "T1", "09:59:30")))
    assert list(found.visits["member_id"]) == ["M1", "M2"]
    assert list(found.visits["flag"]) == ["two cards on one receipt"] * 2
    assert found.visits[["camera_id", "run_id", "track_id", "probability"]].isna().all(axis=None)


@pytest.mark.parametrize(("second", "flagged"), [("10:00:30", True), ("10:00:59", True), ("10:02:00", False)])
def test_one_card_at_two_tills_within_seconds_is_flagged(second: str, flagged: bool) -> None:
    sold = receipts(sale("10:00:00", "M1"), sale(second, "M1", till_id="T2"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9), ("R2", 8, 0.9)), members(M1=True))
    assert list(found.visits["flag"].notna()) == [flagged, flagged]
    assert list(found.visits["track_id"].isna()) == [flagged, flagged]


def test_one_card_swiped_at_another_till_at_the_same_time_is_flagged() -> None:
    sold = receipts(sale("10:00:00", "M1"), sale("14:00:00", till_id="T2"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9)), members(M1=True), swipes(("M1", "T2", "10:00:10")))
    assert list(found.visits["flag"]) == ["card at two tills"]


def test_one_card_twice_at_one_till_is_one_person_who_forgot_something() -> None:
    sold = receipts(sale("10:00:00", "M1"), sale("10:00:40", "M1"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9), ("R2", 7, 0.5)), members(M1=True))
    assert found.visits["flag"].isna().all()


def test_two_members_on_one_visit_are_flagged() -> None:
    sold = receipts(sale("10:00:00", "M1"), sale("10:01:30", "M2"))
    found = link(sold, pairs(sold, ("R1", 7, 0.9), ("R2", 7, 0.5)), members(M1=True, M2=True))
    assert list(found.visits["flag"]) == ["two members on one visit"] * 2


def test_clocks_are_compared_after_they_were_put_right() -> None:
    """T2 is a minute ahead: the card was at both tills within ten seconds."""
    sold = receipts(sale("10:00:00", "M1"), sale("10:01:10", "M1", till_id="T2"))
    right = sold["sold_at"] - pd.to_timedelta([0, 60], unit="s").astype("timedelta64[ms]")
    found = joins.member_visits(
        joins.Cards(sold, right, swipes(), members(M1=True)), pairs(sold, ("R1", 7, 0.9), ("R2", 8, 0.9))
    )
    assert found.visits["flag"].notna().all()
    assert list(found.visits["sold_at"]) == list(sold["sold_at"])


def test_nothing_sold_links_nothing() -> None:
    sold = receipts()
    found = link(sold, frames.empty(frames.RECEIPT_VISITS), members(M1=True), swipes(("M1", "T1", "10:00:00")))
    assert found.visits.empty


def test_a_card_swiped_twice_for_one_receipt_does_not_claim_the_next_customers() -> None:
    sold = receipts(sale("10:00:45"), sale("10:02:00"))
    paired = pairs(sold, ("R1", 1, 0.9), ("R2", 2, 0.9))
    for again in ("10:00:05", "10:00:44", "10:00:48"):
        found = link(sold, paired, members(M1=True), swipes(("M1", "T1", "10:00:00"), ("M1", "T1", again)))
        assert found.visits["receipt_id"].tolist() == ["R1"], again


def test_a_member_who_pays_twice_and_swipes_twice_has_both_receipts() -> None:
    sold = receipts(sale("10:00:45"), sale("10:02:00"))
    twice = swipes(("M1", "T1", "10:00:10"), ("M1", "T1", "10:01:20"))
    found = link(sold, pairs(sold, ("R1", 1, 0.9), ("R2", 1, 0.9)), members(M1=True), twice)
    assert found.visits["receipt_id"].tolist() == ["R1", "R2"]
    assert found.visits["flag"].isna().all()
