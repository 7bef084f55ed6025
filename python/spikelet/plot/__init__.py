"""Events as pictures and films, in files that every viewer opens."""

from spikelet.plot.film import Film, write_gif, write_mp4
from spikelet.plot.inks import DARK, LIGHT, Inks

__all__ = ["DARK", "LIGHT", "Film", "Inks", "write_gif", "write_mp4"]
