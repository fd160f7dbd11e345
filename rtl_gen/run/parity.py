"""Parity: errors of synapse memory, as an engine with `engine.parity` tells them."""

from collections.abc import Callable

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.registers import PARITY, PARITY_ERROR
from pulsetrain.spec import Config


class FlippedBitError(PulsetrainError, RuntimeError):
    """An engine has read a row of synapse memory of which a bit had flipped since it was written.

    `row` is its address. What was learned after the flip is not what the model learns. The backend
    can be used again after a `load`.
    """

    status = FAILED

    def __init__(self, config: Config, row: int) -> None:
        super().__init__(f"a bit of synapse memory has flipped in {row_words(config, row)}; what "
                         "was learned since is wrong")
        self.row = row


def row_words(config: Config, row: int) -> str:
    """The row at an address in words: "row 40 (layer 1, units 17 to 32, input 6)"."""
    layer = next(layer for layer in reversed(config.design.layers) if row >= layer.base)
    group, line = divmod(row - layer.base, layer.rows)
    first = group * config.engine.lanes
    last = min(first + config.engine.lanes, layer.outputs)
    units = f"unit {last}" if last == first + 1 else f"units {first + 1} to {last}"
    what = "the bias" if line == layer.inputs else f"input {line + 1}"
    return f"row {row} (layer {layer.number}, {units}, {what})"


def check_parity(config: Config, read_register: Callable[[str], int]) -> None:
    """Check that the engine of `config`, whose registers `read_register` reads, has read no row
    with a flipped bit since it was reset; does nothing without `engine.parity`.

    Raises:
        FlippedBitError: it has.
    """
    if not config.engine.parity:
        return
    word = read_register(PARITY.name)
    if word & PARITY_ERROR:
        raise FlippedBitError(config, word & PARITY.fields[0].mask)
