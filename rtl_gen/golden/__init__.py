"""The golden model: integers only, composed as the hardware is; the specification of every bit.

Every block has a file of the same name in `hdl`. The model states latency-free behaviour;
`cycles` alone speaks of time.
"""

from .engine import GoldenEngine, Results
from .synapse import State, initial_state
from .trace import Trace

__all__ = ["GoldenEngine", "Results", "State", "Trace", "initial_state"]
