"""Server: carries out a remote `SimulatedEngine`'s commands inside a simulator.

A command is a tuple of a verb and its arguments. An answer is ("ok", value) or
("stalled", (message, sample)). Simulated time stands still between commands.
"""

from multiprocessing.connection import Connection
from typing import Any

from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.registers import REGISTERS

from .driver import EngineDriver, EngineStalledError
from .pins import UnknownLevelError


async def serve(driver: EngineDriver, connection: Connection) -> None:
    """Answer commands until "close", or until the other side closes the connection."""
    await driver.reset()
    while True:
        try:
            verb, *arguments = connection.recv()
        except EOFError:
            return
        if verb == "close":
            return
        try:
            connection.send(("ok", await _carry_out(driver, verb, arguments)))
        except EngineStalledError as stall:
            connection.send(("stalled", (str(stall), stall.sample)))
        except UnknownLevelError as unknown:
            connection.send(("stalled", (str(unknown), 0)))


async def _carry_out(driver: EngineDriver, verb: str, arguments: list[Any]) -> Any:
    match verb, arguments:
        case "load", [rows, generator, counters]:
            await driver.reset()
            await driver.write_rows(rows)
            await driver.write_register("generator", generator)
            for name in COUNTERS:
                await driver.write_register(name, counters[name])
            return None
        case "read", []:
            rows = await driver.read_rows()
            generator = await driver.read_register("generator")
            return rows, generator, {name: await driver.read_register(name) for name in COUNTERS}
        case "run", [x, labels, train, gate, observe]:
            await driver.write_register("gate", gate)
            driver.observe = observe
            return await driver.run(x, labels, train), driver.observed
        case "register", [name]:
            return await driver.read_register(name)
        case "write", [name, value]:
            return await driver.write_register(name, value)
        case "break_off", [x, labels, cycles]:
            return await driver.break_off(x, labels, cycles)
        case "registers", []:
            return {entry.name: await _read_if_known(driver, entry.name) for entry in REGISTERS}
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
