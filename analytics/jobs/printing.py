"""Printing a page to PDF by the browser that is installed: it lays out type, tables and drawings as on the screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .context import JobError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
TIMEOUT_S = 120.0
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
)


def browser() -> Path:
    """The browser that prints.

    Raises:
        JobError: None is installed.
    """
    for name in BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    raise JobError(f"no PDF: none of the browsers {', '.join(BROWSERS)} is on the PATH; install Chromium")


def print_pdf(page: Path) -> bytes:
    """A page as PDF.

    Args:
        page: An HTML file that needs no network.

    Raises:
        JobError: No browser is installed, or it failed or took too long.
    """
    program = browser()
    # The administrator of a container cannot have the browser's sandbox; the page is our own and runs no script.
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="footfall-print-", ignore_cleanup_errors=True) as folder:
        made = Path(folder, "page.pdf")
        command = [str(program), *_FLAGS, *alone, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command; the page's name is a path of ours
                [*command, page.resolve().as_uri()], capture_output=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise JobError(f"no PDF: {program.name} did not print {page.name} within {TIMEOUT_S:.0f} s") from error
        except OSError as error:
            raise JobError(f"no PDF: {program}: cannot be run: {error.strerror}") from error
        if done.returncode != 0 or not made.is_file():
            last = done.stderr.decode("utf-8", errors="replace").strip().splitlines()[-1:]
            raise JobError(f"no PDF: {program.name} could not print {page.name}: {' '.join(last) or done.returncode}")
        return made.read_bytes()
