"""Random commands, and frames with a right CRC, that the page of the link does not define."""

import numpy as np

from pulsetrain.formats.dense import dense_header
from pulsetrain.host import Transport
from pulsetrain.host.commands import command_bytes
from pulsetrain.host.frames import frame
from pulsetrain.protocol import (
    COMMAND_HEADER,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    HOST_HEADER,
    KIND_HELLO,
    command,
    commands,
    items,
    spaces,
)
from pulsetrain.registers import REGISTERS, register
from pulsetrain.spec import Config

_DELIMITER, _ESCAPE = bytes([DELIMITER]), bytes([ESCAPE])


def undefined_command(config: Config, random: np.random.Generator) -> tuple[str, bytes]:
    """The reason for which a command must be refused, and the command with some items."""
    sizes = {name: item.size for name, item in items(config).items()} | {"": 0}
    limits, known = spaces(config), commands()

    def below(limit: int) -> int:
        return int(random.integers(limit))

    def some(name: str) -> bytes:
        return random.bytes(sizes[command(name).takes])

    match below(7):
        case 0:
            code = [0, *range(len(known) + 1, 256)][below(256 - len(known))]
            return "command", COMMAND_HEADER.to_bytes(
                {"code": code, "count": below(4), "address": below(16)}) + random.bytes(24)
        case 1:
            entry = known[below(4)]
            limit, count = limits[entry.space], below(1 << below(17))
            first = max(0, limit + 1 - count)
            address = first + below(1 << below(24))
            return "address", command_bytes(entry.name, count, address) + some(entry.name)
        case 2:
            entry = known[4 + below(3)]
            return "address", command_bytes(entry.name, 1, 1 << below(24)) + some(entry.name)
        case 3:
            kept = [entry.address for entry in REGISTERS if not entry.writable]
            return "register", (command_bytes("write_registers", 1, kept[below(len(kept))])
                                + some("write_registers"))
        case 4:
            name, least = (("mode", 2), ("gate", 257), ("generator", 0))[below(3)]
            value = min(least + below(1 << below(32)), (1 << 32) - 1) if least else 0
            return "register", (command_bytes("write_registers", 1, register(name).address)
                                + value.to_bytes(4, "little"))
        case 5:
            return "result", command_bytes("take_results", 1 + below(3))
    return "sample", _undefined_sample(config, below)


def _undefined_sample(config: Config, below) -> bytes:
    """The dense form of a training sample, in which the last byte is not valid."""
    form, network = dense_header(config), config.network
    label, inputs = below(network.outputs), bytes(1 + below(255) for _ in range(network.inputs))
    faults = ["run", *(["label"] if network.outputs < 1 << config.design.label_bits else []),
              *(["bit"] if form.bits % 8 else [])]
    fault = faults[below(len(faults))]
    if fault == "label":
        label = network.outputs + below((1 << config.design.label_bits) - network.outputs)
    header = form.pack({"label": label, "train": 1})
    if fault == "bit":
        header |= 1 << form.bits + below(8 * form.size - form.bits)
    octets = header.to_bytes(form.size, "little")
    if fault == "run":
        first = max(0, network.inputs - 255) + below(min(255, network.inputs))
        shortest = network.inputs - first
        octets += inputs[:first] + bytes([0, shortest + below(256 - shortest)])
    return command_bytes("send_samples", len(octets)) + octets


class ForgingLine:
    """A transport that, with probability `rate`, inserts an undefined frame before one of the
    host's.

    The frame has that frame's session and position, a right CRC, and a command that would change
    the synapses. `forged` counts them. `seed` determines all of them.
    """

    def __init__(self, line: Transport, config: Config, rate: float, seed: int) -> None:
        self.forged = 0
        self._line, self._config, self._rate = line, config, rate
        self._random = np.random.default_rng(seed)

    def write(self, octets: bytes) -> None:
        sent = []
        for part in filter(None, octets.split(_DELIMITER)):
            if self._random.random() < self._rate:
                self.forged += 1
                sent.append(self._forged(part))
            sent.append(_DELIMITER + part + _DELIMITER)
        self._line.write(b"".join(sent))

    def read(self) -> bytes:
        return self._line.read()

    def close(self) -> None:
        self._line.close()

    def _forged(self, part: bytes) -> bytes:
        plain, *escaped = part.split(_ESCAPE)
        content = plain + b"".join(bytes([piece[0] ^ ESCAPE_FLIP]) + piece[1:]
                                   for piece in escaped)
        header = HOST_HEADER.from_bytes(content)
        del header["length"]
        if self._random.random() < 0.2:
            header |= {"kind": KIND_HELLO, "session": 0}
        else:
            header["kind"] = int(self._random.integers(KIND_HELLO + 1, 256))
        row = self._random.bytes(items(self._config)["row"].size)
        return frame(command_bytes("write_rows", 1) + row, **header)
