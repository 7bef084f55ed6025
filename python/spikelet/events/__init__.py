"""Recordings of event cameras: one currency, strict readers, streams and writers.

`read` hands out `Events`: sorted, inside the sensor, checked once. `stream` does the same in chunks of
bounded memory, `read_raw` hands out what the file stores with no promise, `write` is the way back, and
`info` says what a file holds.
"""

from spikelet.events.beside import Beside, Exposures, Frame, Imu, Payloads, Samples, Specials, Triggers
from spikelet.events.converting import Converted, convert
from spikelet.events.formats import formats
from spikelet.events.incremental import EventWriter, writer
from spikelet.events.information import Info, info
from spikelet.events.player import Player, show
from spikelet.events.reading import RawEvents, read, read_raw
from spikelet.events.recording import Format
from spikelet.events.report import Report
from spikelet.events.sensor import Sensor
from spikelet.events.simulation import simulate
from spikelet.events.spikes import Spikes, SpikeTrain, read_spikes
from spikelet.events.streaming import EventStream, stream
from spikelet.events.type import Events
from spikelet.events.verifying import Difference, Fault, Verification, verify
from spikelet.events.writing import Written, write

__all__ = [
    "Beside",
    "Converted",
    "Difference",
    "EventStream",
    "EventWriter",
    "Events",
    "Exposures",
    "Fault",
    "Format",
    "Frame",
    "Imu",
    "Info",
    "Payloads",
    "Player",
    "RawEvents",
    "Report",
    "Samples",
    "Sensor",
    "Specials",
    "SpikeTrain",
    "Spikes",
    "Triggers",
    "Verification",
    "Written",
    "convert",
    "formats",
    "info",
    "read",
    "read_raw",
    "read_spikes",
    "show",
    "simulate",
    "stream",
    "verify",
    "write",
    "writer",
]
