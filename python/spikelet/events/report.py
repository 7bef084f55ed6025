"""What a reader met on the way, and what it left out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, final

Progress = Callable[[int], object]
"""Called now and then with the bytes of the file that were read so far."""

SizeSource = Literal["given", "file", "largest coordinates"]

_WORDS = {
    "dropped_out_of_bounds": "events outside the sensor, dropped",
    "dropped_backward": "events behind an earlier one, dropped",
    "moved_by_sort": "events moved by sorting",
    "outside_slice": "events outside the slice of time, left out",
    "passed_over": "events before the slice of time, passed over by the file's index",
    "dropped_before_time": "events before the first time, dropped",
    "out_of_bounds": "events outside the sensor, in the file",
    "backward_steps": "steps back in time, in the file",
    "tail_bytes": "bytes after the last whole word",
    "missing_bytes": "bytes that the header announces, missing",
    "overflow_records": "overflow records",
    "time_wraps": "wraps of the time counter, undone",
    "special_events": "marks beside the events",
    "aps_samples": "grey-level samples beside the events",
    "imu_samples": "inertial samples beside the events",
    "frames": "frames beside the events",
    "invalid_events": "events marked invalid, left out unless asked for",
    "skipped_packets": "packets of other kinds, skipped",
    "other_streams": "packets of other streams, skipped",
    "time_resets": "marks after which the time begins anew",
    "skipped_words": "vendor words, skipped",
    "reserved_words": "reserved words, skipped",
    "bad_packets": "packets that break their format's rules, skipped",
    "exposure_events": "exposure events, beside the events",
    "payloads": "payloads without pixels",
    "bad_lines": "lines that hold no event and should",
    "missing_events": "events that the file declares and does not hold",
}


# What a strict reader refuses; `verify` finds fault with more.
_REFUSED = frozenset(
    (
        "out_of_bounds",
        "backward_steps",
        "tail_bytes",
        "missing_bytes",
        "bad_packets",
        "bad_lines",
        "missing_events",
    )
)


# Without slots: a count that was not met is the class's own default, and takes no time to set.
@final
@dataclass(frozen=True, kw_only=True)
class Report:
    """Counts of one reading: what the file stored and what was not handed out.

    `events == handed out + dropped_out_of_bounds + dropped_backward + outside_slice` for a whole reading;
    events before the first time are not part of `events`, for nobody knows when they happened.

    Args:
        events: events that the file stores with a time.
        bytes_read: bytes of the file that were read.
        sensor_size_from: who said how large the sensor is; `largest coordinates` is a guess.
        dropped_out_of_bounds: events outside the sensor that were left out.
        dropped_backward: events behind an earlier one in time that were left out.
        moved_by_sort: events whose place changed by sorting.
        outside_slice: events met that lie outside the slice of time that was asked for.
        passed_over: events that lie before it by an index in the file, and were not looked at.
        dropped_before_time: events before the first time word.
        out_of_bounds: events outside the sensor in the file, dropped or not.
        first_out_of_bounds: index of the first of them in the file.
        first_out_of_bounds_byte: place in the file of the word that made it.
        backward_steps: events earlier than the one before them in the file.
        first_backward: index of the first of them in the file.
        first_backward_byte: place in the file of the word that made it.
        tail_bytes: bytes after the last whole word or record.
        missing_bytes: bytes that the header announces and the file does not hold.
        time_wraps: wraps of the time counter, undone.
        overflow_records: records that lengthen the time and are no events.
        special_events: marks that are neither events nor edges, such as external events.
        aps_samples: readings of single pixels' grey levels.
        imu_samples: samples of the inertial sensor; in AEDAT 2 the records, seven of which make one.
        skipped_words: vendor words skipped by rule.
        reserved_words: words that the format does not define.
        bad_packets: packets or chunks that break the rules of their format, left out.
        first_bad_byte: place in the file of the first of them.
        exposure_events: events of exposure, beside the events.
        payloads: payloads without pixels, beside the events.
        bad_lines: lines of a text that hold no event and should.
        first_bad_line: number of the first of them, from 1.
        events_before_bad_line: events before it.
        missing_events: events that the file declares and does not hold.
        frames: pictures that the sensor took.
        invalid_events: events that the camera's software marked invalid.
        skipped_packets: packets of kinds that are not read.
        other_streams: packets of other streams or sources than the one chosen.
        time_resets: marks after which the time begins anew.
        notes: what had to be concluded because the file does not say it.
    """

    events: int = 0
    bytes_read: int = 0
    sensor_size_from: SizeSource = "given"
    dropped_out_of_bounds: int = 0
    dropped_backward: int = 0
    moved_by_sort: int = 0
    outside_slice: int = 0
    passed_over: int = 0
    dropped_before_time: int = 0
    out_of_bounds: int = 0
    first_out_of_bounds: int | None = None
    first_out_of_bounds_byte: int | None = None
    backward_steps: int = 0
    first_backward: int | None = None
    first_backward_byte: int | None = None
    tail_bytes: int = 0
    missing_bytes: int = 0
    time_wraps: int = 0
    overflow_records: int = 0
    special_events: int = 0
    aps_samples: int = 0
    imu_samples: int = 0
    skipped_words: int = 0
    reserved_words: int = 0
    bad_packets: int = 0
    first_bad_byte: int | None = None
    exposure_events: int = 0
    payloads: int = 0
    bad_lines: int = 0
    first_bad_line: int | None = None
    events_before_bad_line: int | None = None
    missing_events: int = 0
    frames: int = 0
    invalid_events: int = 0
    skipped_packets: int = 0
    other_streams: int = 0
    time_resets: int = 0
    notes: tuple[str, ...] = ()

    @property
    def dropped(self) -> int:
        """Events of the file that were not handed out, for whatever reason."""
        return self.dropped_out_of_bounds + self.dropped_backward + self.dropped_before_time

    def to_dict(self) -> dict[str, int | str | tuple[str, ...] | None]:
        """All counts by name, and the notes."""
        return asdict(self)

    def __str__(self) -> str:
        counts = self.to_dict()
        lines = [f"{self.events} events in {self.bytes_read} bytes"]
        lines += [f"{words}: {counts[name]}" for name, words in _WORDS.items() if counts[name]]
        if self.sensor_size_from == "largest coordinates":
            lines.append("sensor size taken from the largest coordinates")
        return "\n".join([*lines, *self.notes])


Met = dict[str, Any]
"""What is not as `Report` has it by default, by its names: made into one when somebody asks."""


def passes_strictly(met: Met) -> bool:
    """Whether a strict reader has nothing to refuse."""
    # Counts that were not met are no items of it: one look for all kinds of trouble.
    return _REFUSED.isdisjoint(met) or not any(met.get(name) for name in _REFUSED)


def report_of(met: Met) -> Report:
    """The report of what a reader has met, which is given away."""
    report = object.__new__(Report)
    # A call with the names would set every one of them, which takes as long as to open a file.
    object.__setattr__(report, "__dict__", met)
    return report
