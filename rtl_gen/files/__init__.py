"""Files: read within limits, written atomically; logs; temporary folders."""

from .log import open_log
from .outputs import OutputError, check_outputs, same_file
from .read import MEBIBYTE, decode, decode_table, read_bytes, read_json, read_text, user_path
from .temporary import clear_leftovers, temporary_folder
from .write import check_folder, check_writable, write_atomically

__all__ = [
    "MEBIBYTE",
    "OutputError",
    "check_folder",
    "check_outputs",
    "check_writable",
    "clear_leftovers",
    "decode",
    "decode_table",
    "open_log",
    "read_bytes",
    "read_json",
    "read_text",
    "same_file",
    "temporary_folder",
    "user_path",
    "write_atomically",
]
