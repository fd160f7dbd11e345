"""The golden model: integers only, composed like the hardware; it specifies every bit
(docs/reference/contract.md describes it in words).

Every block has a file of the same name in `hdl/engine`. The model describes behaviour without
latency; only `cycles` and `formula` deal with time.
"""

from .engine import GoldenEngine, Results
from .synapse import State, initial_state
from .trace import Trace

__all__ = ["GoldenEngine", "Results", "State", "Trace", "initial_state"]
