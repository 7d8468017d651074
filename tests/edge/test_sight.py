"""The cheap judge of pictures: what opens the gate, what health it sees, and what it keeps of a view."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.events import Frame
from edge.sight import PictureJudge, Reference, SightError, SightRules

from .damage import (
    FPS,
    black,
    damaged,
    film,
    hand_before_the_lens,
    learnt,
    lights_out,
    moment,
    no_signal,
    noisy,
    out_of_focus,
    pictures,
    shifted,
    told,
    turned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .damage import Damage, Picture

# The first visitor of the quiet clip comes in after 25 seconds.
EMPTY_S = 24


@pytest.fixture(scope="module")
def room(videos: Path) -> list[Picture]:
    """The quiet clip's first 100 seconds, five pictures a second."""
    return pictures(videos / "quiet.mp4", 100)


@pytest.fixture(scope="module")
def empty(room: list[Picture]) -> list[Picture]:
    """A minute of the empty room with its sensor's noise: the same seconds again and again."""
    seconds = room[: EMPTY_S * FPS]
    return (seconds + seconds[::-1] + seconds)[: 60 * FPS]


@pytest.fixture(scope="module")
def reference(room: list[Picture]) -> Reference:
    """What the room looks like."""
    return learnt(room)


def moving(shown: Iterable[Picture], fps: float = FPS) -> list[bool]:
    """What the gate says of each picture."""
    judge = PictureJudge()
    return [judge.look(frame).moves for frame in film(shown, fps)]


def with_person(picture: Picture, left: int, height_px: int = 28) -> Picture:
    """Someone small, far away and dressed nearly like the wall."""
    seen = picture.copy()
    body = seen[120 : 120 + height_px, left : left + height_px // 3]
    body[:] = (0.8 * body).astype(np.uint8)
    return seen


class TestMotion:
    """Rather too often than once too seldom, but not for ever."""

    @pytest.mark.slow
    def test_nothing_moves_in_an_empty_room_with_noise_and_drifting_light(self, empty: list[Picture]) -> None:
        said = moving(noisy(p * (1 + 0.0005 * n), 3) for n, p in enumerate(empty[: 30 * FPS]))
        assert said[0]
        assert not any(said[5 * FPS :])

    @pytest.mark.parametrize("left", [300, 380, 420])
    def test_someone_small_and_far_away_is_noticed_within_half_a_second(self, empty: list[Picture], left: int) -> None:
        entering = 40 * FPS
        walking = [with_person(p, left + 2 * n) for n, p in enumerate(empty[entering:])]
        said = moving([*empty[:entering], *walking])
        assert not any(said[5 * FPS : entering])
        assert any(said[entering : entering + FPS // 2 + 1])
        assert all(any(said[n : n + FPS]) for n in range(entering, len(said) - FPS))

    def test_who_stands_still_stops_moving_and_opens_the_gate_on_leaving(self, empty: list[Picture]) -> None:
        standing = [with_person(p, 400, 60) for p in empty[: 20 * FPS]]
        said = moving([*empty[: 20 * FPS], *standing, *empty[: 10 * FPS]])
        assert said[20 * FPS]
        assert not any(said[30 * FPS : 40 * FPS])
        assert said[40 * FPS]

    @pytest.mark.parametrize("gain", [0.6, 1.2])
    @pytest.mark.slow
    def test_a_lamp_or_an_exposure_step_opens_it_for_moments_only(self, empty: list[Picture], gain: float) -> None:
        said = moving([*empty[: 20 * FPS], *(noisy(p * gain, 1) for p in empty[20 * FPS :])])
        assert not any(said[25 * FPS :])

    def test_a_cloud_before_the_sun_does_not_open_it(self, empty: list[Picture]) -> None:
        cloud = np.geomspace(1, 0.75, 4 * FPS)
        said = moving([*empty[: 20 * FPS], *(noisy(p * g, 0) for p, g in zip(empty[20 * FPS :], cloud, strict=False))])
        assert not any(said[5 * FPS :])

    @pytest.mark.slow
    def test_a_flickering_lamp_does_not_hold_it_open(self, empty: list[Picture]) -> None:
        shown = [p.copy() for p in empty]
        for lit in shown[::2]:
            lit[:, 300:325] = np.clip(lit[:, 300:325] * 1.4, 0, 255).astype(np.uint8)
        said = moving([*shown, *shown, *shown])
        assert not any(said[120 * FPS :])

    @pytest.mark.slow
    def test_much_noise_does_not_hold_it_open(self, empty: list[Picture]) -> None:
        said = moving(noisy(p * 0.3, 8) for p in empty)
        assert sum(said[30 * FPS :]) <= 3

    def test_after_a_time_without_pictures_everything_may_have_moved(self, empty: list[Picture]) -> None:
        judge = PictureJudge()
        told(judge, film(empty[: 20 * FPS]))
        assert judge.look(Frame(moment(21), 0, empty[0])).moves is False
        assert judge.look(Frame(moment(31), 0, empty[0])).moves is True


FAULTS: dict[str, tuple[Damage, str]] = {
    "no signal": (no_signal, "black"),
    "black": (black, "black"),
    "lights out": (lights_out, "dark"),
    "hand before the lens": (hand_before_the_lens, "blocked"),
    "out of focus": (out_of_focus, "blurred"),
    "turned": (turned, "moved"),
}


class TestHealth:
    """Every fault opens and closes with its cause, and reaches back to its beginning."""

    @pytest.mark.slow
    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_fault_opens_and_closes(self, room: list[Picture], reference: Reference, fault: str) -> None:
        damage, cause = FAULTS[fault]
        said = told(PictureJudge(reference=reference), film(damaged(room, damage, 20, 60)))
        assert [health for health, *_ in said] == ["ok", cause, "ok"]
        (_, opened, noticed), (_, closed, over) = said[1:]
        assert 20 <= opened <= 24
        assert 60 <= closed <= 63
        assert noticed <= 45
        assert over <= 75

    @pytest.mark.slow
    def test_a_frozen_picture_is_noticed_and_its_beginning_told(self, room: list[Picture]) -> None:
        shown = [*room[: 20 * FPS], *[room[20 * FPS]] * (40 * FPS), *room[60 * FPS :]]
        said = told(PictureJudge(SightRules(frozen_s=30)), film(shown))
        assert said == [("ok", 0, 0), ("frozen", 20.2, 50.2), ("ok", 60, 60)]
        assert told(PictureJudge(SightRules(frozen_s=0)), film(shown)) == [("ok", 0, 0)]
        assert told(PictureJudge(SightRules(frozen_s=41)), film(shown)) == [("ok", 0, 0)]

    def test_a_scene_without_noise_is_not_frozen_while_a_single_pixel_patch_changes(self, room: list[Picture]) -> None:
        shown = [room[0].copy() for _ in range(60 * FPS)]
        for number, picture in enumerate(shown):
            picture[10:14, 10:14] = number % 200
        assert told(PictureJudge(), film(shown)) == [("ok", 0, 0)]

    @pytest.mark.slow
    def test_an_undamaged_clip_is_healthy_with_and_without_a_reference(
        self, room: list[Picture], reference: Reference
    ) -> None:
        assert told(PictureJudge(SightRules(frozen_s=5)), film(room)) == [("ok", 0, 0)]
        assert told(PictureJudge(SightRules(frozen_s=5), reference), film(room)) == [("ok", 0, 0)]

    @pytest.mark.slow
    def test_evening_is_not_a_moved_camera(self, empty: list[Picture], reference: Reference) -> None:
        gains = np.geomspace(1, 0.01, 200)
        evening = [noisy(empty[n % len(empty)] * gain, 2) for n, gain in enumerate(gains)]
        said = told(PictureJudge(reference=reference), film(evening, fps=1 / 3))
        assert [health for health, *_ in said][:2] == ["ok", "dark"]
        assert {health for health, *_ in said} <= {"ok", "dark", "black"}

    @pytest.mark.slow
    def test_light_from_the_side_and_a_little_shaking_are_not_a_moved_camera(
        self, empty: list[Picture], reference: Reference
    ) -> None:
        slope = np.linspace(0.4, 1.5, empty[0].shape[1])[None, :, None]
        lit = [np.clip(p * slope, 0, 255).astype(np.uint8) for p in empty]
        shaken = [shifted(p, 0.005 * (-1) ** n, 0.003) for n, p in enumerate(empty)]
        for shown in (lit, shaken):
            assert told(PictureJudge(reference=reference), film(shown)) == [("ok", 0, 0)]

    def test_a_hand_that_passes_is_no_fault(self, room: list[Picture], reference: Reference) -> None:
        shown = damaged(room, hand_before_the_lens, 20, 27)
        assert told(PictureJudge(reference=reference), film(shown)) == [("ok", 0, 0)]

    @pytest.mark.slow
    def test_a_cover_is_noticed_before_the_view_is_known(self, empty: list[Picture]) -> None:
        plain = [noisy(np.full(p.shape, 120.0) + np.arange(p.shape[1])[None, :, None] / 20, 3) for p in empty]
        said = told(PictureJudge(), film([*empty[: 10 * FPS], *plain]))
        assert [health for health, *_ in said] == ["ok", "blocked"]

    def test_a_black_picture_is_black_and_not_frozen(self, room: list[Picture]) -> None:
        said = told(PictureJudge(SightRules(frozen_s=5)), film(damaged(room, black, 20, 60)))
        assert [health for health, *_ in said] == ["ok", "black", "ok"]

    def test_what_began_to_show_before_a_gap_must_last_anew_after_it(self, room: list[Picture]) -> None:
        dark = [lights_out(p) for p in room[: 5 * FPS]]
        judge = PictureJudge()
        said = told(judge, [*film(room[: 5 * FPS]), *film(dark, begins=5), *film(dark, begins=100)])
        assert said == [("ok", 0, 0)]
        assert told(judge, film(dark, begins=105))[-1][:2] == ("dark", 100)

    @pytest.mark.slow
    def test_what_was_believed_before_the_dark_holds_until_it_can_be_judged_again(
        self, room: list[Picture], reference: Reference
    ) -> None:
        shown = damaged(damaged(room, out_of_focus, 10, 50), lights_out, 45, 75)
        said = told(PictureJudge(reference=reference), film(shown))
        assert [health for health, *_ in said] == ["ok", "blurred", "dark", "blurred", "ok"]
        assert all(before[1] <= after[1] <= after[2] for before, after in pairwise(said))

    @pytest.mark.slow
    def test_the_place_of_the_view_is_compared_only_if_wanted(self, room: list[Picture], reference: Reference) -> None:
        shown = [turned(p) for p in room]
        assert told(PictureJudge(SightRules(moved=False), reference), film(shown)) == [("ok", 0, 0)]

    @pytest.mark.slow
    def test_another_size_begins_anew_and_the_first_one_is_known_again(
        self, room: list[Picture], reference: Reference
    ) -> None:
        judge = PictureJudge(reference=reference)
        assert judge.reference is reference
        other = [np.ascontiguousarray(p[::2, ::2]) for p in room]
        said = told(judge, [*film([turned(p) for p in room]), *film(other, begins=100)])
        assert [health for health, *_ in said] == ["ok", "moved", "ok"]
        assert said[2][1] == 100
        assert judge.reference is not None
        assert (judge.reference.width, judge.reference.height) == (320, 180)
        told(judge, film(room[:1], begins=200))
        assert judge.reference is reference

    def test_a_picture_too_small_to_judge_is_refused(self) -> None:
        with pytest.raises(ValueError, match="12 x 40 is too small"):
            PictureJudge().look(Frame(moment(0), 0, np.zeros((40, 12, 3), np.uint8)))

    @pytest.mark.parametrize("size", [(1920, 1080), (240, 320), (768, 432), (16, 16), (352, 288), (4000, 64)])
    @pytest.mark.slow
    def test_every_size_can_be_judged(self, size: tuple[int, int]) -> None:
        shown = [noisy(np.full((size[1], size[0], 3), 90.0), 20) for _ in range(FPS)]
        assert told(PictureJudge(), film([*shown] * 3))[0] == ("ok", 0, 0)


class TestReference:
    """What is kept of a view: enough to know it again, too little to know anybody."""

    @pytest.mark.slow
    def test_it_is_learnt_in_a_minute_and_survives_a_restart(self, room: list[Picture]) -> None:
        early = PictureJudge()
        told(early, film(room[: 50 * FPS]))
        assert early.reference is None
        content = learnt(room[: 65 * FPS]).to_bytes()
        assert len(content) < 4000
        again = Reference.from_bytes(content)
        assert again.to_bytes() == content
        said = told(PictureJudge(reference=again), film([turned(p) for p in room]))
        assert [health for health, *_ in said] == ["ok", "moved"]
        assert said[1][1] <= 3

    def test_it_is_not_learnt_from_a_camera_that_cannot_see(self, room: list[Picture]) -> None:
        judge = PictureJudge()
        told(judge, film([lights_out(p) for p in room[: 70 * FPS : 5]], fps=1))
        assert judge.reference is None

    @pytest.mark.slow
    def test_it_does_not_follow_a_mount_that_sags(self, room: list[Picture], reference: Reference) -> None:
        sagging = [shifted(p, 0, 0.05 * n / len(room)) for n, p in enumerate(room)]
        judge = PictureJudge(reference=reference)
        said = told(judge, film([*sagging, *(shifted(p, 0, 0.05) for p in room[: 30 * FPS])]))
        assert [health for health, *_ in said] == ["ok", "moved"]
        assert judge.reference is reference

    @pytest.mark.parametrize("content", [b"", b"view", b"view2" + bytes(16)])
    def test_broken_bytes_are_refused(self, reference: Reference, content: bytes) -> None:
        for broken in (content, reference.to_bytes()[:-1], reference.to_bytes() + b"0"):
            with pytest.raises(SightError, match="reference of a camera's view"):
                Reference.from_bytes(broken)
