"""Small configurations and samples for tests, all from fixed seeds."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from rtl_gen.data import DataSet
from rtl_gen.spec import Config
from rtl_gen.spec.load import config_from_mapping

METHODS = ("unidirectional", "bidirectional", "single")


def small_config(**sections) -> Config:
    """A 6-5-3 network with few levels, so that states reach their ends; sections replace keys."""
    mapping = {
        "name": "small",
        "network": {"inputs": 6, "hidden": [5], "outputs": 3},
        "numbers": {"forward_shift": 4},
        "device": {"levels": 16},
        "engine": {"lanes": 2},
    }
    for section, values in sections.items():
        mapping[section] = ({**mapping.get(section, {}), **values}
                            if isinstance(values, dict) else values)
    return config_from_mapping(mapping)


def small_data(config: Config, *, train: int = 40, test: int = 12, seed: int = 5) -> DataSet:
    """Noisy prototypes, one a class; a third of the inputs is zero."""
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
        "[numbers]\nforward_shift = 4\n[device]\nlevels = 16\n[engine]\nlanes = 2\n")
    data = small_data(config)
    np.savez(folder / "small.npz", x_train=data.x_train, y_train=data.y_train,
             x_test=data.x_test, y_test=data.y_test)


@st.composite
def configurations(draw) -> Config:
    """Any configuration of a small network."""
    hidden = draw(st.lists(st.integers(1, 6), max_size=2))
    bits = draw(st.integers(2, 8))
    levels = draw(st.integers(2, 40))
    full = (1 << bits) - 1
    error_bits = draw(st.integers(2, 10))
    largest = min(full, (1 << (error_bits - 1)) - 1) if hidden else full
    return config_from_mapping({
        "name": "any",
        "seed": draw(st.integers(1, 2**32 - 1)),
        "network": {
            "inputs": draw(st.integers(1, 8)), "hidden": hidden,
            "outputs": draw(st.integers(2, 5)),
            "activation": draw(st.sampled_from(["relu", "hard_sigmoid"]))},
        "numbers": {
            "activation_bits": bits,
            "error_bits": error_bits,
            "forward_shift": draw(st.integers(0, 8)),
            "backward_shift": draw(st.none() | st.integers(0, 8)),
            "margin": draw(st.integers(0, full // 2))},
        "device": {
            "levels": levels,
            "conductance_bits": draw(st.none() | st.integers((levels - 1).bit_length(), 8))},
        "update": {
            "method": draw(st.sampled_from(METHODS)),
            "row_threshold": draw(st.integers(0, full - 1)),
            "delta_threshold": draw(st.integers(0, largest - 1)),
            "refresh_state": draw(st.none() | st.integers(1, levels - 1)),
            "pulse_probability": draw(st.sampled_from([1.0, 0.6, 0.1]))},
        "engine": {"lanes": draw(st.sampled_from([1, 2, 4, 8]))},
    })
