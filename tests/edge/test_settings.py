"""The settings file: what it means when it is right, and how it says everything that is wrong at once."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from edge.cli.build import UsageError, scene_of, site_of, to_utc, watched
from edge.geometry import Point, Polygon, Polyline, crosses_itself, line_crosses_itself
from edge.settings import SettingsError, hidden_password, load

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[store]
id = "demo"
name = "Demo store"
time_zone = "Europe/Berlin"
currency = "EUR"
[store.opening_hours]
mon = "09:00-20:00"
sat = "10:30-24:00"
[model]
path = "people_openvino_model"
confidence = 0.3
[[cameras]]
id = "door"
source = "clips/door.mp4"
start = 2026-04-07T10:00:00
floor_px = [[0.1, 0.9], [0.9, 0.9], [0.7, 0.3], [0.3, 0.3]]
floor_m = [[0, 0], [6, 0], [6, 10], [0, 10]]
model.min_height = 0.1
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
[[cameras.zones]]
id = "shoes"
role = "product"
polygon = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "store.toml"
    path.write_text(text, encoding="utf-8")
    return path


def errors_of(folder: Path, text: str) -> list[str]:
    """What is wrong with a settings file, without its own path."""
    path = write(folder, text)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert all(line.startswith(f"{path}: ") for line in caught.value.errors)
    return [line.removeprefix(f"{path}: ") for line in caught.value.errors]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, f"{old!r} must stand exactly once in the good file"
    return GOOD.replace(old, new)


def test_a_good_file_becomes_a_site_with_minutes_and_metres(tmp_path: Path) -> None:
    site = site_of(load(write(tmp_path, GOOD)))
    assert (site.store.id, site.store.time_zone, site.store.currency) == ("demo", "Europe/Berlin", "EUR")
    assert [(h.weekday, h.opens_min, h.closes_min) for h in site.hours] == [(0, 540, 1200), (5, 630, 1440)]
    camera = site.cameras[0]
    assert (camera.name, camera.lines[0].anchor, camera.lines[0].flip) == ("door", "foot", False)
    assert camera.floor is not None
    corner = camera.floor.to_floor(Point(0.9, 0.9))
    assert corner is not None
    assert (corner.x, corner.y) == pytest.approx((6, 0))


def test_a_camera_overrides_only_the_model_keys_it_names(tmp_path: Path) -> None:
    settings = load(write(tmp_path, GOOD))
    door = watched(settings, settings.cameras[0])
    assert (door.thresholds.confidence, door.thresholds.iou, door.thresholds.min_height) == (0.3, 0.6, 0.1)


def test_relative_paths_start_at_the_settings_file_and_local_times_in_the_store(tmp_path: Path) -> None:
    settings = load(write(tmp_path, GOOD))
    door = watched(settings, settings.cameras[0])
    assert door.source == tmp_path / "clips" / "door.mp4"
    assert door.model == str(tmp_path / "people_openvino_model")
    assert door.start == datetime(2026, 4, 7, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("end = [0.9, 0.6]", "end = [0.9, 0.7]"),
        ("end = [0.9, 0.6]", "end = [0.9, 0.6]\nflip = true"),
        ("[0.4, 0.4]]", "[0.4, 0.5]]"),
        ("confidence = 0.3", "confidence = 0.31"),
        ("model.min_height = 0.1", "model.min_height = 0.2"),
        ('id = "door"', 'id = "door"\nfps = 5'),
        ("[6, 10], [0, 10]]", "[6, 11], [0, 11]]"),
        ("[[cameras]]", "[rules]\nentry_hold_s = 3\n[[cameras]]"),
    ],
)
def test_whatever_could_change_a_fact_changes_the_config_hash(tmp_path: Path, old: str, new: str) -> None:
    before, after = load(write(tmp_path, GOOD)), load(write(tmp_path, changed(old, new)))
    hashes = {watched(s, s.cameras[0]).config_hash for s in (before, after)}
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("clips/door.mp4", "elsewhere/door.mp4"),
        ('name = "Demo store"', 'name = "Another name"'),
        ("people_openvino_model", "copy_of_the_same_openvino_model"),
        ('id = "door"', 'id = "door"\nname = "The door"'),
    ],
)
def test_what_changes_no_fact_keeps_the_config_hash(tmp_path: Path, old: str, new: str) -> None:
    before, after = load(write(tmp_path, GOOD)), load(write(tmp_path, changed(old, new)))
    hashes = {watched(s, s.cameras[0]).config_hash for s in (before, after)}
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "demo"', 'id = "Demo!"', "store.id: 'Demo!': must consist of a-z, 0-9, _ and -"),
        ("Europe/Berlin", "Europe/Berlim", "store.time_zone: 'Europe/Berlim': unknown time zone"),
        ("Europe/Berlin", "../etc/passwd", "store.time_zone: '../etc/passwd': unknown time zone"),
        ('"EUR"', '"Euro"', "store.currency: 'Euro': must be an ISO 4217 code"),
        ("09:00-20:00", "09:00-09:00", "store.opening_hours.mon: '09:00-09:00': must not close when it opens"),
        ("09:00-20:00", "14:00-13:00", "store.opening_hours.mon: '14:00-13:00': must close by noon of the next day"),
        ("09:00-20:00", "20:00-11:00", "closes at 11:00 on one day and opens at 10:30 on"),
        ("09:00-20:00", "9-20", "store.opening_hours.mon: '9-20': must be text of the form 'HH:MM-HH:MM'"),
        ("09:00-20:00", "09:00-25:00", "store.opening_hours.mon: '09:00-25:00': must be times of a day"),
        ('sat = "', 'saturday = "', "store.opening_hours.saturday: '10:30-24:00': unknown key; did you mean 'sat'?"),
        ("confidence = 0.3", "confidence = 1.5", "model.confidence: 1.5: must be at most 1"),
        ("confidence = 0.3", "confidence = nan", "model.confidence: nan: must be a finite number"),
        ("confidence = 0.3", 'confidence = "0.3"', "model.confidence: '0.3': must be a number"),
        ("confidence = 0.3", "confidence = true", "model.confidence: True: must be a number"),
        ("confidence = 0.3", "confidense = 0.3", "model.confidense: 0.3: unknown key; did you mean 'confidence'?"),
        ("[model]", "[modell]", "unknown key; did you mean 'model'?"),
        ('source = "clips/door.mp4"', "", "cameras[0].source: (missing): must be given"),
        ('"clips/door.mp4"', "-1", "cameras[0].source: -1: must be the number of a USB camera"),
        ('id = "door"', 'id = "door"\nfps = 0', "cameras[0].fps: 0: must be greater than 0"),
        ("start = 2026-04-07T10:00:00", 'start = "noon"', "cameras[0].start: 'noon': must be a date and time"),
        ('role = "entrance"', 'role = "door"', "cameras[0].lines[0].role: 'door': must be one of 'entrance' or"),
        ("end = [0.9, 0.6]", "end = [1.2, 0.5]", "cameras[0].lines[0].end: [1.2, 0.5]: must lie within 0..1"),
        ("end = [0.9, 0.6]", "end = [0.1, 0.6]", "cameras[0].lines[0].end: [0.1, 0.6]: is the same point as start"),
        ("end = [0.9, 0.6]", "end = [0.9]", "cameras[0].lines[0].end: [0.9]: must be two numbers [x, y]"),
        ("end = [0.9, 0.6]", "", "cameras[0].lines[0].end: (missing): must be given"),
        ("end = [0.9, 0.6]", "end = [0.9, 0.6]\npoints = [[0, 0], [1, 1]]", "has either start and end, or points"),
        (
            "end = [0.9, 0.6]",
            'end = [0.9, 0.6]\none_way = "up"',
            "lines[0].one_way: 'up': must be one of 'in' or 'out'",
        ),
        ("end = [0.9, 0.6]", 'end = [0.9, 0.6]\nanchor = "feet"', "lines[0].anchor: 'feet': must be one of 'foot',"),
        (", [0.4, 0.4]]", "]", "zones[0].polygon: [[0.1, 0.1], [0.4, 0.1]]: has 2 points; needs at least 3"),
        ("[0.4, 0.4]]", "[0.4, 1.4]]", "polygon: [[0.1, 0.1], [0.4, 0.1], [0.4, 1.4]]: point 3, [0.4, 1.4], must lie"),
        ("[0.4, 0.4]]", "[0.2, 0.1]]", "zones[0].polygon: [[0.1, 0.1], [0.4, 0.1], [0.2, 0.1]]: encloses no area"),
        ("[0.4, 0.4]]", "[0.1, 0.4], [0.4, 0.4]]", "its outline crosses itself; list the corners in order"),
        ("[0.4, 0.4]]", "[0.4, 0.4]]\nmin_stay_s = -1", "cameras[0].zones[0].min_stay_s: -1: must be at least 0"),
        (
            "[6, 10], [0, 10]]",
            "[6, 10]]",
            "floor_m: [[0, 0], [6, 0], [6, 10]]: has 3 points; needs at least 4",
        ),
        ("[6, 10], [0, 10]]", "[3, 0], [0, 10]]", "three of the four points lie on one line"),
        ("[6, 10], [0, 10]]", "[0, 10], [6, 10]]", "in another order in the picture than in metres"),
        ("[6, 10], [0, 10]]", "[6, 10], [0, 10], [3, 5]]", "has 5 points, and floor_px has 4"),
        ("floor_m = [[0, 0], [6, 0], [6, 10], [0, 10]]\n", "", "floor_px and floor_m must be given together"),
        # a third place a millimetre beside the line of two others; and all of them on one line
        ("[6, 10], [0, 10]]", "[3, 0.001], [0, 10]]", "three of the four points lie on one line"),
        ("[6, 10], [0, 10]]", "[2, 0], [1, 0]]", "three of the four points lie on one line"),
        ("[0.7, 0.3], [0.3, 0.3]]", "[0.5, 0.901], [0.3, 0.3]]", "three of the four points lie on one line"),
        (
            "start = [0.1, 0.6]\nend = [0.9, 0.6]",
            "points = [[0.1, 0.6], [0.9, 0.6], [0.9, 0.3], [0.5, 0.9]]",
            "lines[0].points: [[0.1, 0.6], [0.9, 0.6], [0.9, 0.3], [0.5, 0.9]]: crosses itself or runs back on itself",
        ),
        (
            "start = [0.1, 0.6]\nend = [0.9, 0.6]",
            "points = [[0.1, 0.6], [0.9, 0.6], [0.5, 0.601]]",
            "lines[0].points: [[0.1, 0.6], [0.9, 0.6], [0.5, 0.601]]: crosses itself or runs back on itself",
        ),
    ],
)
def test_each_mistake_is_named_with_its_key_its_value_and_the_rule(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    found = errors_of(tmp_path, changed(old, new))
    assert len(found) == 1
    assert message in found[0]
    assert "\n" not in found[0]


def test_a_zone_whose_outline_crosses_itself_is_refused(tmp_path: Path) -> None:
    bow_tie = "[[0.1, 0.1], [0.4, 0.5], [0.4, 0.1], [0.1, 0.4]]"
    found = errors_of(tmp_path, changed("[[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]]", bow_tie))
    assert [line.partition(": its")[2] for line in found] == [
        " outline crosses itself; list the corners in order around the zone"
    ]


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ([(0, 0), (1, 0)], False),
        ([(0, 0), (1, 0), (1, 1), (0, 1)], False),
        ([(0, 0), (1, 0), (0.1, 0.4), (1, 0.8)], False),  # a zigzag
        ([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], True),  # a ring ends where it began
        ([(0, 0), (2, 0), (2, 1), (1, -1)], True),
        ([(0, 0), (2, 0), (1, 0)], True),  # back on itself
        ([(0, 0), (2, 0), (1, 0.02), (0, 1)], True),  # nearly
    ],
)
def test_line_crosses_itself(corners: list[tuple[float, float]], expected: bool) -> None:
    assert line_crosses_itself(Polyline(tuple(Point(x, y) for x, y in corners))) is expected


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ([(0, 0), (1, 0), (1, 1), (0, 1)], False),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], True),
        ([(0, 0), (2, 0), (2, 2), (1, 0.5), (0, 2)], False),  # a dent is no crossing
        ([(0, 0), (2, 0), (2, 2), (1, 0), (0, 2)], True),  # a dent that touches the other side is one
    ],
)
def test_crosses_itself(corners: list[tuple[float, float]], expected: bool) -> None:
    assert crosses_itself(Polygon(tuple(Point(x, y) for x, y in corners))) is expected


def test_every_mistake_is_reported_at_once_even_beside_broken_neighbours(tmp_path: Path) -> None:
    text = (
        changed('id = "demo"', 'id = "?"').replace("confidence = 0.3", "confidence = 2").replace("0.9, 0.6]", "9, 6]")
    )
    text += '[[cameras]]\nid = "door"\nsource = 0\nfps = -1\n'
    found = errors_of(tmp_path, text)
    assert [line.split(": ")[0] for line in found] == [
        "store.id",
        "model.confidence",
        "cameras[0].lines[0].end",
        "cameras[1].fps",
        "cameras[1].id",
    ]
    assert found[-1] == "cameras[1].id: 'door': is also the id of cameras[0]"


def test_two_lines_of_one_camera_may_not_share_an_id_but_two_cameras_may_use_the_same(tmp_path: Path) -> None:
    line = '[[cameras.lines]]\nid = "entrance"\nrole = "entrance"\nstart = [0.2, 0.2]\nend = [0.3, 0.3]\n'
    found = errors_of(tmp_path, GOOD + line)
    assert found == ["cameras[0].lines[1].id: 'entrance': is also the id of cameras[0].lines[0]"]
    load(write(tmp_path, GOOD + '[[cameras]]\nid = "side"\nsource = 0\n' + line))


def test_a_store_without_cameras_is_refused(tmp_path: Path) -> None:
    head = GOOD.partition("[[cameras]]")[0]
    assert errors_of(tmp_path, head) == ["cameras: (missing): must be given"]
    assert errors_of(tmp_path, "cameras = []\n" + head) == ["cameras: []: needs at least one camera"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: No such file or directory"):
        load(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_toml_is_named_with_the_line(tmp_path: Path) -> None:
    assert "not TOML" in errors_of(tmp_path, "[store]\nid = \n")[0]
    assert "line 2" in errors_of(tmp_path, "[store]\nid = \n")[0]


def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "store.toml"
    path.write_bytes('[store]\nid = "x"\nname = "Müller"\n'.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"store\.toml: line 3: not UTF-8 text"):
        load(path)


@pytest.mark.parametrize(
    "address",
    ["rtsp://admin:secret@10.0.0.2/live", "rtsp://admin:se@cret@10.0.0.2/live", "rtsp://admin:se/cret@10.0.0.2/live"],
)
def test_a_password_never_shows_up(address: str) -> None:
    assert hidden_password(f"cannot open '{address}'") == "cannot open 'rtsp://10.0.0.2/live'"


def test_an_address_without_a_password_stays_as_it_is() -> None:
    assert hidden_password("rtsp://10.0.0.2:554/live?channel=1") == "rtsp://10.0.0.2:554/live?channel=1"


def test_a_misspelt_source_does_not_print_its_password(tmp_path: Path) -> None:
    found = errors_of(tmp_path, changed('source = "clips/door.mp4"', 'sorce = "rtsp://me:secret@cam/1"'))
    assert any("did you mean 'source'?" in line for line in found)
    assert not any("secret" in line for line in found)


@pytest.mark.parametrize(
    "words",
    [
        '[alerts.mqtt]\nhost = "broker"\npasword = "sesame"',
        '[alerts.mqtt]\nhost = "broker"\npassword = ["sesame"]',
        '[alerts.webhook]\nurl = { secret = "https://hooks.example.com/sesame" }',
        '[alerts]\nwebhook = "https://hooks.example.com/sesame"',
        '[alert.email]\npassword = "sesame"',
    ],
)
def test_a_misspelt_alert_does_not_print_its_password(tmp_path: Path, words: str) -> None:
    found = errors_of(tmp_path, f"{GOOD}\n{words}\n")
    assert any("alert" in line and "(hidden)" in line for line in found)
    assert not any("sesame" in line for line in found)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("[alerts]\ncamera_down_s = 1e300", "alerts.camera_down_s: 1e+300: must be at most 3.16"),
        ("[alerts]\nqueue = true", "alerts.queue: True: must be a whole number"),
        ("[database]\nretention_days = 100000000000", "retention_days: 100000000000: must be at most 36600"),
        ('[alerts.mqtt]\nhost = "mqtt://broker"', "alerts.mqtt.host: 'mqtt://broker': must be the name or number"),
        ('[alerts.mqtt]\nhost = "broker"\nport = 0', "alerts.mqtt.port: 0: must be at least 1"),
        (
            '[alerts.email]\nhost = "m"\nsender = "a@b.c"\nto = "a@b.c"',
            "email.to: 'a@b.c': must be a list of addresses",
        ),
        ('[alerts.email]\nhost = "m"\nsender = "a@b.c"\nto = ["owner"]', "['owner']: must be one address such as"),
        ('[alerts.email]\nhost = "m"\nsender = "a@b.c\\nBcc: x@y.z"\nto = ["a@b.c"]', "must be one address such as"),
        ('[alerts.webhook]\nurl = "env:FOOTFALL_NO_SUCH"', "the environment variable FOOTFALL_NO_SUCH is not set"),
    ],
)
def test_what_would_fail_months_later_is_said_at_once(tmp_path: Path, words: str, message: str) -> None:
    (found,) = errors_of(tmp_path, f"{GOOD}\n{words}\n")
    assert message in found


def test_an_address_may_carry_a_name(tmp_path: Path) -> None:
    mail = '[alerts.email]\nhost = "m"\nsender = "Shoes <shop@example.com>"\nto = ["a@b.c", "Owner <d@e.f>"]'
    found = load(write(tmp_path, f"{GOOD}\n{mail}\n")).alerts.email
    assert found is not None
    assert found.to == ("a@b.c", "Owner <d@e.f>")


def test_local_times_around_the_clock_change() -> None:
    winter, summer = datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - local on purpose
    assert to_utc(winter, "Europe/Berlin") == datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert to_utc(summer, "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of the two 02:30
    with pytest.raises(UsageError, match=r"2026-03-29 02:30:00: no such time in Europe/Berlin"):
        to_utc(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")  # noqa: DTZ001 - local on purpose


def test_the_example_sends_nothing_anywhere_and_what_it_shows_of_alerts_is_valid(root: Path, tmp_path: Path) -> None:
    text = (root / "config" / "store.toml").read_text(encoding="utf-8")
    shop = load(write(tmp_path, text)).alerts
    assert (shop.webhook, shop.mqtt, shop.email) == (None, None, None)
    begins, ends = text.index("# [alerts.webhook]"), text.index("[service]")
    shown = "\n".join(line.removeprefix("# ") for line in text[begins:ends].splitlines())
    shop = load(write(tmp_path, text[:begins] + shown + "\n" + text[ends:])).alerts
    assert shop.webhook is not None
    assert shop.mqtt is not None
    assert shop.email is not None


def test_the_example_of_a_real_store_is_valid_and_names_every_key(root: Path) -> None:
    path = root / "config" / "store.toml"
    settings = load(path)
    assert [camera.id for camera in settings.cameras] == ["door", "floor"]
    assert scene_of(settings.cameras[1]).floor is not None
    raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(raw["rules"]) == set(settings.rules.model_dump())
    assert set(raw["model"]) == set(settings.model.model_dump())
