"""Why something cannot be reported."""


from pulsetrain.errors import PulsetrainError


class ReportError(PulsetrainError, ValueError):
    """There is nothing to report, or it is not what it should be; the message says why."""
