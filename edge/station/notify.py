"""Telling systemd that the process is ready, alive, or about to end; does nothing where nobody asked."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(state: str) -> None:
    """Sends one line, such as ``READY=1``, to the socket that systemd names in ``NOTIFY_SOCKET``.

    Reference: sd_notify(3), systemd. A socket that is gone is no reason to stop counting.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        # A name that begins with @ lies in Linux' abstract space, where it begins with a zero byte.
        sender.connect("\0" + address[1:] if address.startswith("@") else address)
        sender.sendall(state.encode())
