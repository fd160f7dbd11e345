"""The training loop for every `Backend`, its checkpoints, and two backends in lockstep."""

from .backend import Backend, BackendStalledError
from .checked import CheckedBackend
from .checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint
from .costs import Costs, Price, costs, prices
from .divergence import Divergence, register_differences
from .history import CHECKPOINT, HISTORY, HistoryError, RunHistory, read_history, write_history
from .keeper import Keeper
from .lockstep import LockstepReport, compare
from .loop import EpochResult, Summary, accuracy, confusion_matrix, run_training
from .order import chunks, epoch_order, schedule, visits
from .parity import FlippedBitError, check_parity
from .progress import (
    PROGRESS,
    Point,
    Progress,
    ProgressError,
    ProgressFile,
    is_training,
    read_progress,
)
from .scrub import ScrubbedBackend
from .source import HELD_OUT, TEST, SentSamples, Source
from .wear import Wear, wear_of

__all__ = [
    "CHECKPOINT",
    "HELD_OUT",
    "HISTORY",
    "PROGRESS",
    "TEST",
    "Backend",
    "BackendStalledError",
    "CheckedBackend",
    "Checkpoint",
    "CheckpointError",
    "Costs",
    "Divergence",
    "EpochResult",
    "FlippedBitError",
    "HistoryError",
    "Keeper",
    "LockstepReport",
    "Point",
    "Price",
    "Progress",
    "ProgressError",
    "ProgressFile",
    "RunHistory",
    "ScrubbedBackend",
    "SentSamples",
    "Source",
    "Summary",
    "Wear",
    "accuracy",
    "check_parity",
    "chunks",
    "compare",
    "confusion_matrix",
    "costs",
    "epoch_order",
    "is_training",
    "prices",
    "read_checkpoint",
    "read_history",
    "read_progress",
    "register_differences",
    "run_training",
    "schedule",
    "visits",
    "wear_of",
    "write_checkpoint",
    "write_history",
]
