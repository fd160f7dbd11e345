"""Reading NumPy archives that may be anything."""

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np


class ArchiveError(ValueError):
    """A file is no whole `.npz` archive; the message says what it is instead."""


def read_archive(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the `.npz` file `path`; nothing in it is executed.

    Raises:
        OSError: the file cannot be read.
        ArchiveError: it is no whole archive of arrays.
    """
    content = path.read_bytes()
    try:
        archive = np.load(io.BytesIO(content), allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise ArchiveError("it is a single array")
        with archive:
            return {name: archive[name] for name in archive.files}
    except ArchiveError:
        raise
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise ArchiveError(str(error)) from error
