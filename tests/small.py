"""Small configurations and samples for tests, all with fixed seeds."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from pulsetrain.data import DataSet
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_mapping

TINY = {"network": {"inputs": 2, "hidden": [], "outputs": 2},
        "numbers": {"activation_bits": 2, "error_bits": 2}, "device": {"levels": 2}}
"""Sections of an engine that is placed and routed in seconds."""

TINY_SETTINGS = [argument for section, keys in TINY.items() for key, value in keys.items()
                 for argument in ("--set", f"{section}.{key}={value}")]

NOISES = ({}, {"cycle_noise": 20}, {"cycle_noise": 127}, {"cycle_sigma": 0.01},
          {"cycle_sigma": 0.15})
"""Any noise from cycle to cycle of a device."""

METHODS = ("unidirectional", "bidirectional", "single")

EVERYTHING = {
    "device": {"kind": "exponential", "potentiation": {"u": 3.0}, "cycle_noise": 20},
    "variation": {"step": 0.3, "range": 0.2, "bend": 1.0, "stuck_low": 0.1, "stuck_high": 0.1},
    "update": {"refresh_swaps": True, "refresh_sigma": 0.3, "refresh_state": 5,
               "pulse_probability": 0.8},
}
"""Sections of a configuration that use every option of the rule, but for `cycle_sigma`."""

DISPLACED = {**EVERYTHING, "device": {"kind": "exponential", "potentiation": {"u": 3.0},
                                      "cycle_sigma": 0.1}}
"""The same with displacements in place of steps left out or doubled."""


ENERGY = {"read_volts": 0.5, "tick_seconds": 5e-9, "potentiation": {"volts": 2.0, "seconds": 1e-7}}
"""A section [device.energy]."""


def with_energy(config: Config) -> Config:
    """`config` with energy counted."""
    mapping = config.model_dump(exclude_none=True)
    mapping["device"]["energy"] = ENERGY
    if config.device.kind != "measured":
        mapping["device"]["g_max_siemens"] = 1e-6
    return config_from_mapping(mapping)


def small_config(**sections) -> Config:
    """A 6-5-3 network with few levels, so that states reach their ends; `sections` replaces
    keys."""
    mapping = {
        "name": "small",
        "network": {"inputs": 6, "hidden": [5], "outputs": 3},
        "numbers": {"forward_shift": 4},
        "device": {"levels": 16},
        "update": {"pulse_probability": 1.0},
        "engine": {"lanes": 2},
    }
    for section, values in sections.items():
        mapping[section] = ({**mapping.get(section, {}), **values}
                            if isinstance(values, dict) else values)
    return config_from_mapping(mapping)


def tiny_config(*, inputs: int, hidden: list[int], outputs: int, **engine: object) -> Config:
    """A network with as few bits as there can be; every error moves a column, and every input but
    1 is strong. `engine` is that section."""
    return small_config(
        network={"inputs": inputs, "hidden": hidden, "outputs": outputs},
        numbers={"activation_bits": 2, "error_bits": 2, "forward_shift": 0}, device={"levels": 2},
        update={"delta_threshold": 0, "row_threshold": 1},
        engine=engine)


def small_data(config: Config, *, train: int = 40, test: int = 12, seed: int = 5) -> DataSet:
    """Noisy prototypes, one per class; a third of the inputs are zero."""
    random = np.random.default_rng(seed)
    inputs, outputs = config.network.inputs, config.network.outputs
    prototypes = random.integers(0, 256, (outputs, inputs))
    count = train + test
    labels = random.integers(0, outputs, count)
    noisy = prototypes[labels] + random.integers(-40, 41, (count, inputs))
    x = (np.clip(noisy, 0, 255) * (random.random((count, inputs)) > 1 / 3)).astype(np.uint8)
    return DataSet(name="small", x_train=x[:train], y_train=labels[:train], x_test=x[train:],
                   y_test=labels[train:])


def save_small(folder: Path) -> None:
    """Write `small_config` and `small_data` to `folder`, as small.toml and small.npz."""
    config = small_config()
    (folder / "small.toml").write_text(
        'name = "small"\n[network]\ninputs = 6\nhidden = [5]\noutputs = 3\n'
        "[numbers]\nforward_shift = 4\n[device]\nlevels = 16\n"
        "[update]\npulse_probability = 1.0\n[engine]\nlanes = 2\n")
    save_data(small_data(config), folder / "small.npz")


def save_data(data: DataSet, path: str | Path) -> None:
    """Write a data set as a file that `npz:FILE` reads."""
    np.savez(path, x_train=data.x_train, y_train=data.y_train, x_test=data.x_test,
             y_test=data.y_test)


def curves():
    """A saturating curve under any of its names."""
    return (st.builds(lambda u: {"u": u}, st.sampled_from([-3.0, 0.0, 1.0, 5.0]))
            | st.builds(lambda pulses: {"pulses": pulses}, st.sampled_from([-20.0, 3.0, 50.0]))
            | st.builds(lambda label: {"nl": label}, st.sampled_from([-4.88, 0.04, 2.4])))


def points():
    """Conductances in siemens of a possible measured device: noisy, some not monotonic."""
    def sequence(seed, count):
        random = np.random.default_rng(seed)
        return (1e-6 + np.abs(np.linspace(0, 1e-5, count) + random.normal(0, 1e-6, count))).tolist()

    return st.builds(sequence, st.integers(0, 1000), st.integers(2, 20))


@st.composite
def devices(draw) -> dict:
    """Any device of few states, without noise from cycle to cycle."""
    kind = draw(st.sampled_from(["linear", "exponential", "measured"]))
    if kind == "measured":
        return {"kind": kind, "ltp": draw(points()),
                "ltd": draw(st.none() | points().map(lambda up: up[::-1])),
                "conductance_bits": draw(st.none() | st.integers(3, 9))}
    device = {"kind": kind, "levels": draw(st.integers(2, 24)),
              "substates": draw(st.none() | st.integers(1, 4)),
              "on_off_ratio": draw(st.none() | st.sampled_from([1.5, 12.5]))}
    if kind == "exponential":
        device |= {"potentiation": draw(curves()), "depression": draw(st.none() | curves())}
    least = (device["levels"] - 1).bit_length()
    return device | {"conductance_bits": draw(st.none() | st.integers(least, 9))}


@st.composite
def variations(draw) -> dict:
    """Any variation from device to device, often only stuck devices."""
    share = st.sampled_from([0.0, 0.0, 0.1, 0.5])
    spread = draw(st.sampled_from([share, share, st.just(0.0)]))
    return {"classes": draw(st.sampled_from([2, 4, 16, 64])), "step": draw(spread),
            "range": draw(spread), "up_down": draw(spread),
            "bend": draw(spread) * draw(st.sampled_from([0, 5, 18])), "stuck_low": draw(share),
            "stuck_high": draw(share), "seed": draw(st.none() | st.integers(1, 2**32 - 1))}


@st.composite
def configurations(draw, *, linear_only=False, memories=("block",)) -> Config:
    """Any configuration of a small network; with `linear_only`, equal linear devices without noise
    and swaps."""
    hidden = draw(st.lists(st.integers(1, 6), max_size=2))
    layers = len(hidden) + 1
    bits = draw(st.integers(2, 8))
    full = (1 << bits) - 1
    error_bits = draw(st.integers(2, 10))
    largest = min(full, (1 << (error_bits - 1)) - 1) if hidden else full
    method = draw(st.sampled_from((*METHODS, "unidirectional", "unidirectional")))
    swaps, error = False, 0.0

    def per_layer(entry, count):
        return entry | st.lists(entry, min_size=count, max_size=count) if count else entry

    if linear_only:
        levels = draw(st.integers(2, 40))
        device = {"levels": levels,
                  "conductance_bits": draw(st.none() | st.integers((levels - 1).bit_length(), 8))}
        variation = {}
    else:
        device = draw(devices()) | draw(st.sampled_from(NOISES))
        variation = draw(variations())
        if device["kind"] == "measured":
            variation["bend"] = 0.0
            if method != "unidirectional":
                variation["up_down"] = 0.0  # needs states between the measured ones
        if method == "unidirectional":
            swaps, error = draw(st.booleans()), draw(st.sampled_from([0.0, 0.0, 0.02, 0.2]))
        levels = device["levels"] if "levels" in device else len(device["ltp"])
    seed = draw(st.integers(1, 2**32 - 1))
    return config_from_mapping({
        "name": "any",
        "seed": seed,
        "network": {
            "inputs": draw(st.integers(1, 8)), "hidden": hidden,
            "outputs": draw(st.integers(2, 5)),
            "activation": draw(st.sampled_from(["relu", "hard_sigmoid"]))},
        "numbers": {
            "activation_bits": bits,
            "error_bits": error_bits,
            "forward_shift": draw(per_layer(st.integers(0, 8), layers)),
            "backward_shift": draw(st.none() | per_layer(st.integers(0, 8), layers - 1)),
            "margin": draw(st.integers(0, full // 2))},
        "device": device,
        "variation": variation,
        "update": {
            "method": method,
            "row_threshold": draw(per_layer(st.integers(0, full - 1), layers)),
            "delta_threshold": draw(per_layer(st.integers(0, largest - 1), layers)),
            "refresh_state": draw(st.none() | st.integers(1, min(4, levels - 1))
                                  | st.integers(1, levels - 1)),
            "refresh_swaps": swaps,
            "refresh_sigma": error,
            "pulse_probability": draw(st.sampled_from([1.0, 0.6, 0.1])),
            "pulse_decay": draw(st.sampled_from([1.0, 0.7]))},
        "engine": {"lanes": draw(st.integers(1, 9)),
                   "multipliers": draw(st.just("dsp") | st.just("lut") | st.integers(1, 4)),
                   "memory": draw(st.sampled_from(memories)), "parity": seed % 2 == 1},
    })
