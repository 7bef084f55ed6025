"""Events as pictures, sheets of them and films, in files that every viewer opens."""

from spikelet.plot.film import Film, write_gif, write_mp4
from spikelet.plot.inks import DARK, LIGHT, Inks
from spikelet.plot.sheet import Sheet, write_png

__all__ = ["DARK", "LIGHT", "Film", "Inks", "Sheet", "write_gif", "write_mp4", "write_png"]
