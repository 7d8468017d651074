"""The door between the edge and everyone else: tables, the one writer, and the read functions.

The edge writes through ``open_store`` and ``FactBuffer``; analytics reads through ``open_facts`` and ``read_...``.
Nobody else touches these tables.
"""

from .audits import Audit, AuditMethod, read_audit_marks, read_audits
from .buffer import FactBuffer
from .errors import ContractError, NewerSchemaError, StoreUnavailableError
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
from .site import OpenHours, Run, Site, Store, content_hash, line_version
from .tables import SCHEMA_VERSION
from .writing import FactStore, open_store

__all__ = [
    "SCHEMA_VERSION",
    "Audit",
    "AuditMethod",
    "ContractError",
    "FactBuffer",
    "FactReader",
    "FactStore",
    "NewerSchemaError",
    "OpenHours",
    "Rows",
    "Run",
    "Site",
    "Store",
    "StoreUnavailableError",
    "content_hash",
    "line_version",
    "open_facts",
    "open_store",
    "read_audit_marks",
    "read_audits",
    "read_crossings",
    "read_geometry",
    "read_runs",
    "read_site",
    "read_stays",
    "read_trails",
    "read_watches",
]
