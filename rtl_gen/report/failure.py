"""The error of reports."""

from pulsetrain.errors import PulsetrainError


class ReportError(PulsetrainError, ValueError):
    """There is nothing to report, or it is not valid; the message says why."""
