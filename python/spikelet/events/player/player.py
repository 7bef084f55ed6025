"""The page of one recording, in a file or in a notebook."""

import html
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from os import PathLike
from pathlib import Path, PurePath
from string import Template
from typing import final

from spikelet.errors import OrderError, ParameterError
from spikelet.events.place import whole_file
from spikelet.events.player.packing import packed_text
from spikelet.events.player.thinning import Thinned
from spikelet.events.report import Progress
from spikelet.events.streaming import EventStream
from spikelet.events.type import Events, require_events

_SCRIPTS = ("unpack.js", "draw.js", "select.js", "player.js")
_FRAME_HEIGHT = 620
# Formats that hold the sensors of certain chips alone, so no part of one.
_BY_CHIP = frozenset({".aedat"})


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Player:
    """A page that plays events; a notebook shows it by itself.

    Args:
        html: the page, complete: it needs no network and no other file.
        events: events of the recording.
        shown: events that the page holds, every `stride`-th of them.
        stride: 1 where it holds all.
    """

    html: str
    events: int
    shown: int
    stride: int

    def save(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Writes the page to a file and returns its place.

        Args:
            path: where it goes.
            overwrite: whether a file there may be replaced.
        Raises:
            OSError: the file cannot be written.
            ParameterError: a file stands there.
        """
        with whole_file(path, overwrite=overwrite) as part:
            part.write_text(self.html, encoding="utf-8")
        return Path(path)

    def _repr_html_(self) -> str:
        # A frame of its own without access to the notebook around it.
        page = html.escape(self.html, quote=True)
        style = f"width: 100%; height: {_FRAME_HEIGHT}px; border: 0"
        return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'

    def __repr__(self) -> str:
        return f"Player({self.shown} of {self.events} events; `save` it, or show it in a notebook)"


def show(
    events: Events | EventStream,
    *,
    name: str = "recording",
    most_events: int = 1_000_000,
    plays_at_once: bool = False,
    progress: Progress | None = None,
) -> Player:
    """A page that plays events: speed, fading, polarity, colours, and the numbers of what is selected.

    Args:
        events: a recording, sorted; of a stream no more than what the page holds is kept in memory.
        name: what the recording is called: in the title, and in the command that cuts out a selection.
        most_events: events that the page holds at most; of more, evenly chosen ones are taken and the page
            says so.
        plays_at_once: whether it plays when it is opened, or stands at the busiest moment.
        progress: called after each chunk of a stream with the bytes read so far.
    Raises:
        DtypeError: `events` is neither an `Events` nor a stream of them.
        OrderError: `events` were read with `backward="keep"` and step back.
        ParameterError: `most_events` is not above 0.
    """
    if most_events < 1:
        raise ParameterError(f"`most_events` must be above 0, got {most_events}")
    if not isinstance(events, EventStream):
        require_events(events)
    parts = (events,) if isinstance(events, Events) else _watched(events, progress)
    thinned = Thinned((_sorted(part).with_origin("upper-left") for part in parts), most=most_events)
    t, x, y, p = thinned.columns
    width, height = events.sensor_size
    first = int(t[0]) if len(t) > 0 else 0
    facts: dict[str, object] = {
        "title": name,
        "name": {"quoted": shlex.quote(name), "part": _part_of(name)},
        "sensor_size": [width, height],
        "origin": events.origin,
        "events": thinned.events,
        "shown": len(t),
        "stride": thinned.stride,
        # As text: JavaScript rounds whole numbers beyond 2^53.
        "first_us": str(first),
        "duration_us": 0 if thinned.last_us is None else thinned.last_us - first,
        "plays_at_once": plays_at_once,
    }
    page = _page(facts, packed_text((t, x, y, p), width=width))
    return Player(html=page, events=thinned.events, shown=len(t), stride=thinned.stride)


def _watched(stream: EventStream, progress: Progress | None) -> Iterator[Events]:
    for part in stream:
        yield part
        if progress is not None:
            progress(stream.report.bytes_read)


def _sorted(part: Events) -> Events:
    if not part.is_sorted:
        raise OrderError('`events` must be sorted to be shown; read them with `backward="sort"` or "drop"')
    return part


def _part_of(name: str) -> str:
    """Words of the command line that say where a part goes."""
    path = PurePath(name)
    if path.suffix.lower() in _BY_CHIP:
        return f"{shlex.quote(f'{path.stem}-part.raw')} --to evt2"
    return shlex.quote(f"{path.stem}-part{path.suffix}")


def _page(facts: dict[str, object], data: str) -> str:
    # `<` as an escape, so that no name can end the script element that holds it.
    written = json.dumps(facts).replace("<", "\\u003c")
    return Template(_text("page.html")).substitute(
        title=html.escape(str(facts["title"])),
        style=_text("page.css"),
        facts=written,
        data=data,
        script="\n".join(map(_text, _SCRIPTS)),
    )


@cache
def _text(name: str) -> str:
    return (resources.files("spikelet.events.player") / "page" / name).read_text(encoding="utf-8")
