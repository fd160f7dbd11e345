"""The long run of mutants: many in one compiled design, which an input chooses from.

`python tests/mutation.py KIND --mutants 500 --shard 1/2 --results FILE` continues where it stopped:
FILE has a line of JSON for every mutant that was tried. `docs/explanation/mutants.md` has the
figures.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import examination
import numpy as np
from draws import keeping_devices
from equality import SELECTOR, SELECTOR_BITS, proven_equal, selectable
from faults import compare_engine, fault_config, table_fault_config
from further import examine_further
from linked_mutants import (
    FURTHER,
    LINK_CELLS,
    TESTS,
    LinkTests,
    MutatedLine,
    answers_are_short,
    linked_verilog,
    of_engine,
)
from mutants import candidates, counts_are_few, cycles_are_few, values_are_in_range
from native import Library, NativeSimulation
from netlists import yosys
from wider import Netlist, moved, wider

from pulsetrain.emit import TOP, VERILOG, generate
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import BackendStalledError
from pulsetrain.sim import verify
from pulsetrain.sim.engine import SimulatedEngine
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_mapping

OUTCOMES = ("verify", "examination", "further", "tests", "equivalent", "cycles", "ranges",
            "devices", "wider", "survives")
"""What became of a mutant: what caught it, or whether a solver proved that it equals its engine:
always, or as long as samples take neither more nor fewer cycles than the model says is possible, or
as long as lists and states are in their ranges too; or whether all devices of its engine are drawn
as without it. `wider`: the same edit is caught in a wider engine."""

AT_FIRST, AGAIN = ("verify", "examination"), ("examination", "further")
"""What tries a mutant of an engine, also in a wider engine, and what tries a survivor again."""

TOGETHER, LINKED_TOGETHER = 500, 32
"""Mutants in one compiled engine, or link: each makes it slower, and a link is compiled sooner."""

_QUIET = "".join(f"/* verilator lint_off {warning} */\n" for warning in (
    "UNOPTFLAT", "WIDTHTRUNC", "WIDTHEXPAND", "CASEINCOMPLETE", "MULTIDRIVEN"))


def noise_config() -> Config:
    """The network of `fault_config` with noise as displacements, refreshes with errors, and stuck
    devices."""
    return _variant("noise-faults", {
        "device": {"kind": "exponential", "levels": 6, "potentiation": {"u": 2.0},
                   "cycle_sigma": 0.1},
        "update": {"refresh_sigma": 0.3},
        "variation": {"stuck_low": 0.1, "stuck_high": 0.1}})


def bidirectional_config() -> Config:
    """The network of `fault_config` with both devices pulsed, and steps left out or doubled."""
    return _variant("bidirectional-faults", {
        "device": {"levels": 6, "cycle_noise": 60}, "update": {"method": "bidirectional"}})


def single_config() -> Config:
    """The network of `fault_config` with one device pulsed, hard sigmoids, every input value in
    order, and multipliers in look-up tables."""
    return _variant("single-faults", {
        "network": {"activation": "hard_sigmoid"},
        "device": {"levels": 6},
        "update": {"method": "single"},
        "engine": {"input": "raw", "multipliers": "lut"}})


def _variant(name: str, sections: dict[str, dict[str, Any]]) -> Config:
    """The network of `fault_config` with a device, and with keys of other sections replaced."""
    base = fault_config().model_dump(exclude_none=True, exclude={"device"})
    return config_from_mapping({**base, "name": name, **{
        key: {**base.get(key, {}), **values} for key, values in sections.items()}})


KINDS: dict[str, Callable[[], Config]] = {
    "linear": fault_config, "tables": table_fault_config, "noise": noise_config,
    "bidirectional": bidirectional_config, "single": single_config,
    "spram": partial(fault_config, "spram")}
"""The engines that are mutated; together they have every option."""


LINKED = "linked"
"""The link of a board, which is mutated too."""


class DifferentError(Exception):
    """The comparison does something that it did not do with the engine itself."""


@dataclass
class Tape:
    """What the golden model answered in a comparison with the engine itself."""

    calls: list[tuple[Any, Any, dict[tuple[str, int, int], int]]] = field(default_factory=list)
    complete: bool = False


class Recalled:
    """The golden model, which computes nothing a second time: once the tape is complete it repeats
    the answers.

    Raises:
        DifferentError: another call than on the tape.
    """

    def __init__(self, tape: Tape, config: Config, **options: Any) -> None:
        self.config = config
        self.gate = 256
        self.observe = False
        self.observed: dict[tuple[str, int, int], int] = {}
        self._tape = tape
        self._position = 0
        self._model = None if tape.complete else GoldenEngine(config, **options)

    def load(self, state: Any) -> None:
        self._call("load", state)

    def read(self) -> Any:
        return self._call("read")

    def train(self, x: np.ndarray, labels: np.ndarray) -> Any:
        return self._call("train", x, labels)

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Any:
        return self._call("infer", x, labels)

    def _call(self, name: str, *arguments: Any) -> Any:
        key = (name, self.gate, self.observe,
               *(item.tobytes() for item in arguments if isinstance(item, np.ndarray)))
        if self._model:
            self._model.gate, self._model.observe = self.gate, self.observe
            answer = getattr(self._model, name)(*arguments)
            self.observed = dict(self._model.observed)
            self._tape.calls.append((key, answer, self.observed))
            return answer
        if self._position >= len(self._tape.calls) or self._tape.calls[self._position][0] != key:
            raise DifferentError
        _, answer, self.observed = self._tape.calls[self._position]
        self._position += 1
        return answer


class Comparisons:
    """`verify` and the examinations of engines of one configuration, against one tape each."""

    def __init__(self, make: Callable[..., SimulatedEngine], names: Sequence[str]) -> None:
        self._make = make
        self._tapes = {name: Tape() for name in names}
        for name in self._tapes:
            found = self.difference(name, "0")
            if found:
                raise RuntimeError(f"the engine itself fails in {name}: {found}")
            self._tapes[name].complete = True

    def difference(self, name: str, top: str) -> str | None:
        """What `verify`, the `examination` or the `further` one finds in a mutant."""
        model = partial(Recalled, self._tapes[name])
        make = partial(self._make, top)
        with patch.object(verify, "GoldenEngine", model), patch.object(examination, "GoldenEngine",
                                                                       model):
            try:
                if name == "verify":
                    report = compare_engine(make())
                    return None if report.equal else str(report.first_divergence)
                return (examination.examine if name == "examination" else examine_further)(make)
            except DifferentError:
                return "another course"
            except BackendStalledError as stalled:
                return str(stalled)

    def caught_by(self, top: str) -> str:
        """The name of what finds a difference in a mutant; empty if nothing does."""
        return next((name for name in self._tapes if self.difference(name, top)), "")


def combined(folder: Path, commands: Sequence[str]) -> Path:
    """The design `engine.il` with all mutants in it, as Verilog: the input `SELECTOR` is the number
    of the one that has an effect, from 1 on."""
    yosys(f"read_rtlil engine.il\n{selectable(commands)}opt_clean\n"
          "write_verilog -noattr all.v\n", folder)
    path = folder / "all.v"
    # Verilator would check that at most one case applies, and the comparison is to find it.
    path.write_text(_QUIET + re.sub(r"// \w+ parallel_case", "", _filled_up(path.read_text())))
    return path


def _filled_up(verilog: str) -> str:
    """Verilog with ones in the synapse memory at addresses without a row, which would read as zeros
    otherwise, and not as anything."""
    def filled(memory: re.Match[str]) -> str:
        name, rows = memory[3], int(memory[4]) + 1
        size = 1 << (rows - 1).bit_length()
        ones = "".join(f"    {name} [{row}] = {{{int(memory[2]) + 1}{{1'b1}}}};\n"
                       for row in range(rows, size))
        return f"{memory[1]}[{size - 1}:0];\n  initial begin\n{ones}  end\n"

    return re.sub(r"( *reg \[(\d+):0\] (\\synapse\S*memory) +)\[(\d+):0\];\n", filled, verilog)


def tried(config: Config, comparisons: Sequence[str], folder: Path,
          batch: Sequence[tuple[int, str, str]]) -> Iterator[dict[str, Any]]:
    """The outcome of every mutant of a batch: its number, block and command."""
    commands = [command for _, _, command in batch]
    verilog = combined(folder, commands)
    with tempfile.TemporaryDirectory() as name:
        library = Library(verilog, TOP, Path(name))
    simulation = NativeSimulation(library, SELECTOR)

    def make(top: str, hostile_seed: int | None = None) -> SimulatedEngine:
        return SimulatedEngine(config, None, "icarus", hostile_seed=hostile_seed,
                               simulation=simulation, top=top)

    compared = Comparisons(make, comparisons)
    for position, (number, block, command) in enumerate(batch, 1):
        started = time.process_time()
        yield {"number": number, "block": block, "command": command,
               "outcome": compared.caught_by(str(position)) or "survives",
               "seconds": round(time.process_time() - started, 2)}
    simulation.close()


def wider_tried(config: Config, folder: Path,
                batch: Sequence[tuple[int, str, str]]) -> Iterator[dict[str, Any]]:
    """Those mutants whose edit is caught in an engine that is wider than that of `config`, which is
    in `folder`."""
    config, wide = wider(config), folder / "wider"
    wide.mkdir()
    generate(config, wide / "engine")
    candidates(wide / "engine" / VERILOG, wide, 1)
    small, large = Netlist(folder), Netlist(wide)
    edits = {edit: command for _, _, command in batch if (edit := moved(command, small, large))}
    left = {command: entry for *entry, command in batch}
    for entry in tried(config, AT_FIRST, wide, [
            (*left[command], edit) for edit, command in edits.items()]):
        if entry["outcome"] != "survives":
            yield {**entry, "command": edits[entry["command"]], "outcome": "wider"}


def proven(folder: Path, commands: Sequence[str],
           rules: Sequence[str] = ()) -> list[str]:
    """Those mutants that are proven to equal their design, as long as it keeps the rules."""
    return [command for command, equal in zip(
        commands, proven_equal(folder, commands, rules) if commands else [], strict=True) if equal]


def shown_equal(config: Config | None, folder: Path, commands: Sequence[str]) -> dict[str, str]:
    """The outcome of each mutant that is shown to equal its design: the engine of `config`, or
    the link."""
    rules = {"equivalent": [] if config else answers_are_short()}
    if config:
        few = [*cycles_are_few(config), *counts_are_few(config, folder / "engine.v")]
        rules |= {"cycles": few, "ranges": few + values_are_in_range(config)}
    outcomes: dict[str, str] = {}
    for outcome, kept in rules.items():
        left = [command for command in commands if command not in outcomes]
        outcomes |= dict.fromkeys(proven(folder, left, kept), outcome)
    if config:
        left = [command for command in commands if command not in outcomes]
        outcomes |= dict.fromkeys(keeping_devices(config, folder, left), "devices")
    return outcomes


def linked_tried(again: bool, folder: Path,
                 batch: Sequence[tuple[int, str, str]]) -> Iterator[dict[str, Any]]:
    """The same for mutants of the link, which are tried with its tests; `again`, with further ones.
    """
    verilog = combined(folder, [command for _, _, command in batch]).read_text()
    trial, caught = (FURTHER, "further") if again else (TESTS, "tests")
    tests = LinkTests(MutatedLine(verilog, SELECTOR, SELECTOR_BITS, trial.cycles), trial.files)
    if tests.fail(0):
        raise RuntimeError("the link itself fails its tests")
    for position, (number, block, command) in enumerate(batch, 1):
        before = os.times().children_user
        yield {"number": number, "block": block, "command": command,
               "outcome": caught if tests.fail(position) else "survives",
               "seconds": round(os.times().children_user - before, 2)}


def read_results(path: Path) -> list[dict[str, Any]]:
    """The last outcome of every mutant in a file of results; of none if there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return list({(entry["kind"], entry["command"]): entry
                 for entry in map(json.loads, lines)}.values())


def table(results: Path) -> str:
    """The outcomes of all mutants by block, as a table in Markdown."""
    counts: dict[str, Counter[str]] = {}
    for entry in read_results(results):
        for block in (re.sub(r"_(\d+x\d+|[0-9a-f]{16})$", "", entry["block"]), "all"):
            counts.setdefault(block, Counter())[entry["outcome"]] += 1
    names = ("block", "mutants", *OUTCOMES)
    rows = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for block, found in sorted(counts.items(), key=lambda item: (item[0] == "all", item[0])):
        figures = (found.total(), *(found[outcome] for outcome in OUTCOMES))
        rows.append(f"| `{block}` | " + " | ".join(map(str, figures)) + " |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=(*KINDS, LINKED, "table"),
                        help="a design, or `table`: show the results by block")
    parser.add_argument("--mutants", type=int, default=500)
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--again", action="store_true",
                        help="only try the survivors again, with more")
    parser.add_argument("--prove", action="store_true",
                        help="only try to prove that survivors equal their design")
    parser.add_argument("--wider", action="store_true",
                        help="only try the edits of survivors in a wider engine")
    options = parser.parse_args()
    if options.kind == "table":
        print(table(options.results))
        return
    with tempfile.TemporaryDirectory() as name:
        work(options, Path(name))


def work(options: argparse.Namespace, folder: Path) -> None:
    """Try the mutants that the options name, or prove them, in the empty `folder`."""
    verilog = folder / "design.v"
    if options.kind == LINKED:
        verilog.write_text(linked_verilog())
        cells, try_all = LINK_CELLS, partial(linked_tried, options.again)
    else:
        config = KINDS[options.kind]()
        generate(config, folder / "engine")
        verilog = folder / "engine" / VERILOG
        cells = ""
        try_all = (partial(wider_tried, config) if options.wider
                   else partial(tried, config, AGAIN if options.again else AT_FIRST))
    folder = folder / "work"
    folder.mkdir()
    listed = [entry for entry in candidates(verilog, folder, options.mutants, cells)
              if not (cells and of_engine(*entry))]
    shard, shards = map(int, options.shard.split("/"))
    results = {entry["command"]: entry for entry in read_results(options.results)
               if entry["kind"] == options.kind}
    survivors = {command for command, entry in results.items() if entry["outcome"] == "survives"}
    left = [(number, block, command) for number, (block, command) in enumerate(listed)
            if number % shards == shard - 1
            and (command in survivors if options.again or options.prove or options.wider
                 else command not in results)]
    print(f"{options.kind}: {len(listed)} mutants, {len(left)} to try", flush=True)

    def note(entry: dict[str, Any]) -> None:
        with options.results.open("a") as file:
            file.write(json.dumps({"kind": options.kind, **entry}) + "\n")
        if entry["outcome"] == "survives":
            print(entry["block"], entry["command"], flush=True)

    if options.prove:
        shown = shown_equal(None if options.kind == LINKED else config, folder,
                            [command for _, _, command in left])
        for command, outcome in shown.items():
            note({**results[command], "outcome": outcome})
        return
    together = LINKED_TOGETHER if options.kind == LINKED else TOGETHER
    for start in range(0, len(left), together):
        for entry in try_all(folder, left[start:start + together]):
            note(entry)


if __name__ == "__main__":
    sys.exit(main())
