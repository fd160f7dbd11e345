"""Equality: whether a mutant does the same as its design in every state that can be reached.

In the state and with the inputs of the design, a mutant must give the same outputs and go into the
same state. ABC, which is inside Yosys, proves it by PDR. In the beginning all registers have their
initial values, or are 0. What comes out of large memories, and of cells that Yosys does not know,
may be anything.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netlists import Bits, Block, yosys

from pulsetrain.emit import TOP

SELECTOR, SELECTOR_BITS = "mutant", 16

ZEROS = "zeros"
"""The output of the bits that are taken to be 0."""

SECONDS = 4
"""PDR gives up after that."""

KEPT = 150
"""Memories of at most so many bits are in the circuit."""

_CIRCUIT = """
read_json design.json
read_json mutants.json
read_verilog proof.v
hierarchy -top proof
flatten
opt_clean
memory_map
opt -fast -nodffe -nosdff
dffunmap
techmap
opt -fast -nodffe -nosdff
dffunmap
simplemap
setundef -undriven -zero
opt -fast -nodffe -nosdff
aigmap
opt_clean
delete -port w:number
design -save circuit
"""

_SEARCH = """
design -reset
read_verilog <<end
module carrier(input a, input b, output y); assign y = a & b; endmodule
end
simplemap
abc -script search.abc
"""


def selectable(commands: Sequence[str]) -> str:
    """The script that puts mutants into a design: its new input `SELECTOR` is the number of the one
    that has an effect, from 1 on."""
    return "".join(
        command.replace("mutate ", f"mutate -ctrl {SELECTOR} {SELECTOR_BITS} {number} ", 1) + "\n"
        for number, command in enumerate(commands, 1))


def proven_equal(folder: Path, commands: Sequence[str],
                 zeros: Sequence[tuple[str, int]] = ()) -> list[bool]:
    """Whether each mutant of the design `engine.il` in `folder` is proven to equal it, as long as
    `zeros` are 0, each the name of a wire and a bit of it. False only means that this was not
    proven."""
    design = _netlist(folder, f"add -input {SELECTOR} {SELECTOR_BITS}\n", "design")
    mutants = _netlist(folder, selectable(commands), "mutants")
    states = sorted(name for name, cell in design["cells"].items() if _is_state(cell))
    for module, keep in ((design, True), (mutants, False)):
        _begin(module, keep=keep)
        block = Block(module)
        replaced = [name for number, name in enumerate(states)
                    if _share(block, module, number, name, keep=keep)]
        for name in replaced:
            del module["cells"][name]
    design["ports"][ZEROS] = {"direction": "output", "bits": [
        "0", *(design["netnames"][wire]["bits"][bit] for wire, bit in zeros)]}
    for name, module in (("design", design), ("mutants", mutants)):
        (folder / f"{name}.json").write_text(json.dumps({"modules": {name: module}}))
    (folder / "proof.v").write_text(_proof(design["ports"], mutants["ports"]))
    numbers = range(1, len(commands) + 1)
    search = "".join(
        f"read_aiger {number}.aig\nstrash\nscleanup\nwrite_aiger {number}-clean.aig\n"
        f"pdr -T {SECONDS}\nwrite_status {number}.txt\n" for number in numbers)
    (folder / "search.abc").write_text(
        f"write_blif carrier.blif\n{search}read_blif carrier.blif\nmap\n")
    yosys(_CIRCUIT + "".join(
        f"design -load circuit\nconnect -set number {SELECTOR_BITS}'d{number}\n"
        f"write_aiger -zinit {number}.aig\n" for number in numbers) + _SEARCH, folder)
    return [_is_zero(folder / f"{number}-clean.aig")
            or (folder / f"{number}.txt").read_text().startswith("snl_UNSAT")
            for number in numbers]


def _netlist(folder: Path, edits: str, name: str) -> dict[str, Any]:
    """The module of a design after `edits`, in which registers have no other ports than D and Q."""
    yosys(f"read_rtlil engine.il\n{edits}dffunmap\nopt_clean\nwrite_json {name}.json\n", folder)
    return json.loads((folder / f"{name}.json").read_text())["modules"][TOP]


def _begin(module: dict[str, Any], *, keep: bool) -> None:
    """Give initial values to the registers of a module, if it keeps them, and to nothing else: a
    net may be constant in part, and have others."""
    initial: dict[int | str, str] = {}
    for net in module["netnames"].values():
        initial |= zip(reversed(net["bits"]), net["attributes"].pop("init", ""), strict=False)
    for name, cell in module["cells"].items():
        if keep and cell["type"] == "$dff":
            bits = cell["connections"]["Q"]
            module["netnames"][f"{name}_begins"] = {"bits": bits, "attributes": {
                "init": "".join("01"[initial.get(bit) == "1"] for bit in reversed(bits))}}


def _is_state(cell: dict[str, Any]) -> bool:
    """Whether it is a register, a memory that is written, or a cell that Yosys does not know."""
    kind = cell["type"]
    return kind == "$dff" or not kind.startswith("$") or _written_bits(cell) > 0


def _written_bits(cell: dict[str, Any]) -> int:
    """The bits of a memory; 0 if it is none, or nothing writes to it."""
    if cell["type"] != "$mem_v2":
        return 0
    size, width, ports = (int(cell["parameters"][name], 2)
                          for name in ("SIZE", "WIDTH", "WR_PORTS"))
    return size * width if ports else 0


def _share(block: Block, module: dict[str, Any], number: int, name: str, *,
           keep: bool) -> bool:
    """Make ports of what goes into a state, and of what comes out of it; returns whether that is
    an input, because the state is large or the module does not `keep` it."""
    cell, ports = module["cells"][name], module["ports"]
    pins = cell["connections"]
    if cell["type"] == "$mem_v2":
        goes_in = [pins["RD_ADDR"], pins["WR_CLK"], *_written(block, pins)]
    else:
        goes_in = [bits for port, bits in sorted(pins.items())
                   if cell["port_directions"][port] == "input"]
    for index, bits in enumerate(goes_in):
        ports[f"next_{number}_{index}"] = {
            "direction": "output", "bits": block.apply("$pos", bits)}
    is_large = not cell["type"].startswith("$") or _written_bits(cell) > KEPT
    for index, (port, bits) in enumerate(sorted(pins.items())):
        if cell["port_directions"][port] == "output":
            if not keep:
                ports[f"state_{number}_{index}"] = {"direction": "input", "bits": bits}
            else:
                ports[f"state_{number}_{index}"] = {
                    "direction": "output", "bits": block.apply("$pos", bits)}
                if is_large:
                    ports[f"any_{number}_{index}"] = {"direction": "input", "bits": bits}
    return is_large or not keep


def _written(block: Block, pins: dict[str, Bits]) -> list[Bits]:
    """What is written to a memory: enables, and data and addresses where they are not 0."""
    enables, addresses = pins["WR_EN"], pins["WR_ADDR"]
    ports = len(pins["WR_CLK"])
    width, address_bits = len(enables) // ports, len(addresses) // ports
    return [enables, block.apply("$and", pins["WR_DATA"], enables), *(
        block.apply("$and", addresses[port * address_bits:(port + 1) * address_bits],
                    block.apply("$reduce_or", enables[port * width:(port + 1) * width],
                                width=1) * address_bits)
        for port in range(ports))]


def _proof(design: dict[str, Any], mutants: dict[str, Any]) -> str:
    """The module, in Verilog, with the design, its mutants, and the claim that their outputs are
    equal."""
    inputs = {"number": SELECTOR_BITS}
    lines, compared = [], []
    pins: dict[str, list[str]] = {"design": [], "mutants": []}
    for name, port in design.items():
        width = len(port["bits"])
        if name == SELECTOR:
            pins["mutants"].append(f".{name}(number)")
        elif port["direction"] == "input":
            inputs[name] = width
            pins["design"].append(f".{name}({name})")
            if name in mutants:
                pins["mutants"].append(f".{name}({name})")
        else:
            lines.append(f"wire [{width - 1}:0] \\design.{name} , \\mutant.{name} ;")
            pins["design"].append(f".{name}(\\design.{name} )")
            if name == ZEROS:
                continue
            if mutants[name]["direction"] == "input":
                pins["mutants"].append(f".{name}(\\design.{name} )")
            else:
                pins["mutants"].append(f".{name}(\\mutant.{name} )")
                compared.append(name)
    declared = ", ".join(f"input [{width - 1}:0] {name}" for name, width in inputs.items())
    instances = [f"{name} {name}_ ({', '.join(connected)});" for name, connected in pins.items()]
    all_of = [f"{{{', '.join(f'{chr(92)}{module}.{name} ' for name in compared)}}}"
              for module in ("design", "mutant")]
    return "\n".join([f"module proof({declared}, output differs);", *lines, *instances,
                      f"assign differs = \\design.{ZEROS} == 0 && {all_of[0]} != {all_of[1]};",
                      "endmodule", ""])


def _is_zero(circuit: Path) -> bool:
    """Whether nothing is left of a circuit but an output that is 0: PDR decides nothing then."""
    header, output, *_ = circuit.read_bytes().split(b"\n")
    return header.split()[3] == b"0" and output == b"0"
