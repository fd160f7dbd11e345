"""Checkpoints: resumed at any sample, a run ends in the same bits; damage is reported."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import METHODS, small_config, small_data

from pulsetrain.device import learning_digest
from pulsetrain.files import write_atomically
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.memory_map import pack_rows, unpack_rows
from pulsetrain.run import (
    Checkpoint,
    CheckpointError,
    read_checkpoint,
    run_training,
    write_checkpoint,
)
from pulsetrain.run.divergence import state_differences

GATED = {"pulse_probability": 0.8, "pulse_decay": 0.7}


def trained(config, *, samples, validation=0, state=None, **position):
    """(engine, summary) of a run over three epochs of `small_data`, stopped after `samples`."""
    engine = GoldenEngine(config)
    if state:
        engine.load(state)
    summary = run_training(engine, small_data(config), epochs=3, samples=samples,
                           validation=validation, **position)
    return engine, summary


def checkpoint_of(config, engine, summary, validation=0):
    return Checkpoint(state=engine.read(), epoch=summary.epoch, position=summary.position,
                      config=config, validation=validation)


@pytest.fixture
def written(tmp_path):
    """A checkpoint of `small_config()` after 25 samples."""
    config, path = small_config(), tmp_path / "a.npz"
    write_checkpoint(path, checkpoint_of(config, *trained(config, samples=25)))
    return path


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("update", [{}, GATED], ids=["open", "gated"])
@given(stop=st.integers(1, 98), validation=st.sampled_from([0, 7]))
@settings(max_examples=8, derandomize=True, deadline=None)
def test_a_resumed_run_ends_in_the_bits_of_an_uninterrupted_one(
        tmp_path_factory, method, update, stop, validation):
    config = small_config(update={"method": method, **update})
    whole, end = trained(config, samples=None, validation=validation)
    path = tmp_path_factory.mktemp("run") / "a.npz"
    write_checkpoint(path, checkpoint_of(
        config, *trained(config, samples=stop, validation=validation), validation))
    read = read_checkpoint(path, config)
    resumed, summary = trained(config, samples=None, validation=read.validation,
                               state=read.state, epoch=read.epoch, position=read.position)
    assert list(state_differences(0, whole.read(), resumed.read())) == []
    assert whole.read().counters["pulses"] > 0
    assert (summary.epoch, summary.position) == (end.epoch, end.position) == (3, 0)
    assert summary.epochs[-1].accuracy == end.epochs[-1].accuracy


def test_what_is_written_is_read(tmp_path):
    config = small_config(update={"method": "bidirectional"})
    engine, summary = trained(config, samples=47, validation=5)
    path = tmp_path / "a.npz"
    write_checkpoint(path, checkpoint_of(config, engine, summary, 5))
    read = read_checkpoint(path, config)
    assert list(state_differences(0, engine.read(), read.state)) == []
    assert (read.epoch, read.position, read.validation) == (1, 12, 5)
    assert read.config == config
    assert read.state.plus[0].dtype == np.int32
    assert read.state.device_pulses == engine.device_pulses()
    assert read.state.device_pulses["ltd_pulses"] == engine.counters()["pulses"] > 0


def test_a_checkpoint_of_an_earlier_version_has_no_device_pulses(written):
    rewrite(written, **dict.fromkeys(DEVICE_PULSES))
    read = read_checkpoint(written)
    assert read.state.device_pulses is None
    write_checkpoint(written, read)
    assert read_checkpoint(written).state.device_pulses is None


def test_a_checkpoint_of_hardware_has_no_device_pulses():
    config = small_config()
    state = trained(config, samples=5)[0].read()
    rows = pack_rows(config, state)
    again = unpack_rows(config, rows, state.generator, state.counters)
    assert list(state_differences(0, state, again)) == []
    assert again.device_pulses is None
    assert state.device_pulses is not None


def test_the_arrays_have_fixed_names_and_types(written):
    with np.load(written) as archive:
        assert set(archive.files) == {
            "plus_1", "minus_1", "plus_2", "minus_2", "generator", "samples", "errors", "pulses",
            "refreshes", "epoch", "position", "validation", "config", "learning_digest",
            *DEVICE_PULSES}
        assert archive["plus_1"].shape == (7, 5)
        assert archive["minus_2"].shape == (6, 3)
        assert archive["plus_1"].dtype == np.uint8
        assert str(archive["learning_digest"]) == learning_digest(small_config())


def test_many_levels_get_a_wider_type(tmp_path):
    config = small_config(device={"levels": 257})
    write_checkpoint(tmp_path / "a.npz", checkpoint_of(config, *trained(config, samples=3)))
    with np.load(tmp_path / "a.npz") as archive:
        assert archive["plus_1"].dtype == np.uint16


def test_equal_checkpoints_are_equal_files(written, tmp_path):
    config = small_config()
    write_checkpoint(tmp_path / "b.npz", checkpoint_of(config, *trained(config, samples=25)))
    assert written.read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_lanes_may_change(written):
    assert read_checkpoint(written, small_config(engine={"lanes": 8})).position == 25


@pytest.mark.parametrize(("sections", "message"), [
    ({"update": {"method": "single"}}, r"differ in update\.method \(unidirectional / single\)"),
    ({"network": {"hidden": [4]}}, r"differ in network\.hidden \(\(5,\) / \(4,\)\)"),
    ({"seed": 9, "numbers": {"margin": 3}},
     r"differ in numbers\.margin \(0 / 3\), seed \(1 / 9\)"),
    ({"name": "other", "device": {"levels": 12}},
     r"was made with the configuration 'small', not with the present 'other'"),
])
def test_another_configuration_is_refused(written, sections, message):
    with pytest.raises(CheckpointError, match=message):
        read_checkpoint(written, small_config(**sections))


def rewrite(path, **changes):
    """Replace arrays of the checkpoint; None removes one."""
    with np.load(path) as archive:
        content = {name: archive[name] for name in archive.files} | changes
    np.savez(path, **{name: array for name, array in content.items() if array is not None})


@pytest.mark.parametrize(("changes", "message"), [
    ({"plus_2": None}, r"is not a complete checkpoint: plus_2 is missing"),
    ({"generator": None}, r"generator is missing"),
    ({"config": None}, r"config is missing"),
    ({"plus_1": np.zeros((7, 4), np.uint8)},
     r"plus_1 must hold integers of shape \(7, 5\), not uint8 of shape \(7, 4\)"),
    ({"plus_1": np.zeros((7, 5))}, r"plus_1 must hold integers of shape \(7, 5\), not float64"),
    ({"minus_1": np.full((7, 5), 16, np.uint8)},
     r"minus_1 must hold states in 0\.\.15, not 16\.\.16"),
    ({"minus_1": np.full((7, 5), -1)}, r"minus_1 must hold states in 0\.\.15, not -1\.\.-1"),
    ({"generator": 0}, r"generator must be an integer in 1\.\.4294967295, not 0"),
    ({"generator": 2**32}, r"generator must be an integer in 1\.\.4294967295, not 4294967296"),
    ({"ltd_pulses": None}, r"is not a complete checkpoint: ltd_pulses is missing"),
    ({"erase_pulses": -2}, r"erase_pulses must be an integer in 0\.\.4611686018427387904, not -2"),
    ({"pulses": -1}, r"pulses must be an integer in 0\.\.4294967295, not -1"),
    ({"epoch": 1.5}, r"epoch must be an integer"),
    ({"position": np.zeros(2, np.int64)},
     r"position must be an integer .* not int64 of shape \(2,\)"),
    ({"config": np.array(3)}, r"config must be a text"),
    ({"config": np.array("x" * (2**20 + 1))}, r"config must be a text of at most 4 MiB, not <U"),
    ({"config": np.array("{}")}, r"its configuration: name: is missing"),
    ({"learning_digest": np.array("0" * 64)}, r"its digest 000000000000… is not that"),
])
def test_damage_is_reported(written, changes, message):
    rewrite(written, **changes)
    with pytest.raises(CheckpointError, match=message):
        read_checkpoint(written, small_config())


def spoil_compressed(content):
    """Change bytes in the first array."""
    offset = content.index(b"plus_1.npy") + 50
    return content[:offset] + b"????" + content[offset + 4:]


@pytest.mark.parametrize("damage", [
    lambda content: b"", lambda content: b"no archive", lambda content: content[:100],
    lambda content: content[:-30], spoil_compressed])
def test_a_file_that_is_not_a_checkpoint_is_refused(written, damage):
    written.write_bytes(damage(written.read_bytes()))
    with pytest.raises(CheckpointError, match=r"a\.npz: is not a complete checkpoint"):
        read_checkpoint(written, small_config())


def test_a_missing_file_and_a_single_array_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="there is no such checkpoint"):
        read_checkpoint(tmp_path / "none.npz", small_config())
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(CheckpointError, match="is not a complete checkpoint: File is not a zip"):
        read_checkpoint(tmp_path / "a.npy", small_config())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_aborted_write_leaves_only_the_old_file(
        tmp_path, monkeypatch, error):
    path = tmp_path / "a.npz"
    write_atomically(path, b"old")

    def broken(descriptor):
        raise error

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises((KeyboardInterrupt, OSError)):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_keeps_its_target(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "a.npz")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a.npz").read_bytes() == b"new"
