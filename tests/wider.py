"""Wider engines: a survivor of a small engine, tried in one with longer lists and more groups.

There the same edit is in the same line of the Verilog, and in the same port of its cell, but the
line has other widths. So it is another mutant; that it is caught shows that a fault of this kind is
seen in an engine in which it matters.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_mapping

WIDER = {"network": {"inputs": 20, "hidden": [24, 16], "outputs": 9}, "device": {"levels": 7},
         "engine": {"lanes": 4}}

_CELL = re.compile(r"((?:  attribute .*\n)*)  cell (\S+) (\S+)\n((?:    .*\n)*)  end\n")
_PORT = re.compile(r"    connect \\(\S+) (.*)\n")
_OUTPUTS = ("Y", "Q", "RD_DATA")

Bit = tuple[str, int]


def wider(config: Config) -> Config:
    """A configuration with more of everything in its network, and one level more."""
    mapping = config.model_dump(exclude_none=True)
    for section, values in WIDER.items():
        mapping[section] = {**mapping[section], **values}
    return config_from_mapping({**mapping, "name": f"wider-{config.name}"})


@dataclass
class Netlist:
    """The cells of a design `engine.il` in a folder: the line of each in `engine.v`, without
    numbers, and the named wires that it drives."""

    folder: Path
    lines: dict[str, str] = field(default_factory=dict)
    pins: dict[str, dict[str, list[Bit | None]]] = field(default_factory=dict)
    driver: dict[Bit, tuple[str, str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        verilog = (self.folder / "engine.v").read_text().splitlines()
        text = (self.folder / "engine.il").read_text()
        widths = {name: int(width or 1) for width, name in
                  re.findall(r"^  wire (?:width (\d+) )?.*?([\\$]\S+)$", text, re.MULTILINE)}
        for attributes, _, name, body in _CELL.findall(text):
            places = re.findall(r"engine\.v:(\d+)", attributes)
            self.lines[name] = re.sub(r"\d+", "", verilog[int(places[-1]) - 1]) if places else ""
            self.pins[name] = {port: _bits(signal, widths) for port, signal in _PORT.findall(body)}
            for port in _OUTPUTS:
                self.driver |= {bit: (name, port, place) for place, bit in
                                enumerate(self.pins[name].get(port, ())) if bit}


def _bits(signal: str, widths: dict[str, int]) -> list[Bit | None]:
    """The bits of a signal in RTLIL, the lowest first; None where a wire has no name."""
    found: list[Bit | None] = []
    for count, name, high, low in reversed(re.findall(
            r"(\d+)'[01xz-]+|([\\$]\S+)(?: \[(\d+)(?::(\d+))?\])?", signal)):
        if count:
            found += [None] * int(count)
            continue
        last = int(high) if high else widths[name] - 1
        first = int(low or high) if high else 0
        found += [(name, place) if name[0] == "\\" else None for place in range(first, last + 1)]
    return found


def moved(command: str, small: Netlist, wide: Netlist) -> str | None:
    """The command that makes the same edit in the wider engine; None if that has no such line, or
    if its cell has another signal there."""
    cell, port, place = re.search(r"-cell (\S+) -port (\S+) -portbit (\d+)", command).groups()
    pins, bit = small.pins[cell], int(place)
    [driven] = pins.keys() & set(_OUTPUTS)
    drives = pins[driven][bit if port == driven else 0]
    if drives not in wide.driver:
        return None
    name, output, offset = wide.driver[drives]
    shift = 0
    if port == driven:
        port, shift = output, offset - bit
    others = wide.pins[name].get(port, [])
    if wide.lines[name] != small.lines[cell] or pins.get(port, [])[bit] != others[bit + shift]:
        return None
    parts = re.match(r"(mutate -mode \S+ -module \S+)", command)[1]
    control = re.search(r"-ctrlbit (\d+)", command)
    return f"{parts} -cell {name} -port {port} -portbit {bit + shift}" + (
        f" -ctrlbit {int(control[1]) + shift}" if control else "")
