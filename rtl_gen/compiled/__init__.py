"""The compiled twin of the golden model: the same bits, many times as fast."""

from .choice import make_engine

__all__ = ["make_engine"]
