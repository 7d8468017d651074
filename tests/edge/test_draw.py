"""Stories of the drawing page: what is clicked becomes settings, and what breaks a rule is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.cli import main
from edge.cli.build import scene_of
from edge.cli.floor_words import floor_words
from edge.draw import as_toml, build, judged
from edge.geometry import Point
from edge.settings import load, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

CONFIG = """
[store]
id = "shop"
name = "Shop"
time_zone = "Europe/Berlin"
currency = "EUR"
[[cameras]]
id = "door"
name = "Main <b>door</b>"
source = "door.png"
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
"""
LINE = {"id": "entrance", "role": "entrance", "points": [[0.1, 0.6], [0.5, 0.7], [0.9, 0.6]], "anchor": "centre"}
ZONE = {
    "id": "shoes",
    "role": "product",
    "points": [[0.6, 0.2], [0.8, 0.2], [0.7, 0.4]],
    "min_stay_s": 2,
    "grace_s": 1.0,
}
FLOOR = {
    "floor_px": [[0.1, 0.9], [0.9, 0.9], [0.7, 0.3], [0.3, 0.3]],
    "floor_m": [[0, 0], [6, 0], [6, 10], [0, 10]],
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "store.toml"
    path.write_text(CONFIG, encoding="utf-8")
    cv2.imwrite(str(tmp_path / "door.png"), np.full((360, 640, 3), 120, np.uint8))
    return path


@pytest.fixture
def page(config: Path) -> Iterator[tuple[FlaskClient, Path, threading.Event]]:
    """The page's routes, without the guard that stands before them when they are served."""
    out, done = config.parent / "drawn.toml", threading.Event()
    app = build(load(config).cameras[0], b"jpeg", (640, 360), out=out, done=done, words=floor_words)
    with app.test_client() as client:
        yield client, out, done


def test_a_drawing_is_read_back_as_the_scene_that_was_drawn() -> None:
    text = as_toml({"lines": [LINE], "zones": [ZONE], **FLOOR})
    settings = read(CONFIG.split("[[cameras.lines]]", maxsplit=1)[0] + text, Path("x.toml"))
    camera = scene_of(settings.cameras[0])
    assert camera.lines[0].path.corners == (Point(0.1, 0.6), Point(0.5, 0.7), Point(0.9, 0.6))
    assert (camera.lines[0].anchor, camera.lines[0].flip, camera.lines[0].one_way) == ("centre", False, None)
    assert (camera.zones[0].id, camera.zones[0].min_stay_s, camera.zones[0].grace_s) == ("shoes", 2.0, 1.0)
    assert camera.floor is not None
    corner = camera.floor.to_floor(Point(0.7, 0.3))
    assert corner is not None
    assert (corner.x, corner.y) == pytest.approx((6, 10))


def test_only_what_differs_from_the_defaults_is_written() -> None:
    drawn = {
        "lines": [{**LINE, "points": [[0.1, 0.6], [0.9, 0.60001]], "anchor": "foot", "flip": True, "one_way": None}]
    }
    assert as_toml(drawn) == (
        '[[cameras.lines]]\nid = "entrance"\nrole = "entrance"\nstart = [0.1, 0.6]\nend = [0.9, 0.6]\nflip = true\n'
    )
    assert as_toml({"lines": [], "zones": [], "floor_px": [], "floor_m": []}) == ""


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (
            {"lines": [{**LINE, "points": [[0.1, 0.6]]}]},
            "lines[0].points: [[0.1, 0.6]]: has 1 points; needs at least 2",
        ),
        ({"lines": [LINE, LINE]}, "is also the id of"),
        ({"lines": [{**LINE, "id": "Front Door"}]}, "lines[0].id: 'Front Door': must consist of a-z, 0-9, _ and -"),
        ({"zones": [{**ZONE, "points": [[0, 0], [1, 1], [1, 0], [0, 0.5]]}]}, "its outline crosses itself"),
        ({"zones": [{**ZONE, "points": [[0, 0], [1, None], [1, 0]]}]}, "must be two numbers"),
        ({**FLOOR, "floor_m": [[0, 0], [6, 0], [0, 10], [6, 10]]}, "in another order"),
        ({**FLOOR, "floor_m": [[0, 0], [1, 0], [2, 0], [3, 0]]}, "on one line"),
        ({"lines": [{"points": {"x": 1}}]}, "lines[0].points"),
        (["no", "drawing"], None),
        ({"lines": [{**LINE, "anchor": ["foot"]}]}, "lines[0].anchor: ['foot']: must be one of"),
        ({"lines": [{**LINE, "flip": "yes"}]}, "lines[0].flip: 'yes': must be true or false"),
        ({"lines": [{**LINE, "id": "door \U0001f6aa\x7f\n"}]}, "must consist of a-z"),
        ({"lines": [{**LINE, "role": 'x"\n[store]\nid = "y'}]}, "must be one of"),
    ],
)
def test_what_breaks_a_rule_is_said_in_the_words_of_the_settings(drawn: object, said: str | None) -> None:
    found = judged(drawn, "door", (640, 360), floor_words)
    if said is None:
        assert (found.toml, found.errors) == ("", ())
    else:
        assert any(said in error for error in found.errors), found.errors
        assert not any("drawing" in error or "cameras[0]" in error for error in found.errors)


def test_a_good_floor_comes_with_its_error_and_a_grid_over_the_clicked_places() -> None:
    found = judged(FLOOR, "door", (640, 360), floor_words)
    assert not found.errors
    assert found.floor[0] == "floor from 4 points: exact at them, so a fifth is needed to test it"
    assert any("clicks 3 px off move positions by up to" in words for words in found.floor)
    ends = [way[0] for way in found.grid] + [way[-1] for way in found.grid]
    assert any(x < 0.3 for x, _ in ends)
    assert any(y < 0.3 for _, y in ends)
    assert len(found.grid) == (8 + 1) + (12 + 1)


def test_a_short_line_is_warned_of_before_it_is_pasted() -> None:
    short = {"lines": [{**LINE, "points": [[0.5, 0.5], [0.52, 0.5]]}]}
    found = judged(short, "door", (640, 360), floor_words)
    assert not found.errors
    assert any("is shorter" in warning for warning in found.warnings)


def test_a_zone_over_the_horizon_is_warned_of() -> None:
    sky = {**ZONE, "points": [[0.4, 0.0], [0.6, 0.0], [0.5, 0.8]]}
    low = {"floor_px": [[0.1, 0.9], [0.9, 0.9], [0.6, 0.5], [0.4, 0.5]], "floor_m": FLOOR["floor_m"]}
    found = judged({"zones": [sky], **low}, "door", (640, 360), floor_words)
    assert not found.errors
    assert any("zone shoes reaches to the horizon" in warning for warning in found.warnings)
    assert any("the horizon is at 0.37 (left) and 0.37 (right)" in words for words in found.floor), found.floor


def test_the_page_starts_with_what_is_drawn_already(page: tuple[FlaskClient, Path, threading.Event]) -> None:
    text = page[0].get("/").get_data(as_text=True)
    start = json.loads(text.split('id="start">')[1].split("</script>")[0])
    assert start["drawn"]["lines"][0]["points"] == [[0.1, 0.6], [0.9, 0.6]]
    assert (start["width"], start["height"], start["camera"]) == (640, 360, "door")
    assert "Main <b>door</b>" not in text
    assert not any(f"{word}http" in text for word in ('src="', 'href="', "url("))
    picture = page[0].get("/still.jpg")
    assert (picture.data, picture.mimetype) == (b"jpeg", "image/jpeg")


def test_only_a_drawing_without_errors_is_written_and_only_to_its_file(
    page: tuple[FlaskClient, Path, threading.Event],
) -> None:
    client, out, done = page
    before = (out.parent / "store.toml").read_text(encoding="utf-8")
    assert client.post("/write", json={"lines": [{**LINE, "id": "NO"}]}).status_code == 409
    assert not out.exists()
    assert client.post("/write", json={"lines": [LINE]}).get_json() == {"written": str(out)}
    assert tomllib.loads(out.read_text(encoding="utf-8"))["cameras"]["lines"][0]["id"] == "entrance"
    assert (out.parent / "store.toml").read_text(encoding="utf-8") == before
    assert not done.is_set()
    assert client.get("/done").status_code == 405, "a link of another page must not close it"
    client.post("/done", json={})
    assert done.is_set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "store.toml"], "store.toml: is there already"),
        (["--out", "nowhere/new.toml"], "its folder does not exist"),
        (["--from", "gone.mp4"], "gone.mp4: No such file"),
        (["--camera", "attic"], "'attic': no such camera"),
    ],
)
def test_what_cannot_be_drawn_on_is_said(
    config: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(config.parent)
    assert main(["draw", "--config", str(config), "--no-browser", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_camera_that_does_not_answer_is_named_without_its_password(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = config.read_text(encoding="utf-8").replace('"door.png"', '"http://me:secret@127.0.0.1:9/stream"')
    config.write_text(text, encoding="utf-8")
    assert main(["draw", "--config", str(config), "--no-browser"]) == 2
    said = capsys.readouterr().err
    assert "camera door: cannot be opened" in said
    assert "secret" not in said


@pytest.fixture
def browser() -> Iterator[Any]:
    """A Chromium without a window; skipped where it is not installed."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"):
        options.add_argument(flag)
    for flag in ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


def click(browser: Any, *places: tuple[float, float]) -> None:
    """Clicks on places (0..1) of the picture."""
    from selenium.webdriver.common.action_chains import ActionChains

    canvas = browser.find_element("id", "canvas")
    wide, tall = canvas.size["width"], canvas.size["height"]
    for x, y in places:
        mouse = ActionChains(browser, duration=20)
        mouse.move_to_element_with_offset(canvas, round((x - 0.5) * wide), round((y - 0.5) * tall)).click().perform()


@pytest.mark.slow
def test_an_owner_clicks_a_line_and_the_floor_and_gets_the_text(browser: Any, config: Path, tmp_path: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    config.write_text(CONFIG.split("[[cameras.lines]]", maxsplit=1)[0], encoding="utf-8")
    out = tmp_path / "drawn.toml"
    command = [sys.executable, "-m", "edge.cli", "draw", "--config", str(config), "--out", str(out), "--no-browser"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        address = program.stdout.readline().split()[-1]
        browser.set_window_size(1300, 950)
        browser.get(address)
        assert "token" not in browser.current_url
        wait = WebDriverWait(browser, 15)

        def press(name: str) -> None:
            browser.find_element(By.ID, name).click()

        press("add-line")
        click(browser, (0.2, 0.7), (0.8, 0.6))
        press("add-floor")
        click(browser, (0.1, 0.9), (0.9, 0.9), (0.7, 0.3), (0.3, 0.3))
        for number, (x, y) in enumerate([(0, 0), (6, 0), (6, 10), (0, 10)]):
            browser.find_element(By.ID, f"floor-x-{number}").send_keys(str(x))
            browser.find_element(By.ID, f"floor-y-{number}").send_keys(str(y))
        verdict = browser.find_element(By.ID, "verdict")
        wait.until(lambda _: "exact at them" in verdict.text)
        assert "No rule is broken." in verdict.text
        assert len(browser.find_elements(By.CSS_SELECTOR, "#grid polyline")) == 22
        tip = browser.find_element(By.CSS_SELECTOR, ".arrow-in").get_attribute("points").split(",")
        assert float(tip[1].split()[0]) < 0.65 * 360, (
            "the arrow to the inside points up: left of a line drawn to the right"
        )
        press("write")
        wait.until(lambda _: "Written to" in browser.find_element(By.ID, "said").text)
        bad = [e["message"] for e in browser.get_log("browser") if e["level"] in {"SEVERE", "WARNING"}]
        messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
        press("done")
        wait.until(lambda _: "The page is closed" in browser.find_element(By.TAG_NAME, "body").text)
        assert f"written: {out}" in program.stdout.read()
    assert program.returncode == 0
    assert [m for m in bad if "favicon" not in m] == []
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith((address.split("?")[0], "data:"))} == set()
    drawn = tomllib.loads(out.read_text(encoding="utf-8"))
    assert np.allclose(drawn["floor_px"], [[0.1, 0.9], [0.9, 0.9], [0.7, 0.3], [0.3, 0.3]], atol=0.002)
    assert drawn["floor_m"] == FLOOR["floor_m"]
    (line,) = drawn["cameras"]["lines"]
    assert (line["id"], line["role"]) == ("entrance", "entrance")
    assert np.allclose([line["start"], line["end"]], [[0.2, 0.7], [0.8, 0.6]], atol=0.002)
