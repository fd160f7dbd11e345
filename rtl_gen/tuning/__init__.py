"""Tuning: the settings of a configuration that learn best, searched on held-out samples."""

from .result import Score, Tried, Tuned
from .run import TrialError, Watch, Workers, run_search
from .search import MOST_TRIALS, OBJECTIVES, STUDY, Search, TuneError
from .space import SEARCHED, Space
from .trial import Trial, seeds_from

__all__ = [
    "MOST_TRIALS",
    "OBJECTIVES",
    "SEARCHED",
    "STUDY",
    "Score",
    "Search",
    "Space",
    "Trial",
    "TrialError",
    "Tried",
    "TuneError",
    "Tuned",
    "Watch",
    "Workers",
    "run_search",
    "seeds_from",
]
