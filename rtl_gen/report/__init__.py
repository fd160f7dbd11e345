"""Reports: a run or a sweep as one self-contained HTML page."""

from .failure import ReportError
from .page import Page, Section, Table, figures, filled, render
from .run import Evaluation, Run, evaluate, read_run, recorded_evaluation
from .run_page import run_page
from .sweep import Sweep, read_sweep
from .sweep_page import sweep_page
from .tune_page import tune_page

__all__ = [
    "Evaluation",
    "Page",
    "ReportError",
    "Run",
    "Section",
    "Sweep",
    "Table",
    "evaluate",
    "figures",
    "filled",
    "read_run",
    "read_sweep",
    "recorded_evaluation",
    "render",
    "run_page",
    "sweep_page",
    "tune_page",
]
