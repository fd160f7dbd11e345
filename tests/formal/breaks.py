"""Breaks: hardware with one piece of its source replaced, for which a proof must fail."""

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch


@dataclass(frozen=True)
class Break:
    """A break: in the function `where` ("engine.step:PairStep._compute", below `pulsetrain.hdl`),
    `old` becomes `new`; the proof `proof` must then find `violated`."""

    proof: str
    violated: str
    where: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.where}: {self.old} -> {self.new}"


@contextmanager
def broken(fault: Break) -> Iterator[None]:
    """Hardware made in this context has the break.

    Raises:
        ValueError: what is replaced does not stand in the function exactly once.
    """
    module, _, path = fault.where.partition(":")
    owner: object = importlib.import_module(f"pulsetrain.hdl.{module}")
    *classes, name = path.split(".")
    for attribute in classes:
        owner = getattr(owner, attribute)
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(fault.old) != 1:
        raise ValueError(f"{fault.where} has {fault.old!r} {source.count(fault.old)} times, not 1")
    made: dict[str, object] = {}
    changed = compile(source.replace(fault.old, fault.new), inspect.getfile(function), "exec")
    exec(changed, function.__globals__, made)
    with patch.object(owner, name, made[name]):
        yield
