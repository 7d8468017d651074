"""Mannequins, posters and mirrors are learnt and left out; people who stand still are not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from edge.fixed import MOST_PLACES, FixedTargets

from .stories import NOON, Box, detections, standing_at

AFTER_S = 600.0
MANNEQUIN = standing_at(500, 300)


def watch(targets: FixedTargets, seconds: int, people: object = None, sway: float = 0.01, begin: int = 0) -> list[int]:
    """Shows a mannequin (and whoever ``people(second)`` says) once a second; how many boxes were left each time."""
    rng = np.random.default_rng(begin)
    left = []
    for second in range(begin, begin + seconds):
        boxes: list[Box] = []
        if sway >= 0:
            off = rng.normal(0, sway * 120, 4)
            boxes.append(tuple(float(a + b) for a, b in zip(MANNEQUIN, off, strict=True)))  # type: ignore[arg-type]
        boxes += people(second) if callable(people) else []
        left.append(len(targets.without(detections(boxes), NOON + timedelta(seconds=second))))
    return left


def test_a_mannequin_is_left_out_once_it_has_stood_there_long_enough() -> None:
    left = watch(FixedTargets(AFTER_S), 700)
    assert left[: int(AFTER_S)] == [1] * int(AFTER_S)
    assert sum(left[int(AFTER_S) + 1 :]) <= 2  # a few boxes flicker by more than the tolerance


def test_a_cashier_who_stands_in_one_place_all_day_stays_a_person() -> None:
    assert sum(watch(FixedTargets(AFTER_S), 4000, sway=0.05)) == 4000


def test_a_passer_by_in_front_of_a_mannequin_is_seen() -> None:
    targets = FixedTargets(AFTER_S)
    watch(targets, 700)
    left = watch(targets, 60, people=lambda s: [standing_at(470 + (s - 700), 320)], begin=700)
    assert min(left) >= 1


def test_a_mannequin_that_was_moved_is_learnt_again_and_its_place_is_free() -> None:
    targets = FixedTargets(AFTER_S)
    watch(targets, 700)
    assert targets.cover(MANNEQUIN)
    assert len(targets.boxes) == 1
    watch(targets, 400, sway=-1, begin=700)  # it is gone
    assert not targets.cover(MANNEQUIN)
    assert watch(targets, 10, begin=1100) == [1] * 10


def test_zero_seconds_learn_nothing() -> None:
    assert sum(watch(FixedTargets(0), 2000)) == 2000


def test_a_mannequin_is_learnt_in_the_middle_of_a_crowd() -> None:
    rng = np.random.default_rng(5)

    def crowd(_: int) -> list[Box]:
        return [standing_at(float(x), float(y)) for x, y in rng.uniform((50, 150), (380, 340), (8, 2))]

    targets = FixedTargets(AFTER_S)
    watch(targets, 200, people=crowd, sway=-1)
    watch(targets, 700, people=crowd, begin=200)
    assert targets.cover(MANNEQUIN)
    assert len(targets.boxes) == 1


def test_a_busy_day_does_not_fill_the_memory() -> None:
    targets = FixedTargets(36_000)
    rng = np.random.default_rng(3)
    for second in range(400):
        boxes = [standing_at(float(x), float(y)) for x, y in rng.uniform(50, 600, (5, 2))]
        targets.without(detections(boxes), NOON + timedelta(seconds=second))
    assert len(targets._places) <= MOST_PLACES
