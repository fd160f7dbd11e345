"""Records: samples in a memory, read back in plain Python by their description."""

import zlib

import numpy as np
import pytest
from small import small_config

from pulsetrain.store.records import stored


def read_back(content: bytes, number: int, inputs: int) -> tuple[int, list[int]]:
    """(label, inputs) of a sample in a memory of `content`, whose directory begins it."""
    low, high, words, spare = np.frombuffer(content, "<u2", 4, 8 * number).tolist()
    assert spare == 0
    record = content[2 * (low + (high << 16)):][:2 * words]
    octets, check = record[:-4], record[-4:]
    assert zlib.crc32(number.to_bytes(4, "little") + octets) == int.from_bytes(check, "little")
    label, values, place = octets[0], [], 1
    while len(values) < inputs:
        if octets[place]:
            values.append(octets[place])
            place += 1
        else:
            values += [0] * (octets[place + 1] + 1)
            place += 2
    assert len(octets) == place + place % 2
    return label, values


@pytest.mark.parametrize("address", [0, 70_000])
def test_every_sample_is_read_back(address):
    config = small_config(network={"inputs": 700}, numbers={"activation_bits": 8})
    random = np.random.default_rng(1)
    x = random.integers(256, size=(40, 700), dtype=np.uint8)
    x[random.random(x.shape) < 0.8] = 0
    x[0], x[1] = 0, 255
    labels = random.integers(3, size=40)
    content = bytes(2 * address) + stored(config, x, labels, address=address).content
    for number in range(40):
        moved = content if address == 0 else content[2 * address:2 * address + 320] + content[320:]
        assert read_back(moved, number, 700) == (labels[number], x[number].tolist())
