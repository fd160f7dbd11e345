"""The golden model: integers only, composed as the hardware is; the specification of every bit
(docs/contract.md has it in words).

Every block has a file of the same name in `hdl/engine`. The model states latency-free behaviour;
only `cycles` and `formula` deal with time.
"""

from .engine import GoldenEngine, Results
from .synapse import State, initial_state
from .trace import Trace

__all__ = ["GoldenEngine", "Results", "State", "Trace", "initial_state"]
