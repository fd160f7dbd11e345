"""Words: what crosses the ports of an engine, packed and unpacked for the drivers."""

from collections.abc import Iterable

import numpy as np

from pulsetrain.formats import engine as formats
from pulsetrain.formats.samples import pack_samples
from pulsetrain.formats.words import from_words
from pulsetrain.golden import Results
from pulsetrain.memory_map import to_slices
from pulsetrain.spec import Config


def transfers(config: Config, x: np.ndarray, labels: np.ndarray, *, train: bool) -> list[int]:
    """The transfers of samples `x` (n, N) uint8 with `labels` (n,)."""
    packed, _ = pack_samples(config, x, labels, train=train, unit=np.uint32)
    return from_words(packed)


def results(config: Config, words: Iterable[int]) -> Results:
    """The results of samples."""
    form = formats.result(config)
    found = [form.unpack(word) for word in words]
    return Results(classes=np.array([result["prediction"] for result in found], np.int64),
                   errors=np.array([result["error"] for result in found], bool),
                   cycles=np.array([result["cycles"] for result in found], np.int64),
                   ideal=np.zeros(len(found), np.int64))


def writes(config: Config, rows: Iterable[int]) -> list[list[int]]:
    """The requests that write all `rows` of synapse memory: a list for the slices of each."""
    return [_requests(config, address, row, write=1) for address, row in enumerate(rows)]


def reads(config: Config) -> list[list[int]]:
    """The requests that read all rows of synapse memory: a list for the slices of each."""
    return [_requests(config, address, 0, write=0) for address in range(config.design.rows)]


def _requests(config: Config, address: int, row: int, *, write: int) -> list[int]:
    form = formats.host_request(config)
    return [form.pack({"write": write, "address": address, "slice": number, "pairs": pairs})
            for number, pairs in enumerate(to_slices(config, row))]


def longest_wait(config: Config) -> int:
    """Clock cycles without a transfer after which a stream of an engine must have stalled."""
    return 1000 + 4 * sum(layer.groups * (layer.rows + layer.outputs)
                          for layer in config.design.layers)


def valid_bits(config: Config) -> dict[str, int]:
    """The bits of every probe that are 1 while it shows something."""
    return {name: ((1 << probe["valid"].format.bits) - 1) << probe["valid"].offset
            for name, probe in formats.probes(config).items()}


def observed(config: Config, shown: Iterable[tuple[str, int]]) -> dict[tuple[str, int, int], int]:
    """What probes have `shown`, in order: the values under the keys of
    `golden.trace.observed_values`."""
    probes, last = formats.probes(config), len(config.design.layers)
    values: dict[tuple[str, int, int], int] = {}
    for name, word in shown:
        probe = probes[name].unpack(word)
        if name == "probe_output":
            for unit, (z, delta) in enumerate(zip(probe["z"], probe["delta"], strict=True)):
                index = probe["first"] + unit
                if probe["valid"] >> unit & 1:
                    values["forward", last, index] = z
                    if delta:
                        values["output", last, index] = delta
        elif probe["valid"] and (name == "probe_sum" or probe["value"]):
            phase = "forward" if name == "probe_sum" else "backward"
            values[phase, probe["layer"] + 1, probe["index"]] = probe["value"]
    return values
