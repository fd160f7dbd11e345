"""Curves -> integer tables: the only room with floats.

A device is a finite-state synapse: three integer tables over its states (SPEC section 2).
"""

from .tables import DeviceTables, device_tables

__all__ = ["DeviceTables", "device_tables"]
