"""Equality: whether a mutant does the same as its design in every state that can be reached.

In the state and with the inputs of the design, a mutant must give the same outputs, as far as they
are valid, and go into the same state. A state in which it is seen to differ is its own from then
on: it may differ from that of the design as long as nothing else does. ABC, which is inside Yosys,
looks for differences, and proves by PDR that there are no others. In the beginning all registers
have their initial values, or are 0. What comes out of large memories, and of cells that Yosys does
not know, may be anything.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netlists import Bits, Block, yosys

from pulsetrain.emit import TOP

SELECTOR, SELECTOR_BITS = "mutant", 16

OWN = "own"
"""The input that says which states are a mutant's own."""

ATTEMPTS, MOST = 16, 24
"""A mutant is given up after so many attempts, or if more states may differ."""

UNIT_PROBES = ("probe_sum", "probe_delta")
"""Probes whose lowest bit says that they show a unit."""

WIRE = re.compile(r"\{(.+?)\}")
"""A wire of the design in a rule."""

LOOKED, SECONDS = 2, 6
"""For so many seconds ABC looks for a difference, and PDR for a proof."""

FRAMES = 60
"""The cycles of which ABC looks for a difference."""

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
                 rules: Sequence[str] = ()) -> list[bool]:
    """Whether each mutant of the design `engine.il` in `folder` is proven to equal it, as long as
    the design keeps the `rules`: conditions in Verilog, with the names of its wires in braces.
    False only means that this was not proven."""
    design = _netlist(folder, f"add -input {SELECTOR} {SELECTOR_BITS}\n", "design")
    states = sorted(name for name, cell in design["cells"].items() if _is_state(cell))
    mutants = _netlist(folder, selectable(commands), "mutants")
    follows = _following(mutants, states, states)
    changed = _following(mutants, [_edited(command) for command in commands], states)
    for module, keep in ((design, True), (mutants, False)):
        _begin(module)
        block = Block(module)
        _take_the_first_case(block, module)
        if keep:
            module["ports"] |= {f"wire.{wire}": {
                "direction": "output", "bits": block.apply("$pos", _net(module, wire))}
                for wire in {wire for rule in rules for wire in WIRE.findall(rule)}}
        else:
            module["ports"][OWN] = {"direction": "input", "bits": block.new(len(states))}
        replaced = [name for number, name in enumerate(states)
                    if _share(block, module, number, name, keep=keep)]
        for name in replaced:
            del module["cells"][name]
    for name, module in (("design", design), ("mutants", mutants)):
        (folder / f"{name}.json").write_text(json.dumps({"modules": {name: module}}))
    proof, compared = _proof(design["ports"], mutants["ports"], rules)
    (folder / "proof.v").write_text(proof)
    yosys(_CIRCUIT, folder)
    equal = set()
    left = dict.fromkeys(range(1, len(commands) + 1), frozenset[int]())
    for _ in range(ATTEMPTS):
        _search(folder, {number: "".join("01"[state in own] for state in range(len(states))[::-1])
                         for number, own in left.items()})
        equal |= {number for number in left if _is_proven(folder, number)}
        left = {number: grown for number in left.keys() - equal
                if (grown := _grown(left[number], _different(folder, number, compared), follows,
                                    changed[number - 1]))}
        if not left:
            break
    return [number in equal for number in range(1, len(commands) + 1)]


def _edited(command: str) -> str:
    """The cell that a command edits."""
    return command.partition(" -cell ")[2].partition(" ")[0]


def _take_the_first_case(block: Block, module: dict[str, Any]) -> None:
    """If more than one case of a choice applies, the first one counts, as in the Verilog."""
    for cell in list(module["cells"].values()):
        if cell["type"] == "$pmux":
            applies = cell["connections"]["S"]
            cell["connections"]["S"] = block.apply("$and", applies, block.apply("$neg", applies))


def _following(module: dict[str, Any], cells: Sequence[str],
               states: Sequence[str]) -> list[set[int]]:
    """For each of `cells`, the states, by their numbers, that it goes into through logic alone."""
    drives: defaultdict[str, Bits] = defaultdict(list)
    read_by: defaultdict[int | str, set[str]] = defaultdict(set)
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "output":
                drives[name] += bits
            else:
                for bit in bits:
                    read_by[bit].add(name)
    numbers = {name: number for number, name in enumerate(states)}
    found = []
    for cell in cells:
        reached: set[str] = set()
        left = [cell]
        while left:
            readers = set().union(*(read_by[bit] for bit in drives[left.pop()])) - reached
            left += readers - numbers.keys()
            reached |= readers
        found.append({numbers[name] for name in reached & numbers.keys()})
    return found


def _grown(own: frozenset[int], different: str, follows: Sequence[set[int]],
           changed: set[int]) -> frozenset[int]:
    """More states of a mutant's own: one that differs, or if nothing was seen to differ, those that
    its own go into, and at first those that are `changed`. None if the mutant is to be given up."""
    if different:
        state = re.match(r"next_(\d+)_", different)
        return own | {int(state[1])} if state else frozenset()
    more = own.union(*(follows[state] for state in own)) or frozenset(changed)
    return more if len(more) <= MOST else frozenset()


def _search(folder: Path, own: Mapping[int, str]) -> None:
    """Let ABC look for a difference, then for a proof, of each mutant, with the states that are its
    own. First it merges states that are always equal, which PDR would find one by one."""
    (folder / "search.abc").write_text("write_blif carrier.blif\n" + "".join(
        f"read_aiger {number}.aig\nstrash\nscleanup\nlcorr\nscleanup\n"
        f"bmc3 -F {FRAMES} -T {LOOKED}\nwrite_status {number}-looked.txt\norpos\n"
        f"write_aiger {number}-clean.aig\npdr -T {SECONDS}\nwrite_status {number}.txt\n"
        for number in own) + "read_blif carrier.blif\nmap\n")
    yosys("read_rtlil circuit.il\ndesign -save circuit\n" + "".join(
        f"design -load circuit\nconnect -set number {SELECTOR_BITS}'d{number}\n"
        f"connect -set {OWN} {len(bits)}'b{bits}\n"
        f"write_aiger -zinit {number}.aig\n" for number, bits in own.items())
        + _SEARCH, folder)


def _is_proven(folder: Path, number: int) -> bool:
    """Whether a mutant differs in nothing but what is its own."""
    return _is_zero(folder / f"{number}-clean.aig") or (
        folder / f"{number}.txt").read_text().startswith("snl_UNSAT")


def _different(folder: Path, number: int, compared: Sequence[str]) -> str:
    """What was seen to differ in a mutant; empty if nothing was."""
    found = re.match(r"snl_SAT \S+ \S+ (\d+) ", (folder / f"{number}-looked.txt").read_text())
    return compared[int(found[1])] if found else ""


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


def _net(module: dict[str, Any], wire: str) -> Bits:
    """The bits of a wire, whose name may lack the numbers that Amaranth adds to blocks."""
    return next(net["bits"] for name, net in module["netnames"].items()
                if wire in (name, re.sub(r"\$\d+\.", ".", name)))


def _proof(design: dict[str, Any], mutants: dict[str, Any],
           rules: Sequence[str]) -> tuple[str, list[str]]:
    """The module, in Verilog, with the design, its mutants, and an output for each of theirs that
    tells whether they differ in it; and the names of these, the lowest first."""
    inputs = {"number": SELECTOR_BITS, OWN: len(mutants[OWN]["bits"])}
    lines, differences = [], {}
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
            pins["design"].append(f".\\{name} (\\design.{name} )")
            if name not in mutants:
                continue
            if mutants[name]["direction"] == "input":
                pins["mutants"].append(f".{name}(\\design.{name} )")
            else:
                pins["mutants"].append(f".{name}(\\mutant.{name} )")
                differences[name] = (
                    f"{_matters(name, design)} && \\design.{name} != \\mutant.{name} ")
    declared = ", ".join(f"input [{width - 1}:0] {name}" for name, width in inputs.items())
    instances = [f"{name} {name}_ ({', '.join(connected)});" for name, connected in pins.items()]
    width = len(differences)
    kept = " && ".join(["1", *(
        "(" + WIRE.sub(r"\\design.wire.\1 ", rule) + ")" for rule in rules)])
    text = "\n".join([f"module proof({declared}, output [{width - 1}:0] differs);",
                      *lines, *instances,
                      f"wire [{width - 1}:0] all = {{{', '.join(differences.values())}}};",
                      f"assign differs = {kept} ? all : 0;",
                      "endmodule", ""])
    return text, [*differences][::-1]


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
