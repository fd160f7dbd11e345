"""Tests run in a process of its own, which has loaded what this one has."""

import os
import resource
from collections.abc import Callable, Sequence

import pytest


def fails(arguments: Sequence[str], prepare: Callable[[], object], seconds: int) -> bool:
    """Whether `pytest` with these arguments fails after `prepare`, or takes more than so many
    `seconds` of processor time."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return status != 0
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    prepare()
    os._exit(pytest.main(list(arguments)))
