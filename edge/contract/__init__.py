"""The door between the edge and everyone else: tables, the one writer, and the read functions.

The edge writes through ``open_store`` (recordings, audits) and ``open_buffer`` (a process that lives for months);
analytics reads through ``open_facts`` and ``read_...``. Nobody else touches these tables.
"""

from .audits import Audit, AuditMethod, read_audit_marks, read_audits
from .buffer import FactBuffer
from .engine import display_name
from .errors import ContractError, NewerSchemaError, StoreDamagedError, StoreUnavailableError, StoreWaitsError
from .live import open_buffer
from .migrations import SCHEMA_VERSION
from .reading import (
    FactReader,
    Rows,
    open_facts,
    read_crossings,
    read_geometry,
    read_runs,
    read_site,
    read_stays,
    read_trails,
    read_watches,
)
from .reading_columns import read_columns, read_marks, watch_ends
from .reading_life import (
    last_watched,
    latest_heartbeats,
    raw_since,
    read_alerts,
    read_clock_jumps,
    read_crossing_hours,
    read_deliveries,
    read_heartbeats,
    read_open_alerts,
    read_stay_hours,
    read_watch_hours,
)
from .retiring import Retired, retire
from .site import OpenHours, Run, Site, Store, content_hash, line_version
from .state import BufferState, DatabaseEvent
from .upkeep import Backup, back_up, check, vacuum
from .writing import FactStore, open_store

__all__ = [
    "SCHEMA_VERSION",
    "Audit",
    "AuditMethod",
    "Backup",
    "BufferState",
    "ContractError",
    "DatabaseEvent",
    "FactBuffer",
    "FactReader",
    "FactStore",
    "NewerSchemaError",
    "OpenHours",
    "Retired",
    "Rows",
    "Run",
    "Site",
    "Store",
    "StoreDamagedError",
    "StoreUnavailableError",
    "StoreWaitsError",
    "back_up",
    "check",
    "content_hash",
    "display_name",
    "last_watched",
    "latest_heartbeats",
    "line_version",
    "open_buffer",
    "open_facts",
    "open_store",
    "raw_since",
    "read_alerts",
    "read_audit_marks",
    "read_audits",
    "read_clock_jumps",
    "read_columns",
    "read_crossing_hours",
    "read_crossings",
    "read_deliveries",
    "read_geometry",
    "read_heartbeats",
    "read_marks",
    "read_open_alerts",
    "read_runs",
    "read_site",
    "read_stay_hours",
    "read_stays",
    "read_trails",
    "read_watch_hours",
    "read_watches",
    "retire",
    "vacuum",
    "watch_ends",
]
