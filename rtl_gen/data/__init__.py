"""Data sets: 8-bit pixels and labels, by name."""

from .archive import ArchiveError, read_archive
from .load import SOURCES, check_fits, load_data
from .samples import DataError, DataSet

__all__ = [
    "SOURCES",
    "ArchiveError",
    "DataError",
    "DataSet",
    "check_fits",
    "load_data",
    "read_archive",
]
