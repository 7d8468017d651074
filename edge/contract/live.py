"""Opening the way to the database for a process that lives for months."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .buffer import CAPACITY, FactBuffer
from .errors import StoreUnavailableError
from .safety import Safety
from .writing import FactStore

if TYPE_CHECKING:
    from pathlib import Path

    from .site import Site

BUSY_TIMEOUT_S = 2.0
SPOOL_MB = 64
BACKUPS = 3


def open_buffer(
    database: str | Path,
    site: Site,
    *,
    spool_mb: int = SPOOL_MB,
    spool: Path | None = None,
    backup_folder: Path | None = None,
    backups: int = BACKUPS,
    capacity: int = CAPACITY,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> FactBuffer:
    """Opens the way to the database: a buffer with a journal, to be started.

    A database that is locked, on a full disk, or damaged but known from before does not keep it from working: facts go
    to the journal until it is well again.

    Args:
        database: A path, or an SQLAlchemy URL.
        site: What facts refer to.
        spool_mb: Size of the journal.
        spool: Its file; beside a database file unless given. For a server there is none unless given.
        backup_folder: Where backups of a database file lie; beside it unless given.
        backups: How many are kept; 0: none are made.
        capacity: Facts kept in memory while not even the journal can be written.
        busy_timeout_s: How long one attempt waits for another process's lock.

    Raises:
        ValueError: The size or the capacity is below 1, or the number of backups below 0.
        NewerSchemaError: The database was written by a newer footfall.
        ContractError: Another process writes to this database.
        StoreUnavailableError: The database may not be written, is no database, or its folder does not exist.
    """
    if spool_mb < 1:
        raise ValueError(f"spool_mb: must be at least 1, not {spool_mb}")
    if backups < 0:
        raise ValueError(f"backups: must be at least 0, not {backups}")
    store = FactStore(database, busy_timeout_s=busy_timeout_s)
    if store.path is not None:
        if not store.path.parent.is_dir():
            raise StoreUnavailableError(f"{database}: its folder {store.path.parent} does not exist")
        spool = spool or store.path.with_name(f"{store.path.name}.spool")
        backup_folder = backup_folder or store.path.parent
    safety = None if spool is None else Safety(spool, spool_mb, backup_folder or spool.parent, backups)
    buffer = FactBuffer(store, flush_every_s=math.inf, capacity=capacity, safety=safety)
    buffer.register(site)
    try:
        buffer.open()
    except BaseException:
        buffer.abandon()
        raise
    return buffer
