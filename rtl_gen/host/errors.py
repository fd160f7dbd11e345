"""Errors of a board and its line; every message says what to check."""

from pulsetrain.errors import FAILED, USAGE, PulsetrainError

SILENCE = ("the board does not answer: is it powered and programmed, and are the port and its "
           "speed right?")


class LinkError(PulsetrainError, RuntimeError):
    """The board cannot be used, or was lost."""

    status = FAILED


class PortError(LinkError):
    """The port cannot be opened."""

    status = USAGE


class BoardSilentError(LinkError):
    """No complete frame arrives from the board."""


class BoardLostError(LinkError):
    """The port is gone, or the board has lost its session."""


class BoardRefusedError(LinkError):
    """The device that answers is not a board with the expected engine."""

    status = USAGE


class CommandRefusedError(LinkError):
    """The board refused a command and ignored all later ones: a new session must begin.

    `refusal` is the name of the reason (`protocol.REFUSALS`), "" if it is unknown.
    """

    def __init__(self, message: str, refusal: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class BoardStalledError(LinkError):
    """Frames arrive from the board, but not the complete answer to a command.

    `received` is the number of bytes of the answers that did arrive.
    """

    def __init__(self, message: str, received: int) -> None:
        super().__init__(message)
        self.received = received


class MemoryMissingError(LinkError):
    """The board has no memory for samples."""

    status = USAGE


class MemoryTooSmallError(LinkError):
    """The board's memory has too few words for a data set."""

    status = USAGE


class DataDamagedError(LinkError):
    """What lies in the board's memory is not what was stored."""


class RecordFaultError(LinkError):
    """A job ended because the record of `sample` was damaged; nothing was learned from it."""

    def __init__(self, message: str, sample: int) -> None:
        super().__init__(message)
        self.sample = sample


class WrongEchoError(LinkError):
    """The board has sent back other bytes than it was sent."""
