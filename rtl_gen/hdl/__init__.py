"""The Amaranth component of each block, under the file names of `rtl_gen.golden`."""

from .engine import Engine

__all__ = ["Engine"]
