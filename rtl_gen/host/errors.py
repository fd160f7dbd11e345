"""What can go wrong with a board; every message says what to look at."""

from pulsetrain.errors import FAILED, USAGE, PulsetrainError


class LinkError(PulsetrainError, RuntimeError):
    """The board cannot be used any longer."""

    status = FAILED


class PortError(LinkError):
    """The port cannot be opened."""

    status = USAGE


class BoardSilent(LinkError):
    """No whole frame comes back."""


class BoardLost(LinkError):
    """The port is gone, or the board has forgotten its session."""


class BoardRefused(LinkError):
    """What answers is not the engine that was asked for."""

    status = USAGE


class CommandRefused(LinkError):
    """The board did not carry out a command, nor any after it: a new session has to begin.

    `refusal` is the name of the reason (`protocol.REFUSALS`), "" where the board's is none of
    them.
    """

    def __init__(self, message: str, refusal: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class BoardStalled(LinkError):
    """The board is heard, but the answer to a command does not come.

    `came` is the number of bytes of the answers that did.
    """

    def __init__(self, message: str, came: int) -> None:
        super().__init__(message)
        self.came = came
