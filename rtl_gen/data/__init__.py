"""Data sets: 8-bit pixels and labels, by name."""

from .archive import Archive, Form
from .load import SOURCES, absolute_name, check_fits, data_files, load_data
from .samples import DataError, DataSet

__all__ = [
    "SOURCES",
    "Archive",
    "DataError",
    "DataSet",
    "Form",
    "absolute_name",
    "check_fits",
    "data_files",
    "load_data",
]
