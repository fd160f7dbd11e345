"""Work: what the worker processes of a sweep can do."""

from typing import Protocol, TypeVar

Row = TypeVar("Row", covariant=True)
"""What a piece of work gives: anything that can be pickled, except a text."""


class Work(Protocol[Row]):
    """A piece of work for a worker process, which gets it pickled; `str` names it for people."""

    def run(self) -> Row:
        """Do it."""
        ...
