"""Why something cannot be reported."""


class ReportError(ValueError):
    """There is nothing to report, or it is not what it should be; the message says why."""
