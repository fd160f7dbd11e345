"""The engine as a server in Amaranth's own simulator: needs nothing but Python."""

import sys
from multiprocessing.connection import Connection
from pathlib import Path

from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.spec.load import config_from_json

from .amaranth_pins import AmaranthPins, simulate
from .server import serve


def main(line: str, configuration: str) -> None:
    """Simulate the engine of the configuration file and answer on the socket with the number
    `line`."""
    config = config_from_json(Path(configuration).read_text(encoding="utf-8"))
    with Connection(int(line)) as connection:

        async def testbench(pins: AmaranthPins) -> None:
            await serve(connection, lambda top: pins)

        simulate(Engine(config), testbench)


if __name__ == "__main__":
    main(*sys.argv[1:])
