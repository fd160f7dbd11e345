"""The cycle formula of the manifest predicts the same cycles as the golden model."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import configurations, small_data
from testbenches import CONFIGURATIONS, configuration

from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.cycles import LayerEvents, count_events, predicted_cycles
from pulsetrain.golden.formula import cycle_formula
from pulsetrain.spec import Config, load_config

BUILT_IN = ("digits", "mnist", "mnist-64", "mnist-ice40")
DOCUMENT = Path(__file__).parents[1] / "docs" / "explanation" / "engine.md"


def manifest_formula(config: Config) -> dict:
    """The formula as a reader of manifest.json gets it."""
    return json.loads(json.dumps(cycle_formula(config)))


def evaluate(formula: dict, layers: list[dict]) -> int:
    """The cycles of a sample, from only the formula and the event counts of the layers."""
    groups = [(index, group) for index, layer in enumerate(layers)
              for group in range(len(layer["units"]))]
    closed = {}

    def counts(index: int, group: int) -> dict[str, int]:
        units = layers[index]["units"]
        return {"units": units[group], "units_or_1": max(1, units[group]),
                "units_from_here": sum(units[group:])}

    def value(term: dict, known: dict[str, int]) -> int:
        return term["cycles"] + sum(int(known[name]) for name in term["counts"])

    for number, (index, group) in enumerate(groups):
        latest = []
        for term in formula["close"]:
            if term["of"] == "the first group of a layer, but for the first layer":
                if group or not index:
                    continue
            else:
                assert term["of"] == "every group"
            if term["after"] == "each group of the layer below":
                origins = [pair for pair in groups if pair[0] == index - 1]
            else:
                assert term["after"] == "the previous group"
                origins = groups[number - 1:number]
            latest += [closed[origin] + value(term, {**layers[index], **counts(*origin)})
                       for origin in origins]
            if not number and term["counts"] == ["inputs"]:
                latest.append(formula["start"] + value(term, layers[index]))
        closed[index, group] = max(latest)
    assert formula["errors"]["after"] == "the last group"
    cycles = closed[groups[-1]] + value(formula["errors"], counts(*groups[-1]))
    for update in formula["updates"]:
        layer = layers[update["layer"] - 1]
        rows = value(update["lines"], layer) * layer["groups"]
        if not rows:
            break
        cycles += rows + update["settle"]
        if update["turn"]:
            cycles += (rows - 1) // update["turn"] * update["turn"]
    return cycles + formula["end"]


def some(random: np.random.Generator, most: int) -> int:
    """A number in 0..most, often one of its ends."""
    return int(random.choice([0, most, random.integers(most + 1)]))


def random_events(config: Config, random: np.random.Generator) -> list[LayerEvents]:
    """Event counts of a possible sample."""
    inputs, events = some(random, config.network.inputs), []
    for layer in config.design.layers:
        lanes = config.engine.lanes
        sizes = [min(lanes, layer.outputs - first) for first in range(0, layer.outputs, lanes)]
        units = ([-(-size // config.design.output_units) for size in sizes] if layer.is_output
                 else [some(random, size) for size in sizes])
        groups = some(random, layer.groups)
        pulses = groups > 0 and (layer.number == 1 or random.random() < 0.7)
        events.append(LayerEvents(
            inputs=inputs, strong=some(random, inputs), visited=0, units=tuple(units),
            groups=groups, pulses=bool(pulses)))
        inputs = sum(units)
    return events


def check(config: Config, random: np.random.Generator, samples: int) -> None:
    formula = manifest_formula(config)
    for _ in range(samples):
        events = random_events(config, random)
        assert evaluate(formula, [asdict(layer) for layer in events]) == (
            predicted_cycles(config, events))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_random_counts(name):
    check(configuration(name), np.random.default_rng(3), 100)


@pytest.mark.parametrize("name", BUILT_IN)
def test_random_counts_of_built_in_configurations(name):
    check(load_config(name), np.random.default_rng(4), 100)


@settings(max_examples=60, deadline=None)
@given(configurations(memories=("block", "spram")), st.integers(0, 1000))
def test_random_configurations(config, seed):
    check(config, np.random.default_rng(seed), 20)


@pytest.mark.parametrize("name", ["lanes-1", "deep", "varied", "bidirectional", "one-layer", "raw",
                                  "spram-curved"])
def test_samples(name):
    """For every sample, trained or classified; some learn and some do not."""
    config = configuration(name)
    formula, data = manifest_formula(config), small_data(config)
    golden, trained = GoldenEngine(config, count_cycles=True), 0
    for run in (golden.train, golden.infer):
        for x, label in zip(data.x_train, data.y_train, strict=True):
            cycles = run(x[np.newaxis], np.array([label])).cycles[0]
            events = count_events(config, golden.trace)
            assert evaluate(formula, [asdict(layer) for layer in events]) == cycles
            trained += events[-1].groups > 0
    assert trained


def test_every_constant_counts():
    """One more cycle anywhere in the formula changes the cycles of some sample."""
    config = configuration("spram")
    random, formula = np.random.default_rng(5), manifest_formula(config)
    samples = [[asdict(layer) for layer in random_events(config, random)] for _ in range(200)]
    expected = [evaluate(formula, sample) for sample in samples]
    paths = [("start",), ("end",), ("errors", "cycles"),
             *(("close", index, "cycles") for index in range(len(formula["close"]))),
             *(("updates", index, name) for index in range(len(formula["updates"]))
               for name in ("turn", "settle")),
             *(("updates", index, "lines", "cycles") for index in range(len(formula["updates"])))]
    for *parents, last in paths:
        changed = manifest_formula(config)
        inner = changed
        for parent in parents:
            inner = inner[parent]
        inner[last] += 1
        assert [evaluate(changed, sample) for sample in samples] != expected, (*parents, last)


def test_the_texts_name_every_constant_and_count():
    formula = manifest_formula(configuration("spram"))
    text = " ".join(formula["words"])
    numbers = {int(number) for number in re.findall(r"-?\b\d+", text)}
    terms = [*formula["close"], formula["errors"],
             *(update["lines"] for update in formula["updates"])]
    constants = {term["cycles"] for term in terms} - {0} | {formula["start"], formula["end"]} | {
        update[name] for update in formula["updates"] for name in ("turn", "settle")}
    assert constants <= numbers
    for term in terms:
        assert all(name in text and name in formula["counts"] for name in term["counts"])


def test_the_documentation_has_the_texts():
    formula = manifest_formula(load_config("mnist-64"))
    found = re.search(r"<!-- cycle formula of mnist-64 -->\n\n(.*?)\n\n<!-- end -->",
                      DOCUMENT.read_text(), re.DOTALL)
    assert found[1] == "\n".join(f"- {sentence}" for sentence in formula["words"]) + "\n\n" + (
        "\n".join(f"- `{name}`: {text}" for name, text in formula["counts"].items()))
