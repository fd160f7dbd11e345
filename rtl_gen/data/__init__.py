"""Data sets: 8-bit pixels and labels, by name."""

from .archive import Archive, Form
from .load import SOURCES, check_fits, data_files, load_data
from .samples import DataError, DataSet

__all__ = [
    "SOURCES",
    "Archive",
    "DataError",
    "DataSet",
    "Form",
    "check_fits",
    "data_files",
    "load_data",
]
