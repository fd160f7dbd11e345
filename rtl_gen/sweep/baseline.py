"""The accuracy of ordinary back-propagation in floating point, with a network of the same sizes."""

import time

import numpy as np

from pulsetrain.data import DataSet
from pulsetrain.spec import Config


def train_baseline(config: Config, data: DataSet, *, epochs: int) -> tuple[list[float], float]:
    """Train a floating-point network with the sizes of `config.network`, from `config.seed`.

    It is scikit-learn's MLPClassifier: rectified linear units, softmax and cross-entropy,
    stochastic gradient descent (rate 0.03, Nesterov momentum 0.9, batches of 32, no weight decay)
    on inputs divided by 255. These settings were chosen on MNIST and digits to be hard to beat
    within a few epochs.

    Returns the test accuracy (0..1) after each epoch, and the seconds of training without tests.
    """
    from sklearn.neural_network import MLPClassifier  # takes a second to import

    network = MLPClassifier(hidden_layer_sizes=config.network.hidden, solver="sgd",
                            learning_rate_init=0.03, momentum=0.9, alpha=0.0,
                            batch_size=min(32, len(data.x_train)), random_state=config.seed)
    x_train, x_test = (x / np.float32(255) for x in (data.x_train, data.x_test))
    accuracies, seconds = [], 0.0
    for _ in range(epochs):
        started = time.perf_counter()
        network.partial_fit(x_train, data.y_train, classes=np.arange(config.network.outputs))
        seconds += time.perf_counter() - started
        accuracies.append(float((network.predict(x_test) == data.y_test).mean()))
    return accuracies, seconds
