"""Library: the components of a design that are written once, as Verilog modules of their own."""

from collections.abc import Iterator

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib.wiring import Component, In


class ModuleLibrary:
    """The platform of a design that is written out, module by module, the first of them `top`.

    A `SharedComponent` in it becomes an instance of a module whose name begins with `prefix`. Every
    lane has its own devices in hardware, but 64 copies of the text would make the Verilog of an
    engine ten times as long, and take as long to make.
    """

    def __init__(self, prefix: str, top: Component) -> None:
        self._prefix = prefix
        self._modules = {prefix: top}
        self.top = top

    def modules(self) -> Iterator[tuple[str, Component]]:
        """(name, component) of every module, while it is the `top` that is elaborated: those that
        it calls for come after it."""
        written = 0
        while written < len(self._modules):
            name, self.top = list(self._modules.items())[written]
            yield name, self.top
            written += 1

    def add(self, component: "SharedComponent") -> str:
        """The name of the module for `component`, one of a kind by its `digest`."""
        kind = [self._prefix, type(component).__name__.lower(), component.digest]
        name = "_".join(part for part in kind if part)
        self._modules.setdefault(name, component)
        return name


class SharedComponent(Component):
    """A component that a design has at many places, and that is written once."""

    digest = ""
    """What tells components of a class apart in one design."""

    kept = False
    """Whether synthesis must not open its modules: it would make one register of equal ones."""

    latency: int
    """Cycles through it; none: it has no clock."""

    def elaborate(self, platform: object) -> Module | Instance:
        """An instance of its module, or, where it is that module, what is in it."""
        if not isinstance(platform, ModuleLibrary) or platform.top is self:
            return self.body(platform)
        ports = {f"{'i' if member.flow == In else 'o'}_{'__'.join(map(str, path))}": value
                 for path, member, value in self.signature.flatten(self)}
        clock = {"i_clk": ClockSignal(), "i_rst": ResetSignal()} if self.latency else {}
        return Instance(platform.add(self), **clock, **ports)

    def body(self, platform: object) -> Module:
        """What is in the module."""
        raise NotImplementedError
