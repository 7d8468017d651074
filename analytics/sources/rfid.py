"""What the RFID readers read at the exit gate and in the fitting rooms."""

from __future__ import annotations

from ..frames import RFID_READS
from .columns import Field, Source

READ_FILE = Source(
    "rfid_reads",
    RFID_READS,
    (
        Field(
            "epc",
            "text",
            "SGTIN-96 tag: 24 hexadecimal digits, the first two 30",
            pattern="30[0-9A-Fa-f]{22}",
            rule="must be an SGTIN-96: 24 hexadecimal digits that begin with 30",
        ),
        Field("reader_id", "text", "names the reader"),
        Field("read_at", "time", "ISO 8601; without an offset in the store's time"),
        Field("rssi", "number", "signal strength, dBm", optional=True),
    ),
    # Two antennas of one reader may see a tag in the same millisecond.
    repeats=True,
)
