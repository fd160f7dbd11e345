"""The training loop: order, gate, evaluation, and where it stops."""

import numpy as np
import pytest
from small import small_config, small_data

from pulsetrain.data import DataError
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import SentSamples, accuracy, chunks, run_training, schedule
from pulsetrain.run.loop import FIRST_CHUNK, next_chunk


class Recorder(GoldenEngine):
    """Records every sample on which it trains, and the gate."""

    def __init__(self, config):
        super().__init__(config)
        self.seen, self.gates = [], []

    def train(self, x, labels):
        self.seen += x.tolist()
        self.gates += [self.gate] * len(x)
        return super().train(x, labels)


def test_epochs_visit_their_permutations_under_their_gates():
    config = small_config(seed=3, update={"pulse_decay": 0.5})
    data = small_data(config, train=70)
    engine = Recorder(config)
    summary = run_training(engine, data, epochs=2)
    orders = [np.random.default_rng([3, epoch]).permutation(70) for epoch in (0, 1)]
    assert engine.seen == data.x_train[np.concatenate(orders)].tolist()
    assert engine.gates == [256] * 70 + [128] * 70
    assert (summary.epoch, summary.position, summary.samples) == (2, 0, 140)
    indices, gates = schedule(config, 70, 140)
    assert indices.tolist() == np.concatenate(orders).tolist()
    assert gates.tolist() == engine.gates


def test_the_schedule_continues_from_its_position():
    config = small_config(update={"pulse_decay": 0.5})
    whole, gates = schedule(config, 10, 45)
    part, part_gates = schedule(config, 10, 21, epoch=2, position=4)
    assert part.tolist() == whole[24:].tolist()
    assert part_gates.tolist() == gates[24:].tolist()


@pytest.mark.parametrize(("every", "expected"), [
    (3, [(0, 3), (3, 5), (5, 6), (6, 8)]), (100, [(0, 5), (5, 8)]), (1, [(n, n + 1)
                                                                       for n in range(8)])])
def test_chunks_end_at_multiples_and_when_the_gate_changes(every, expected):
    assert list(chunks(np.array([9, 9, 9, 9, 9, 7, 7, 7]), every)) == expected


def test_an_epoch_reports_what_it_did():
    config = small_config()
    data = small_data(config)
    engine = GoldenEngine(config)
    chunk_places = []
    summary = run_training(engine, data, epochs=2, validation=10,
                           on_chunk=lambda *place: chunk_places.append(place))
    counters = engine.read().counters
    for name in ("errors", "pulses", "refreshes"):
        assert sum(getattr(result, name) for result in summary.epochs) == counters[name]
    assert [result.samples for result in summary.epochs] == [30, 30]
    last = summary.epochs[-1]
    assert last.accuracy == accuracy(engine, data.x_test, data.y_test)
    assert last.validation_accuracy == accuracy(engine, data.x_train[30:], data.y_train[30:])
    assert 0 < last.accuracy <= 1
    assert chunk_places == [(0, 30), (1, 30)]
    assert summary.samples_per_second > 0


def test_samples_stop_within_an_epoch_which_is_evaluated():
    config = small_config()
    summary = run_training(GoldenEngine(config), small_data(config), epochs=9, samples=53)
    assert [result.samples for result in summary.epochs] == [40, 13]
    assert (summary.epoch, summary.position) == (1, 13)
    assert summary.epochs[-1].accuracy is not None
    assert summary.epochs[-1].validation_accuracy is None
    assert not summary.interrupted


def test_stop_ends_at_a_chunk_without_evaluation():
    config = small_config()
    data = small_data(config, train=200)
    asked = []

    def stop():
        asked.append(True)
        return len(asked) > 2

    engine = GoldenEngine(config)
    places = []
    summary = run_training(engine, data, epochs=9, stop=stop,
                           on_chunk=lambda epoch, position: places.append(position))
    assert summary.interrupted
    assert len(places) == 2
    assert places[0] == FIRST_CHUNK
    assert summary.position == summary.samples == engine.read().counters["samples"] == places[1]
    assert summary.epochs[-1].accuracy is None


def test_stop_during_an_evaluation_gives_no_accuracy():
    config = small_config()
    data = small_data(config, train=10, test=3 * FIRST_CHUNK)
    tested = []

    class Tester(GoldenEngine):
        def infer(self, x, labels):
            tested.append(len(x))
            return super().infer(x, labels)

    summary = run_training(Tester(config), data, epochs=1, stop=lambda: bool(tested))
    assert tested == [FIRST_CHUNK]
    assert summary.interrupted
    assert (summary.epoch, summary.position) == (1, 0)
    assert summary.epochs[0].accuracy is None


@pytest.mark.parametrize(("samples", "seconds", "expected"), [
    (64, 0.0, 128), (64, 0.01, 128), (64, 0.08, 80), (64, 0.1, 64), (64, 0.64, 10), (1, 3.0, 1)])
def test_chunks_take_about_their_time(samples, seconds, expected):
    assert SentSamples.chunk_seconds == 0.1
    assert next_chunk(samples, seconds, 0.1) == expected


def test_stop_before_the_first_sample_reports_no_epoch():
    config = small_config()
    summary = run_training(GoldenEngine(config), small_data(config), epochs=1, stop=lambda: True)
    assert summary.interrupted
    assert summary.epochs == ()
    assert (summary.epoch, summary.position, summary.samples) == (0, 0, 0)


def test_finished_epochs_are_not_repeated():
    config = small_config()
    summary = run_training(GoldenEngine(config), small_data(config), epochs=2, epoch=2)
    assert summary.epochs == ()
    assert (summary.epoch, summary.samples, summary.samples_per_second) == (2, 0, 0.0)


@pytest.mark.parametrize("position", [40, 41])
def test_a_position_beyond_the_samples_is_refused(position):
    """The 40th ends the epoch: an epoch without samples does not exist."""
    config = small_config()
    with pytest.raises(DataError, match=rf"has 40 samples to train on, but the run has visited "
                       rf"{position} of its epoch already"):
        run_training(GoldenEngine(config), small_data(config), epochs=2, position=position)


def test_accuracy_of_nothing_is_none():
    config = small_config()
    data = small_data(config)
    assert accuracy(GoldenEngine(config), data.x_test[:0], data.y_test[:0]) is None
