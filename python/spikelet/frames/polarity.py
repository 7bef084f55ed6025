"""What becomes of the polarity of events in a frame."""

from enum import Enum


class Polarity(Enum):
    """The channels of a frame, and which events fall in which."""

    TWO_CHANNEL = "two-channel"
    """A channel for off events, then one for on events."""

    SIGNED = "signed"
    """One channel, where on events count up and off events count down."""

    MERGED = "merged"
    """One channel, where all events are alike."""

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return 2 if self is Polarity.TWO_CHANNEL else 1
