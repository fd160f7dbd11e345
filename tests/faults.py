"""Faults for emitted Verilog: each is one edit of the netlist of one module."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from netlists import Block, EditError, all_edited, edited

from pulsetrain.data import DataSet
from pulsetrain.files import temporary_folder
from pulsetrain.golden import State
from pulsetrain.run import Checkpoint, LockstepReport
from pulsetrain.sim.engine import SimulatedEngine, Simulation
from pulsetrain.sim.verify import verify, verify_engine
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_mapping

SAMPLES = 48
"""Training samples of a comparison: one epoch of `fault_data` and a part of the next."""


def fault_config(memory: str = "block") -> Config:
    """A 12-6-5-3 network in which everything that an engine can do happens within `SAMPLES`.

    Six levels make refreshes frequent and leave two codes of a state unused; 5 and 3 are not
    multiples of two lanes; every layer has different shifts and thresholds; the gate is below 256
    and falls from the first epoch to the second.
    """
    return config_from_mapping({
        "name": "faults",
        "seed": 3,
        "network": {"inputs": 12, "hidden": [6, 5], "outputs": 3},
        "numbers": {"forward_shift": [3, 4, 5], "backward_shift": [2, 3], "margin": 8},
        "device": {"levels": 6},
        "update": {"row_threshold": [100, 30, 60], "delta_threshold": [2, 12, 20],
                   "pulse_probability": 0.75, "pulse_decay": 0.9},
        "engine": {"lanes": 2, "memory": memory},
    })


def table_fault_config() -> Config:
    """The same network with devices that need tables: four classes on a curve, and refreshes that
    swap."""
    shared = fault_config().model_dump(include={"seed", "network", "engine"})
    return config_from_mapping({
        **shared,
        "name": "table-faults",
        "numbers": {"forward_shift": [6, 7, 8], "backward_shift": [5, 6], "margin": 8},
        "device": {"kind": "exponential", "levels": 6, "potentiation": {"u": 2.0}},
        "update": {"row_threshold": [100, 30, 60], "delta_threshold": [2, 12, 20],
                   "pulse_probability": 0.75, "pulse_decay": 0.9, "refresh_swaps": True},
        "variation": {"classes": 4, "step": 0.3},
    })


def fault_data(config: Config) -> DataSet:
    """40 random samples, with 40 % of the inputs zero; two are all zero and two all full."""
    random = np.random.default_rng(7)
    shape = (40, config.network.inputs)
    x = random.integers(0, 256, shape) * (random.random(shape) < 0.6)
    x[0:4:2], x[1:4:2] = 0, 255
    labels = random.integers(0, config.network.outputs, len(x))
    return DataSet(name="faults", x_train=x.astype(np.uint8), y_train=labels,
                   x_test=x[:1].astype(np.uint8), y_test=labels[:1])


def fault_checkpoint(config: Config) -> Checkpoint:
    """Random states, including full pairs, and counters that are about to wrap."""
    random = np.random.default_rng(11)
    plus, minus = ([random.integers(0, config.device.levels, (layer.rows, layer.outputs), np.int32)
                    for layer in config.design.layers] for _ in range(2))
    polarity = []
    if config.update.refresh_swaps:
        polarity = [random.random(states.shape) < 0.5 for states in plus]
    state = State(plus=plus, minus=minus, polarity=polarity, generator=0x12345678, counters={
        "samples": 2**32 - 9, "errors": 2**32 - 3, "pulses": 2**32 - 99, "refreshes": 2**32 - 30})
    return Checkpoint(state=state, epoch=0, position=0, config=config)


def compare_verilog(verilog: Path, simulator: str = "icarus",
                    config: Config | None = None) -> LockstepReport:
    """Compare as `pulsetrain verify` does, a file made from `config` (default: `fault_config`)."""
    config = config or fault_config()
    return verify(config, fault_data(config), samples=SAMPLES, every=8, simulator=simulator,
                  verilog=verilog, checkpoint=fault_checkpoint(config))


def compare_engine(engine: SimulatedEngine) -> LockstepReport:
    """The same for an engine that is being simulated."""
    config = engine.config
    return verify_engine(engine, fault_data(config), samples=SAMPLES, every=8,
                         checkpoint=fault_checkpoint(config))


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An edit and where the comparison has to see it first.

    `module` is the name of the submodule or of the shared component, "" the top; `edit` changes its
    netlist. `phase`, `layer` and `what` are those of the first divergence (see `run.Divergence`).
    """

    name: str
    module: str
    edit: Callable[[Block], None]
    phase: str
    layer: int
    what: str


OFF_BY_ONE_EVENT = Fault(
    name="off-by-one event", module="sequencer",
    edit=lambda block: block.load("events__position", lambda bits: ["1", *bits[1:]]),
    phase="forward", layer=1, what="z")


def _saturate_early(block: Block) -> None:
    exact = block.net("exact")
    block.cell("$reduce_or", A=exact[10:])["connections"]["A"] = exact[9:12]


SATURATION_LIMIT = Fault(
    name="saturation limit", module="backward", edit=_saturate_early,
    phase="backward", layer=2, what="delta")
"""Two faults that are planted in every simulator."""


def plant(verilog: str, fault: Fault) -> str:
    """`verilog` with `fault` in it.

    Raises:
        EditError: its module or what it changes does not exist exactly once, or nothing changes.
    """
    try:
        return edited(verilog, fault.module, fault.edit)
    except EditError as error:
        raise EditError(f"{fault.name}: {error}") from error


UNCHANGED = Fault(name="unchanged", module="", edit=lambda block: block.apply("$not", ["0"]),
                  phase="", layer=0, what="")
"""No fault: what it adds is not used. Its netlist is read and written as those of faults are."""


Planted = Callable[[Fault], SimulatedEngine]
"""What makes the engine with a fault, until the next one is made."""


@contextmanager
def planted(config: Config, verilog: str,
            faults: Sequence[Fault]) -> Iterator[Planted]:
    """The engine `verilog` with each of `faults`, in one simulation by Icarus.

    Raises:
        EditError: a fault does not fit.
    """
    tops = {fault.name: f"fault_{number}" for number, fault in enumerate(faults)}
    text = all_edited(verilog, {tops[fault.name]: (fault.module, fault.edit) for fault in faults})
    with temporary_folder() as folder:
        path = folder / "faults.v"
        path.write_text(text)
        with Simulation(path, "icarus", tops=[*tops.values()]) as simulation:
            yield lambda fault: SimulatedEngine(config, None, "icarus", simulation=simulation,
                                                top=tops[fault.name])
