"""Domains with a reset of their own."""

from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal, Value


def add_domain(m: Module, name: str, reset: Value) -> None:
    """Make the domain `name` of `m`: of the same clock, and with the register `reset` as its reset.

    It drives many registers, some of them far away, so there is no logic behind it.
    """
    m.domains += ClockDomain(name, local=True)
    m.d.comb += [ClockSignal(name).eq(ClockSignal()), ResetSignal(name).eq(reset)]
