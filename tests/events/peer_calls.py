"""One recording read by one other library, in a process of its own: `peer_calls.py PEER FORMAT PATH OUT`.

They hang, crash and change the process they run in, so nothing of theirs is imported where tests run.
"""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np


def aedat(path, _):
    packets = import_module("aedat").Decoder(path)
    return joined([packet["events"] for packet in packets if "events" in packet], p="on")


def aestream(path, _):
    return fields(import_module("aestream").FileInput(path, (1280, 720)).load(), t="timestamp", p="polarity")


def dv_processing(path, _):
    recording = import_module("dv_processing").io.MonoCameraRecording(path)
    parts = []
    while recording.isRunning():
        store = recording.getNextEventBatch()
        if store is None:
            break
        parts.append(store.numpy())
    return joined(parts, t="timestamp", p="polarity")


def event_stream(path, _):
    with import_module("event_stream").Decoder(path) as decoder:
        return joined(list(decoder), p="on")


def eventcv(path, _):
    columns = import_module("eventcv").load(path, time_unit="microseconds").numpy()
    x, y, t, p = columns.T[:4]
    return t, x, y, p > 0


def evio(path, _):
    return fields(import_module("evio").read(path))


def evlib(path, _):
    frame = import_module("evlib").load_events(path).collect()
    t = frame["t"].to_physical().to_numpy()
    return t, frame["x"].to_numpy(), frame["y"].to_numpy(), frame["polarity"].to_numpy() > 0


def evt3(path, _):
    found = import_module("evt3").decode_file(path)
    return found.t, found.x, found.y, found.p


def evutils(path, _):
    return fields(import_module("evutils.io").EventReader(Path(path)).read_all())


def expelliarmus(path, encoding):
    return fields(import_module("expelliarmus").Wizard(encoding=encoding).read(path))


def faery(path, _):
    parts = [packet.copy() for packet in import_module("faery").events_stream_from_file(path)]
    return joined(parts, p="on")


def joined(parts, **names):
    if not parts:
        return tuple(np.zeros(0) for _ in "txyp")
    return fields(np.concatenate(parts), **names)


def fields(records, **names):
    return tuple(np.asarray(field(records, names.get(name, name))) for name in "txyp")


def field(records, name):
    return getattr(records, name) if hasattr(records, name) and name != "size" else records[name]


def main(peer, encoding, path, out):
    t, x, y, p = globals()[peer](path, encoding)
    columns = {"t": np.asarray(t, np.int64), "x": np.asarray(x, np.uint16), "y": np.asarray(y, np.uint16)}
    np.savez(out, **columns, p=np.asarray(p).astype(bool))


if __name__ == "__main__":
    main(*sys.argv[1:])
