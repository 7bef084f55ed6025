"""Every exception that spikelet raises, and nothing else.

A message reads `<what> must <rule>, got <value>; <what to do>`. All classes derive from
`SpikeletError`; those that stand for a mistake with a name in Python (`ValueError`, `TypeError`)
derive from that one too, so that both `except` lines work.
"""

__all__ = [
    "BoundsError",
    "DtypeError",
    "EngineError",
    "FormatError",
    "MissingPackageError",
    "OrderError",
    "ParameterError",
    "ShapeError",
    "SpikeletError",
    "StateError",
    "TrainingError",
    "TruncatedError",
]


class SpikeletError(Exception):
    """Base of every error raised by spikelet."""


class ParameterError(SpikeletError, ValueError):
    """An argument has a value outside its rule."""


class ShapeError(SpikeletError, ValueError):
    """An array or tensor has the wrong rank or size."""


class DtypeError(SpikeletError, TypeError):
    """An array or tensor has a type that would need a silent cast."""


class FormatError(SpikeletError, ValueError):
    """A file is of another format than said, of no known format, or breaks its format's rules."""


class TruncatedError(FormatError):
    """A file ends inside a word, record or header."""


class BoundsError(SpikeletError, ValueError):
    """An event lies outside the sensor."""


class OrderError(SpikeletError, ValueError):
    """A timestamp goes backwards."""


class MissingPackageError(SpikeletError, ImportError):
    """An optional package that is needed here is not installed."""


class StateError(SpikeletError, ValueError):
    """A carried state does not belong to the network it was given to."""


class EngineError(SpikeletError, RuntimeError):
    """An engine was asked for something that it cannot serve."""


class TrainingError(SpikeletError, ArithmeticError):
    """Training cannot go on: the loss is not finite."""
