"""The dense form of samples: a plain decoder gives back what was encoded, in few bytes."""

import numpy as np
import pytest
from small import small_config

from pulsetrain.formats.dense import dense_header, encode_samples


def decoded(config, octets):
    """The (activations, header) of every sample; written after the description of the form."""
    form, samples, left = dense_header(config), [], list(octets)
    while left:
        head = bytes(left[:form.size])
        del left[:form.size]
        inputs = []
        while len(inputs) < config.network.inputs:
            byte = left.pop(0)
            inputs += [byte] if byte else [0] * (left.pop(0) + 1)
        assert len(inputs) == config.network.inputs, "a run reaches past the sample"
        samples.append((inputs, form.from_bytes(head)))
    return samples


def encoded(config, x, labels, train):
    """The bytes of every sample, one activation after the other."""
    form, samples = dense_header(config), []
    for inputs, label in zip((x >> (8 - config.numbers.activation_bits)).tolist(), labels.tolist(),
                             strict=True):
        octets, zeros = bytearray(form.to_bytes({"label": label, "train": train})), 0
        for place, value in enumerate(inputs, 1):
            zeros = 0 if value else zeros + 1
            if value:
                octets.append(value)
            elif zeros == 256 or place == len(inputs) or inputs[place]:
                octets += bytes([0, zeros - 1])
                zeros = 0
        samples.append(bytes(octets))
    return samples


def images(inputs, random):
    """Samples with many, few, no and only zeros, and with runs of 255, 256, 257 and 600."""
    shown = random.random((40, inputs)) < random.random((40, 1))
    x = random.integers(0, 256, (40, inputs)) * shown
    x[0], x[1] = 0, np.maximum(x[1], 1)
    for sample, run in enumerate((255, 256, 257, 600), 2):
        x[sample] = 200
        start = sample % 2 * 7
        x[sample, start:start + run] = 0
    return x.astype(np.uint8)


@pytest.mark.parametrize(("inputs", "outputs", "bits"),
                         [(1, 2, 8), (13, 4, 4), (256, 3, 8), (784, 10, 8), (700, 200, 6)])
@pytest.mark.parametrize("train", [False, True])
def test_decoded_samples_are_those_encoded(inputs, outputs, bits, train):
    config = small_config(network={"inputs": inputs, "hidden": [], "outputs": outputs},
                          numbers={"activation_bits": bits},
                          update={"row_threshold": 0})
    random = np.random.default_rng(5)
    x, labels = images(inputs, random), random.integers(0, outputs, 40)
    octets, counts = encode_samples(config, x, labels, train=train)
    plain = encoded(config, x, labels, train)
    assert octets.tobytes() == b"".join(plain)
    assert counts.tolist() == [len(one) for one in plain]
    found = decoded(config, octets.tolist())
    for start, count, sample in zip(np.cumsum(counts) - counts, counts, found, strict=True):
        assert decoded(config, octets[start:start + count].tolist()) == [sample]
    assert [head for _, head in found] == [{"label": label, "train": train}
                                           for label in labels.tolist()]
    assert np.array_equal([values for values, _ in found], x >> (8 - bits))


def test_sizes():
    """A sample without a zero grows by its header only; each run costs two bytes."""
    config = small_config(network={"inputs": 784, "hidden": [], "outputs": 10})
    x = np.full((4, 784), 3, np.uint8)
    x[1] = 0
    x[2, 100:101] = 0
    x[3, :20] = x[3, 700:] = 0
    _, counts = encode_samples(config, x, np.zeros(4, int), train=True)
    assert counts.tolist() == [1 + 784, 1 + 2 * 4, 1 + 783 + 2, 1 + 680 + 2 * 2]


def test_no_samples():
    octets, counts = encode_samples(small_config(), np.zeros((0, 6), np.uint8), np.zeros(0, int),
                                    train=True)
    assert (octets.size, counts.size) == (0, 0)


def test_a_label_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="label must fit 2 bits, not 4"):
        encode_samples(small_config(), np.zeros((1, 6), np.uint8), np.array([4]), train=True)
