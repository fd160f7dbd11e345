"""Data sets: 8-bit pixels and labels, by name."""

from .archive import read_archive
from .load import SOURCES, check_fits, data_files, load_data
from .samples import DataError, DataSet

__all__ = [
    "SOURCES",
    "DataError",
    "DataSet",
    "check_fits",
    "data_files",
    "load_data",
    "read_archive",
]
