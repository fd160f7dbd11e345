"""Engines as a server: carries out the commands of a `SimulatedEngine` in another process."""

import os
from multiprocessing.connection import Connection
from typing import Any

import cocotb

from .cocotb_pins import CocotbPins
from .server import serve

LINE = "PULSETRAIN_LINE"


@cocotb.test()
async def serve_engines(dut: Any) -> None:
    """Answer commands until the other side closes."""
    running: list[CocotbPins] = []

    def pins(top: str) -> CocotbPins:
        while running:
            running.pop().stop()
        running.append(CocotbPins(cocotb.tops[top]))
        return running[0]

    with Connection(int(os.environ[LINE])) as connection:
        await serve(connection, pins)
