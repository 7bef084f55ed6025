"""The player: one page of HTML that shows events as a moving picture, with no network and nothing to install.

`show` makes a `Player` of events; a notebook shows it by itself, and `save` writes the page.
"""

from spikelet.events.player.player import Player, show

__all__ = ["Player", "show"]
