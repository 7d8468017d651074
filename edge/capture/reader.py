"""The one place that opens OpenCV's reader, with its own messages kept off the terminal."""

from __future__ import annotations

import os

import cv2

from .errors import CaptureError

OPEN_TIMEOUT_MS = 10_000
READ_TIMEOUT_MS = 10_000


def open_reader(source: int | str) -> cv2.VideoCapture:
    """Opens a USB camera, a network address or a file.

    Network sources get time-outs: without them a camera that stops answering would block its thread for ever
    (opencv issue 22677).

    Raises:
        CaptureError: OpenCV cannot open it. The message does not name the source: it may hold a password.
    """
    # FFmpeg writes a line for every damaged packet; what matters comes out as our own errors and warnings.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    if isinstance(source, int):
        reader = cv2.VideoCapture(source)
    elif "://" in source:
        timeouts = (
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            OPEN_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            READ_TIMEOUT_MS,
        )
        reader = cv2.VideoCapture(source, cv2.CAP_FFMPEG, timeouts)
    else:
        reader = cv2.VideoCapture(source, cv2.CAP_FFMPEG)
    if not reader.isOpened():
        reader.release()
        raise CaptureError("cannot be opened")
    return reader
