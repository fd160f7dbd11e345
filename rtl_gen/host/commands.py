"""Commands: their headers, and those that every board knows, whatever its engine."""

from collections.abc import Sequence

from pulsetrain.protocol import COMMAND_HEADER, REGISTER, Windows, command
from pulsetrain.registers import IDENTITY, REGISTERS, Register, version_word

from .errors import BoardRefusedError
from .link import Link


def command_bytes(name: str, count: int, address: int = 0) -> bytes:
    """The header of the command called `name`, for `count` items from `address` on."""
    return COMMAND_HEADER.to_bytes({"code": command(name).code, "count": count, "address": address})


def written(name: str, address: int, *values: int) -> bytes:
    """The command called `name` that writes `values` to registers from `address` on: those of the
    board, or those of the job."""
    return command_bytes(name, len(values), address) + b"".join(
        value.to_bytes(REGISTER.size, "little") for value in values)


def all_registers(link: Link, registers: Sequence[Register] = REGISTERS) -> dict[str, int]:
    """Read the `registers` of the board, by default those that every board has: name -> value."""
    values = read_registers(link, 0, len(registers))
    return {entry.name: values[entry.address] for entry in registers}


def read_registers(link: Link, address: int, count: int) -> list[int]:
    """The values of `count` registers from `address` on."""
    packed = link.exchange(command_bytes("read_registers", count, address), count * REGISTER.size)
    return [REGISTER.from_bytes(packed[start:])["register"]
            for start in range(0, len(packed), REGISTER.size)]


def identify(link: Link) -> dict[str, int]:
    """The registers of the board, by name; `link` then uses all of its buffers.

    Raises:
        BoardRefusedError: it is not a Pulsetrain board, or has another version.
    """
    found = all_registers(link)
    if found["identity"] != IDENTITY:
        raise BoardRefusedError("the device that answers is not a Pulsetrain board")
    if found["version"] != version_word():
        raise BoardRefusedError(f"the board must have version {_version(version_word())}, not "
                                f"{_version(found['version'])}: build it with this version")
    try:
        link.use(Windows.of_status(found["status"]))
    except ValueError as error:
        raise BoardRefusedError(f"the board reports a buffer that no board has: {error}") from error
    return found


def _version(word: int) -> str:
    return ".".join(str(word >> shift & 255) for shift in (16, 8, 0))
