"""From curves to integer tables: the only room with floating-point numbers.

A device is a finite-state synapse: integer tables over its states (docs/reference/contract.md,
section 2).
"""

from .digest import engine_digest, learning, learning_digest
from .tables import DeviceTables, device_tables

__all__ = ["DeviceTables", "device_tables", "engine_digest", "learning", "learning_digest"]
