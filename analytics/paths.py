"""Where people spend their time and which ways they take: trails into heat maps, stays and crossings into moves.

A heat map holds person-seconds: between two samples of a person's position the time is spread evenly along the straight
way from one to the other, so that a walk leaves a line and not a row of dots. What was before a person's first sample
and after the last is not known and not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .frames import HEAT, MOVES, check, empty, local_hour

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from .frames import StoreTime

PERSON = ["camera_id", "run_id", "track_id"]
FLOOR_CELL_M = 0.5
PICTURE_CELLS = 40
# Samples further apart than this, or than this many times the usual distance in time, are not joined.
JOINED_S = 3.0
JOINED_TIMES = 2.5
# Who does not move by more than this share of the picture in so long is no person.
STILL_S = 600.0
STILL_SPREAD = 0.004
# Whose feet lie below the picture stands somewhere else than where the box ends.
LOWEST = 0.995


@dataclass(frozen=True, slots=True)
class Outline:
    """A line or zone as it is drawn now.

    Attributes:
        camera_id: On whose picture.
        kind: ``line`` or ``zone``.
        name: Its id.
        picture: Its corners, 0..1.
        floor: The same on the floor, in metres; None where the floor is not known.
    """

    camera_id: str
    kind: str
    name: str
    picture: tuple[tuple[float, float], ...]
    floor: tuple[tuple[float, float], ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Person-seconds on a grid of square cells.

    Attributes:
        left: Place of the left edge, in the unit of ``cell``.
        top: Place of the first row's edge: the smallest y.
        cell: Length of a cell's edge: metres on the floor, a share of the picture (of its width and its height)
            otherwise.
        seconds: (rows, columns) float64, person-seconds; row 0 holds the smallest y.
        people: (rows, columns) int64; people who were in the cell, each counted once a day; None where small cells were
            put together: who was in two of them would count twice.
    """

    left: float
    top: float
    cell: float
    seconds: NDArray[np.float64]
    people: NDArray[np.int64] | None


def heat(trails: pd.DataFrame, stays: pd.DataFrame, day: date) -> pd.DataFrame:
    """Person-seconds by cell of one day, on the floor where it is known and in the picture.

    Args:
        trails: ``frames.TRAILS`` of the day, all cameras.
        stays: ``frames.STAYS`` of the day, or of more days: tells which tracks are mannequins, posters or mirrors.
        day: The local day.

    Returns:
        ``frames.HEAT``: cells of 0.5 m from the floor's origin, and cells of a fortieth of the picture.
    """
    if trails.empty:
        return empty(HEAT)
    parts = []
    for camera, mine in _people(trails, stays).groupby("camera_id", sort=True):
        steps = _steps(mine)
        for space, columns, cell in (
            ("floor", ("x_m", "y_m"), FLOOR_CELL_M),
            ("picture", ("x", "y"), 1.0 / PICTURE_CELLS),
        ):
            found = _cells(steps, columns, cell)
            if space == "picture":  # the picture's last column and row hold its right and lower edge, too
                found[["ix", "iy"]] = found[["ix", "iy"]].clip(0, PICTURE_CELLS - 1)
            summed = found.groupby(["ix", "iy"], as_index=False).agg(person_s=("s", "sum"), people=("who", "nunique"))
            parts.append(summed.assign(local_date=pd.Timestamp(day), camera_id=camera, space=space))
    whole = [part for part in parts if not part.empty]
    return check(pd.concat(whole, ignore_index=True), HEAT) if whole else empty(HEAT)


def moves(stays: pd.DataFrame, crossings: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """From which zone or entrance line people went to which next, by day.

    Args:
        stays: ``frames.STAYS`` of any number of days.
        crossings: ``frames.CROSSINGS`` of the same; entrance lines are places, too, named ``line in`` and ``line out``.
        time_zone: IANA name, or the store's time; a move belongs to the business day on which the place that was left
            was come to.

    Returns:
        ``frames.MOVES``: a row for every pair of places that somebody visited one after the other within one track. A
        return to the same place is no move.
    """
    known = stays[stays["end_cause"] != "fixed"]
    doors = crossings[crossings["role"] == "entrance"]
    at_zone = known[[*PERSON, "entered", "zone_id"]].set_axis([*PERSON, "at", "place"], axis=1)
    at_line = doors[[*PERSON, "at"]].assign(place=doors["line_id"] + " " + doors["direction"])
    places = pd.concat([part for part in (at_zone, at_line) if not part.empty] or [at_zone], ignore_index=True)
    places = places.sort_values([*PERSON, "at"], kind="stable").reset_index(drop=True)
    after = places.shift(-1)
    same = (places[PERSON] == after[PERSON]).all(axis=1) & (places["place"] != after["place"])
    if not same.any():
        return empty(MOVES)
    pairs = pd.DataFrame(
        {
            "local_date": local_hour(places["at"], time_zone)["local_date"],
            "camera_id": places["camera_id"],
            "from_place": places["place"],
            "to_place": after["place"],
        }
    )[same]
    return check(pairs.groupby(list(MOVES.key)).size().rename("moves").reset_index(), MOVES)


def grid(cells: pd.DataFrame, space: str, most: int = PICTURE_CELLS) -> Grid | None:
    """The cells of one camera and any number of days as a grid.

    Args:
        cells: ``frames.HEAT`` of one camera.
        space: ``floor`` or ``picture``.
        most: At most so many cells along either edge: cells of the floor are put together two by two until they fit.
            What is farther out than all but a hundredth of the time on either side is left out.

    Returns:
        None where there is no cell of that kind.
    """
    mine = cells[cells["space"] == space]
    if mine.empty:
        return None
    if space == "picture":
        return _filled(mine, 1.0 / PICTURE_CELLS, (0, PICTURE_CELLS - 1), (0, PICTURE_CELLS - 1))
    cell = FLOOR_CELL_M
    while True:
        across, deep = (_reach(mine[name].to_numpy(), mine["person_s"].to_numpy()) for name in ("ix", "iy"))
        if max(across[1] - across[0], deep[1] - deep[0]) < most:
            found = _filled(mine, cell, across, deep)
            return found if cell == FLOOR_CELL_M else replace(found, people=None)
        cell *= 2
        mine = mine.assign(ix=mine["ix"] // 2, iy=mine["iy"] // 2)


def _people(trails: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """The samples of tracks that are people, where their feet are seen, with a number for each track as ``who``."""
    fixed = stays.loc[stays["end_cause"] == "fixed", PERSON].drop_duplicates()
    known = trails.merge(fixed.assign(fixed=True), on=PERSON, how="left")
    known = known[known["fixed"].isna() & (known["y"] < LOWEST)].drop(columns="fixed")
    if known.empty:
        return known.assign(who=pd.Series(dtype="int64"))
    tracks = known.groupby(PERSON, sort=False)
    lasted_s = (tracks["at"].transform("max") - tracks["at"].transform("min")).dt.total_seconds()
    spread = tracks[["x", "y"]].transform("std", ddof=0).max(axis=1)
    moving = (lasted_s < STILL_S) | (spread > STILL_SPREAD)
    people: pd.DataFrame = known.assign(who=tracks.ngroup())[moving]
    return people


def _steps(samples: pd.DataFrame) -> pd.DataFrame:
    """Each sample beside the same person's next one: columns ``x0 x1 ...`` and ``s``, the seconds between."""
    ordered = samples.sort_values(["who", "at"], kind="stable").reset_index(drop=True)
    after = ordered.shift(-1)
    seconds = (after["at"] - ordered["at"]).dt.total_seconds()
    follows = ordered["who"] == after["who"]
    usual = float(seconds[follows].median()) if follows.any() else 0.0
    joined = follows & (seconds <= max(JOINED_S, JOINED_TIMES * usual)) & (seconds > 0)
    columns: dict[str, pd.Series] = {"who": ordered["who"], "s": seconds}
    for name in ("x", "y", "x_m", "y_m"):
        columns |= {f"{name}0": ordered[name], f"{name}1": after[name]}
    steps: pd.DataFrame = pd.DataFrame(columns)[joined]
    return steps


def _cells(steps: pd.DataFrame, columns: tuple[str, str], cell: float) -> pd.DataFrame:
    """The time of every step, cut where the way crosses from cell to cell: ``ix``, ``iy``, ``who``, ``s``."""
    ends = [f"{name}{end}" for end in (0, 1) for name in columns]
    known = steps.dropna(subset=ends)
    x0, y0, x1, y1 = (known[name].to_numpy(dtype=np.float64) / cell for name in ends)
    everyone = np.arange(len(known))
    rows = [everyone, everyone]
    shares = [np.zeros(len(known)), np.ones(len(known))]
    for begin, end in ((x0, x1), (y0, y1)):
        row, share = _cuts(begin, end)
        rows.append(row)
        shares.append(share)
    row, share = np.concatenate(rows), np.concatenate(shares)
    order = np.lexsort((share, row))
    row, share = row[order], share[order]
    piece = row[1:] == row[:-1]
    row, middle, length = row[:-1][piece], ((share[1:] + share[:-1]) / 2)[piece], (share[1:] - share[:-1])[piece]
    at_x = x0[row] + middle * (x1 - x0)[row]
    at_y = y0[row] + middle * (y1 - y0)[row]
    seconds = known["s"].to_numpy()[row] * length
    found = {
        "ix": np.floor(at_x).astype(np.int64),
        "iy": np.floor(at_y).astype(np.int64),
        "who": known["who"].to_numpy()[row],
        "s": seconds,
    }
    pieces: pd.DataFrame = pd.DataFrame(found)[length > 0]
    return pieces


def _cuts(begin: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where ways cross whole numbers: the number of the way, and the share of it that lies before the cut."""
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    first, last = np.floor(low) + 1, np.ceil(high) - 1
    count = np.maximum(last - first + 1, 0).astype(np.int64)
    row = np.repeat(np.arange(len(begin)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, (first[row] + number - begin[row]) / (end - begin)[row]


def _reach(places: NDArray[np.int64], weights: NDArray[np.float64]) -> tuple[int, int]:
    """The first and last place between which all but a hundredth of the weight lies at either side."""
    order = np.argsort(places, kind="stable")
    below = np.cumsum(weights[order]) / weights.sum()
    first, last = np.searchsorted(below, [0.01, 0.99])
    return int(places[order][first]), int(places[order][min(last, len(places) - 1)])


def _filled(cells: pd.DataFrame, cell: float, across: tuple[int, int], deep: tuple[int, int]) -> Grid:
    inside = cells[cells["ix"].between(*across) & cells["iy"].between(*deep)]
    shape = deep[1] - deep[0] + 1, across[1] - across[0] + 1
    seconds, people = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    place = inside["iy"].to_numpy() - deep[0], inside["ix"].to_numpy() - across[0]
    np.add.at(seconds, place, inside["person_s"].to_numpy())
    np.add.at(people, place, inside["people"].to_numpy())
    return Grid(across[0] * cell, deep[0] * cell, cell, seconds, people)
