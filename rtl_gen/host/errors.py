"""Errors of a board and its line; every message says what to check."""

from pulsetrain.errors import FAILED, USAGE, PulsetrainError


class LinkError(PulsetrainError, RuntimeError):
    """The board cannot be used, or no longer."""

    status = FAILED


class PortError(LinkError):
    """The port cannot be opened."""

    status = USAGE


class BoardSilentError(LinkError):
    """No whole frame arrives from the board."""


class BoardLostError(LinkError):
    """The port is gone, or the board has lost its session."""


class BoardRefusedError(LinkError):
    """What answers is not the expected engine."""

    status = USAGE


class CommandRefusedError(LinkError):
    """The board carried out neither a command nor any after it: a new session must begin.

    `refusal` is the name of the reason (`protocol.REFUSALS`), "" if it is none of these.
    """

    def __init__(self, message: str, refusal: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class BoardStalledError(LinkError):
    """The board is heard, but the answer to a command does not arrive.

    `received` is the number of bytes of the answers that did arrive.
    """

    def __init__(self, message: str, received: int) -> None:
        super().__init__(message)
        self.received = received
