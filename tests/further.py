"""Further examination of an engine, for the long run of mutants: more of `examination`, and what
needs the ports themselves.

The host reads rows while the engine trains and results wait; it asks for rows that do not exist;
inputs come out of order; sums of outputs are equal, or nearly; weights are at their ends; resets
come within samples; inputs are faint; and there are many more samples.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import examination
import numpy as np
from examination import SAMPLES
from examined_ports import at_ports

from pulsetrain.formats import engine as formats
from pulsetrain.formats.struct import Struct
from pulsetrain.golden import GoldenEngine, State
from pulsetrain.memory_map import pack_rows, to_slices
from pulsetrain.registers import MODE_HALT, MODE_RUN, STATUS_BUSY
from pulsetrain.run import BackendStalledError, compare
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim import words
from pulsetrain.sim.engine import SimulatedEngine
from pulsetrain.spec import Config

Steps = list[tuple[Mapping[str, int], str | int]]

WATCHED = ("o_result__valid", "o_result__ready", "o_result__payload",
           "o_host__valid", "o_host__ready", "o_host__payload")
ROUNDS = 12


BELOW_THE_LIMIT = {212: (2,), 229: (2,), 522: (1, 2), 704: (1, 2)}
"""Seeds, and layers with random weights, with which a linear engine has a sum of -128 steps, where
the least delta is -127: in the second hidden layer, then in the first."""


def examine_further(make: Callable[[int | None], SimulatedEngine]) -> str | None:
    """The first difference that is found, in words, or None."""
    random = np.random.default_rng(3)
    try:
        engine = make(None)
        reference = examination.GoldenEngine(engine.config, count_cycles=True)
        for examined in (_first_samples(reference, engine, random),
                         _reads_while_it_trains(reference, engine, random),
                         _missing_rows(reference, engine),
                         _refused_at_once(engine),
                         _holds(reference, engine),
                         _inputs_out_of_order(reference, engine, random, 0,
                                              examination.random_state),
                         _equal_outputs(reference, engine, random),
                         _small_weights(reference, engine, random),
                         _strong_weights(reference, engine, random),
                         _sums_below_the_limit(reference, engine),
                         _resets_within_samples(reference, engine, random),
                         examination.hard_samples(reference, engine, random),
                         _many_samples(reference, engine, random),
                         at_ports(reference, engine),
                         _faint_samples(reference, engine),
                         _inputs_out_of_order(reference, engine, random, 4, _faint_state)):
            for difference in examined:
                return difference
        for difference in _after_resets(reference, make, random):
            return difference
        for seed in range(6, 9):
            for difference in examination.hostile_streams(reference, make(seed), random):
                return difference
    except BackendStalledError as error:
        return str(error)
    return None


def _first_samples(reference: GoldenEngine, engine: SimulatedEngine,
                   random: np.random.Generator) -> Iterator[str]:
    """The first sample after a reset, while registers still hold what the last one has left."""
    for number in range(5 * ROUNDS):
        x, labels = examination.samples(reference.config, random, 1)
        reference.load(examination.random_state(reference.config, random, number))
        report = compare(reference, engine, x, labels, gates=np.full(1, 256))
        if not report.equal:
            yield f"after a reset: {report.first_divergence}"


def _after_resets(reference: GoldenEngine, make: Callable[[int | None], SimulatedEngine],
                  random: np.random.Generator) -> Iterator[str]:
    """The first sample of all, with every input, after which all states are read."""
    for number in range(ROUNDS):
        engine = make(None)
        reference.load(examination.random_state(reference.config, random, 2 * number))
        x = np.full((1, reference.config.network.inputs), 255, np.uint8)
        labels = random.integers(0, reference.config.network.outputs, 1)
        report = compare(reference, engine, x, labels, gates=np.full(1, 256))
        if not report.equal:
            yield f"the first sample: {report.first_divergence}"


def _refused_at_once(engine: SimulatedEngine) -> Iterator[str]:
    """A label is refused, and requests of the host, in the same cycle too."""
    config, request = engine.config, formats.host_request(engine.config)
    row, label = (1 << config.design.address_bits) - 1, (1 << config.design.label_bits) - 1
    if row < config.design.rows or label < config.network.outputs:
        return
    x = np.full((1, config.network.inputs), 200, np.uint8)
    *values, last = words.transfers(config, x, np.array([label]), train=True)
    asked = request.pack({"write": 1, "address": row, **_first(request), "pairs": 0})
    for wait in range(1, 9):
        engine.write_register("refused", 0)
        shown = engine.play([
            *(({"i_sample__payload": word, "i_sample__valid": 1}, "i_sample__ready")
              for word in values),
            ({"i_sample__valid": 0, "i_host__payload": asked, "i_host__valid": 1}, wait),
            ({"i_sample__payload": last, "i_sample__valid": 1}, "i_sample__ready"),
            ({"i_sample__valid": 0}, 9), ({}, "i_host__ready"),
            ({"i_host__valid": 0}, 20)],
            ("i_host__valid", "i_host__ready"))
        requests = sum(one["i_host__valid"] and one["i_host__ready"] for one in shown)
        if engine.read_register("refused") != requests + 1:
            yield f"refused labels and requests, {wait} cycles after the first"
        engine.write_register("mode", MODE_RUN)
        engine.play([({"o_result__ready": 1}, "o_result__valid")], ("o_result__valid",))
        engine.write_register("mode", MODE_HALT)


def _reads_while_it_trains(reference: GoldenEngine, engine: SimulatedEngine,
                           random: np.random.Generator) -> Iterator[str]:
    """A row that is read all the time has the states after one sample, then after the next."""
    config = reference.config
    request = formats.host_request(config)
    for number in range(ROUNDS):
        x, labels = examination.samples(config, random, 6)
        reference.load(examination.random_state(config, random, number))
        reference.gate = int(random.integers(100, 257))
        engine.load(reference.read())
        engine.write_register("gate", reference.gate)
        row = int(random.integers(config.design.rows))
        history, results = [_first_slice(reference, row)], []
        for index in range(len(x)):
            results.append(reference.train(x[index:index + 1], labels[index:index + 1]))
            history.append(_first_slice(reference, row))
        engine.write_register("mode", MODE_RUN)
        steps: Steps = [({"i_host__payload": request.pack({
            "write": 0, "address": row, **_first(request), "pairs": 0}), "i_host__valid": 1}, 1)]
        for transfer in words.transfers(config, x, labels, train=True):
            if random.random() < 0.1:
                steps.append(({"i_sample__valid": 0, "o_host__ready": int(random.integers(2)),
                               "o_result__ready": int(random.integers(2))},
                              int(random.integers(1, 40))))
            steps.append(({"i_sample__payload": transfer, "i_sample__valid": 1,
                           "o_result__ready": int(random.random() < 0.9)}, "i_sample__ready"))
        # The last results wait a while, and the host still reads.
        longest = max(int(result.cycles[0]) for result in results)
        steps += [({"i_sample__valid": 0, "o_host__ready": 1, "o_result__ready": 0}, longest),
                  ({"o_result__ready": 1}, 4 * longest + 40), ({"i_host__valid": 0}, 20)]
        shown = engine.play(steps, WATCHED)
        engine.write_register("mode", MODE_HALT)
        found = words.results(config, _taken(shown, "o_result"))
        for name in ("classes", "errors", "cycles"):
            expected = [int(getattr(result, name)[0]) for result in results]
            if getattr(found, name).astype(int).tolist() != expected:
                yield f"{name} while the host reads"
        after = 0
        for pairs in _taken(shown, "o_host"):
            if pairs not in history[after:]:
                yield f"row {row} after sample {after}, while the engine trains"
                break
            after = history.index(pairs, after)
        for difference in state_differences(len(x), reference.read(), engine.read()):
            yield f"while the host reads: {difference}"


def _first_slice(reference: GoldenEngine, row: int) -> int:
    return to_slices(reference.config, pack_rows(reference.config, reference.read())[row])[0]


def _first(request: Struct) -> dict[str, int]:
    """The field that asks for the first slice of a row, if rows have several."""
    return {"slice": 0} if "slice" in request else {}


def _taken(shown: Sequence[Mapping[str, int]], stream: str) -> list[int]:
    """The payloads of a stream that were taken."""
    return [one[f"{stream}__payload"] for one in shown
            if one[f"{stream}__valid"] and one[f"{stream}__ready"]]


def _missing_rows(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """Rows that do not exist read as zeros, keep nothing, and are counted."""
    config = reference.config
    request = formats.host_request(config)
    engine.load(reference.read())
    rows = range(config.design.rows, 1 << config.design.address_bits)
    ones = (1 << request["pairs"].format.bits) - 1
    steps: Steps = [({"o_host__ready": 1}, 1)]
    for write in (1, 0):
        for row in rows:
            steps += [({"i_host__payload": request.pack({
                "write": write, "address": row, **_first(request), "pairs": ones}),
                "i_host__valid": 1}, "i_host__ready")]
            steps += [({"i_host__valid": 0}, 12)]
    read = _taken(engine.play(steps, WATCHED), "o_host")
    if read != [0] * len(rows):
        yield f"rows that do not exist read as {read}"
    if engine.read_register("refused") != 2 * len(rows):
        yield "requests for rows that do not exist are not counted"
    for difference in state_differences(0, reference.read(), engine.read()):
        yield f"after writes to rows that do not exist: {difference}"


def _holds(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """The engine is busy while a sample waits, finished, because a result before it is not taken.
    """
    x, labels = np.full((2, reference.config.network.inputs), 200, np.uint8), np.zeros(2, np.int64)
    engine.load(reference.read())
    engine.write_register("mode", MODE_RUN)
    enough = 4 * int(reference.infer(x, labels).cycles[0]) + 100
    engine.play([({"o_result__ready": 0}, 1), *(
        ({"i_sample__payload": transfer, "i_sample__valid": 1}, "i_sample__ready")
        for transfer in words.transfers(reference.config, x, labels, train=False)),
        ({"i_sample__valid": 0}, enough)], WATCHED)
    if not engine.read_register("status") & STATUS_BUSY:
        yield "not busy although a sample waits with its result"
    engine.play([({"o_result__ready": 1}, enough)], WATCHED)
    engine.write_register("mode", MODE_HALT)


def _inputs_out_of_order(reference: GoldenEngine, engine: SimulatedEngine,
                         random: np.random.Generator, faint: int,
                         make_state: Callable[[Config, np.random.Generator, int], State],
                         ) -> Iterator[str]:
    """Inputs that are not above all before them are refused and counted; all lose `faint` bits."""
    config = reference.config
    form = formats.sample_transfer(config)
    inputs = config.network.inputs
    for number in range(ROUNDS if config.engine.input == "events" else 0):
        reference.load(make_state(config, random, number))
        engine.load(reference.read())
        engine.write_register("gate", 256)
        reference.gate = 256
        label, count = int(random.integers(config.network.outputs)), int(random.integers(1, 20))
        indices = np.sort(random.integers(0, 1 << config.design.input_bits, count))
        swapped = random.integers(0, count, 2 * (number % 3))
        indices[swapped] = random.permutation(indices[swapped])
        values = random.integers(0, config.numbers.full + 1, count) >> faint
        x, highest, refused = np.zeros((1, inputs), np.uint8), -1, 0
        for index, value in zip(indices.tolist(), values.tolist(), strict=True):
            if value and highest < index < inputs:
                highest, x[0, index] = index, value << (8 - config.numbers.activation_bits)
            elif value:
                refused += 1
        expected = reference.train(x, np.array([label]))
        engine.write_register("mode", MODE_RUN)
        transfers = [form.pack({"index": index, "value": value, "last": place == count - 1,
                                "label": label, "train": 1})
                     for place, (index, value) in enumerate(zip(indices.tolist(), values.tolist(),
                                                                strict=True))]
        steps: Steps = [({"o_result__ready": 1, "i_sample__valid": 1, "i_sample__payload": word},
                         "i_sample__ready") for word in transfers]
        shown = engine.play([*steps, ({"i_sample__valid": 0}, "o_result__valid")], WATCHED)
        engine.write_register("mode", MODE_HALT)
        found = words.results(config, _taken(shown, "o_result"))
        if found.cycles.tolist() != expected.cycles.tolist():
            yield "cycles of inputs out of order"
        if engine.read_register("dropped") != refused:
            yield "inputs out of order are counted wrongly"
        for difference in state_differences(1, reference.read(), engine.read()):
            yield f"inputs out of order: {difference}"


def _equal_outputs(reference: GoldenEngine, engine: SimulatedEngine,
                   random: np.random.Generator) -> Iterator[str]:
    """Outputs with the same sums, and with sums that differ by one state of one synapse."""
    config = reference.config
    for number in range(ROUNDS):
        state = examination.random_state(config, random, number)
        for pairs in (*(states[-1] for states in (state.plus, state.minus)),
                      *(states[-1] for states in [state.polarity] if states)):
            pairs[:] = pairs[:, :1]
        if number % 3:
            for column in range(config.network.outputs):
                row = int(random.integers(len(state.plus[-1])))
                state.plus[-1][row, column] = random.integers(config.device.levels)
        reference.load(state)
        x, labels = examination.samples(config, random, SAMPLES // 6)
        report = compare(reference, engine, x, labels, every=len(x),
                         gates=np.full(len(x), 0 if number % 2 else 64))
        if not report.equal:
            yield f"equal outputs: {report.first_divergence}"


def _small_weights(reference: GoldenEngine, engine: SimulatedEngine,
                   random: np.random.Generator) -> Iterator[str]:
    """Hidden units between their ends, which have deltas; all values at the probes."""
    for _ in range(6 * ROUNDS):
        reference.load(_small_state(reference.config, random))
        reference.gate = engine.gate = 256
        engine.load(reference.read())
        yield from examination.at_probes(
            reference, engine, *examination.samples(reference.config, random, 1))


def _sums_below_the_limit(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """Sums of hidden units that are one step below the least delta, by the seeds that were found to
    have such."""
    config = reference.config
    for seed, layers in BELOW_THE_LIMIT.items():
        random = np.random.default_rng(seed)
        state = _small_state(config, random)
        for layer in layers:
            for states in (state.plus[layer], state.minus[layer]):
                states[:] = random.integers(0, config.device.levels, states.shape)
        reference.load(state)
        reference.gate = engine.gate = 0
        engine.load(reference.read())
        x, labels = examination.samples(config, random, 8)
        for number in range(len(x)):
            yield from examination.at_probes(
                reference, engine, x[number:number + 1], labels[number:number + 1])


def _strong_weights(reference: GoldenEngine, engine: SimulatedEngine,
                    random: np.random.Generator) -> Iterator[str]:
    """Large deltas, and outputs of every size: weights at their ends with signs by unit, by row or
    by synapse, or small ones; all values at the probes while no row fires."""
    config = reference.config
    last = config.device.levels - 1
    for _ in range(4 * ROUNDS):
        state = _small_state(config, random)
        for plus, minus in zip(state.plus[1:], state.minus[1:], strict=True):
            rows, units = plus.shape
            style = random.integers(4)
            if style < 3:
                positive = random.random([(1, units), (rows, 1), (rows, units)][style]) < 0.5
                plus[:] = np.where(positive, last, 0)
                minus[:] = last - plus
                if random.integers(2):  # the bias against the others
                    plus[-1], minus[-1] = minus[-1], plus[-1].copy()
        reference.load(state)
        reference.gate = engine.gate = 0
        engine.load(reference.read())
        x, labels = examination.samples(config, random, ROUNDS)
        for number in range(ROUNDS):
            yield from examination.at_probes(
                reference, engine, x[number:number + 1], labels[number:number + 1])


def _faint_samples(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """Inputs near 0 and few weights, most of them the smallest: all layers have sums of every size,
    and small deltas."""
    config, random = reference.config, np.random.default_rng(5)
    for number in range(8 * ROUNDS):
        reference.load(_faint_state(config, random, number))
        reference.gate = engine.gate = 0
        engine.load(reference.read())
        x, labels = examination.samples(config, random, ROUNDS)
        x >>= 4 + number % 3
        for sample in range(len(x)):
            yield from examination.at_probes(
                reference, engine, x[sample:sample + 1], labels[sample:sample + 1])


def _resets_within_samples(reference: GoldenEngine, engine: SimulatedEngine,
                           random: np.random.Generator) -> Iterator[str]:
    """After a reset at any time within a sample, the next one is learned as ever."""
    for _ in range(4 * ROUNDS):
        reference.load(_small_state(reference.config, random))
        reference.gate = engine.gate = 256
        x, labels = examination.samples(reference.config, random, 1)
        engine.load(reference.read())
        engine.break_off(np.full_like(x, 255), labels, int(random.integers(40, 300)))
        engine.load(reference.read())
        yield from examination.at_probes(reference, engine, x, labels)


def _many_samples(reference: GoldenEngine, engine: SimulatedEngine,
                  random: np.random.Generator) -> Iterator[str]:
    """What happens rarely: an error of a device that moves a state, a delta that is not small."""
    for number in range(2 * ROUNDS):
        reference.load(_small_state(reference.config, random) if number % 3
                       else examination.random_state(reference.config, random, number))
        x, labels = examination.samples(reference.config, random, SAMPLES // 2)
        report = compare(reference, engine, x, labels, every=len(x) // 2,
                         gates=np.full(len(x), 256))
        if not report.equal:
            yield f"many samples: {report.first_divergence}"


def _small_state(config: Config, random: np.random.Generator) -> State:
    """Random states of pairs whose devices differ by a level at most."""
    state = examination.random_state(config, random, 0)
    for plus, minus in zip(state.plus, state.minus, strict=True):
        minus[:] = np.clip(plus + random.integers(-1, 2, plus.shape), 0, config.device.levels - 1)
    return state


def _faint_state(config: Config, random: np.random.Generator, number: int) -> State:
    """Few weights, most of them the smallest, and none of a bias."""
    state, last = examination.random_state(config, random, number), config.device.levels - 1
    for plus, minus in zip(state.plus, state.minus, strict=True):
        highest = last - (random.random(plus.shape) < 0.2)
        weights = random.choice([-1, 0, 1], plus.shape, p=[0.1, 0.5, 0.4])
        weights[-1] = 0
        plus[:], minus[:] = highest - (weights < 0), highest - (weights > 0)
    return state
