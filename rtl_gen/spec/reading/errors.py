"""The error for points that cannot be used."""

from pulsetrain.errors import PulsetrainError


class PointsError(PulsetrainError, ValueError):
    """The points cannot be used; the message names file, line, column and value."""
