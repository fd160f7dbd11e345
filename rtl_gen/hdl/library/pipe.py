"""Pipe: values that move through a pipeline together, addressed by the names of its stages."""

from collections.abc import Mapping

from amaranth.hdl import Module, Value

from .delay import delayed


class Pipe:
    """The registers of a pipeline in which something new can begin in every cycle.

    A value enters at a stage with `put`, and is read at this stage or a later one as an attribute
    of `at(stage)`. Reading creates the registers still missing up to that stage, one per cycle. A
    register is named after its value and its stage, or its cycle if no stage has that cycle; if
    several stages share a cycle, after the first of them.

    `stages`: the cycle of each stage, counted from the start of the pipeline.
    """

    def __init__(self, m: Module, stages: Mapping[str, int]) -> None:
        self._m = m
        self._stages = dict(stages)
        self._names: dict[int, str] = {}
        for stage, cycle in self._stages.items():
            self._names.setdefault(cycle, stage)
        self._values: dict[str, tuple[int, bool, list[Value]]] = {}

    def put(self, stage: str, *, control: bool = False, **values: Value) -> None:
        """Let `values` enter at `stage`. A reset clears their registers if `control` is set.

        Raises:
            ValueError: a value of that name has entered before.
        """
        for name, value in values.items():
            if name in self._values:
                raise ValueError(f"the pipe must have one value {name!r}, not two")
            self._values[name] = self._stages[stage], control, [value]

    def at(self, stage: str) -> "PipeStage":
        """What is in the pipe at `stage`: each value is an attribute."""
        return PipeStage(self, stage)

    def value(self, name: str, stage: str) -> Value:
        """The value `name` at `stage`.

        Raises:
            AttributeError: there is no such value.
            ValueError: it enters after `stage`.
        """
        if name not in self._values:
            raise AttributeError(f"the pipe has no value {name!r}")
        first, control, values = self._values[name]
        index = self._stages[stage] - first
        if index < 0:
            raise ValueError(f"{name!r} must be read where it enters or later, not at {stage!r}")
        while len(values) <= index:
            cycle = first + len(values)
            register = f"{name}_{self._names.get(cycle, cycle)}"
            values.append(delayed(self._m, values[-1], 1, register, control=control))
        return values[index]


class PipeStage:
    """One stage of a `Pipe`."""

    def __init__(self, pipe: Pipe, stage: str) -> None:
        self._pipe = pipe
        self._stage = stage

    def __getattr__(self, name: str) -> Value:
        return self._pipe.value(name, self._stage)
