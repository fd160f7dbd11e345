"""Shared: components that occur many times in a design and are written as one Verilog module."""

from collections.abc import Iterator

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib.wiring import Component, In


class ModuleLibrary:
    """The modules of a design that is written as Verilog, and the platform that collects them.

    The first module is `top`, named `prefix`. A `SharedComponent` becomes an instance of a module
    whose name begins with `prefix`. In hardware every lane has its own devices, but 64 copies of
    their text would make the Verilog of an engine ten times as long and as slow to make.
    """

    def __init__(self, prefix: str, top: Component) -> None:
        self._prefix = prefix
        self._modules = {prefix: top}
        self.top = top

    def modules(self) -> Iterator[tuple[str, Component]]:
        """(name, component) of every module. The caller elaborates each before it takes the next,
        as that adds the modules it needs."""
        written = 0
        while written < len(self._modules):
            name, self.top = list(self._modules.items())[written]
            yield name, self.top
            written += 1

    def add(self, component: "SharedComponent") -> str:
        """The name of the module for `component`; components with one `digest` have one module."""
        parts = [self._prefix, type(component).__name__.lower(), component.digest]
        name = "_".join(part for part in parts if part)
        self._modules.setdefault(name, component)
        return name


class SharedComponent(Component):
    """A component that occurs many times in a design and is written as one module."""

    digest = ""
    """Equal for two components of the class if and only if their modules are equal."""

    kept = False
    """Whether synthesis must keep its modules as they are, so that equal registers in them are not
    merged."""

    latency: int
    """Cycles from its inputs to its outputs; 0: it has no clock."""

    def elaborate(self, platform: object) -> Module | Instance:
        """An instance of its module; or, for the module itself, its contents."""
        if not isinstance(platform, ModuleLibrary) or platform.top is self:
            return self.body(platform)
        ports = {f"{'i' if member.flow == In else 'o'}_{'__'.join(map(str, path))}": value
                 for path, member, value in self.signature.flatten(self)}
        clock = {"i_clk": ClockSignal(), "i_rst": ResetSignal()} if self.latency else {}
        return Instance(platform.add(self), **clock, **ports)

    def body(self, platform: object) -> Module:
        """The contents of the module."""
        raise NotImplementedError
