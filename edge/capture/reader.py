"""The one place that opens OpenCV's reader, with its own messages kept off the terminal."""

from __future__ import annotations

import os

import cv2

from .errors import CaptureError

OPEN_TIMEOUT_MS = 10_000
# A stream that stalls in the middle of a picture may need it twice: once for the half picture, once for the silence.
READ_TIMEOUT_MS = 8_000
CANNOT = "cannot be opened"


def open_reader(source: int | str, *, live: bool = False) -> cv2.VideoCapture:
    """Opens a USB camera, a network address or a file.

    Network sources get time-outs: without them a camera that stops answering would block its thread for ever
    (opencv issue 22677).

    Args:
        source: Number of a device, an address or a path.
        live: Decode with one thread: as many as there are processors each keep pictures of their own, which costs
            memory and makes every picture some pictures late.

    Raises:
        CaptureError: OpenCV cannot open it. The message does not name the source: it may hold a password.
    """
    # FFmpeg writes a line for every damaged packet; what matters comes out as our own errors and warnings.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # Windows takes half a minute to open a USB camera unless its hardware conversions are left out.
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    if isinstance(source, int):
        reader = cv2.VideoCapture(source)
    elif "://" in source:
        options = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            OPEN_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            READ_TIMEOUT_MS,
        ]
        if live:
            options += [cv2.CAP_PROP_N_THREADS, 1]
        reader = cv2.VideoCapture(source, cv2.CAP_FFMPEG, options)
    else:
        reader = cv2.VideoCapture(source, cv2.CAP_FFMPEG)
    if not reader.isOpened():
        reader.release()
        raise CaptureError(CANNOT)
    return reader
