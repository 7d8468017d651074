"""The service that takes in what tills push, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

from .small_shop import open_shop, settings

if TYPE_CHECKING:
    import signal
    from pathlib import Path

TOKEN = "till-0123456789-abcdef"  # noqa: S105 - of servers that live for a second


class Service:
    """``footfall-analytics receive`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        open_shop(folder / "footfall.sqlite")
        self.config = settings(folder)
        with self.config.open("a", encoding="utf-8") as file:
            file.write(f'[push]\nport = {self.port}\ntoken = "env:TILL_TOKEN"\n')
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "analytics.cli", "receive", "--config", str(self.config)]
        environment = os.environ | {"TILL_TOKEN": TOKEN}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert "taking in sales at http://127.0.0.1:" in self.process.stdout.readline()

    def push(self, data: bytes, token: str = TOKEN) -> int:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/receipts", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code
