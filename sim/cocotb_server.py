"""The engine as a server: carries out the commands of a `SimulatedEngine` in another process."""

import os
import random
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cocotb

from pulsetrain.spec.load import config_from_json

from .cocotb_pins import CocotbPins
from .driver import EngineDriver
from .server import serve

LINE, CONFIGURATION, HOSTILE = "PULSETRAIN_LINE", "PULSETRAIN_CONFIG", "PULSETRAIN_HOSTILE"


@cocotb.test()
async def serve_engine(dut: Any) -> None:
    """Answer commands until the other side closes."""
    config = config_from_json(Path(os.environ[CONFIGURATION]).read_text(encoding="utf-8"))
    seed = os.environ.get(HOSTILE)
    hostile = random.Random(int(seed)) if seed else None
    driver = EngineDriver(CocotbPins(dut), config, hostile)
    with Connection(int(os.environ[LINE])) as connection:
        await serve(driver, connection)
