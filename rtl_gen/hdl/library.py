"""Library: the parts of a design that are Verilog modules of their own."""

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Value
from amaranth.lib.wiring import Component


class ModuleLibrary:
    """The platform of a design that is written out: its tables and copies become instances of the
    modules in `modules` (name -> component), whose names begin with `prefix`.

    Every lane has its own table in hardware, but 64 copies of the text would make the Verilog of
    an engine with classes of devices ten times as long, and take as long to make. Copies are
    modules that synthesis keeps, as it would make one register of equal ones.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.modules: dict[str, Component] = {}

    def add(self, component: Component) -> str:
        """The name of the module for `component`, one of a kind by its `digest`."""
        name = f"{self._prefix}_{type(component).__name__.lower()}_{component.digest}"
        self.modules.setdefault(name, component)
        return name


def instance_of(m: Module, platform: ModuleLibrary, component: Component, **ports: Value) -> None:
    """An instance of `component` from the library, with the clock and these ports."""
    m.submodules.shared = Instance(
        platform.add(component), i_clk=ClockSignal(), i_rst=ResetSignal(), **ports)
