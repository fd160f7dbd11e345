"""Examination: tests of an engine beyond the samples of `verify`.

Registers are written and read, counters carry, hidden layers have no events and outputs saturate,
probes show every value, streams stall, events are refused, and a reset comes in the middle of a
sample.
"""

from collections.abc import Callable, Iterator

import numpy as np

from pulsetrain.golden import GoldenEngine, State
from pulsetrain.registers import (
    MODE_HALT,
    MODE_RUN,
    REGISTERS,
    STATUS_BUSY,
    STATUS_SAMPLE_READY,
    version_word,
)
from pulsetrain.run import BackendStalledError, compare
from pulsetrain.run.divergence import observed_difference, state_differences
from pulsetrain.sim.engine import SimulatedEngine
from pulsetrain.spec import Config

WORDS = (0, 0xFFFFFFFF, 0xAAAAAAAA, 0x55555555, 0x12345678)
BEFORE_CARRY = (0, 2**8 - 3, 2**16 - 3, 2**24 - 3, 2**32 - 3)
ROUNDS, SAMPLES = 3, 120
OBSERVED = 24
"""Samples during which the probes are compared."""


def examine(make: Callable[[int | None], SimulatedEngine]) -> str | None:
    """The first difference between a simulated engine and its model, in words, or None.

    `make` resets the engine, which then has hostile streams if it is given a seed.

    Raises:
        sim.runner.SimulationFailedError: the simulation broke off; the engine may be right.
    """
    random = np.random.default_rng(1)
    try:
        engine = make(None)
        reference = GoldenEngine(engine.config, count_cycles=True)
        for examined in (_registers(engine), _counters(reference, engine),
                         _hard_samples(reference, engine, random),
                         _outputs_near_their_targets(reference, engine, random),
                         _probes(reference, engine)):
            for difference in examined:
                return difference
        for difference in _hostile_streams(reference, make(5), random):
            return difference
    except BackendStalledError as error:
        return str(error)
    return None


def _registers(engine: SimulatedEngine) -> Iterator[str]:
    if engine.read_register("version") != version_word():
        yield "version"
    for entry in REGISTERS:
        for word in WORDS if entry.writable else ():
            value = word % 2**entry.bits
            engine.write_register(entry.name, value)
            engine.write_register("mode", value if entry.name == "mode" else MODE_HALT)
            got = engine.read_register(entry.name)
            if got != value and not (entry.name == "starved" and got > value):
                yield f"register {entry.name}: wrote {value:#x}, read {got:#x}"


def _counters(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """Counters that are not part of the state count over every carry."""
    config = reference.config
    inputs = config.network.inputs
    x = np.full((2, 1 << (inputs - 1).bit_length()), 200, np.uint8)
    x[:, :inputs // 2] = 0  # so that the bank has room for inputs that are refused
    labels = np.full(2, (1 << config.design.label_bits) - 1)
    refuses = labels[0] >= config.network.outputs
    starvation = set()
    for start in BEFORE_CARRY:
        engine.load(reference.read())
        for name in ("cycles", "starved", "dropped", "refused"):
            engine.write_register(name, start)
        results = engine.train(x, labels)
        counted = {name: (value - start) % 2**32 for name, value in engine.registers().items()}
        starvation.add(counted["starved"])
        if counted["cycles"] != results.cycles.sum():
            yield f"cycles from {start:#x}"
        if counted["dropped"] != 2 * (x.shape[1] - inputs):
            yield f"dropped from {start:#x}"
        if counted["refused"] != 2 * refuses:
            yield f"refused from {start:#x}"
    if len(starvation) != 1 or 0 in starvation:  # it always waits for the first sample
        yield "starved"
    engine.load(reference.read())
    full = np.full((1, inputs), 200, np.uint8)
    engine.break_off(full, np.zeros(1, np.int64), inputs // 2)
    engine.train(full, np.zeros(1, np.int64))  # the same inputs a second time
    if not engine.read_register("dropped"):
        yield "a full bank refuses nothing"


def _hard_samples(reference: GoldenEngine, engine: SimulatedEngine,
                  random: np.random.Generator) -> Iterator[str]:
    config = reference.config
    for number in range(ROUNDS):
        x, labels = _samples(config, random, SAMPLES)
        for cycles, status in ((8, 0), (60, STATUS_BUSY | STATUS_SAMPLE_READY),
                               (int(random.integers(60, 600)), None)):
            engine.load(reference.read())
            engine.break_off(np.full_like(x[:8], 255), labels[:8], cycles)
            if status not in (None, engine.read_register("status")):
                yield f"status after {cycles} cycles"
            if engine.read_register("mode") != MODE_RUN:
                yield f"mode after {cycles} cycles"
        reference.load(_state(config, random, number))
        gates = np.repeat(random.integers(0, 257, SAMPLES // 20), 20)
        report = compare(reference, engine, x, labels, every=20, gates=gates)
        if not report.equal:
            yield str(report.first_divergence)
        expected, got = (one.infer(x[:10], labels[:10]) for one in (reference, engine))
        for name in ("classes", "errors", "cycles"):
            if (getattr(expected, name) != getattr(got, name)).any():
                yield f"{name} without training"
        for difference in state_differences(SAMPLES, reference.read(), engine.read()):
            yield f"without training: {difference}"


def _outputs_near_their_targets(reference: GoldenEngine, engine: SimulatedEngine,
                                random: np.random.Generator) -> Iterator[str]:
    """One label for all samples, weights that already favour it, and few pulses."""
    state = _state(reference.config, random, 0)
    shape = state.plus[-1].shape
    state.plus[-1][:], state.minus[-1][:] = 0, random.integers(2, 6, shape)
    state.plus[-1][:, 0], state.minus[-1][:, 0] = random.integers(2, 6, shape[0]), 0
    reference.load(state)
    x, _ = _samples(reference.config, random, 2 * SAMPLES)
    report = compare(reference, engine, x, np.zeros(len(x), np.int64), every=40,
                     gates=np.full(len(x), 16))
    if not report.equal:
        yield f"near the targets: {report.first_divergence}"


def _probes(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """All values that the probes show in some samples; `verify` looks at them only after a
    difference."""
    random = np.random.default_rng(2)
    x, labels = _samples(reference.config, random, OBSERVED)
    for number in range(OBSERVED):
        if not number % ROUNDS:
            reference.load(_state(reference.config, random, number // ROUNDS))
            engine.load(reference.read())
        for one in (reference, engine):
            one.observe = True
            one.train(x[number:number + 1], labels[number:number + 1])
            one.observe = False
        difference = observed_difference(number, reference.observed, engine.observed)
        if difference:
            yield f"probes: {difference}"


def _hostile_streams(reference: GoldenEngine, engine: SimulatedEngine,
                     random: np.random.Generator) -> Iterator[str]:
    x, labels = _samples(reference.config, random, 40)
    report = compare(reference, engine, x, labels, every=20)
    if not report.equal:
        yield f"hostile streams: {report.first_divergence}"


def _samples(config: Config, random: np.random.Generator,
             count: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples from empty to full; returns (count, N) uint8 and labels."""
    density = random.choice([0, 0.1, 0.5, 0.9, 1], (count, 1))
    x = random.integers(0, 256, (count, config.network.inputs))
    x = x * (random.random(x.shape) < density)
    x[random.random(count) < 0.1] = 255
    return x.astype(np.uint8), random.integers(0, config.network.outputs, count)


def _state(config: Config, random: np.random.Generator, number: int) -> State:
    """Random states; in odd rounds most weights, and in every third whole units, are at an end."""
    last = config.device.levels - 1
    plus, minus, polarity = [], [], []
    for layer in config.design.layers:
        shape = (layer.rows, layer.outputs)
        pair = random.integers(0, last + 1, (2, *shape), np.int32)
        if number % 2:
            pair[:, random.random(shape) < 0.8] = [[last], [0]]
        if number % 3 == 2:
            pair[:, :, random.random(layer.outputs) < 0.4] = np.array([[[0]], [[last]]])
        plus.append(pair[0])
        minus.append(pair[1])
        if config.update.refresh_swaps:
            polarity.append(random.random(shape) < 0.5)
    counters = {name: int(random.choice(BEFORE_CARRY))
                for name in ("samples", "errors", "pulses", "refreshes")}
    return State(plus=plus, minus=minus, polarity=polarity, counters=counters,
                 generator=int(random.integers(1, 2**32)))
