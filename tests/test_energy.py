"""Energy, time and wear: an example worked out by hand, and what every command makes of it.

`test_plain.py` compares the counts of golden model and twin over random configurations.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from small import ENERGY, EVERYTHING, save_small, small_config, small_data, with_energy

import pulsetrain
from pulsetrain.compiled.engine import CompiledEngine
from pulsetrain.device import DeviceTables
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.golden.device import Devices
from pulsetrain.golden.energy import spent
from pulsetrain.golden.synapse import Steps, Synapses, no_wear
from pulsetrain.report import read_run, render, run_page
from pulsetrain.report.words import MINUS
from pulsetrain.run import (
    Checkpoint,
    CheckpointError,
    RunHistory,
    costs,
    prices,
    read_checkpoint,
    read_history,
    run_training,
    wear_of,
    write_checkpoint,
    write_history,
)
from pulsetrain.spec import ConfigError, load_config
from pulsetrain.spec.load import config_from_mapping
from pulsetrain.spec.presets import presets
from pulsetrain.spec.units import quantity

ENGINES = [GoldenEngine, CompiledEngine]


# By hand ----------------------------------------------------------------------------------------


def three_by_two(method):
    """A layer of 3 inputs and 2 outputs; activations of 0 to 3 ticks; devices of 0 to 3 uS."""
    return config_from_mapping({
        "name": "by-hand", "network": {"inputs": 3, "outputs": 2},
        "numbers": {"activation_bits": 2, "forward_shift": 2},
        "device": {"levels": 4, "g_max_siemens": 3e-6, "energy": {
            "read_volts": 0.5, "tick_seconds": 10e-9,
            "potentiation": {"volts": 2.0, "seconds": 100e-9},
            "depression": {"volts": -2.5, "seconds": 100e-9},
            "erase": {"volts": 3.0, "seconds": 1e-6}}},
        "update": {"method": method, "row_threshold": 1, "delta_threshold": 0}})


def one_sample(engine, config):
    """Train one sample from the states of the example. Returns (counts, costs, final state)."""
    state = initial_state(config)
    state.plus[0][:] = [[1, 0], [1, 1], [3, 0], [0, 0]]
    state.minus[0][:] = [[2, 2], [0, 1], [0, 0], [0, 1]]
    state.wear = no_wear(config)
    trained = engine(config)
    trained.load(state)
    trained.train(np.array([[192, 128, 0]], np.uint8), np.array([1]))
    after = trained.read()
    counts = after.device_pulses | after.energy
    return counts, costs(prices(config), counts), after


@pytest.mark.parametrize("engine", ENGINES)
def test_three_inputs_two_outputs_one_sample_unidirectional(engine):
    """The pixels 192, 128 and 0 are inputs of 3, 2 and 0 ticks; the bias line has 3.

    States are conductances in uS (4 levels, Gmax 3 uS):

        row       G+ / G- of column 0, column 1     sum of the row
        0         1 / 2   0 / 2                     5
        1         1 / 0   1 / 1                     3
        2         3 / 0   0 / 0                     3
        bias      0 / 0   0 / 1                     1

    Forward: 3 * 5 + 2 * 3 + 0 * 3 + 3 * 1 = 24 uS ticks, in 3 ticks. At 0.5 V and 10 ns that is
    0.25 V^2 * 24 uS * 10 ns = 60 fJ, in 30 ns. There is no layer before this one, so that nothing
    is read backward.

    z0 = 3 * (1 - 2) + 2 * 1 = -1, y0 = floor(-1 / 4) + 2 = 1; z1 = 3 * -2 + 3 * -1 = -9, and y1 =
    floor(-9 / 4) + 2 is below 0, so 0. The label is 1: delta0 = 0 - 1 = -1, delta1 = 3 - 0 = 3.
    Column 0 goes down, column 1 up, in rows 0 and 1 (above the threshold of 1) and the bias line.
    Down, G- is potentiated, up, G+; each pulse has the mean of G before and after:

        row 0:    G- 2 -> 3   G+ 0 -> 1    5 + 1
        row 1:    G- 0 -> 1   G+ 1 -> 2    1 + 3
        bias:     G- 0 -> 1   G+ 0 -> 1    1 + 1    together 12, six pulses in one slot

    4 V^2 * 100 ns * 12 uS / 2 = 2.4 pJ, in 100 ns.

    The G- of row 0, column 0 is full now, and its G+ is at 1: the pair is refreshed. Erasing takes
    G+ from 1 to 0 and G- from 3 to 0, together 4: 9 V^2 * 1 us * 4 uS / 2 = 18 pJ, in 1 us. The
    difference, 1 - 3 = -2, is programmed into G- with two pulses, 0 -> 1 -> 2, together 1 + 3 = 4:
    4 V^2 * 100 ns * 4 uS / 2 = 0.8 pJ, in 200 ns.

    Together 0.06 + 2.4 + 18 + 0.8 = 21.26 pJ and 30 + 100 + 1000 + 200 = 1330 ns.

    Wear: the G- of row 0, column 0 got 1 + 1 + 2 pulses, its G+ one (it was erased), and the other
    five devices that were pulsed one each: 10 pulses.
    """
    counts, spent, after = one_sample(engine, three_by_two("unidirectional"))
    assert counts == {
        "ltp_pulses": 6, "ltd_pulses": 0, "erase_pulses": 2, "reprogram_pulses": 2,
        "forward_reads": 24, "backward_reads": 0, "ltp_conductance": 12, "ltd_conductance": 0,
        "erase_conductance": 4, "reprogram_conductance": 4, "forward_ticks": 3,
        "backward_ticks": 0, "ltp_slots": 1, "ltd_slots": 0, "erase_slots": 1,
        "reprogram_slots": 2}
    assert spent.joules == pytest.approx({
        "forward": 60e-15, "backward": 0, "potentiating": 2.4e-12, "depressing": 0,
        "erasing": 18e-12, "programming": 0.8e-12}, rel=1e-12)
    assert spent.seconds == pytest.approx({
        "forward": 30e-9, "backward": 0, "potentiating": 100e-9, "depressing": 0, "erasing": 1e-6,
        "programming": 200e-9}, rel=1e-12)
    assert spent.total_joules == pytest.approx(21.26e-12, rel=1e-12)
    assert spent.total_seconds == pytest.approx(1330e-9, rel=1e-12)
    assert after.wear[0].tolist() == [[[1, 1], [0, 1], [0, 0], [0, 1]],
                                      [[4, 0], [1, 0], [0, 0], [1, 0]]]
    assert (after.plus[0][0, 0], after.minus[0][0, 0]) == (0, 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_three_inputs_two_outputs_one_sample_bidirectional(engine):
    """The same states and the same sample, but both devices of a pair move:

        row 0:    G+ 1 -> 0, G- 2 -> 3    G+ 0 -> 1, G- 2 -> 1    up 5 + 1   down 1 + 3
        row 1:    G+ 1 -> 0, G- 0 -> 1    G+ 1 -> 2, G- 1 -> 0    up 1 + 3   down 1 + 1
        bias:     G+ 0 stays, G- 0 -> 1   G+ 0 -> 1, G- 1 -> 0    up 1 + 1   down 0 + 1

    12 up: 2.4 pJ as before. 7 down: 6.25 V^2 * 100 ns * 7 uS / 2 = 2.1875 pJ. One slot each, of
    100 ns, because one row cannot have two polarities at once. With the read of 60 fJ and 30 ns
    together 4.6475 pJ and 230 ns. Two pulses on each of six pairs.
    """
    counts, spent, after = one_sample(engine, three_by_two("bidirectional"))
    assert {name: count for name, count in counts.items() if count} == {
        "ltp_pulses": 6, "ltd_pulses": 6, "forward_reads": 24, "ltp_conductance": 12,
        "ltd_conductance": 7, "forward_ticks": 3, "ltp_slots": 1, "ltd_slots": 1}
    assert spent.total_joules == pytest.approx(4.6475e-12, rel=1e-12)
    assert spent.total_seconds == pytest.approx(230e-9, rel=1e-12)
    assert after.wear[0].tolist() == 2 * [[[1, 1], [1, 1], [0, 0], [1, 1]]]


@pytest.mark.parametrize("engine", ENGINES)
def test_backward_by_hand(engine):
    """One input, one hidden unit, two outputs; activations of 0 to 3 ticks.

    The input has 2 ticks and the weight 1: the hidden unit is 2 / 2 = 1. The pairs of layer 2 are
    2 / 0 and 1 / 1; those of its bias line 3 / 0 and 3 / 0. z = 1 * 2 + 3 * 3 = 11 and 1 * 0 + 3 *
    3 = 9, so that both outputs are at their end, 3. The label is 0: the deltas are 0 and -3.
    Column 1 is read for 3 ticks, without the bias line: 3 * (1 + 1) = 6, in 3 ticks.
    """
    config = config_from_mapping({
        "name": "by-hand", "network": {"inputs": 1, "hidden": [1], "outputs": 2},
        "numbers": {"activation_bits": 2, "forward_shift": [1, 2]},
        "device": {"levels": 4, "g_max_siemens": 3e-6, "energy": ENERGY},
        "update": {"row_threshold": 1, "delta_threshold": 0}})
    state = initial_state(config)
    for array, values in ((state.plus[0], [[1], [0]]), (state.minus[0], 0),
                          (state.plus[1], [[2, 1], [3, 3]]), (state.minus[1], [[0, 1], [0, 0]])):
        array[:] = values
    trained = engine(config)
    trained.load(state)
    trained.train(np.array([[128]], np.uint8), np.array([0]))
    counts = trained.energy()
    assert (counts["backward_reads"], counts["backward_ticks"]) == (6, 3)
    assert counts["forward_ticks"] == 2 * 3
    assert counts["forward_reads"] == 2 * 1 + 1 * (2 + 2) + 3 * 6


@pytest.mark.parametrize("engine", ENGINES)
def test_pairs_of_a_row_are_programmed_at_once(engine):
    """One input of 3 ticks, two outputs: the pairs 1 / 2 and 2 / 2, and 0 / 0 on the bias line.

    z = 3 * -1 and 0, y = floor(-3 / 4) + 2 = 1 and 2; the label is 1, so that the deltas are -1
    and 1. G- of column 0 and G+ of column 1 are full then, at 3: both pairs are refreshed. The
    differences 1 - 3 and 3 - 2 take 2 pulses and 1 pulse: 3 pulses, but 2 slots, after one slot of
    erasing.
    """
    config = config_from_mapping({
        **three_by_two("unidirectional").model_dump(exclude_none=True),
        "network": {"inputs": 1, "outputs": 2}})
    state = initial_state(config)
    state.plus[0][:], state.minus[0][:] = [[1, 2], [0, 0]], [[2, 2], [0, 0]]
    trained = engine(config)
    trained.load(state)
    trained.train(np.array([[192]], np.uint8), np.array([1]))
    counts = trained.device_pulses() | trained.energy()
    assert [counts[name] for name in ("erase_pulses", "reprogram_pulses", "erase_slots",
                                      "reprogram_slots", "ltp_slots")] == [4, 3, 1, 2, 1]
    assert counts["erase_conductance"] == (1 + 3) + (3 + 2)
    assert counts["reprogram_conductance"] == (1 + 3) + 1


def test_devices_that_conduct_in_state_0():
    """States of 10, 12, 14 and 17: a pair 2 / 2 goes up, to 3 / 2, and is refreshed.

    The pulse takes G+ from 14 to 17, erasing takes both from 17 and 14 to 10. The difference, 3,
    is nearest to that of state 1, 12 - 10: one pulse, from 10 to 12.
    """
    tables = DeviceTables(read=np.array([[10, 12, 14, 17]]), potentiate=np.array([[1, 2, 3, 3]]),
                          depress=np.array([[0, 0, 1, 2]]),
                          nearest=np.array([[0] * 12 + [1] * 2 + [2] * 2 + [3] * 2]))
    devices = Devices(tables=tables, device_class=0, stuck=0)
    pair = Synapses(plus=np.array([[2]]), minus=np.array([[2]]), polarity=None, first=devices,
                    second=devices)
    found = spent(three_by_two("unidirectional"), pair, np.array([1]), Steps())
    assert {name: count for name, count in found.counts.items() if count} == {
        "ltp_conductance": 14 + 17, "erase_conductance": 17 + 14 + 10 + 10,
        "reprogram_conductance": 10 + 12, "ltp_slots": 1, "erase_slots": 1, "reprogram_slots": 1}
    assert (found.first.tolist(), found.second.tolist()) == ([[3]], [[1]])


# The section of the configuration ---------------------------------------------------------------


def test_without_gmax_the_message_says_which_key_to_give():
    with pytest.raises(ConfigError, match=r"device\.g_max_siemens: must be given if there is a sec"
                                          r"tion \[device\.energy\]"):
        small_config(device={"energy": ENERGY})


@pytest.mark.parametrize(("changes", "message"), [
    ({"read_volts": None}, r"device\.energy\.read_volts: must be a number in -1000\.0\.\.1000\.0"),
    ({"tick_seconds": 0}, r"device\.energy\.tick_seconds: must be a number in 1e-15"),
    ({"potentiation": {"seconds": 1e-6}}, "a pulse with exactly one of volts and joules"),
    ({"erase": {"seconds": 1e-6, "volts": 1, "joules": 1}}, "exactly one of volts and joules"),
    ({"depression": {"volts": 1}}, r"device\.energy\.depression\.seconds: is missing"),
    ({"voltage": 1}, r"device\.energy\.voltage: unknown key \(value 1\); allowed here: read_vo")])
def test_an_impossible_section_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        small_config(device={"g_max_siemens": 1e-6, "energy": ENERGY | changes})


def test_an_erasing_pulse_is_by_default_a_full_depression():
    config = small_config(device={"levels": 16, "g_max_siemens": 15e-6, "energy": ENERGY | {
        "depression": {"volts": -3.0, "seconds": 1e-6}}})
    erasing = prices(config)["erasing"]
    assert erasing.seconds == pytest.approx(15e-6)
    assert erasing.joules == pytest.approx(9 * 15e-6 * 1e-6 / 2)
    joules = small_config(device={"levels": 16, "g_max_siemens": 15e-6, "energy": ENERGY | {
        "depression": {"joules": 2e-12, "seconds": 1e-6}}})
    assert prices(joules)["erasing"].joules == pytest.approx(30e-12)
    assert prices(joules)["erasing"].energy == "erase_pulses"
    assert prices(small_config()) is None


def test_measured_points_give_the_scale():
    config = small_config(device={"kind": "measured", "levels": None, "ltp": [1e-6, 2e-6, 5.1e-6],
                                  "energy": ENERGY})
    assert config.design.siemens == pytest.approx(5.1e-6 / 255)
    assert prices(config)["forward"].joules == pytest.approx(0.25 * 5e-9 * 5.1e-6 / 255)


def test_keys_of_a_section_override_those_of_a_preset():
    energy = load_config("digits", settings=[
        "device.preset=ag-a-si", "device.energy.tick_seconds=1e-8",
        "device.energy.potentiation.joules=1e-9"]).device.energy
    assert (energy.tick_seconds, energy.read_volts, energy.depression.volts) == (1e-8, 0.5, -2.8)
    assert energy.potentiation.model_dump() == {"seconds": 3e-4, "volts": None, "joules": 1e-9}


def test_presets_without_published_pulses_have_no_energy():
    without = {name for name, preset in presets().items() if "energy" not in preset.device}
    assert without == {"gst-pcm", "gsd", "linear", "exponential"}
    page = (Path(__file__).parent.parent / "docs/explanation/energy.md").read_text()
    table = page.partition("## Published values")[2].partition("##")[0]
    for name, preset in presets().items():
        if "energy" in preset.device:
            volts = [pulse.get("volts") for pulse in (preset.device["energy"]["potentiation"],
                                                      preset.device["energy"]["depression"])]
            row, = [line for line in table.splitlines() if line.startswith(f"| `{name}` |")]
            assert quantity(preset.device["g_max_siemens"], "S") in row
            for volt in filter(None, volts):
                assert f"{volt:g} V".replace("-", MINUS) in row


@pytest.mark.parametrize(("value", "text"), [
    (0, "0 J"), (1.2345e-12, "1.23 pJ"), (9.999e-10, "1 nJ"), (2e-21, "0.002 aJ"),
    (15.6e-3, "15.6 mJ"), (3.5e4, "35 kJ")])
def test_quantities_have_three_digits_and_a_prefix(value, text):
    assert quantity(value, "J") == text


# Counting ---------------------------------------------------------------------------------------


def test_what_is_not_asked_for_is_not_counted():
    config = small_config()
    twin, data = CompiledEngine(config), small_data(config)
    twin.train(data.x_train, data.y_train)
    assert twin.energy() is twin.read().energy is twin.read().wear is None
    assert run_training(twin, data, epochs=1).epochs[0].costs(prices(config)) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_state_without_counts_stays_without(engine):
    config = with_energy(small_config())
    trained, data = engine(config), small_data(config)
    state = trained.read()
    state.energy = None
    trained.load(state)
    result = run_training(trained, data, epochs=1).epochs[0]
    assert trained.energy() is result.energy is result.costs(prices(config)) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_counts_of_a_configuration_without_energy_are_dropped(engine):
    state = initial_state(with_energy(small_config()))
    trained = engine(small_config())
    trained.load(state)
    assert trained.energy() is trained.read().energy is None


def test_a_run_continues_in_the_other_engine_with_the_same_counts():
    config = with_energy(small_config(**EVERYTHING))
    data = small_data(config, train=60)
    start = initial_state(config)
    start.wear = no_wear(config)
    whole, first, second = GoldenEngine(config), CompiledEngine(config), GoldenEngine(config)
    for engine in (whole, first):
        engine.load(start)
    run_training(whole, data, epochs=2)
    part = run_training(first, data, epochs=2, samples=70)
    second.load(first.read())
    run_training(second, data, epochs=2, epoch=part.epoch, position=part.position)
    expected, got = whole.read(), second.read()
    assert expected.energy == got.energy
    assert all(map(np.array_equal, expected.wear, got.wear))
    assert {name for name, count in got.energy.items() if not count} == {
        "ltd_conductance", "ltd_slots"}


# Checkpoints and histories ----------------------------------------------------------------------


def test_a_checkpoint_keeps_the_counts(tmp_path):
    config = with_energy(small_config())
    state = initial_state(config)
    state.energy["forward_reads"] = 10**30
    state.wear = no_wear(config)
    state.wear[1][1, 2, 0] = 300
    write_checkpoint(tmp_path / "a.npz", Checkpoint(state=state, epoch=0, position=0,
                                                    config=config))
    read = read_checkpoint(tmp_path / "a.npz").state
    assert read.energy == state.energy
    assert all(map(np.array_equal, read.wear, state.wear))
    assert read.wear[0].dtype == np.int64
    with np.load(tmp_path / "a.npz") as arrays:
        kept = {name: arrays[name] for name in arrays if name not in state.energy
                and not name.startswith("wear")}
        np.savez(tmp_path / "old.npz", **kept)
        np.savez(tmp_path / "short.npz", **kept, wear_1=arrays["wear_2"], wear_2=arrays["wear_2"])
        np.savez(tmp_path / "text.npz", **kept, forward_reads=np.array("-1"))
    old = read_checkpoint(tmp_path / "old.npz").state
    assert old.energy is old.wear is None
    with pytest.raises(CheckpointError, match=r"wear_1 must hold unsigned integers of shape \(2, "):
        read_checkpoint(tmp_path / "short.npz")
    with pytest.raises(CheckpointError, match="forward_reads must be an integer of at most 60 dig"):
        read_checkpoint(tmp_path / "text.npz")


def test_a_history_has_joules_and_seconds(tmp_path):
    config = with_energy(small_config())
    history = pulsetrain.train(config, small_data(config), epochs=2, wear=True)
    history.save(tmp_path)
    read = read_history(tmp_path / "history.json")
    assert read == history.record
    written = json.loads((tmp_path / "history.json").read_text())["epochs"]
    assert [sum(row["joules"].values()) for row in written] == pytest.approx(history.joules)
    assert [sum(row["seconds"].values()) for row in written] == pytest.approx(history.seconds)
    assert history.joules_per_sample == pytest.approx(history.joules.sum() / 80)
    assert history.seconds_per_sample == pytest.approx(history.seconds.sum() / 80)
    assert history.wear.pulses == history.device_pulses.sum()
    assert history.wear == wear_of(config, history.state.wear)
    longer = pulsetrain.train(config, small_data(config), epochs=3, resume=tmp_path)
    whole = pulsetrain.train(config, small_data(config), epochs=3, wear=True)
    assert longer.record == whole.record
    assert all(map(np.array_equal, longer.state.wear, whole.state.wear))
    plain = pulsetrain.train(small_config(), small_data(config), epochs=1)
    assert np.isnan(plain.joules).all()
    assert plain.wear is None
    plain.save(tmp_path / "plain")
    with pytest.raises(CheckpointError, match="was trained without counting the pulses on every"):
        pulsetrain.train(small_config(), small_data(config), epochs=2, resume=plain, wear=True)


def test_other_voltages_change_the_joules_of_a_resumed_run(tmp_path):
    config = with_energy(small_config())
    first = pulsetrain.train(config, small_data(config), epochs=1)
    write_history(tmp_path / "h.json", first.record)
    other = config.model_dump(exclude_none=True)
    other["device"]["energy"]["read_volts"] = 1.0
    again = RunHistory.continued(read_history(tmp_path / "h.json"), Checkpoint(
        state=first.state, epoch=1, position=0, config=config_from_mapping(other)))
    before, after = (record.epochs[0].costs(record.prices).joules["forward"]
                     for record in (first.record, again))
    assert after == pytest.approx(4 * before)


# Wear -------------------------------------------------------------------------------------------


def test_wear_names_the_most_worn_device_and_those_beyond_their_endurance():
    config = small_config(device={"endurance": 5})
    counts = no_wear(config)
    counts[0][0, 3, 4], counts[1][1, 5, 2], counts[1][0, 0, 0] = 6, 9, 5
    wear = wear_of(config, counts)
    assert (wear.layer, wear.device, wear.row, wear.column, wear.most) == (2, 1, 5, 2, 9)
    assert (wear.pulses, wear.devices) == (20, 2 * (7 * 5 + 6 * 3))
    assert wear.beyond == 2 / wear.devices
    assert wear_of(small_config(), counts).beyond is None
    assert wear_of(config, None) is None


def test_swapped_roles_wear_the_device_that_is_pulsed():
    """With polarity 1, the plus role is physical device 1."""
    config = small_config(update={"refresh_swaps": True})
    data = small_data(config)
    for engine in ENGINES:
        trained = engine(config)
        state = trained.read()
        state.wear = no_wear(config)
        for layer in state.polarity:
            layer[:] = True
        trained.load(state)
        trained.train(data.x_train[:1], data.y_train[:1])
        after = trained.read()
        moved = [(before < now).sum() for before, now in zip(state.plus, after.plus, strict=True)]
        assert [int(layer[1].sum()) for layer in after.wear] == moved
        assert sum(moved) > 0


# Pages ------------------------------------------------------------------------------------------


def test_the_page_of_a_run_shows_energy_time_and_wear(tmp_path):
    config = with_energy(small_config(device={"endurance": 20}))
    pulsetrain.train(config, small_data(config), epochs=2, wear=True).save(tmp_path)
    page = render(run_page(read_run(tmp_path), None))
    for text in ("Energy and time", "energy per sample", "time per sample", "energy of the array",
                 "most pulses on a device", "devices beyond their endurance",
                 "Histogram of the pulses on each device", "layer 2 as an image"):
        assert text in page
    plain = tmp_path / "plain"
    pulsetrain.train(small_config(), small_data(config), epochs=2).save(plain)
    page = render(run_page(read_run(plain), None))
    for text in ("Energy and time", "energy of the array", "Wear"):
        assert text not in page


# Commands ---------------------------------------------------------------------------------------

SETTINGS = [argument for key, value in (
    ("device.g_max_siemens", 1e-6), ("device.endurance", 20), ("device.energy.read_volts", 0.5),
    ("device.energy.tick_seconds", 5e-9), ("device.energy.potentiation.volts", 2.0),
    ("device.energy.potentiation.seconds", 1e-7))
    for argument in ("--set", f"{key}={value}")]


@pytest.fixture
def commands(run, tmp_path, monkeypatch):
    """`run` in a folder with a small configuration, in 80 columns."""
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return run


def test_train_shows_energy_time_and_wear_in_80_columns(commands):
    status, shown, _ = commands("train", "small.toml", "--data", "npz:small.npz", "--epochs", 2,
                                "--wear", "--run", "kept", "--json", "a.json", *SETTINGS)
    assert status == 0
    figures = json.loads(Path("a.json").read_text())
    history = pulsetrain.train(with_energy(small_config()), "npz:small.npz", epochs=2, wear=True)
    assert figures["joules"] == pytest.approx(history.joules)
    assert figures["array_seconds"] == pytest.approx(history.seconds)
    assert [sum(kinds.values()) for kinds in figures["joules_by_kind"]] == pytest.approx(
        figures["joules"])
    assert figures["joules_per_sample"] == pytest.approx(history.joules / 40)
    assert figures["wear"]["pulses"] == history.wear.pulses
    assert 0 < figures["wear"]["beyond"] < 1
    lines = shown.splitlines()
    row, = [line for line in lines if line.strip().startswith("1 ")]
    assert row.split()[-4:] == [*quantity(history.joules[0] / 40, "J").split(),
                                *quantity(history.seconds[0] / 40, "s").split()]
    assert max(len(line) for line in lines if line.startswith((" ", "epoch", "│", "┃"))) <= 80
    assert f"Wear: {history.wear.pulses:,} pulses on 106 devices" in shown
    assert "potentiating" in shown
    status, _, message = commands("train", "small.toml", "--data", "npz:small.npz", "--epochs", 1,
                                  "--checkpoint", "b.npz")
    assert status == 0
    status, _, message = commands("train", "small.toml", "--data", "npz:small.npz", "--epochs", 2,
                                  "--resume", "b.npz", "--wear")
    assert status == 2
    assert "b.npz: was trained without counting the pulses on every device" in message


def test_without_energy_the_figures_are_null(commands):
    commands("train", "small.toml", "--data", "npz:small.npz", "--epochs", 1, "--json", "a.json")
    figures = json.loads(Path("a.json").read_text())
    assert figures["energy"] == figures["joules"] == figures["array_seconds_by_kind"] == [None]
    assert figures["wear"] is None
