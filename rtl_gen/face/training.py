"""Training the golden model's compiled twin in one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from pulsetrain.run import confusion_matrix

from .history import History
from .inputs import ConfigSource, DataSource, data_for, load_config
from .trainer import Trainer

if TYPE_CHECKING:
    from .start import Start


def train(config: ConfigSource, data: DataSource | None = None, *, epochs: int | None = None,
          samples: int | None = None, validation: int | None = None,
          resume: Start | None = None, wear: bool = False,
          progress: Callable[[int, int], None] | None = None) -> History:
    """Train the golden model: exactly the bits that the hardware would learn.

    It runs on the model's compiled twin, which is equal in every bit. If numba cannot compile it,
    the model itself is trained, with a warning.

    Args:
        config: the configuration, in any form that `load_config` takes.
        data: the data set, in any form that `load_data` takes; by default the configuration's.
        epochs: epochs of the whole training, including those before `resume`; by default the
            configuration's. An automatic gate closes over them, or as it began before `resume`.
        samples: stop after this many training samples.
        validation: number of training samples to hold out, the last ones; accuracy on them is
            reported separately.
        resume: continue from a history, a run folder, or a checkpoint or its file (.npz).
        wear: count the pulses on every device (`History.wear`); a resumed training goes on
            counting.
        progress: called with epoch (from 0) and position after every few samples.

    Returns:
        One entry for each epoch, and the state that was reached.

    Raises:
        ConfigError, DataError: configuration or data cannot be used, or do not fit each other.
        CheckpointError, HistoryError: `resume` cannot be used.

    Examples:
        >>> import pulsetrain
        >>> history = pulsetrain.train("digits", epochs=3)
        >>> history.samples.tolist(), bool(history.accuracy[-1] > 0.8)
        ([1437, 1437, 1437], True)
        >>> history.save("first")
        >>> longer = pulsetrain.train("digits", epochs=5, resume="first")
        >>> longer.epoch.tolist()
        [1, 2, 3, 4, 5]
        >>> curve = longer.plot("first/curve.png")
    """
    loaded = load_config(config)
    chosen = data_for(loaded, data)
    total = loaded.training.epochs if epochs is None else epochs
    with Trainer(loaded.for_epochs(total), start=resume, validation=validation,
                 wear=wear) as trainer:
        history = trainer.fit(chosen, epochs=max(0, total - trainer.epoch), samples=samples,
                              progress=progress)
        confusion = confusion_matrix(trainer.backend, chosen.x_test, chosen.y_test)
    if confusion is None:
        return history
    return replace(history, record=history.record.with_confusion(confusion))
