"""Data on the board: uploaded over the link, trained from the memory, and nothing else learned."""

from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pytest
from lines import CutLine, FaultyLine
from small import small_config, small_data
from states import states
from undefined import ForgingLine

from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.golden.order import keyed_order, order_key
from pulsetrain.host import (
    BoardEngine,
    BoardLostError,
    BoardStore,
    CommandRefusedError,
    DataDamagedError,
    Job,
    Link,
    MemoryTooSmallError,
    RecordFaultError,
    StoredSamples,
    pays,
)
from pulsetrain.host.commands import command_bytes
from pulsetrain.protocol import STATUS_MEMORY, STATUS_REFUSED
from pulsetrain.registers import register
from pulsetrain.run import BackendStalledError, CheckedBackend, run_training
from pulsetrain.sim.native_board import NativeBoard
from pulsetrain.store.job import KEEP, LIST, REGISTERS, RUN, SEQUENCE, STAY, job_register
from pulsetrain.store.records import ENTRY_WORDS, Stored, stored

TRAIN, TEST = 50, 14
CONFIG = small_config(network={"inputs": 64, "hidden": [12], "outputs": 3},
                      numbers={"forward_shift": 6}, update={"pulse_decay": 0.6},
                      engine={"lanes": 1})
DATA = small_data(CONFIG, train=TRAIN, test=TEST)
CONTENT = stored(CONFIG, np.concatenate([DATA.x_train, DATA.x_test]),
                 np.concatenate([DATA.y_train, DATA.y_test]))
"""All samples; those for testing come last."""

LIST_WORD, DARK_WORD = 1 << 20, 1 << 21
CONTROL = job_register("control").address


@pytest.fixture(scope="module")
def board():
    made = NativeBoard(CONFIG)
    store = BoardStore(BoardEngine(CONFIG, Link(made)))
    told = []
    store.upload(CONTENT, told=lambda *progress: told.append(progress))
    assert told[-1] == (len(CONTENT.words), len(CONTENT.words))
    yield made
    made.close()


@pytest.fixture
def engine(board):
    """An engine in its initial state."""
    engine = BoardEngine(CONFIG, Link(board))
    engine.load(initial_state(CONFIG))
    return engine


def learn(model, epoch, begin=0, end=TRAIN):
    """The golden model learns a part of an epoch in the keyed order; its results."""
    order = keyed_order(order_key(CONFIG.seed, epoch), TRAIN)[begin:end]
    return model.train(DATA.x_train[order], DATA.y_train[order])


def test_epochs_from_the_memory_equal_the_model(engine):
    store, model = BoardStore(engine), GoldenEngine(CONFIG, count_cycles=True)
    for epoch in range(2):
        engine.gate = model.gate = CONFIG.design.gate(epoch)
        cycles, starved = engine.read_register("cycles"), engine.read_register("starved")
        progress = store.carry_out(store.keyed(TRAIN, epoch))
        expected = learn(model, epoch)
        waited = engine.read_register("starved") - starved  # not after the end of the job
        assert 0 < waited < 0.02 * expected.cycles.sum()
        assert progress.done == TRAIN
        assert progress.errors == expected.errors.sum()
        assert engine.read_register("cycles") - cycles == expected.cycles.sum()
        assert states(engine) == states(model)
        tested = model.infer(DATA.x_test, DATA.y_test)
        assert store.classify(TRAIN, TRAIN + TEST).errors == tested.errors.sum()
        found = store.results(TRAIN, TRAIN + TEST)
        assert found.classes.tolist() == tested.classes.tolist()
        assert found.cycles.tolist() == tested.cycles.tolist()
        assert states(engine) == states(model)


def test_counts_are_those_of_the_whole_job(engine):
    """Although the board goes on while they are read: dark samples are faster than the line."""
    store, dark = BoardStore(engine), np.zeros((2, CONFIG.network.inputs), np.uint8)
    right = GoldenEngine(CONFIG).infer(dark, np.zeros(2, int)).classes[0]
    store.upload(stored(CONFIG, dark, np.array([right, 1 - right]), address=DARK_WORD), DARK_WORD)
    store.upload_list(np.resize([0, 1], 400), LIST_WORD)
    for end in range(200, 400, 4):
        found = store.carry_out(Job(order=LIST, begin=0, end=end, directory=DARK_WORD,
                                    list=LIST_WORD))
        assert (found.done, found.errors) == (end, end // 2)


def test_samples_in_any_order_and_from_the_line(engine):
    """A list in the memory, a part of an epoch, and samples that the host sends in between."""
    store, model = BoardStore(engine), GoldenEngine(CONFIG)
    order = np.random.default_rng(3).integers(TRAIN, size=30)
    store.upload_list(order, LIST_WORD)
    assert store.carry_out(store.listed(LIST_WORD, 0, 30)).done == 30
    model.train(DATA.x_train[order], DATA.y_train[order])
    engine.train(DATA.x_train[:5], DATA.y_train[:5])
    model.train(DATA.x_train[:5], DATA.y_train[:5])
    store.carry_out(store.keyed(TRAIN, 1, begin=20, end=33))
    learn(model, 1, 20, 33)
    assert states(engine) == states(model)
    assert store.job() == store.keyed(TRAIN, 1, begin=20, end=33) == Job(**vars(store.job()))


def test_results_of_training_are_given_if_they_are_asked_for(engine):
    store, model = BoardStore(engine), GoldenEngine(CONFIG, count_cycles=True)
    found, expected = store.take(store.keyed(TRAIN, 0, keep=True)), learn(model, 0)
    assert found.classes.tolist() == expected.classes.tolist()
    assert found.errors.tolist() == expected.errors.tolist()
    assert found.cycles.tolist() == expected.cycles.tolist()
    assert states(engine) == states(model)
    assert not len(store.results(3, 3).classes)


# Sessions ---------------------------------------------------------------------------------------


LONG = np.random.default_rng(6).integers(TRAIN, size=500)
"""Samples that take longer than what a test does meanwhile."""


def begun(board, limit, **settings):
    """A job that learns from `LONG`, on a line that breaks `limit` bytes later; and its store."""
    line = CutLine(board, 1 << 30)
    engine = BoardEngine(CONFIG, Link(line))
    engine.load(initial_state(CONFIG))
    store = BoardStore(engine)
    store.upload_list(LONG, LIST_WORD)
    job = store.listed(LIST_WORD, 0, len(LONG), **settings)
    store.start(job)
    line.left = limit
    return job, store


def learned(samples):
    """The golden model after it has learned these samples."""
    model = GoldenEngine(CONFIG)
    model.train(DATA.x_train[samples], DATA.y_train[samples])
    return model


@pytest.mark.parametrize("limit", [9, 200])
def test_the_board_goes_on_without_its_cable(board, limit):
    """Whoever attaches again finds out where it is, and nothing is lost."""
    job, store = begun(board, limit)
    with pytest.raises(BoardLostError, match="the cable was pulled"):
        store.wait(job)
    store = BoardStore(BoardEngine(CONFIG, Link(board)))
    assert store.job() == job
    found = store.progress()
    assert found.working
    assert 0 < found.done < len(LONG)
    assert store.wait(job).done == len(LONG)
    engine = BoardEngine(CONFIG, Link(board))  # the job has ended, and yet nothing is reset
    assert BoardStore(engine).progress().done == len(LONG)
    assert states(engine) == states(learned(LONG))


def test_a_job_that_is_stopped_can_be_continued(board):
    """What was learned precedes where it stopped, also after another session has begun."""
    job, store = begun(board, 60)
    with pytest.raises(BoardLostError):
        store.wait(job)
    engine = BoardEngine(CONFIG, Link(board))
    store = BoardStore(engine)
    done = store.stop(store.job()).done
    assert 0 < done < len(LONG)
    assert states(engine) == states(learned(LONG[:done]))
    engine = BoardEngine(CONFIG, Link(board))
    store = BoardStore(engine)
    store.start(replace(job, begin=done))
    assert store.wait(job).done == len(LONG) - done
    assert states(engine) == states(learned(LONG))


def test_a_job_ends_with_its_session_if_asked(board):
    job, store = begun(board, 9, stay=False)
    with pytest.raises(BoardLostError):
        store.wait(job)
    engine = BoardEngine(CONFIG, Link(board))
    assert not any(BoardStore(engine).registers()[name] for name in ("state", "done", "control"))
    assert not any(engine.counters().values())
    engine.load(initial_state(CONFIG))
    assert states(engine) == states(GoldenEngine(CONFIG))


def test_a_job_whose_results_nobody_takes_waits_and_can_be_stopped(engine, board, monkeypatch):
    monkeypatch.setattr("pulsetrain.host.store.PATIENCE", 20)
    store = BoardStore(engine)
    job = Job(order=SEQUENCE, begin=0, end=TRAIN, keep=True)
    store.start(job)
    with pytest.raises(BackendStalledError, match="no result for sample 0 of the job"):
        store.wait(job)
    store = BoardStore(BoardEngine(CONFIG, Link(board)))
    assert store.job() == job
    assert store.progress().working
    assert 0 < store.stop(job).done < TRAIN
    engine = BoardEngine(CONFIG, Link(board))
    assert states(engine) == states(GoldenEngine(CONFIG))
    assert BoardStore(engine).classify(0, 3).done == 3


def test_another_state_ends_a_job(board):
    """In the middle of a sample, of which nothing is left in the engine."""
    for cycles in range(1, 400, 100):
        begun(board, 0)
        board.run(cycles)
        engine, model = BoardEngine(CONFIG, Link(board)), GoldenEngine(CONFIG)
        engine.load(initial_state(CONFIG))
        assert states(engine) == states(model)
        engine.train(DATA.x_train[:9], DATA.y_train[:9])
        model.train(DATA.x_train[:9], DATA.y_train[:9])
        assert states(engine) == states(model)


# Runs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["keyed", "numpy"])
def test_a_run_from_the_memory_equals_the_model_s(board, order):
    """In parts of epochs, with samples held out; with and without a comparison of every result."""
    config = CONFIG.model_copy(update={"training": CONFIG.training.model_copy(
        update={"order": order})})
    engine, model = BoardEngine(config, Link(board)), GoldenEngine(config, count_cycles=True)
    expected = run_training(model, DATA, epochs=3, validation=8)
    for checked in (None, CheckedBackend(engine, GoldenEngine(config, count_cycles=True))):
        backend = checked or engine
        backend.load(initial_state(config))
        samples = StoredSamples(engine, DATA, 8, checked=checked)
        assert not samples.upload()
        engine.cycles = 0
        first = run_training(backend, DATA, epochs=3, validation=8, samples=70, source=samples)
        assert (first.epoch, first.position) == (1, 28)
        found = run_training(backend, DATA, epochs=3, validation=8, epoch=1, position=28,
                             source=StoredSamples(engine, DATA, 8, checked=checked))
        for name in ("errors", "pulses", "refreshes", "accuracy", "validation_accuracy"):
            assert getattr(found.epochs[-1], name) == getattr(expected.epochs[-1], name)
        assert found.epochs[0].accuracy == expected.epochs[1].accuracy
        assert states(backend) == states(model)
        assert checked is None or (checked.mismatches, checked.first_divergence) == (0, None)
        cycles = engine.cycles
    assert cycles == engine.cycles > 100 * (TRAIN - 8)


def test_a_result_that_differs_is_found(board):
    """If the reference has another gate."""
    engine, other = BoardEngine(CONFIG, Link(board)), GoldenEngine(CONFIG)
    checked = CheckedBackend(engine, other)
    checked.load(initial_state(CONFIG))
    checked.gate, other.gate = 256, 1
    samples = StoredSamples(engine, DATA, checked=checked)
    samples.train(0, 0, keyed_order(order_key(CONFIG.seed, 0), TRAIN))
    assert checked.mismatches


@pytest.mark.parametrize(("epochs", "samples", "expected"), [
    (1, None, False), (2, None, True), (2, 50, False), (9, 51, True), (0, None, False)])
def test_when_storing_pays(epochs, samples, expected):
    """If more samples are visited, with 14 tested after each epoch, than the 64 that are stored."""
    assert pays(DATA, 0, epochs, samples) == expected


# Damage -----------------------------------------------------------------------------------------


def test_damaged_words_are_told_and_never_learned(engine, board):
    """Any bit of the sample at one position, in its record or its entry of the directory."""
    random, entries = np.random.default_rng(4), CONTENT.words[:4 * (TRAIN + TEST)].reshape(-1, 4)
    order = keyed_order(order_key(CONFIG.seed, 0), TRAIN)
    for position in random.integers(0, 12, 4).tolist():
        number = int(order[position])
        low, high, count, _ = entries[number].tolist()
        places = [*range(low | high << 16, (low | high << 16) + count),
                  *range(ENTRY_WORDS * number, ENTRY_WORDS * number + 3)]
        place, bit = int(random.choice(places)), 1 << int(random.integers(16))
        right = int(CONTENT.words[place])
        engine.load(initial_state(CONFIG))
        write_words(engine, place, right ^ bit)
        store, model = BoardStore(engine), GoldenEngine(CONFIG)
        with pytest.raises(DataDamagedError, match=r"words 0 to [\d,]+ of the board's memory"):
            store.check(CONTENT)
        with pytest.raises(RecordFaultError, match=f"sample {number} in the board's memory is dam"):
            store.carry_out(store.keyed(TRAIN, 0))
        engine = BoardEngine(CONFIG, Link(board))  # the fault outlives the session
        learn(model, 0, 0, position)
        assert BoardStore(engine).progress().sample == number
        assert states(engine) == states(model)
        with pytest.raises(RecordFaultError, match=f"sample {number} "):
            BoardStore(engine).wait(BoardStore(engine).job())
        state = engine.read()
        engine.load(state)
        with pytest.raises(RecordFaultError, match=f"sample {number} "):
            BoardStore(engine).results(0, TRAIN)
        engine.load(state)
        write_words(engine, place, right)
        BoardStore(engine).check(CONTENT)
        store = BoardStore(engine)
        store.carry_out(store.keyed(TRAIN, 0, begin=position, end=position + 5))
        learn(model, 0, position, position + 5)
        assert states(engine) == states(model)


@pytest.mark.timeout(7200)
def test_no_fault_on_the_line_is_stored_or_learned(board, pytestconfig):
    """Uploads, epochs, tests and other sessions, over a line that damages bytes and forges frames;
    `pytest --frames 400000` is the long run, with 100,000 frames."""
    random, faulty = np.random.default_rng(8), FaultyLine(board, 0.002, 7)
    line, counts, model = ForgingLine(faulty, CONFIG, 0.05, 7), Counter(), GoldenEngine(CONFIG)
    link = Link(line, max_payload=40)
    engine = BoardEngine(CONFIG, link)
    engine.load(model.read())
    rounds = fits = 0
    while counts["sent"] + counts["received"] < pytestconfig.getoption("frames") // 4:
        rounds += 1
        store = BoardStore(engine)
        if rounds % 4 == 2:
            words = random.integers(1 << 16, size=100, dtype="<u2")
            store.upload(Stored(content=words.tobytes(), samples=0), LIST_WORD + 1000)
            if rounds % 8 == 6:
                store.upload(CONTENT)
        begin, end = sorted(random.integers(0, TRAIN + 1, 2).tolist())
        if rounds % 3 == 0:
            found = store.take(store.keyed(TRAIN, rounds, begin=begin, end=end, keep=True))
            assert found.classes.tolist() == learn(model, rounds, begin, end).classes.tolist()
        else:
            store.start(store.keyed(TRAIN, rounds, begin=begin, end=end))
            if rounds % 2:  # another host, which finds the job
                counts += Counter(asdict(link.counts))
                link = Link(line, max_payload=40)
                engine = BoardEngine(CONFIG, link)
                store = BoardStore(engine)
            assert store.wait(store.job()).errors == learn(model, rounds, begin, end).errors.sum()
        fits += states(engine) == states(model)
        tested = model.infer(DATA.x_test, DATA.y_test)
        assert store.classify(TRAIN, TRAIN + TEST).errors == tested.errors.sum()
        counts += Counter(asdict(link.counts))
        link.counts = type(link.counts)()
    print(f"{rounds} rounds, {dict(counts)}, faults {dict(faulty.faults)}, {line.forged} forged")
    assert fits == rounds
    assert all(counts[name] for name in ("broken", "refused", "repeats"))
    assert len(faulty.faults) == 6
    assert line.forged


def test_what_does_not_fit_is_refused(engine):
    with pytest.raises(MemoryTooSmallError, match="must have 16,777,217 words for 64 samples, not"):
        BoardStore(engine).upload(CONTENT, (1 << 24) - len(CONTENT.words) + 1)


# What is refused --------------------------------------------------------------------------------


def write_words(engine, address, *values):
    engine.link.exchange(words(address, *values), 0)


def words(address, *values):
    """The command that writes words."""
    return command_bytes("write_words", len(values), address) + b"".join(
        value.to_bytes(2, "little") for value in values)


def settings(address, *values):
    """The command that writes registers of the job."""
    return command_bytes("write_job", len(values), address) + b"".join(
        value.to_bytes(4, "little") for value in values)


KEPT = settings(0, 0, 0, 0, 0, LIST_WORD, 0, 0, 1, RUN | STAY | KEEP | LIST << 4)
"""A job that waits until its result is taken."""

MODE = command_bytes("write_registers", 1, register("mode").address) + b"\1\0\0\0"
BEGUN = command_bytes("send_samples", 1) + b"\0"
"""The beginning of a sample from the host."""

UNDEFINED = {
    "a word past the last": ("address", words((1 << 24) - 1, 1, 2)),
    "a register past the last": ("address", command_bytes("read_job", 1, len(REGISTERS))),
    "registers past the last": ("address", command_bytes("write_job", 17)),
    "a register of the job that counts": ("register", settings(job_register("done").address, 0)),
    "over a register that counts": ("register", settings(CONTROL, 0, 0)),
    "a value that is too large": ("register", settings(CONTROL, 64)),
    "another value that is too large": ("register", settings(CONTROL - 1, 1 << 31)),
    "words in a job": ("busy", KEPT + words(0, 1)),
    "rows in a job": ("busy", KEPT + command_bytes("write_rows", 1) + bytes(9)),
    "samples in a job": ("busy", KEPT + BEGUN),
    "the gate in a job": (
        "busy", KEPT + command_bytes("write_registers", 1, register("gate").address) + bytes(4)),
    "a setting in a job": ("busy", KEPT + settings(0, 4)),
    "a job in a job": ("busy", KEPT + settings(CONTROL, RUN)),
    "a job within a sample": ("busy", BEGUN + settings(CONTROL, RUN)),
    "samples while a job stays": ("busy", settings(CONTROL, STAY) + BEGUN),
    "a result of no job": ("result", settings(CONTROL, 0) + command_bytes("take_results", 1)),
}
"""By name: the expected refusal, and the bytes of the stream."""


@pytest.mark.parametrize("name", UNDEFINED)
def test_an_undefined_command_of_the_memory_is_refused(engine, board, name):
    reason, octets = UNDEFINED[name]
    write_words(engine, LIST_WORD, 0, 0)
    with pytest.raises(CommandRefusedError) as info:
        engine.link.exchange(MODE + octets + words(0, 0) + settings(CONTROL, 0), 1000)
    assert info.value.refusal == reason
    engine = BoardEngine(CONFIG, Link(board))
    engine.load(initial_state(CONFIG))
    told = STATUS_REFUSED | STATUS_MEMORY
    assert engine.read_register("status") & told == told
    BoardStore(engine).check(CONTENT)
    assert states(engine) == states(GoldenEngine(CONFIG))
