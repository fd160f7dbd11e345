"""Measuring how fast the golden model and its compiled twin learn, side by side."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .compiled import make_engine
from .data import DataSet
from .errors import FAILED, PulsetrainError
from .files import temporary_folder
from .golden import GoldenEngine, State
from .golden.activation import activate
from .golden.forward import forward_batch
from .processes import python, run
from .run import Backend, run_training, visits
from .run.divergence import state_differences
from .spec import Config

SHARE_OF_EVENTS = 0.19
"""Share of MNIST's inputs that are not zero."""
_CLASSIFIED = 500
"""Most samples of a run that measures inference: so short that other work seldom interrupts it."""
_WRONG_LABELS = 0.03
"""Share of random labels in a stand-in, so that it pulses as often as MNIST."""


class CompilationError(PulsetrainError, RuntimeError):
    """There is no compiled engine to measure; the message says why."""

    status = FAILED


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Training samples per second, evaluation and compiling not counted.

    `epochs`: the compiled engine in each epoch; `compiled`: over all of them. `numpy`: the golden
    model in the first `numpy_samples` of one more epoch. `pulses`: synapses pulsed per sample.
    `equal`: both engines had the same state after those samples. `inference`: samples per second
    that the compiled engine classifies; `products`: multiply-adds of a sample's forward pass, which
    skips inputs that are 0; `peak`: 16-bit multiply-adds per second that a core can do.
    """

    epochs: tuple[float, ...]
    compiled: float
    numpy: float
    numpy_samples: int
    pulses: float
    accuracy: float | None
    equal: bool
    inference: float
    products: float
    peak: float

    @property
    def share(self) -> float:
        """The share of the machine's peak (0..1) that the forward pass is, in training."""
        return self.compiled * self.products / self.peak

    @property
    def inference_share(self) -> float:
        """The same where samples are only classified."""
        return self.inference * self.products / self.peak

    @property
    def ratio(self) -> float:
        """How many times as fast the compiled engine is."""
        return self.compiled / self.numpy


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """Where trained engines continue: `state`, `gate`, samples `x` (n, N), `labels` (n,)."""

    state: State
    gate: int
    x: np.ndarray
    labels: np.ndarray

    def begin(self, engine: Backend) -> None:
        """Give `engine` the state and the gate to continue from."""
        engine.load(self.state)
        engine.gate = self.gate


def measure(config: Config, data: DataSet, *, epochs: int, samples: int,
            progress: Callable[[int], None] = lambda done: None) -> tuple[Speed, Continuation]:
    """The speed of `config` on `data`: the compiled engine over `epochs` epochs from the initial
    state, then the golden model over `samples` samples from the state reached then.

    Returns the speed, and where the golden model continued.

    Args:
        progress: called with the number of epochs done.

    Raises:
        CompilationError: numba is missing or cannot compile.
    """
    engine = make_engine(config, warn=_refuse)
    from .compiled.peak import int16_peak  # imports numba, which may be missing

    speeds, seconds, trained, accuracy = [], 0.0, 0, None
    for epoch in range(epochs):
        summary = run_training(engine, data, epochs=epoch + 1, epoch=epoch)
        speeds.append(summary.samples_per_second)
        seconds, trained = seconds + summary.seconds, trained + summary.samples
        accuracy = summary.epochs[0].accuracy
        progress(epoch + 1)
    _, order = next(visits(config, len(data.x_train), epoch=epochs))
    continuation = Continuation(state=engine.read(), gate=config.design.gate(epochs),
                         x=data.x_train[order[:samples]], labels=data.y_train[order[:samples]])
    golden = GoldenEngine(config)
    continuation.begin(golden)
    continuation.begin(engine)
    products = multiply_adds(golden, continuation.x)
    inference = _inference(engine, data)
    started = time.perf_counter()
    golden.train(continuation.x, continuation.labels)
    golden_seconds = time.perf_counter() - started
    engine.train(continuation.x, continuation.labels)
    return Speed(
        epochs=tuple(speeds), compiled=trained / seconds,
        numpy=len(continuation.x) / golden_seconds,
        numpy_samples=len(continuation.x), pulses=continuation.state.counters["pulses"] / trained,
        accuracy=accuracy,
        equal=not any(state_differences(0, golden.read(), engine.read())),
        inference=inference, products=products, peak=int16_peak()), continuation


def multiply_adds(engine: GoldenEngine, x: np.ndarray) -> float:
    """Multiply-adds of the forward pass of a sample, the mean over `x` (n, N) uint8."""
    count, y, full = 0, engine.quantise(x), engine.config.numbers.full
    for layer, weight in zip(engine.config.design.layers, engine.weights(), strict=True):
        count += (int(np.count_nonzero(y)) + len(y)) * layer.outputs
        y = activate(forward_batch(weight, y, full), layer, full)
    return count / len(x)


def _inference(engine: Backend, data: DataSet) -> float:
    """Samples per second that `engine` classifies, in the fastest of many short runs."""
    x, labels = data.x_train[:_CLASSIFIED], data.y_train[:_CLASSIFIED]
    seconds = []
    for _ in range(100):
        started = time.perf_counter()
        engine.infer(x, labels)
        seconds.append(time.perf_counter() - started)
    return len(x) / min(seconds)


def compile_seconds(config: Config) -> float:
    """Seconds to make the compiled engine of `config` in a process with an empty cache.

    Raises:
        CompilationError: it cannot be made.
    """
    code = ("import sys, time; started = time.perf_counter(); "
            "from pulsetrain.compiled.engine import CompiledEngine; "
            "from pulsetrain.spec.load import config_from_json; "
            "CompiledEngine(config_from_json(sys.stdin.read())); "
            "print(time.perf_counter() - started)")
    with temporary_folder() as folder:
        ended = run(python("-c", code), input=config.model_dump_json(),
                    env={"NUMBA_CACHE_DIR": str(folder)})
    if ended.returncode:
        raise CompilationError(ended.stderr.strip().rpartition("\n")[2])
    return float(ended.stdout)


def stand_in(config: Config, *, train: int = 20_000, test: int = 2_000) -> DataSet:
    """Random samples that are as sparse as MNIST and as hard to learn: each class has its own
    inputs, and a sample has most of them; its other inputs and some labels are random."""
    random = np.random.default_rng(config.seed)
    inputs, outputs = config.network.inputs, config.network.outputs
    count = train + test
    labels = random.integers(0, outputs, count)
    shown = (random.random((outputs, inputs)) < SHARE_OF_EVENTS)[labels]
    other = random.random((count, inputs)) < SHARE_OF_EVENTS
    mixed = np.where(random.random((count, inputs)) < 0.5, shown, other)
    x = (mixed * random.integers(1, 256, (count, inputs))).astype(np.uint8)
    wrong = random.random(count) < _WRONG_LABELS
    labels = np.where(wrong, random.integers(0, outputs, count), labels)
    return DataSet(name="stand-in", x_train=x[:train], y_train=labels[:train],
                   x_test=x[train:], y_test=labels[train:])


def _refuse(message: str) -> None:
    raise CompilationError(message)
