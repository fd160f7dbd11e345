"""Values that are "auto": the range of the weights and the gate follow from the device."""

from pathlib import Path

import numpy as np
import pytest
from small import save_small, small_config

import pulsetrain
from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.device.describe import describe
from pulsetrain.device.settings import fitted
from pulsetrain.run import CheckpointError, read_checkpoint, write_checkpoint
from pulsetrain.run.hint import hint
from pulsetrain.run.loop import EpochResult
from pulsetrain.spec import ConfigError, builtin_names, load_config
from pulsetrain.spec.presets import presets
from pulsetrain.sweep import load_sweep, plan


def load(*settings, source="digits"):
    return load_config(source, settings=settings)


def shifts(config):
    return [layer.forward_shift for layer in config.design.layers]


def first_range(config):
    return config.design.layers[0].weight_range


@pytest.mark.parametrize("name", builtin_names())
def test_a_built_in_configuration_has_the_values_that_its_results_were_measured_with(name):
    config = load(source=name)
    assert shifts(config) == ([9, 6] if name == "mnist-64" else [9, 8])
    assert [config.design.gate(epoch) for epoch in (0, 9)] == [256, 256]
    given = load(f"numbers.forward_shift={shifts(config)}", "update.pulse_probability=1",
                 source=name)
    assert learning_digest(config) == learning_digest(given)


@pytest.mark.parametrize("settings", [
    ("device.levels=100",), ("device.conductance_bits=10",),
    *((f"device.preset={name}",) for name in presets()),
    ("device.file=docs/example/device.csv",),
    ("device.file=docs/example/device.csv", "device.conductance_bits=11")])
def test_r_is_the_span_of_the_readings_over_the_scale_of_a_weight(settings, monkeypatch):
    monkeypatch.chdir(Path(__file__).parent.parent)
    config = load(*settings)
    seen = describe(config)
    span = seen.read_max - seen.read_min
    for layer in config.design.layers:
        assert layer.weight_range == pytest.approx(span / 2**layer.forward_shift, rel=0.01)
        assert 0.25 < layer.weight_range < 2


def test_what_the_user_gives_counts():
    curved = ("device.kind=exponential", "device.levels=16", "device.potentiation.u=3")
    design = load(*curved).design
    assert design.gate(0) < 256
    assert design.pulse_decay < 1
    assert shifts(load(*curved, "numbers.forward_shift=[4,3]")) == [4, 3]
    assert load(*curved, "numbers.forward_shift=7").design.gate(0) == design.gate(0)
    given = load(*curved, "update.pulse_probability=0.5").design
    assert (given.pulse_probability, given.pulse_decay) == (0.5, 1.0)
    given = load(*curved, "update.pulse_decay=0.5").design
    assert (given.pulse_probability, given.pulse_decay) == (1.0, 0.5)


@pytest.mark.parametrize("key", ["numbers.forward_shift", "update.pulse_probability",
                                 "update.pulse_decay"])
def test_no_other_word_is_allowed(key):
    with pytest.raises(ConfigError, match=rf"{key}: must be .*, or .auto.?., not .automatic."):
        load(f"{key}=automatic")


def curved(levels, u, *settings):
    """The design for a device of `levels` and bend `u`."""
    return load("device.kind=exponential", f"device.levels={levels}",
                f"device.potentiation.u={u}", "update.method=unidirectional", *settings).design


def test_the_coarser_a_pulse_the_rarer():
    assert curved(256, 0).pulse_probability == 1
    rare = [curved(levels, 3).pulse_probability for levels in (8, 16, 32, 64)]
    assert rare == sorted({*rare})
    assert curved(32, 5).pulse_probability < curved(32, 3).pulse_probability < 1
    assert curved(32, -5).pulse_probability == curved(32, 5).pulse_probability
    both = curved(32, 3, "update.method=bidirectional").pulse_probability
    assert both < curved(32, 3).pulse_probability
    single = curved(32, 3, "update.method=single").pulse_probability
    assert single == pytest.approx(curved(32, 3).pulse_probability)
    noisy = curved(32, 3, "device.cycle_sigma=0.1").pulse_probability
    assert noisy < curved(32, 3).pulse_probability


@pytest.mark.parametrize(("levels", "u", "first"), [
    (128, 0, 1 / 4), (128, 1, 1 / 2), (128, 3, 1 / 2), (128, 5, 1 / 2),
    (256, 0, 1 / 2), (256, 1, 1), (256, 3, 1), (256, 5, 1)])
def test_a_bent_device_has_more_room_and_a_gate_that_closes(levels, u, first):
    design = curved(levels, u, "network.inputs=784")
    assert design.layers[0].weight_range == pytest.approx(first, rel=0.01)
    assert (design.pulse_decay < 1) == (u > 0)


@pytest.mark.parametrize(("device", "method", "first"), [
    (("device.preset=epiram",), "bidirectional", 1 / 8),
    (("device.preset=ag-a-si",), "unidirectional", 1 / 4),
    (("device.kind=exponential", "device.levels=64", "device.potentiation.u=2"),
     "bidirectional", 1 / 4),
    (("device.kind=exponential", "device.levels=32", "device.potentiation.u=2"),
     "unidirectional", 1 / 4)])
def test_r_is_rounded_once(device, method, first):
    design = load(*device, f"update.method={method}", source="mnist-small").design
    assert design.layers[0].weight_range == pytest.approx(first, rel=0.1)
    assert design.pulse_decay < 1


@pytest.mark.parametrize("method", ["unidirectional", "bidirectional"])
def test_chance_alone_does_not_soon_carry_a_weight_through_its_range(method):
    pulsed = 1 if method == "unidirectional" else 2
    for levels in (2, 3, 8, 16):
        design = load(f"device.levels={levels}", f"update.method={method}",
                      source="mnist-small").design
        squared = (pulsed / (levels - 1)) ** 2
        assert design.pulse_probability * squared <= 1 / 48 + 1e-9
        assert (design.pulse_probability * squared == pytest.approx(1 / 48)) == (levels < 8)
    both = load("device.levels=2", "device.cycle_sigma=0.5", source="mnist-small").design
    assert both.pulse_probability < 1 / 48


@pytest.mark.parametrize(("levels", "first"), [(16, 1 / 16), (32, 1 / 16), (64, 1 / 8)])
def test_few_straight_levels_have_a_narrow_range_and_pulse_often_at_first(levels, first):
    design = load(f"device.levels={levels}", source="mnist").design
    assert design.layers[0].weight_range == pytest.approx(first, rel=0.1)
    assert design.pulse_probability > 0.9


def test_r_does_not_depend_on_how_finely_the_converter_reads():
    fine, coarse, half = (load("device.preset=pcmo", *more) for more in (
        ["device.conductance_bits=11"], [], ["device.on_off_ratio=2"]))
    assert np.subtract(shifts(fine), shifts(coarse)).tolist() == [3, 3]
    assert first_range(fine) == pytest.approx(first_range(coarse), rel=0.01)
    assert np.subtract(shifts(coarse), shifts(half)).tolist() == [1, 1]
    assert fine.design.pulse_probability == coarse.design.pulse_probability


def test_small_errors_move_no_coarse_or_noisy_device():
    def thresholds(*settings):
        return [layer.delta_threshold for layer in load(*settings).design.layers]

    coarse = ("device.levels=8", "update.method=bidirectional")
    assert thresholds(*coarse) == [21, 21]
    assert thresholds(*coarse, "numbers.activation_bits=4", "numbers.margin=0",
                      "update.row_threshold=7") == [1, 1]
    assert thresholds(*coarse, "numbers.error_bits=4") == [6, 6]
    assert thresholds(*coarse, "update.delta_threshold=[3,5]") == [3, 5]
    assert thresholds(*coarse, "update.pulse_probability=0.5") == [2, 2]


def test_the_thresholds_rise_step_by_step_with_the_noise():
    noises = [round(index * 1e-4, 4) for index in range(100)]  # 0 to 2.5 steps
    layers = [load("device.levels=256", f"device.cycle_sigma={noise}").design.layers[0]
              for noise in noises]
    for name, ends in (("delta_threshold", (2, 21)), ("row_threshold", (127, 191))):
        found = [getattr(layer, name) for layer in layers]
        assert (found[0], found[-1]) == ends
        assert {*np.diff(found).tolist()} == {0, 1}
    assert load("numbers.activation_bits=4", "update.delta_threshold=1").design.layers[
        0].row_threshold == 7


def test_the_gate_of_a_noisy_device_closes_less():
    left = [curved(16, 3, f"device.cycle_sigma={noise}", "training.epochs=4").pulse_decay**4
            for noise in (0.0, 1 / 15, 0.3)]  # 0, 1 and more than 2 steps
    assert left == pytest.approx([1 / 8, 8**-0.75, 8**-0.5])


def test_the_gate_closes_within_the_epochs_of_the_training():
    one, other = (load("device.levels=16", f"training.epochs={epochs}") for epochs in (10, 20))
    for config, epochs in ((one, 10), (other, 20)):
        assert config.design.pulse_decay**epochs == pytest.approx(1 / 8)
    assert learning_digest(one) != learning_digest(other)
    assert one.for_epochs(20) == other
    assert other.for_epochs(10).design.pulse_decay == one.design.pulse_decay
    assert load("device.levels=16", "training.epochs=0").design.gate(0) > 0
    assert learning_digest(load()) == learning_digest(load("training.epochs=5"))


def test_commands_close_the_gate_over_their_epochs(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, output, _ = run("train", "digits", "--set", "device.levels=16", "--epochs", "3",
                            "--samples", "10")
    assert (status, "times 0.5 per epoch" in output) == (0, True)
    Path("mine.toml").write_text('name = "mine"\nconfig = "digits"\nepochs = 3\nseeds = [1]\n'
                                 "set = { device.levels = 16 }\n")
    assert plan(load_sweep("mine.toml"))[0].config.design.pulse_decay == pytest.approx(0.5)


def test_an_engine_learns_with_the_gate_of_any_number_of_epochs():
    one, other = (load("device.levels=16", f"training.epochs={epochs}") for epochs in (10, 20))
    assert engine_digest(one) == engine_digest(other)
    given = load("device.levels=16", "update.pulse_decay=0.9")
    assert engine_digest(given) != engine_digest(one)


def test_a_training_closes_the_gate_over_its_own_epochs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    coarse = load("device.levels=4", "numbers.forward_shift=auto", "update.pulse_probability=auto",
                  source="small.toml")
    short = pulsetrain.train(coarse, "npz:small.npz", epochs=3)
    assert short.checkpoint.config.training.epochs == 3
    longer = pulsetrain.train(coarse, "npz:small.npz", epochs=5, resume=short)
    assert longer.checkpoint.config.training.epochs == 3  # the gate closes as it began
    whole = pulsetrain.train(coarse, "npz:small.npz", epochs=5)
    assert whole.checkpoint.config.training.epochs == 5
    pulses = [history.pulses.tolist() for history in (short, longer, whole)]
    assert pulses[1][:3] == pulses[0] != pulses[2][:3]
    short.save("run")
    with pulsetrain.Trainer(coarse, start="run") as trainer:
        assert trainer.config.training.epochs == 3
    message = "closes over 3 epochs, that of this trainer over 5"
    with (pulsetrain.Trainer(coarse.for_epochs(5)) as trainer,
          pytest.raises(CheckpointError, match=message)):
        trainer.resume("run")


@pytest.mark.parametrize(("samples", "epochs"), [(0, 5), (2, 3)])
def test_whatever_goes_on_keeps_the_gate_of_a_training_that_has_begun(
        samples, epochs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    coarse = load("device.levels=4", "numbers.forward_shift=auto", "update.pulse_probability=auto",
                  source="small.toml")
    start = pulsetrain.train(coarse, "npz:small.npz", epochs=3, samples=samples).checkpoint
    write_checkpoint(Path("a.npz"), start)
    verified = []
    monkeypatch.setattr("pulsetrain.sim.verify.verify", lambda *args, **options: verified.append(
        (args[0].training.epochs, options["checkpoint"].config.training.epochs)))
    present = coarse.for_epochs(5)
    for point in (start, "a.npz"):
        assert pulsetrain.Trainer(present, start=point).config.training.epochs == epochs
        pulsetrain.verify(present, "npz:small.npz", checkpoint=point, simulator="amaranth")
    assert verified == [(epochs, epochs)] * 2
    assert read_checkpoint(Path("a.npz")).config.training.epochs == 3
    other = load("device.levels=5", source="small.toml")
    with pytest.raises(CheckpointError, match=r"the checkpoint: was made with .* device\.levels"):
        pulsetrain.verify(other, "npz:small.npz", checkpoint=start, simulator="amaranth")


def test_a_changed_copy_has_a_design_of_its_own():
    config = load("device.levels=16")
    assert config.design.states == 16
    copied = config.model_copy(update={"device": load("device.levels=64").device})
    assert copied.design.states == 64
    assert learning_digest(copied) == learning_digest(load("device.levels=64"))
    assert config.model_copy(deep=True).design.automatic == config.design.automatic
    assert config.design.states == 16


def test_noise_of_reading_does_not_change_the_rule():
    random = np.random.default_rng(4)
    clean = 1e-6 * (1 + 10 * (1 - np.exp(-np.linspace(0, 2, 64))))
    noisy = np.abs(clean + random.normal(0, 3e-7, 64))  # deviates by more than a step

    def design(points):
        return small_config(device={"kind": "measured", "levels": 64, "ltp": points.tolist()},
                            numbers={"forward_shift": "auto"},
                            update={"pulse_probability": "auto"}).design
    assert design(noisy).automatic.forward_shift == design(clean).automatic.forward_shift
    assert design(noisy).pulse_probability == pytest.approx(design(clean).pulse_probability,
                                                            rel=0.3)


GROWING = ("device.kind=exponential", "device.levels=64", "device.potentiation.u=-2.0")


@pytest.mark.parametrize(("settings", "noted"), [
    (GROWING, "the automatic update method is bidirectional"),
    ((*GROWING, "update.method=unidirectional"), "bidirectional updates learn more"),
    ((*GROWING, "update.method=bidirectional"), None), (("device.preset=pcmo",), None), ((), None)])
def test_steps_that_grow_are_noted(settings, noted):
    notes = [note for note in describe(load(*settings)).warnings
             if "steps grow from pulse to pulse" in note]
    assert len(notes) == (noted is not None)
    assert all(noted in note for note in notes)


@pytest.mark.parametrize(("u", "method"), [(-3.0, "bidirectional"), (-1.0, "bidirectional"),
                                           (-0.5, "unidirectional"), (2.0, "unidirectional")])
@pytest.mark.parametrize("measured", [False, True])
def test_steps_that_grow_are_updated_in_both_directions(u, method, measured):
    device = {"kind": "exponential", "levels": 64, "potentiation": {"u": u}}
    if measured:
        device = {"kind": "measured", "levels": 64,
                  "ltp": (1e-6 + 1e-5 * np.expm1(-u * np.linspace(0, 1, 64))
                          / np.expm1(-u)).tolist()}
    assert small_config(device=device).design.method == method
    for key, value in (("refresh_swaps", True), ("refresh_sigma", 0.1), ("refresh_state", 3)):
        update = {key: value, "pulse_probability": 1.0}
        assert small_config(device=device, update=update).design.method == "unidirectional"


def test_the_values_are_shown_with_their_origin():
    ranges, gate = (text for _, text in fitted(load("device.levels=16")))
    assert ranges.endswith("automatic)")
    assert "in epoch 1" in gate
    given = load("numbers.forward_shift=[9,8]", "update.pulse_decay=1")
    assert [text for _, text in fitted(given)] == [
        "0.498, 0.996 (forward_shift 9, 8, given)", "open (given)"]


@pytest.mark.parametrize(("settings", "accuracies", "words"), [
    ((), (0.5, 0.9, 0.95), None), ((), (), None), ((), (None,), None),
    ((), (0.1, 0.3), "This is little: `pulsetrain tune`"),
    ((), (0.9, 0.95, 0.8), "It has lost 15 points since its best epoch"),
    (("numbers.forward_shift=[9,8]",), (0.6, 0.8), "numbers.forward_shift=auto and"),
    ((), (0.6, 0.8), None), (("update.pulse_decay=0.9",), (0.8,), "Other settings may")])
def test_a_hint_is_given_if_little_was_learned(settings, accuracies, words):
    rows = [EpochResult(number=number, samples=9, errors=0, pulses=0, refreshes=0, accuracy=share,
                        validation_accuracy=None, epoch=number + 1, position=0)
            for number, share in enumerate(accuracies)]
    found = hint(load(*settings), rows)
    assert (found is None) == (words is None)
    assert words is None or words in found
