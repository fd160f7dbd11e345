"""Checkpoint: a run at a sample boundary, in one `.npz` file."""

import io
import logging
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pulsetrain.data import Archive, Form
from pulsetrain.device import learning, learning_digest
from pulsetrain.errors import PulsetrainError, shown
from pulsetrain.files import MEBIBYTE, write_atomically
from pulsetrain.files.read import size_text
from pulsetrain.golden import State
from pulsetrain.golden.synapse import COUNTERS, DEVICE_PULSES, ENERGY_COUNTS
from pulsetrain.spec import Config, ConfigError
from pulsetrain.spec.load import config_from_json

from .loop import LARGEST

_LOG = logging.getLogger(__name__)

_WORD = 2**32

_TEXT_BYTES = 4 * MEBIBYTE


class CheckpointError(PulsetrainError, ValueError):
    """A checkpoint cannot be used; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The progress of a run, and everything needed to continue it.

    `epoch` (from 0) is the epoch to continue in, `position` the number of its samples that have
    been visited. `validation` is the number of training samples held out: it changes the order.
    """

    state: State
    epoch: int
    position: int
    config: Config
    validation: int = 0

    def continued(self, config: Config, source: str) -> "Checkpoint":
        """The checkpoint, which errors call `source`, to go on with `config`.

        The epochs over which automatic gates close may differ: a training that has begun keeps its
        own.

        Raises:
            CheckpointError: `config` learns differently (lanes may differ).
        """
        kept = config.for_epochs(self.config.training.epochs)
        mine, theirs = learning(self.config), learning(kept)
        if mine != theirs:
            differences = ", ".join(_differences(mine, theirs))
            raise CheckpointError(f"{source}: was made with the configuration "
                                  f"{self.config.name!r}, not with the present {config.name!r}; "
                                  f"they differ in {differences} (the checkpoint's value first)")
        begun = self.epoch > 0 or self.position > 0
        return replace(self, config=kept if begun else config)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to `path` atomically; equal checkpoints give equal bytes.

    Raises:
        OSError: `path` cannot be written.
    """
    config, state = checkpoint.config, checkpoint.state
    dtype = np.min_scalar_type(config.design.states - 1)
    arrays: dict[str, Any] = {}
    # The order of an array in memory would be in the file.
    for layer, plus, minus in zip(config.design.layers, state.plus, state.minus, strict=True):
        arrays[f"plus_{layer.number}"] = plus.astype(dtype, order="C")
        arrays[f"minus_{layer.number}"] = minus.astype(dtype, order="C")
    arrays |= {f"polarity_{number}": polarity.astype(np.uint8, order="C")
               for number, polarity in enumerate(state.polarity, 1)}
    arrays["generator"] = np.uint32(state.generator)
    arrays |= {name: np.uint32(state.counters[name]) for name in COUNTERS}
    arrays |= {name: np.int64(count) for name, count in (state.device_pulses or {}).items()}
    if state.energy:  # larger than 64 bits in a long training
        arrays |= {name: np.array(str(count)) for name, count in state.energy.items()}
    arrays |= {f"wear_{number}": wear.astype(np.min_scalar_type(int(wear.max())))
               for number, wear in enumerate(state.wear or (), 1)}
    arrays["epoch"] = np.int64(checkpoint.epoch)
    arrays["position"] = np.int64(checkpoint.position)
    arrays["validation"] = np.int64(checkpoint.validation)
    arrays["config"] = np.array(config.model_dump_json())
    arrays["learning_digest"] = np.array(learning_digest(config))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())
    _LOG.info("wrote the checkpoint %s: epoch %d, position %d", path, checkpoint.epoch,
              checkpoint.position)


def read_checkpoint(path: Path, config: Config | None = None) -> Checkpoint:
    """The checkpoint in the file `path`, to go on with `config` (see `Checkpoint.continued`), or
    without it with the configuration that it was made with.

    Raises:
        CheckpointError: the file cannot be read, is not a complete checkpoint, or was made with a
            configuration that learns differently (lanes may differ).
    """
    arrays = Archive(path, "checkpoint", CheckpointError)
    try:
        made_with = config_from_json(_text(path, arrays, "config"), source="its configuration")
    except ConfigError as error:
        raise CheckpointError(f"{path}: {error}") from None
    digest = _text(path, arrays, "learning_digest")
    found = learning_digest(made_with)
    if digest != found:
        raise CheckpointError(f"{path}: its digest {digest[:12]}… is not that of the configuration "
                              f"in it ({found[:12]}…): it was changed, or made by another version "
                              "of Pulsetrain, which learns differently")
    plus, minus = ([_states(path, arrays, f"{name}_{layer.number}", (layer.rows, layer.outputs),
                            made_with.design.states) for layer in made_with.design.layers]
                   for name in ("plus", "minus"))
    polarity = [_states(path, arrays, f"polarity_{layer.number}", (layer.rows, layer.outputs),
                        2).astype(bool) for layer in made_with.design.layers
                if made_with.update.refresh_swaps]
    generator = _integer(path, arrays, "generator", 1, _WORD - 1)
    counters = {name: _integer(path, arrays, name, 0, _WORD - 1) for name in COUNTERS}
    device_pulses = None
    if not arrays.keys().isdisjoint(DEVICE_PULSES):
        device_pulses = {name: _integer(path, arrays, name, 0, LARGEST) for name in DEVICE_PULSES}
    energy = None
    if not arrays.keys().isdisjoint(ENERGY_COUNTS):
        energy = {name: _count(path, arrays, name) for name in ENERGY_COUNTS}
    wear = None
    if "wear_1" in arrays:
        wear = [_wear(path, arrays, f"wear_{layer.number}", (2, layer.rows, layer.outputs))
                for layer in made_with.design.layers]
    epoch, position, validation = (_integer(path, arrays, name, 0, LARGEST)
                                   for name in ("epoch", "position", "validation"))
    state = State(plus=plus, minus=minus, polarity=polarity, generator=generator,
                  counters=counters, device_pulses=device_pulses, energy=energy, wear=wear)
    checkpoint = Checkpoint(state=state, epoch=epoch, position=position, config=made_with,
                            validation=validation)
    return checkpoint.continued(config, str(path)) if config else checkpoint


def _form(path: Path, arrays: Archive, name: str) -> Form:
    if name not in arrays:
        raise CheckpointError(f"{path}: is not a complete checkpoint: {name} is missing")
    return arrays.forms[name]


def _text(path: Path, arrays: Archive, name: str) -> str:
    form = _form(path, arrays, name)
    if form.shape or form.dtype.kind != "U" or form.bytes > _TEXT_BYTES:
        raise CheckpointError(f"{path}: {name} must be a text of at most {size_text(_TEXT_BYTES)}, "
                              f"not {form}")
    return str(arrays[name])


def _integer(path: Path, arrays: Archive, name: str, low: int, high: int) -> int:
    form = _form(path, arrays, name)
    message = f"{path}: {name} must be an integer in {low}..{high}, not "
    if form.shape or form.dtype.kind not in "iu":
        raise CheckpointError(f"{message}{form}")
    value = int(arrays[name])
    if not low <= value <= high:
        raise CheckpointError(f"{message}{value}")
    return value


def _count(path: Path, arrays: Archive, name: str) -> int:
    text = _text(path, arrays, name)
    if not re.fullmatch("[0-9]{1,60}", text):
        raise CheckpointError(f"{path}: {name} must be an integer of at most 60 digits, not "
                              f"{shown(text)}")
    return int(text)


def _wear(path: Path, arrays: Archive, name: str, shape: tuple[int, ...]) -> np.ndarray:
    form = _form(path, arrays, name)
    if form.shape != shape or form.dtype.kind != "u":
        raise CheckpointError(f"{path}: {name} must hold unsigned integers of shape {shape}, not "
                              f"{form}")
    array = arrays[name]
    if array.max() > LARGEST:
        raise CheckpointError(f"{path}: {name} must hold counts in 0..{LARGEST}, not up to "
                              f"{array.max()}")
    return array.astype(np.int64)


def _states(path: Path, arrays: Archive, name: str, shape: tuple[int, int],
            levels: int) -> np.ndarray:
    form = _form(path, arrays, name)
    if form.shape != shape or form.dtype.kind not in "iu":
        raise CheckpointError(f"{path}: {name} must hold integers of shape {shape}, not {form}")
    array = arrays[name]
    if array.min() < 0 or array.max() >= levels:
        raise CheckpointError(f"{path}: {name} must hold states in 0..{levels - 1}, not "
                              f"{array.min()}..{array.max()}")
    return array.astype(np.int32)


def _differences(theirs: Any, ours: Any, key: str = "") -> list[str]:
    """The keys whose values differ between two configurations, each with both values."""
    if not (isinstance(theirs, dict) and isinstance(ours, dict)):
        return [] if theirs == ours else [f"{key} ({theirs} / {ours})"]
    return [line for name in sorted(theirs.keys() | ours.keys())
            for line in _differences(theirs.get(name), ours.get(name),
                                     f"{key}.{name}" if key else name)]
