"""Cameras that misbehave over HTTP, and what the log says of it: the cause, once, without passwords."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.capture import LiveCamera
from edge.capture.probe import Answer, ask

from .cameras import Cable, WebCamera, assert_nothing_left, in_order, is_frame, leftovers, pictures, until, warnings_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[WebCamera]:
    served = WebCamera()
    served.start()
    yield served
    served.stop()


def live(address: str) -> LiveCamera:
    return LiveCamera(address, 10, "door", threading.Event())


@pytest.mark.slow
def test_a_wrong_password_is_said_once_and_never_shown(server: WebCamera, caplog: pytest.LogCaptureFixture) -> None:
    server.locked = True
    camera = live(server.address.replace("secret", "guessed"))
    with closing(camera.frames()) as stream:
        until(stream, lambda _: len(server.tries) >= 6)  # some are two requests: the second has the password
        until(stream, lambda _: bool(camera.failure))
    reason = f"127.0.0.1:{server.port} does not accept this user and password (401)"
    assert warnings_of(caplog) == [f"camera door: cannot be opened: {reason}; trying again"]
    assert "guessed" not in caplog.text


def test_the_right_password_opens(server: WebCamera) -> None:
    server.locked = True
    with closing(live(server.address).frames()) as stream:
        until(stream, is_frame)


def test_each_cause_has_its_words(server: WebCamera) -> None:
    here = f"127.0.0.1:{server.port}"
    assert ask(server.address) == Answer("", "multipart/x-mixed-replace")
    assert ask(f"http://{here}/nowhere").fault == f"{here} has no such stream (404): the path of its address is wrong"
    server.page = True
    assert ask(server.address).fault == f"{here} sends no video but text/html"
    server.locked = True
    assert ask(f"http://{here}/video").fault == f"{here} wants a user and a password (401)"
    assert ask("http://127.0.0.1:9/").fault == "127.0.0.1:9 refuses the connection: nothing listens there"
    assert ask("rtsp://me:p@ss/word@camera").fault  # whatever it is taken for, it ends
    assert ask("http://me:secret@127.0.0.1:port/").fault == "its address is not written rightly"
    assert ask(f"rtsp://{here}/door").fault == f"{here} does not speak rtsp"


def test_a_host_without_a_name_or_without_an_answer_is_told() -> None:
    assert ask("http://no-such-host.invalid/").fault == "no host has the name no-such-host.invalid"
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        place = f"127.0.0.1:{mute.getsockname()[1]}"
        assert ask(f"rtsp://{place}/", within_s=0.3).fault == f"{place} does not answer"
        mute.accept()[0].close()  # of this question

        def talk() -> None:
            with mute.accept()[0] as connection:
                connection.sendall(b"220 mail here\r\n\r\n")

        talker = threading.Thread(target=talk)
        talker.start()
        assert ask(f"rtsp://{place}/", within_s=2).fault == f"{place} does not speak rtsp"
        talker.join()


@pytest.mark.slow
def test_a_camera_that_was_locked_out_works_as_soon_as_the_lock_is_lifted(
    server: WebCamera, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.locked = True
    camera = live(server.address.replace("secret", "guessed"))
    with closing(camera.frames()) as stream:
        until(stream, lambda _: "401" in camera.failure)
        server.locked = False
        until(stream, is_frame)
    assert camera.failure == ""
    assert [message.split(":")[0] for message in caplog.messages] == ["camera door"] * 2
    assert camera.reconnects == 0


@pytest.mark.slow
def test_a_picture_that_grows_in_the_middle_of_a_stream_is_the_same_view_in_the_size_of_the_beginning(
    server: WebCamera,
) -> None:
    with closing(live(server.address).frames()) as stream:
        frames = pictures(stream)
        before = next(frames)
        server.size = (480, 640)
        after = [next(frames) for _ in range(10)]
    assert {frame.image.shape for frame in (before, *after)} == {(240, 320, 3)}
    assert int(np.ptp(after[-1].image)) <= 2, "cut or padded"
    assert in_order([before, *after])


@pytest.mark.slow
def test_a_slower_camera_is_simply_slower(server: WebCamera) -> None:
    with closing(live(server.address).frames()) as stream:
        until(stream, is_frame)
        server.fps = 1
        items = [next(stream) for _ in range(8)]
    assert in_order(items)
    assert sum(is_frame(item) for item in items) >= 2


@pytest.mark.slow
def test_pictures_cut_in_their_middle_are_a_lost_stream_and_never_a_half_picture(server: WebCamera) -> None:
    camera = live(server.address)
    with closing(camera.frames()) as stream:
        given = until(stream, is_frame)
        server.cut.set()
        given += until(stream, lambda _: bool(camera.failure))
        server.cut.clear()
        given += until(stream, is_frame)
    assert in_order(given)
    assert all(int(np.ptp(frame.image)) <= 2 for frame in pictures(given)), "half a picture"


@pytest.mark.slow
def test_a_stalled_stream_is_cut_within_twenty_seconds_and_found_again(
    server: WebCamera, caplog: pytest.LogCaptureFixture
) -> None:
    before = leftovers()
    camera = live(server.address)
    with closing(camera.frames()) as stream:
        given = until(stream, is_frame)
        server.stalled.set()
        stalled = time.monotonic()
        given += until(stream, lambda _: bool(camera.failure))
        assert time.monotonic() - stalled < 20
        assert camera.failure == "nothing came for 8 s"
        server.stalled.clear()
        given += until(stream, is_frame)
        assert camera.reconnects == 1
    assert sum(not is_frame(item) for item in given) >= 15
    assert caplog.text.count("nothing came") == 1
    server.stop()
    server.start()
    assert_nothing_left(*before)


@pytest.mark.slow
def test_a_camera_that_takes_connections_and_says_nothing_is_left_after_the_time_out(server: WebCamera) -> None:
    server.stalled.set()
    camera = live(server.address)
    with closing(camera.frames()) as stream:
        began = time.monotonic()
        until(stream, lambda _: bool(camera.failure))
        assert time.monotonic() - began < 20
        server.stalled.clear()
        until(stream, is_frame)


@pytest.mark.slow
def test_a_broken_camera_is_not_asked_more_than_five_times_a_minute(server: WebCamera) -> None:
    server.cut.set()  # it opens and breaks, again and again
    camera = live(server.address)
    with closing(camera.frames()) as stream:
        ends = time.monotonic() + 30
        until(stream, lambda _: time.monotonic() > ends, within_s=33)
    assert 3 <= len(server.tries) <= 5


@pytest.mark.slow
def test_broken_bytes_cost_pictures_but_not_the_camera(server: WebCamera) -> None:
    cable = Cable(server.port)
    camera = live(f"http://127.0.0.1:{cable.port}/video")
    with closing(cable), closing(camera.frames()) as stream:
        given = until(stream, is_frame)
        cable.harm = lambda piece: piece[: len(piece) // 2] + bytes(20) + piece[len(piece) // 2 + 25 :]
        ends = time.monotonic() + 4
        given += until(stream, lambda _: time.monotonic() > ends)
        cable.harm = bytes
        given += until(stream, lambda item: is_frame(item) and time.monotonic() > ends + 1)
    assert in_order(given)
