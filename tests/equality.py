"""Equality: whether a mutant does the same as its design in every state that can be reached.

In the state and with the inputs of the design, a mutant must give the same outputs, as far as they
are valid, and go into the same state. Where this is not proven, the states that the mutant changes
first are its own: they may differ from those of the design as long as nothing else does. ABC, which
is inside Yosys, proves it by PDR. In the beginning all registers have their initial values, or are
0. What comes out of large memories, and of cells that Yosys does not know, may be anything.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from netlists import Bits, Block, yosys

from pulsetrain.emit import TOP

SELECTOR, SELECTOR_BITS = "mutant", 16

OWN = "own"
"""The input that says which states are a mutant's own."""

ATTEMPTS = (0, 2)
"""The proofs that are tried in turn: the states that a mutant changes within so many cycles are its
own."""

UNIT_PROBES = ("probe_sum", "probe_delta")
"""Probes whose lowest bit says that they show a unit."""

ZEROS = "zeros"
"""The output of the bits that are taken to be 0."""

SECONDS = 4
"""PDR gives up after that."""

KEPT = 512
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
delete -port w:number w:own
write_rtlil circuit.il
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
    states = sorted(name for name, cell in design["cells"].items() if _is_state(cell))
    mutants = _netlist(folder, selectable(commands), "mutants")
    reach = _Reach(mutants)
    for module, keep in ((design, True), (mutants, False)):
        _begin(module)
        block = Block(module)
        if not keep:
            module["ports"][OWN] = {"direction": "input", "bits": block.new(len(states))}
        replaced = [name for number, name in enumerate(states)
                    if _share(block, module, number, name, keep=keep)]
        for name in replaced:
            del module["cells"][name]
    design["ports"][ZEROS] = {"direction": "output", "bits": [
        "0", *(design["netnames"][wire]["bits"][bit] for wire, bit in zeros)]}
    for name, module in (("design", design), ("mutants", mutants)):
        (folder / f"{name}.json").write_text(json.dumps({"modules": {name: module}}))
    (folder / "proof.v").write_text(_proof(design["ports"], mutants["ports"]))
    yosys(_CIRCUIT, folder)
    left = [*range(1, len(commands) + 1)]
    for cycles in ATTEMPTS:
        own = {number: "".join("01"[name in changed] for name in reversed(states))
               for number in left for changed in [reach.changed(number, cycles)]}
        found = _search(folder, own) if own else set()
        left = [number for number in left if number not in found]
    return [number not in left for number in range(1, len(commands) + 1)]


class _Reach:
    """Which states each mutant of a module may change."""

    def __init__(self, module: dict[str, Any]) -> None:
        self._drives: dict[str, Bits] = {}
        self._read_by: defaultdict[int | str, set[str]] = defaultdict(set)
        self._states: set[str] = set()
        self._begins: defaultdict[int, set[str]] = defaultdict(set)
        selector = module["ports"][SELECTOR]["bits"]
        for name, cell in module["cells"].items():
            pins = cell["connections"]
            self._drives[name] = []
            for port, bits in pins.items():
                if cell["port_directions"][port] == "output":
                    self._drives[name] += bits
                else:
                    for bit in bits:
                        self._read_by[bit].add(name)
            if _is_state(cell):
                self._states.add(name)
            if pins.get("A") == selector:
                self._begins[int("".join(reversed(pins["B"])), 2)].add(name)

    def changed(self, number: int, cycles: int) -> set[str]:
        """The states that mutant `number` may change within so many cycles."""
        found: set[str] = set()
        for cycle in range(cycles):
            found |= self._next(found if cycle else self._begins[number])
        return found

    def _next(self, cells: Iterable[str]) -> set[str]:
        """The states that the outputs of `cells` go into, through logic alone."""
        found: set[str] = set()
        left = list(cells)
        while left:
            readers = set().union(*(self._read_by[bit] for bit in self._drives[left.pop()]))
            left += readers - found - self._states
            found |= readers
        return found & self._states


def _search(folder: Path, own: Mapping[int, str]) -> set[int]:
    """Those mutants for which ABC finds a proof, each with the states that are its own. First it
    merges states that are always equal, which PDR would find one by one."""
    (folder / "search.abc").write_text("write_blif carrier.blif\n" + "".join(
        f"read_aiger {number}.aig\nstrash\nscleanup\nlcorr\nscleanup\n"
        f"write_aiger {number}-clean.aig\npdr -T {SECONDS}\nwrite_status {number}.txt\n"
        for number in own) + "read_blif carrier.blif\nmap\n")
    yosys("read_rtlil circuit.il\ndesign -save circuit\n" + "".join(
        f"design -load circuit\nconnect -set number {SELECTOR_BITS}'d{number}\n"
        f"connect -set {OWN} {len(bits)}'b{bits}\n"
        f"write_aiger -zinit {number}.aig\n" for number, bits in own.items()) + _SEARCH, folder)
    return {number for number in own if _is_zero(folder / f"{number}-clean.aig")
            or (folder / f"{number}.txt").read_text().startswith("snl_UNSAT")}


def _netlist(folder: Path, edits: str, name: str) -> dict[str, Any]:
    """The module of a design after `edits`, in which registers have no other ports than D and Q."""
    yosys(f"read_rtlil engine.il\n{edits}dffunmap\nopt_clean\nwrite_json {name}.json\n", folder)
    return json.loads((folder / f"{name}.json").read_text())["modules"][TOP]


def _begin(module: dict[str, Any]) -> None:
    """Give initial values to the registers and memories of a module, and to nothing else: a net may
    be constant in part, and have others."""
    initial: dict[int | str, str] = {}
    for net in module["netnames"].values():
        initial |= zip(reversed(net["bits"]), net["attributes"].pop("init", ""), strict=False)
    for name, cell in module["cells"].items():
        if cell["type"] == "$dff":
            bits = cell["connections"]["Q"]
            module["netnames"][_begins(name)] = {"bits": bits, "attributes": {
                "init": "".join("01"[initial.get(bit) == "1"] for bit in reversed(bits))}}
        elif _written_bits(cell):
            content = cell["parameters"]["INIT"].replace("x", "0")
            cell["parameters"]["INIT"] = content.zfill(_written_bits(cell))


def _begins(register: str) -> str:
    """The net with the initial value of a register."""
    return f"{register}_begins"


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
    an input, because the state is large. In a mutant it is that of the design unless it is its own.
    """
    cell, ports, nets = module["cells"][name], module["ports"], module["netnames"]
    pins = cell["connections"]
    if cell["type"] == "$mem_v2":
        clock, goes_in = "WR_CLK", [pins["RD_ADDR"], *_written(block, pins)]
    else:
        clock, goes_in = "CLK", [bits for port, bits in sorted(pins.items()) if port != "CLK"
                                 and cell["port_directions"][port] == "input"]
    is_large = not cell["type"].startswith("$") or _written_bits(cell) > KEPT
    kind = "given" if is_large else "next"
    compared = {f"{kind}_{number}_{index}": bits for index, bits in enumerate(goes_in)}
    if clock in pins:
        compared[f"clock_{number}"] = pins[clock]
    for port, bits in compared.items():
        ports[port] = {"direction": "output", "bits": block.apply("$pos", bits)}
    for index, (port, bits) in enumerate(sorted(pins.items())):
        if cell["port_directions"][port] == "output":
            shared = f"state_{number}_{index}"
            if keep:
                ports[shared] = {"direction": "output", "bits": block.apply("$pos", bits)}
                if is_large:
                    ports[f"any_{number}_{index}"] = {"direction": "input", "bits": bits}
            elif is_large:
                ports[shared] = {"direction": "input", "bits": bits}
            else:
                pins[port], given = block.new(len(bits)), block.new(len(bits))
                ports[shared] = {"direction": "input", "bits": given}
                block.choose([ports[OWN]["bits"][number]], pins[port], given, result=bits)
                if _begins(name) in nets:
                    nets[_begins(name)]["bits"] = pins[port]
    return is_large


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
    inputs = {"number": SELECTOR_BITS, OWN: len(mutants[OWN]["bits"])}
    lines, differences = [], []
    pins: dict[str, list[str]] = {"design": [], "mutants": [f".{OWN}({OWN})"]}
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
                differences.append(
                    f"{_matters(name, design)} && \\design.{name} != \\mutant.{name} ")
    declared = ", ".join(f"input [{width - 1}:0] {name}" for name, width in inputs.items())
    instances = [f"{name} {name}_ ({', '.join(connected)});" for name, connected in pins.items()]
    return "\n".join([f"module proof({declared}, output differs);", *lines, *instances,
                      f"wire [{len(differences) - 1}:0] all = {{{', '.join(differences)}}};",
                      f"assign differs = \\design.{ZEROS} == 0 && all != 0;",
                      "endmodule", ""])


def _matters(name: str, ports: dict[str, Any]) -> str:
    """When an output of the design matters, in Verilog: where a state goes, unless it is the
    mutant's own; a payload, or a unit at a probe, while it is valid."""
    next_state = re.fullmatch(r"next_(\d+)_\d+", name)
    if next_state:
        return f"!{OWN}[{next_state[1]}]"
    valid = name.replace("__payload", "__valid")
    if valid != name and valid in ports:
        return f"\\design.{valid} "
    if name in UNIT_PROBES:
        return f"(\\design.{name} [0] || \\mutant.{name} [0])"
    return "1"


def _is_zero(circuit: Path) -> bool:
    """Whether nothing is left of a circuit but an output that is 0: PDR decides nothing then."""
    header, output, *_ = circuit.read_bytes().split(b"\n")
    return header.split()[3] == b"0" and output == b"0"
