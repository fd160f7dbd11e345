"""The search for better settings: its space, its trials, its study, and what it writes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from pages import Page
from small import configurations, save_small, small_config, small_data, with_energy

import pulsetrain
from pulsetrain.device import learning_digest
from pulsetrain.face.inputs import ArgumentError
from pulsetrain.report import render, tune_page
from pulsetrain.spec import load_config
from pulsetrain.spec.load import config_from_mapping, read_toml
from pulsetrain.spec.toml import toml_text
from pulsetrain.sweep.task import samples
from pulsetrain.tuning import SEARCHED, Search, Space, Trial, TuneError, Workers
from pulsetrain.tuning.result import Tried, front
from pulsetrain.tuning.run import _chosen
from pulsetrain.tuning.trial import Measured, judged_on, seeds_from

EXAMPLE = Path(__file__).parent.parent / "docs" / "example" / "device.csv"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a small configuration and its data."""
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    samples.cache_clear()


def curved(**sections):
    return small_config(numbers={"forward_shift": "auto"}, update={"pulse_probability": "auto"},
                        device={"kind": "exponential", "potentiation": {"u": 2.0}}, **sections)


def base(**changes):
    trial = Trial(**{"name": "given", "config": curved(), "seeds": (1, 2), "epochs": 3,
                     "held_out": 12, "source": "npz:small.npz", **changes})
    return replace(trial, config=trial.config.for_epochs(trial.epochs))


def search(folder="found", trials=8, keep=(), objective="accuracy", **changes):
    trial = base(**changes)
    return Search(Path(folder), Space(config=trial.config, keep=frozenset(keep)), trial,
                  data="npz:small.npz", trials=trials, objective=objective)


def finish(found):
    """Train what is left, here."""
    for task in found.tasks():
        found.tell(task, task.run())
    return found


# The space --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["unidirectional", "bidirectional", "single"])
def test_the_first_trial_is_the_automatic_configuration(method):
    config = load_config("digits", settings=[f"device.file={EXAMPLE}", f"update.method={method}"])
    space = Space(config=config)
    assert learning_digest(space.config_of(space.starts[0])) == learning_digest(config)
    names = {"gate p", "gate r", "range 1", "range 2", "row threshold", "delta threshold",
             "conductance bits"}
    assert set(space.ranges) == (names if method == "single" else names | {"method"})


def test_a_search_begins_with_what_is_known_to_be_good():
    """Both methods' automatic settings come first, then what one would try by hand."""
    config = load_config("digits", settings=["device.preset=alox-hfo2"])
    space = Space(config=config)
    assert len(space.starts) == 14
    other = pulsetrain.load_config(config, settings=["update.method=bidirectional"])
    assert learning_digest(space.config_of(space.starts[1])) == learning_digest(other)
    hand = pulsetrain.load_config(config, settings=[
        "numbers.forward_shift=[10,8]", "update.pulse_probability=0.25", "update.pulse_decay=0.7",
        "update.delta_threshold=24"])
    assert learning_digest(space.config_of(space.starts[2])) == learning_digest(hand)
    kept = Space(config=config, keep=frozenset(SEARCHED) - {"update.delta_threshold"})
    assert kept.starts == [{"delta threshold": value} for value in (21, 24, 2)]
    found = search(trials=5)
    tried = [task.config for task in found.tasks()]
    space = Space(config=base().config)
    assert tried == [space.config_of(start) for start in space.starts[:5]]


@pytest.mark.parametrize("key", ["update.refresh_swaps=true", "update.refresh_sigma=0.02"])
def test_a_method_that_refreshes_is_kept(key):
    space = Space(config=load_config("digits", settings=["device.preset=pcmo", key]))
    assert "method" not in space.ranges
    assert len(space.starts) == 7


def test_a_range_is_a_factor_of_the_automatic_one():
    config = load_config("digits", settings=["device.preset=pcmo"])
    space = Space(config=config)
    for method, bits in (("unidirectional", 8), ("bidirectional", 11)):
        chosen = {**space.starts[0], "method": method, "conductance bits": bits}
        automatic = space.config_of(chosen).design.layers
        wider = space.config_of({**chosen, "range 1": 2, "range 2": -1}).design.layers
        assert [one.weight_range / other.weight_range
                for one, other in zip(wider, automatic, strict=True)] == [4, 0.5]


def test_keys_that_are_kept_stay_as_they_are():
    config = load_config("digits", settings=["device.preset=pcmo", "update.delta_threshold=[3,5]"])
    assert not Space(config=config, keep=frozenset(SEARCHED)).ranges
    space = Space(config=config, keep=frozenset({"update.delta_threshold", "update.method"}))
    assert not {"method", "delta threshold"} & set(space.ranges)
    assert space.config_of(space.starts[0]).update.delta_threshold == (3, 5)


# Energy ------------------------------------------------------------------------------------------


def tried(number, value, joules):
    return Tried(number=number, parameters={}, by_epoch=(value or 0.0,), accuracies=(value or 0.0,),
                 device_pulses=1, value=value, joules=joules)


def test_the_front_has_the_trials_that_no_other_beats_in_both():
    trials = [tried(0, 0.9, 5.0), tried(1, 0.8, 1.0), tried(2, 0.85, 2.0), tried(3, 0.8, 2.0),
              tried(4, 0.85, 2.0), tried(5, None, 0.1), tried(6, 0.7, None), tried(7, 0.9, 6.0)]
    assert [one.number for one in front(trials)] == [1, 2, 0]


def test_a_search_for_little_energy_takes_the_least_within_a_point_of_the_best():
    def measured(accuracy, joules):
        return Measured(by_epoch=((accuracy,),), device_pulses=1, joules=joules)

    judged = [measured(0.95, 9.0), measured(0.955, 3.0), measured(0.946, 2.0), measured(0.94, 1.0)]
    assert _chosen(judged, "energy") == 2
    assert _chosen(judged, "accuracy") == 1


def test_energy_is_searched_beside_accuracy_and_shown():
    config = with_energy(curved())
    tuned = pulsetrain.tune(config, "npz:small.npz", folder="little", trials=6, epochs=2, seeds=1,
                            objective="energy", workers=Workers(jobs=1))
    assert all(one.complete and one.joules > 0 for one in tuned.tried)
    assert tuned.front == front(tuned.tried)
    assert tuned.front
    again = search("little", 6, objective="energy", config=config, epochs=2, seeds=(1,),
                   held_out=8).tried
    assert again == tuned.tried
    text = Path("little/tune.html").read_text()
    for part in ("Accuracy against energy", "energy per sample", "energy per training sample"):
        assert part in text
    with pytest.raises(TuneError, match=r"other objective, 'energy', not 'accuracy'"):
        search("little", 6, config=config, epochs=2, seeds=(1,), held_out=8)


def test_a_trial_counts_joules_per_sample():
    config = with_energy(curved())
    history = pulsetrain.train(config, "npz:small.npz", epochs=3)
    measured = replace(base(config=config, seeds=(config.seed,), held_out=0)).run()
    assert measured.joules == pytest.approx(history.joules_per_sample)
    assert base().run().joules is None


def test_without_energy_the_message_names_the_section():
    with pytest.raises(TuneError, match=r"needs a section \[device\.energy\]"):
        search("none", objective="energy")
    with pytest.raises(ArgumentError, match="must be one of accuracy, energy, not 'time'"):
        pulsetrain.tune(curved(), "npz:small.npz", folder="none", objective="time")


# The trials -------------------------------------------------------------------------------------


def test_the_held_out_samples_are_a_part_of_the_training_samples():
    data = small_data(curved())
    judged = judged_on(data, 12)
    assert (len(judged.x_train), len(judged.x_test)) == (28, 12)
    together = np.concatenate([judged.x_train, judged.x_test])
    assert sorted(map(bytes, together)) == sorted(map(bytes, data.x_train))
    assert judged_on(data, 0) is data


def test_a_trial_that_falls_behind_is_given_up():
    whole = base().run()
    assert (len(whole.by_epoch), whole.pruned) == (3, False)
    behind = replace(base(), floors=(0.0, 1.1, 1.1)).run()
    assert (behind.by_epoch, behind.pruned) == (whole.by_epoch[:2], True)
    last = replace(base(), floors=(0.0, 0.0, 1.1)).run()
    assert not last.pruned  # it is complete anyway


def test_the_value_is_the_mean_of_the_last_tenth_of_the_epochs():
    rows = tuple((index / 40, index / 20) for index in range(20))
    assert Measured(by_epoch=rows, device_pulses=0).value == pytest.approx(18.5 * 3 / 80)
    assert Measured(by_epoch=rows[:5], device_pulses=0).value == pytest.approx(4 * 3 / 80)
    assert seeds_from(2**32 - 2, 3) == (2**32 - 2, 2**32 - 1, 1)


# The study --------------------------------------------------------------------------------------


def test_an_interrupted_search_ends_as_one_that_was_not(tmp_path):
    whole = finish(search("whole", trials=16))
    assert [tried.number for tried in whole.tried] == list(range(16))
    first = search("parts", trials=3)
    finish(first)
    second = search("parts", trials=16)
    tasks = second.tasks()
    lost = next(tasks)  # taken, and lost with its process
    tasks.close()
    third = search("parts", trials=16)
    assert next(third.tasks()).config == lost.config
    assert finish(third).tried == whole.tried
    assert [tried.parameters for tried in third.finalists] == [
        tried.parameters for tried in whole.finalists]
    assert search("parts", trials=3).finished == 16


def test_a_folder_holds_one_search():
    finish(search(trials=2))
    for changes, what in (({"epochs": 4}, "epochs, 3, not 4"), ({"seeds": (1,)}, "seeds, 2, not 1"),
                          ({"held_out": 9}, "samples held out, 12, not 9"),
                          ({"config": curved(seed=7)}, "configuration"),
                          ({"keep": ("update.method",)}, "keys kept")):
        with pytest.raises(TuneError, match=f"found/search.log: holds a search with other {what}"):
            search(trials=2, **changes)
    Path("found/search.log").write_text("nonsense\n")
    with pytest.raises(TuneError, match=r"search\.log: is not the file of a search"):
        search(trials=2)


def test_a_failed_trial_does_not_end_the_search():
    found = search(trials=2)
    for task in found.tasks():
        found.tell(task, None if str(task) == "trial 0" else task.run())
    assert [tried.number for tried in found.tried] == [1]
    assert found.finished == 2


# The whole --------------------------------------------------------------------------------------


def test_tuning_reads_no_test_sample_before_its_end():
    """With all test labels wrong, the same settings are found; only the last comparison differs."""
    data = small_data(curved())
    wrong = replace(data, y_test=(data.y_test + 1) % 3)
    reports = []
    tuned = pulsetrain.tune(
        curved(), wrong, folder="wrong", trials=6, epochs=3, seeds=2, held_out=12,
        workers=Workers(jobs=1), progress=lambda *state: reports.append(state))
    right = finish(search(trials=6))
    assert tuned.tried == right.tried
    assert tuned.config in [base().config, *map(right.config_of, right.finalists)]
    assert len(tuned.best.test) == len(tuned.best.held_out) == 6
    again = replace(base(), config=tuned.config, seeds=seeds_from(1, 6), held_out=0).run().last
    # A network that answers the right label is wrong by the wrong labels.
    assert all(one + other <= 1 for one, other in zip(again, tuned.best.test, strict=True))
    assert [done for done, *_ in reports] == sorted(done for done, *_ in reports)
    assert reports[-1][0] == reports[-1][1] == 6 + 4 + 2
    text = Path("wrong/tuned.toml").read_text()
    assert load_config("wrong/tuned.toml") == tuned.config
    assert text.startswith("# Found by `pulsetrain tune` in 6 trials of 3 epochs")
    page = Page(Path("wrong/tune.html").read_text())
    assert "What was tried" in page.text
    assert len(page.labels) >= 9
    assert render(tune_page(tuned)) == Path("wrong/tune.html").read_text()


@pytest.mark.parametrize(("arguments", "message"), [
    ({"trials": 0}, r"trials must be an integer in 1\.\.10000, not 0"),
    ({"epochs": 0}, r"epochs must be "), ({"seeds": 101}, r"seeds must be .*100, not 101"),
    ({"held_out": 40}, r"held_out must be an integer in 1\.\.39, not 40"),
    ({"keep": ["engine.lanes"]}, r"keep must hold keys that are searched \(update\.method, "),
])
def test_an_argument_that_is_not_allowed_is_named(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        pulsetrain.tune("small.toml", "npz:small.npz", folder="found", **arguments)
    assert not Path("found").exists()


@given(config=configurations())
@settings(max_examples=50, derandomize=True, deadline=None)
def test_a_configuration_survives_as_toml(config):
    text = toml_text(config, "two\nlines")
    assert text.startswith("# two\n# lines\n")
    assert config_from_mapping(read_toml(text, "text")) == config
