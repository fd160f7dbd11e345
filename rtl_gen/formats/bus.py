"""The formats of an engine's streams on a bus: fields begin at whole bytes."""

import numpy as np

from pulsetrain.spec import Config

from .engine import CYCLE_BITS
from .struct import Array, Number, Struct, struct

SAMPLE_BYTES = 4
"""Bytes of one transfer of a sample."""

RESULT_BYTES = 8
"""Bytes of one result."""

INDEX_BITS, PIXEL_BITS = 16, 8


def sample_word(config: Config) -> Struct:
    """One transfer of a sample: an event, or raw values, the first in the lowest byte.

    Values have 8 bits, as those of a data set; the engine drops the low bits that its activations
    do not have.
    """
    if config.engine.input == "raw":
        return struct(("values", Array(Number(PIXEL_BITS), SAMPLE_BYTES),
                       "the next values, 8 bits each, the first in the lowest byte"))
    return struct(("index", INDEX_BITS, "index of the input, from 0"),
                  ("value", PIXEL_BITS, "the value of the input; 0 is skipped"))


def sample_user(config: Config) -> Struct:
    """What goes beside the words of a sample; read with its last word."""
    return struct(("label", config.design.label_bits, "the label"),
                  ("train", 1, "1: learn, 0: only classify"))


def sample_beat(config: Config) -> Struct:
    """One transfer of a sample with all that goes beside it."""
    return struct(("data", 8 * SAMPLE_BYTES, "`sample_word`"),
                  ("keep", SAMPLE_BYTES, "one bit per byte: 1 if it counts"),
                  ("user", sample_user(config), "label and purpose"),
                  ("last", 1, "1: this transfer ends the sample"))


def result_words(config: Config) -> Struct:
    """One result in two words of 32 bits."""
    return struct(("cycles", CYCLE_BITS, "clock cycles that the sample took"),
                  ("prediction", 16, "the predicted class"),
                  ("error", 1, "1: the predicted class is not the label"),
                  ("train", 1, "1: the sample was learned, 0: only classified"))


def register_request(address_bits: int) -> Struct:
    """One access to a register of the engine."""
    return struct(("write", 1, "1: write, 0: read"), ("address", address_bits, "its address"),
                  ("data", 32, "what is written"))


def access_request(address_bits: int) -> Struct:
    """One access to a bus: a word of four bytes."""
    return struct(("write", 1, "1: write, 0: read"), ("address", address_bits, "of the word"),
                  ("data", 32, "what is written"), ("strobes", 4, "the bytes that are written"))


def access_response() -> Struct:
    """The answer to an access."""
    return struct(("error", 1, "1: the access was refused"), ("data", 32, "what was read"))


def pack_sample(config: Config, x: np.ndarray) -> bytes:
    """The bytes of one sample: inputs `x` (N,) uint8 as `sample_word`s, one after the other.

    Raw values fill the last word only as far as there are any.
    """
    if config.engine.input == "raw":
        return x.astype(np.uint8).tobytes()
    index = np.flatnonzero(x)
    if not len(index):
        index = np.zeros(1, np.int64)  # a sample has at least one transfer
    return sample_word(config).pack_all({"index": index, "value": x[index].astype(np.int64)},
                                        np.uint32).tobytes()

