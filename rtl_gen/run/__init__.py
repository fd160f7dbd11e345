"""The one training loop over a `Backend`, its checkpoints, and two backends in lockstep."""

from .backend import Backend, BackendStalled
from .checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint
from .lockstep import Divergence, LockstepReport, compare
from .loop import EpochResult, Summary, accuracy, run_training
from .order import chunks, schedule, visits

__all__ = [
    "Backend",
    "BackendStalled",
    "Checkpoint",
    "CheckpointError",
    "Divergence",
    "EpochResult",
    "LockstepReport",
    "Summary",
    "accuracy",
    "chunks",
    "compare",
    "read_checkpoint",
    "run_training",
    "schedule",
    "visits",
    "write_checkpoint",
]
