"""The training loop for every `Backend`, its checkpoints, and two backends in lockstep."""

from .backend import Backend, BackendStalledError
from .checked import CheckedBackend
from .checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint
from .divergence import Divergence, register_differences
from .history import CHECKPOINT, HISTORY, HistoryError, RunHistory, read_history, write_history
from .keeper import Keeper
from .lockstep import LockstepReport, compare
from .loop import EpochResult, Summary, accuracy, confusion_matrix, run_training
from .order import chunks, schedule, visits

__all__ = [
    "CHECKPOINT",
    "HISTORY",
    "Backend",
    "BackendStalledError",
    "CheckedBackend",
    "Checkpoint",
    "CheckpointError",
    "Divergence",
    "EpochResult",
    "HistoryError",
    "Keeper",
    "LockstepReport",
    "RunHistory",
    "Summary",
    "accuracy",
    "chunks",
    "compare",
    "confusion_matrix",
    "read_checkpoint",
    "read_history",
    "register_differences",
    "run_training",
    "schedule",
    "visits",
    "write_checkpoint",
    "write_history",
]
