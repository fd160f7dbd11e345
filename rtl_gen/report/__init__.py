"""Reports: a run or a sweep as one self-contained HTML page."""

from .failure import ReportError
from .page import Page, Section, Table, render
from .run import Run, Tested, read_run, tested_before, tested_with
from .run_page import run_page
from .sweep import Sweep, read_sweep
from .sweep_page import sweep_page

__all__ = [
    "Page",
    "ReportError",
    "Run",
    "Section",
    "Sweep",
    "Table",
    "Tested",
    "read_run",
    "read_sweep",
    "render",
    "run_page",
    "sweep_page",
    "tested_before",
    "tested_with",
]
