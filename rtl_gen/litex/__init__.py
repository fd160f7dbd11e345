"""LiteX: an engine as a core of a system on a chip, and a driver for it.

`Pulsetrain` and `add_pulsetrain` are for the SoC, `connect` and `remote_engine` for the computer
that talks to it. Importing this package needs the extra "litex".
"""

from pulsetrain.extras import need

need("litex", "pulsetrain.litex")

from .core import Pulsetrain, add_pulsetrain  # noqa: E402
from .remote import RemoteEngineError, connect, remote_engine  # noqa: E402

__all__ = ["Pulsetrain", "RemoteEngineError", "add_pulsetrain", "connect", "remote_engine"]
