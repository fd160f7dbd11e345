"""Many trainings from one file: a plan, processes that train, and a table of results."""

from .execute import ClusterError, ClusterLostError, Outcome, Tls, run_tasks
from .file import Case, Sweep, load_sweep, sweep_names
from .plan import plan
from .record import record_of, record_path, write_record
from .summary import Point, summarise
from .table import Table, locked
from .task import Task, run_task
from .trials import TableError

__all__ = [
    "Case",
    "ClusterError",
    "ClusterLostError",
    "Outcome",
    "Point",
    "Sweep",
    "Table",
    "TableError",
    "Task",
    "Tls",
    "load_sweep",
    "locked",
    "plan",
    "record_of",
    "record_path",
    "run_task",
    "run_tasks",
    "summarise",
    "sweep_names",
    "write_record",
]
