"""The real video with the real weights: six people come to a table one at a time, and everybody is counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from edge import cli
from edge.contract import open_facts, read_crossings, read_stays

from .labels import Labelled, read_labels, score

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[store]
id = "real"
name = "Room with a table"
time_zone = "UTC"
currency = "EUR"
[database]
path = "facts.sqlite"
[model]
path = "{model}"
[[cameras]]
id = "room"
source = "{video}"
[[cameras.lines]]
id = "door"
role = "entrance"
start = {start}
end = {end}
anchor = "centre"
[[cameras.zones]]
id = "table"
role = "product"
polygon = {polygon}
"""


@pytest.mark.slow
def test_six_visitors_in_and_out_and_their_stays_at_the_table(shared: Path, tmp_path: Path) -> None:
    labels = read_labels(shared / "truth" / "one-by-one-person-detection.json")
    width, height, fps = labels["width"], labels["height"], labels["fps"]
    start, end = ([x / width, y / height] for x, y in labels["line"])
    polygon = [[x / width, y / height] for x, y in labels["zones"][0]["polygon_feet"]]
    video = shared / "videos" / labels["video"]
    model = shared / "models" / "yolo11n_int8_openvino_model"
    settings = tmp_path / "room.toml"
    settings.write_text(SETTINGS.format(model=model, video=video, start=start, end=end, polygon=polygon))

    assert cli.main(["replay", str(video), "--config", str(settings), "--start", "2026-04-07T10:00:00Z"]) == 0

    reader = open_facts(tmp_path / "facts.sqlite")
    day = datetime(2026, 4, 7, tzinfo=UTC), datetime(2026, 4, 8, tzinfo=UTC)
    rows = read_crossings(reader, *day)
    counted = [
        Labelled(int(str(v[rows.columns.index("frame_no")])), str(v[rows.columns.index("direction")]))
        for v in rows.values
    ]
    truth = [Labelled(c["frame"], c["direction"]) for c in labels["crossings"]]
    result = score(truth, counted, tolerance_frames=fps)
    assert (result.right, result.missed, result.invented) == (12, (), ())
    assert [c.direction for c in counted].count("in") == 6

    stays = read_stays(reader, *day)
    dwell_s = [int(str(v[stays.columns.index("dwell_ms")])) / 1000 for v in stays.values]
    assert dwell_s == pytest.approx([v["zone_s"] for v in labels["visits"]], abs=0.301)
