"""The compiled core. Exact types only; the public functions above it accept more and explain more."""

__version__: str
