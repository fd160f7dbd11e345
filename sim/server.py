"""Server: carries out the commands of a remote `SimulatedEngine` inside a simulator.

A command is a tuple of a verb and its arguments; the first one is "engine", which chooses the top
that the next ones are for. An answer is ("ok", value) or ("stalled", (message, sample)). Simulated
time stands still between commands.

Like the driver, it is imported at every start of a simulator, and needs little.
"""

import random
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from .driver import EngineDriver, EngineStalledError
from .pins import Pins, UnknownLevelError


async def serve(connection: Connection, pins: Callable[[str], Pins]) -> None:
    """Answer commands until the other side closes the connection; `pins` are those of a top."""
    driver = None
    while True:
        try:
            verb, *arguments = connection.recv()
        except EOFError:
            return
        if verb == "engine":
            top, limit, probes, seed = arguments
            driver = EngineDriver(pins(top), limit, probes,
                                  None if seed is None else random.Random(seed))
            verb, arguments = "reset", []
        try:
            connection.send(("ok", await carry_out(driver, verb, arguments)))
        except EngineStalledError as stall:
            connection.send(("stalled", (str(stall), stall.sample)))
        except UnknownLevelError as unknown:
            connection.send(("stalled", (str(unknown), 0)))


async def carry_out(driver: EngineDriver, verb: str, arguments: list[Any]) -> Any:
    """The answer of the engine that `driver` drives to one command."""
    match verb, arguments:
        case "load", [requests, registers]:
            await driver.reset()
            await driver.write_rows(requests)
            for name, value in registers.items():
                await driver.write_register(name, value)
            return None
        case "read", [requests, names]:
            rows = await driver.read_rows(requests)
            return rows, {name: await driver.read_register(name) for name in names}
        case "run", [transfers, samples, gate, observe]:
            await driver.write_register("gate", gate)
            driver.observe = observe
            return await driver.run(transfers, samples), driver.observed
        case "register", [name]:
            return await driver.read_register(name)
        case "write", [name, value]:
            return await driver.write_register(name, value)
        case "break_off", [transfers, cycles]:
            return await driver.break_off(transfers, cycles)
        case "play", [steps, names]:
            return await driver.play(steps, names)
        case "registers", [names]:
            return {name: await _read_if_known(driver, name) for name in names}
        case "flip", [memory, word, bit]:
            return await driver.flip(memory, word, bit)
        case "record", [recording]:
            return driver.record(recording)
        case "reset", []:
            return await driver.reset()
    raise ValueError(f"no such command: {verb}")


async def _read_if_known(driver: EngineDriver, name: str) -> int | None:
    try:
        return await driver.read_register(name)
    except UnknownLevelError:
        return None
