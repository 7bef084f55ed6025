"""Recordings of event cameras: one currency, strict readers, streams and writers.

`read` hands out `Events`: sorted, inside the sensor, checked once. `stream` does the same in chunks of
bounded memory, `read_raw` hands out what the file stores with no promise, `write` is the way back, and
`info` says what a file holds.
"""

from spikelet.events.beside import Frame, Imu, Samples, Specials
from spikelet.events.formats import Format, formats
from spikelet.events.information import Info, info
from spikelet.events.reading import RawEvents, Triggers, read, read_raw
from spikelet.events.report import Report
from spikelet.events.streaming import EventStream, stream
from spikelet.events.type import Events
from spikelet.events.writing import Written, write

__all__ = [
    "EventStream",
    "Events",
    "Format",
    "Frame",
    "Imu",
    "Info",
    "RawEvents",
    "Report",
    "Samples",
    "Specials",
    "Triggers",
    "Written",
    "formats",
    "info",
    "read",
    "read_raw",
    "stream",
    "write",
]
