"""A shop's own database for the tests of queries: SQLite in a file, or a PostgreSQL server of its own."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analytics.sources import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "sesame-7391"  # noqa: S105 - of servers that live for a second
COLUMNS = "receipt_id, till_id, sold_at, kind, total, currency, changed_at"
SQL = f"SELECT {COLUMNS} FROM receipt WHERE changed_at > :watermark ORDER BY changed_at"  # noqa: S608 - a constant
LINES_SQL = """
    SELECT l.receipt_id, line_no, product_id, quantity, unit_price, 0 AS discount, unit_price * quantity AS line_total,
    r.changed_at FROM receipt_line AS l JOIN receipt AS r ON r.receipt_id = l.receipt_id
    WHERE r.changed_at > :watermark ORDER BY r.changed_at, l.receipt_id, line_no
"""


def make_sqlite(path: Path) -> Path:
    """A till's SQLite without sales."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE receipt (receipt_id TEXT PRIMARY KEY, till_id TEXT, sold_at TEXT, kind TEXT, total NUMERIC,"
            " currency TEXT, changed_at TEXT);"
            "CREATE TABLE receipt_line (receipt_id TEXT, line_no INTEGER, product_id TEXT, quantity INTEGER,"
            " unit_price NUMERIC);"
        )
    return path


def sold(path: Path, *rows: tuple[str, str, object]) -> None:
    """Writes or changes receipts: name, when it changed, total."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT OR REPLACE INTO receipt VALUES (?, 'T1', '2026-03-02T10:30:00', 'sale', ?, 'EUR', ?)",
            [(name, total, changed) for name, changed, total in rows],
        )


def sqlite_query(path: Path, **changes: object) -> Query:
    """Asks a till's SQLite for receipts."""
    given: dict[str, object] = {
        "name": "till",
        "kind": "receipts",
        "url": f"sqlite:///{path}",
        "sql": SQL,
        "watermark": "changed_at",
        "begin": "2000-01-01 00:00:00",
        "overlap": 0.0,
    }
    return Query(**given | changes)  # type: ignore[arg-type]


class Server:
    """PostgreSQL in a folder, reached by a socket in it."""

    port = 54331

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self.url = f"postgresql+psycopg://till:{SECRET}@/postgres?host={folder}&port={self.port}"
        self._run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust")
        self.start()
        self.sql(f"CREATE ROLE till LOGIN PASSWORD '{SECRET}'")
        self.sql(
            "CREATE TABLE receipt (receipt_id text PRIMARY KEY, till_id text, sold_at timestamptz, kind text,"
            " total numeric(12,2), currency text, changed_at timestamp(6))"
        )
        self.sql("GRANT ALL ON receipt TO till")

    def start(self) -> None:
        """Starts it."""
        options = f"-k {self._folder} -p {self.port} -c listen_addresses="
        data = self._folder / "data"
        self._run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(data / "log"), "start")

    def stop(self) -> None:
        """Stops it as a power cut would."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "immediate", "stop")

    def sell(self, first: int, last: int) -> None:
        """One receipt a second, numbered, beginning at 10:00."""
        # S608: numbers of a test.
        self.sql(
            f"INSERT INTO receipt SELECT 'R' || n, 'T1', '2026-03-02 10:30:00+01'::timestamptz + n * '1 s'::interval, "  # noqa: S608
            f"'sale', 12.90, 'EUR', '2026-03-02 10:00:00'::timestamp + n * '1 s'::interval "
            f"FROM generate_series({first}, {last}) AS n"
        )

    def sql(self, statement: str) -> None:
        """Executes a statement as the server's owner."""
        self._run("psql", "-q", "-h", str(self._folder), "-p", str(self.port), "-U", "postgres", "-c", statement)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:  # the server refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def postgres() -> Iterator[Server]:
    """A running server; where there is none, the test is skipped."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL server here (Debian: postgresql)")
    folder = Path(subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip())
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = Server(found[-1].parent, folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
