"""Errors as the command line says them: one line, with its own options in the place of Python's arguments."""

import re

# What the messages of readers and writers advise, and how it is spelled here.
_SPELLED = (
    (r'`lenient=True` with `backward="drop"` or "keep", or `read` with "sort"', "`--lenient`"),
    (r"`lenient=True`", "`--lenient`"),
    (r"`overwrite=True`", "`--overwrite`"),
    (r"`sensor_size=\((\d+), (\d+)\)`", r"`--sensor-size \1x\2`"),
    (r"`(order|stream)`", r"`--\1`"),
    (r"`sensor_size` must be given", "`--sensor-size` must be given"),
    (r'`format="(\w+)"`', r"`--to \1`"),
    (r"`format` must be (said|one that is written)", r"`--to` must be \1"),
    (r"`format` must be one of", "a format must be one of"),
    (r"`format`", "`--format`"),
    (r"pass `chip` or choose", "pass `--to-chip` or choose"),
    (r"pass `chip`, one of", "pass `--chip`, one of"),
    (r"`chip` must be one of", "a chip must be one of"),
    (r"`path` must end in", "the target must end in"),
    (r"`Crop` must lie", "`--box` must lie"),
    (
        r"`stop_us` must not be below `start_us`, got (-?\d+) after (-?\d+)",
        r"`--stop` must not be before `--start`, got \1 after \2 us; without a point, times are microseconds",
    ),
    (r"`window` must give", "windows must give"),
    (r", or raise `max_bytes`", ""),
)


def one_line(error: Exception) -> str:
    """What went wrong, without line breaks."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, ModuleNotFoundError):
        return f'this verb needs the package `{error.name}`; `pip install "spikelet[train,digits]"` brings it'
    text = " ".join(str(error).split()) or type(error).__name__
    for python, here in _SPELLED:
        text = re.sub(python, here, text)
    return text
