"""Bench of the output error: whole samples against `golden.output`."""

from typing import Any

import cocotb
import numpy as np

from rtl_gen.golden.activation import activate
from rtl_gen.golden.output import classify, output_delta
from rtl_gen.hdl.output import OutputError

from .scaffold import TIMEOUT, Bench, check_reset
from .stimuli import sums

SILENT = {"valid": 0, "complete": 0, "layer": None, "index": None, "z": None, "y": None}
QUIET = {"start": 0, "unit": SILENT}
SAMPLES = 150


@cocotb.test(**TIMEOUT)
async def samples_equal_the_model(dut: Any) -> None:
    """Random outputs with ties, labels of every class, hidden units in between."""
    bench = Bench(dut, OutputError, QUIET)
    await bench.reset()
    layer = bench.config.layers[-1]
    for _ in range(SAMPLES):
        label = int(bench.random.integers(layer.outputs))
        await _sample(bench, sums(bench, layer, layer.outputs), label)


@cocotb.test(**TIMEOUT)
async def targets_already_reached(dut: Any) -> None:
    """The label saturated and the others silent: no delta at all; and the reverse."""
    bench = Bench(dut, OutputError, QUIET)
    await bench.reset()
    layer = bench.config.layers[-1]
    largest = layer.rows * bench.config.numbers.full * bench.config.weight_limit
    for label in range(layer.outputs):
        for sign in (1, -1):
            z = np.full(layer.outputs, -sign * largest)
            z[label] = sign * largest
            await _sample(bench, z, label)


@cocotb.test(**TIMEOUT)
async def resets(dut: Any) -> None:
    """A reset forgets that a sample was done."""
    await check_reset(Bench(dut, OutputError, QUIET), ["valid", "done"])


async def _sample(bench: Bench, z: np.ndarray, label: int) -> None:
    """One sample: `start`, some hidden units, then all outputs with idle cycles between."""
    layer, numbers = bench.config.layers[-1], bench.config.numbers
    y = activate(z, layer, numbers.full)
    delta = output_delta(y, label, numbers.full, numbers.margin)
    await bench.cycle(start=1)
    await _hidden_units(bench, label)
    for index in range(layer.outputs):
        while bench.chance(0.2):
            await bench.cycle()
            bench.expect("valid", 0)
            bench.expect("done", 0)
        unit = {"valid": 1, "layer": layer.number - 1, "index": index, "z": int(z[index]),
                "y": int(y[index]), "complete": int(index == layer.outputs - 1)}
        await bench.cycle(unit=unit, label=label)
        for name, wanted in (("valid", 1), ("index", index), ("delta", int(delta[index])),
                             ("done", 0)):
            bench.expect(name, wanted)
    for _ in range(bench.random.integers(1, 4)):
        await bench.cycle()
        bench.expect("valid", 0)
        bench.expect("done", 1)
        bench.expect("klass", int(classify(z)))


async def _hidden_units(bench: Bench, label: int) -> None:
    for layer in bench.config.layers[:-1]:
        for _ in range(bench.random.integers(3)):
            unit = {name: bench.noise("unit")[name] for name in ("index", "z", "y")}
            await bench.cycle(label=label, unit={
                **unit, "valid": int(bench.chance(0.5)), "complete": int(bench.chance(0.5)),
                "layer": layer.number - 1})
            bench.expect("valid", 0)
            bench.expect("done", 0)
