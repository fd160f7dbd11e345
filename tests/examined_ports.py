"""Examination of an engine at its ports, where the cycle of an answer counts, or what the host
writes into lanes without a unit."""

from collections.abc import Iterator

import examination
import numpy as np

from pulsetrain.formats import engine as formats
from pulsetrain.golden import GoldenEngine
from pulsetrain.memory_map import pack_rows, to_slices
from pulsetrain.registers import MODE_HALT, MODE_RUN, RESET_CYCLES, register
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim import words
from pulsetrain.sim.engine import SimulatedEngine

RESULT = ("o_result__valid", "o_result__ready", "o_result__payload")
SLICE = ("o_host__valid", "o_host__ready", "o_host__payload")


def at_ports(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """The first difference between an engine and its model that ports show."""
    random = np.random.default_rng(4)
    yield from _samples_in_turn(reference, engine)
    yield from _rows_in_turn(reference, engine, random)
    yield from _at_once_after_a_reset(engine)
    yield from _unused_lanes(reference, engine, random)
    yield from _labels_without_an_output(reference, engine, random)


def _samples_in_turn(reference: GoldenEngine, engine: SimulatedEngine) -> Iterator[str]:
    """A sample that is there begins in the cycle after the one before it."""
    config = reference.config
    x, labels = np.full((6, config.network.inputs), 200, np.uint8), np.zeros(6, np.int64)
    engine.load(reference.read())
    engine.write_register("mode", MODE_RUN)
    enough = 8 * int(reference.infer(x[:1], labels[:1]).cycles[0])
    shown = engine.play([({"o_result__ready": 1}, 1), *(
        ({"i_sample__payload": transfer, "i_sample__valid": 1}, "i_sample__ready")
        for transfer in words.transfers(config, x, labels, train=False)),
        ({"i_sample__valid": 0}, enough)], RESULT)
    engine.write_register("mode", MODE_HALT)
    ends = [cycle for cycle, one in enumerate(shown) if one["o_result__valid"]]
    took = words.results(config, [shown[cycle]["o_result__payload"] for cycle in ends]).cycles
    if np.diff(ends).tolist() != took[1:].tolist():
        yield f"results in the cycles {ends}, of samples that took {took.tolist()}"


def _rows_in_turn(reference: GoldenEngine, engine: SimulatedEngine,
                  random: np.random.Generator) -> Iterator[str]:
    """Rows that exist, and that do not, are asked for one at once after the other."""
    config = reference.config
    reference.load(examination.random_state(config, random, 0))
    engine.load(reference.read())
    rows = [to_slices(config, row)[0] for row in pack_rows(config, reference.read())]
    request = formats.host_request(config)
    asked = random.integers(0, 1 << config.design.address_bits, 60)
    asked[::2] %= config.design.rows
    fields = {field.name: 0 for field in request.fields}
    shown = engine.play([({"o_host__ready": 1}, 1), *(
        ({"i_host__payload": request.pack({**fields, "address": row}), "i_host__valid": 1},
         "i_host__ready") for row in asked.tolist()),
        ({"i_host__valid": 0}, 40)], SLICE)
    read = [one["o_host__payload"] for one in shown if one["o_host__valid"]]
    if read != [rows[row] if row < len(rows) else 0 for row in asked]:
        yield "rows that are asked for in turn"


def _at_once_after_a_reset(engine: SimulatedEngine) -> Iterator[str]:
    """An engine that is told to run at once after a reset counts every cycle from then on."""
    ran = []
    for is_reset in (True, False):
        tells = {"bus__address": register("mode").address, "bus__write": 1, "bus__write_data": 1}
        begins = [({"rst": 1}, RESET_CYCLES)] if is_reset else []
        engine.write_register("starved", 0)
        shown = engine.play([*begins, ({"rst": 0, **tells}, "bus__ready"),
                             ({"bus__write": 0}, 40),
                             ({"bus__write": 1, "bus__write_data": 0}, "bus__ready"),
                             ({"bus__write": 0}, 40)], ["bus__write", "bus__ready"])
        told = [cycle for cycle, one in enumerate(shown) if one["bus__write"] and one["bus__ready"]]
        ran.append(engine.read_register("starved") - (told[-1] - told[0]))
    if ran[0] != ran[1]:
        yield f"cycles of starvation, less those told to run, after a reset and later: {ran}"


def _unused_lanes(reference: GoldenEngine, engine: SimulatedEngine,
                  random: np.random.Generator) -> Iterator[str]:
    """Lanes past a layer's last unit are never used, whatever is in them."""
    config, request = reference.config, formats.host_request(reference.config)
    pair = formats.pair(config)
    for number in range(6):
        reference.load(examination.random_state(config, random, number))
        engine.load(reference.read())
        rows = pack_rows(config, reference.read())
        fills = [pair.pack({"plus": int(random.integers(config.device.levels)),
                            "minus": int(random.integers(config.device.levels)),
                            **({"polarity": 0} if "polarity" in pair else {})}) for _ in rows]
        for layer in config.design.layers:
            first = layer.base + (layer.groups - 1) * layer.rows
            used = layer.outputs - (layer.groups - 1) * config.engine.lanes
            for row in range(first, first + layer.rows):
                for lane in range(used, config.engine.lanes):
                    rows[row] |= fills[row] << lane * pair.bits
        engine.play([*(({"i_host__payload": request.pack({
            "write": 1, "address": row, **({"slice": part} if "slice" in request else {}),
            "pairs": pairs}), "i_host__valid": 1}, "i_host__ready")
            for row, packed in enumerate(rows)
            for part, pairs in enumerate(to_slices(config, packed))), ({"i_host__valid": 0}, 4)])
        x, labels = examination.samples(config, random, 10)
        for name in ("infer", "train"):
            expected, got = (getattr(one, name)(x, labels) for one in (reference, engine))
            if any((getattr(expected, part) != getattr(got, part)).any()
                   for part in ("classes", "cycles")):
                yield f"states in unused lanes change results ({name})"
        for difference in state_differences(len(x), reference.read(), engine.read()):
            yield f"states in unused lanes: {difference}"


def _labels_without_an_output(reference: GoldenEngine, engine: SimulatedEngine,
                              random: np.random.Generator) -> Iterator[str]:
    """A sample whose label no output has is not learned."""
    config = reference.config
    reference.load(examination.random_state(config, random, 0))
    engine.load(reference.read())
    x, _ = examination.samples(config, random, 20)
    for label in range(config.network.outputs, 1 << config.design.label_bits):
        engine.train(x, np.full(len(x), label))
    for difference in state_differences(0, reference.read(), engine.read()):
        yield f"labels without an output: {difference}"
