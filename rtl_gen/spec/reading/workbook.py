"""Workbooks (.xlsx), through the optional package openpyxl."""

import io
import warnings
import zipfile
from typing import Any

from pulsetrain.errors import cut, shown
from pulsetrain.extras import need
from pulsetrain.files import MEBIBYTE

from .errors import PointsError

_UNPACKED = 512 * MEBIBYTE
"""Most bytes of a workbook's parts, unpacked."""

_MOST_CELLS = 10_000_000
"""Most cells of a sheet, with empty ones before others."""


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook: an archive that holds one."""
    if content[:4] != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def workbook_rows(content: bytes, source: str, sheet: int | str | None,
                  most: int) -> tuple[list[int], list[list[str]]]:
    """(line, cells) of the rows of a sheet that are not empty: the one that is named or numbered,
    otherwise the only one.

    Raises:
        PointsError: the workbook cannot be read, is too large, or `sheet` does not say which sheet.
        ExtraMissingError: openpyxl is not installed.
    """
    need("xlsx", f"reading {source}")
    import openpyxl  # an extra

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _UNPACKED:
            raise PointsError(f"{source}: cannot be read: its parts must have at most "
                              f"{_UNPACKED // MEBIBYTE} MiB, unpacked")
    try:
        with warnings.catch_warnings(action="ignore"):  # of styles, which do not matter
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        names = [page.title for page in book.worksheets]
        if isinstance(sheet, str) and sheet in names:
            page = book[sheet]
        elif isinstance(sheet, int) and sheet <= len(names):
            page = book.worksheets[sheet - 1]
        elif sheet is None and len(names) == 1:
            page = book.worksheets[0]
        else:
            given = "not given" if sheet is None else f"not {shown(sheet)}"
            raise PointsError(f"{source}: device.reading.sheet must be a sheet of the workbook, "
                              f"{cut(', '.join(names))} (or its number), {given}")
        page.reset_dimensions()  # a file may claim any size
        lines, rows, count = [], [], 0
        for line, values in enumerate(page.iter_rows(values_only=True), 1):
            count += len(values)
            if line > most or count > _MOST_CELLS:
                raise PointsError(f"{source}: cannot be read: must have at most {most:,} lines and "
                                  f"{_MOST_CELLS:,} cells")
            cells = [_cell(value) for value in values]
            if any(cells) and not cells[0].startswith("#"):
                lines.append(line)
                rows.append(cells)
    except PointsError:
        raise
    except Exception as error:  # openpyxl raises many kinds for a damaged workbook
        raise PointsError(f"{source}: cannot be read: it is not a valid workbook: "
                          f"{cut(str(error) or type(error).__name__)}") from None
    return lines, rows


def _cell(value: Any) -> str:
    """A cell's value as text."""
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value).strip()
