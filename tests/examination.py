"""Examination: tests of an engine beyond the samples of `verify`.

Registers are written and read, counters carry, hidden layers have no events and outputs saturate,
probes show every value, streams stall, events are refused, and a reset comes in the middle of a
sample.
"""

from collections.abc import Callable, Iterator

import numpy as np

from pulsetrain.formats import engine as formats
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
from pulsetrain.sim import words
from pulsetrain.sim.engine import SimulatedEngine
from pulsetrain.spec import Config
from pulsetrain.spec.memories import REGISTER_WORDS

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
                         _probes(reference, engine), _results(reference, engine),
                         _starvation(engine), hard_samples(reference, engine, random),
                         _outputs_near_their_targets(reference, engine, random)):
            for difference in examined:
                return difference
        for difference in hostile_streams(reference, make(5), random):
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


def hard_samples(reference: GoldenEngine, engine: SimulatedEngine,
                  random: np.random.Generator) -> Iterator[str]:
    config = reference.config
    for number in range(ROUNDS):
        x, labels = samples(config, random, SAMPLES)
        for cycles, status in ((8, 0), (60, STATUS_BUSY | STATUS_SAMPLE_READY),
                               (int(random.integers(60, 600)), None)):
            engine.load(reference.read())
            engine.break_off(np.full_like(x[:8], 255), labels[:8], cycles)
            if status not in (None, engine.read_register("status")):
                yield f"status after {cycles} cycles"
            if engine.read_register("mode") != MODE_RUN:
                yield f"mode after {cycles} cycles"
        reference.load(random_state(config, random, number))
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
    state = random_state(reference.config, random, 0)
    shape = state.plus[-1].shape
    state.plus[-1][:], state.minus[-1][:] = 0, random.integers(2, 6, shape)
    state.plus[-1][:, 0], state.minus[-1][:, 0] = random.integers(2, 6, shape[0]), 0
    reference.load(state)
    x, _ = samples(reference.config, random, 2 * SAMPLES)
    report = compare(reference, engine, x, np.zeros(len(x), np.int64), every=40,
                     gates=np.full(len(x), 16))
    if not report.equal:
        yield f"near the targets: {report.first_divergence}"


def _probes(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """All values that the probes show in some samples; `verify` looks at them only after a
    difference."""
    random = np.random.default_rng(2)
    x, labels = samples(reference.config, random, OBSERVED)
    for number in range(OBSERVED):
        if not number % ROUNDS:
            reference.load(random_state(reference.config, random, number // ROUNDS))
            engine.load(reference.read())
        yield from at_probes(reference, engine, x[number:number + 1], labels[number:number + 1])


def at_probes(reference: GoldenEngine, engine: SimulatedEngine, x: np.ndarray,
              labels: np.ndarray) -> Iterator[str]:
    """The first difference of values that the probes show while one sample is learned."""
    for one in (reference, engine):
        one.observe = True
        one.train(x, labels)
        one.observe = False
    difference = observed_difference(0, reference.observed, engine.observed)
    if difference:
        yield f"probes: {difference}"


def _results(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """A result says whether its sample was learned. While it waits, and the sample after it too,
    the host can read."""
    config = reference.config
    x, labels = np.full((1, config.network.inputs), 200, np.uint8), np.zeros(1, np.int64)
    engine.load(reference.read())
    engine.write_register("mode", MODE_RUN)
    request = formats.host_request(config)
    reads = request.pack({field.name: 0 for field in request.fields})
    steps: list[tuple[dict[str, int], str | int]] = [({"o_result__ready": 0}, 1)]
    trained, enough = (False, True, False), 4 * int(reference.infer(x, labels).cycles[0]) + 100
    for train in trained:
        steps += [({"i_sample__payload": transfer, "i_sample__valid": 1}, "i_sample__ready")
                  for transfer in words.transfers(config, x, labels, train=train)]
    steps += [({"i_sample__valid": 0}, enough),
              ({"i_host__payload": reads, "i_host__valid": 1}, "i_host__ready"),
              ({"i_host__valid": 0}, "o_host__valid"),
              ({"o_result__ready": 1}, enough)]
    shown = engine.play(steps, ["o_result__valid", "o_result__ready", "o_result__payload"])
    told = [formats.result(config).unpack(one["o_result__payload"])["train"] for one in shown
            if one["o_result__valid"] and one["o_result__ready"]]
    if told != [*map(int, trained)]:
        yield f"samples that were learned, {trained}: results say {told}"
    engine.write_register("mode", MODE_HALT)


def _starvation(engine: SimulatedEngine) -> Iterator[str]:
    """Every cycle of waiting for a sample counts, wherever a round of the registers ends."""
    x, label = np.full((1, engine.config.network.inputs), 200, np.uint8), np.zeros(1, np.int64)
    counts = []
    for waits in range(REGISTER_WORDS + 2):
        engine.write_register("starved", 0)
        engine.write_register("mode", MODE_RUN)
        engine.play([({"o_result__ready": 1}, 1 + waits), *(
            ({"i_sample__payload": transfer, "i_sample__valid": 1}, "i_sample__ready")
            for transfer in words.transfers(engine.config, x, label, train=True)),
            ({"i_sample__valid": 0}, 1)])
        engine.write_register("mode", MODE_HALT)  # while the sample is in work
        engine.play([({}, "o_result__valid"), ({}, 2 * REGISTER_WORDS)])
        counts.append(engine.read_register("starved") - waits)
    if len(set(counts)) > 1:
        yield f"cycles of starvation: {counts}"


def hostile_streams(reference: GoldenEngine, engine: SimulatedEngine,
                     random: np.random.Generator) -> Iterator[str]:
    x, labels = samples(reference.config, random, 40)
    report = compare(reference, engine, x, labels, every=20)
    if not report.equal:
        yield f"hostile streams: {report.first_divergence}"


def samples(config: Config, random: np.random.Generator,
             count: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples from empty to full; returns (count, N) uint8 and labels."""
    density = random.choice([0, 0.1, 0.5, 0.9, 1], (count, 1))
    x = random.integers(0, 256, (count, config.network.inputs))
    x = x * (random.random(x.shape) < density)
    x[random.random(count) < 0.1] = 255
    return x.astype(np.uint8), random.integers(0, config.network.outputs, count)


def random_state(config: Config, random: np.random.Generator, number: int) -> State:
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
