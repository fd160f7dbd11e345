"""Board top: pins, PLL and reset around the linked engine, and the constraints for its pins."""

from dataclasses import dataclass

from amaranth.build import Platform
from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    Elaboratable,
    Instance,
    Module,
    ResetSignal,
    Signal,
)
from amaranth.lib import io
from amaranth.lib.cdc import FFSynchronizer

from pulsetrain.emit import emit_verilog, rtlil_to_verilog
from pulsetrain.fpga.family import PllSettings
from pulsetrain.fpga.pll import add_pll, nearest
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.spec import Config

from .board import Board, Light

TOP, CORE = "board", "linked"
"""The modules: the whole board design with its pins, and the linked engine in it."""

LIT_SECONDS = 0.05
"""How long a frame lights the LED: long enough to be seen."""


@dataclass(frozen=True, kw_only=True)
class Top:
    """An emitted board top: the texts of its Verilog, with the top module `TOP`, and of its
    constraints, and the names of the ports for the pins of the clock and the serial line."""

    verilog: str
    constraints: str
    clock_pin: str
    rx_pin: str
    tx_pin: str


def make_top(config: Config, board: Board, clock_mhz: float, *,
             divisor: int | None = None) -> Top:
    """The top of `board` for the engine of `config` at `clock_mhz` or very near it.

    amaranth-boards makes the parts for the board: the cells of pins, and the constraints. The
    linked engine is emitted separately, because a platform's design cannot share modules.
    `divisor` replaces the board's clock cycles per bit of the UART. The same arguments always give
    the same text.

    Raises:
        ValueError: the board cannot have that clock.
        emit.EmitError: Yosys refuses the design.
    """
    platform = board.platform()
    settings = pll_settings(board, clock_mhz)
    divisor = board.divisor(settings.megahertz) if divisor is None else divisor
    plan = platform.prepare(_Around(board, settings), TOP, emit_src=False)
    text = {name: content if isinstance(content, str) else content.decode()
            for name, content in plan.files.items()}
    ports = [name for name, _, _ in platform.iter_port_constraints_bits()]
    clock, rx, tx = (next(port for port in ports if port.startswith(start))
                     for start in (platform.default_clk, "uart_0__rx", "uart_0__tx"))
    return Top(
        verilog=rtlil_to_verilog(text[f"{TOP}.il"], TOP)
        + emit_verilog(LinkedEngine(config, divisor), CORE),
        constraints=text[f"{TOP}.{board.part.family.placer.constraints}"],
        clock_pin=clock, rx_pin=rx, tx_pin=tx)


def pll_settings(board: Board, clock_mhz: float) -> PllSettings:
    """The settings of the PLL of `board` for `clock_mhz`, or very near it.

    Raises:
        ValueError: the PLL cannot make that clock.
    """
    return nearest(board.part.family.pll, _pin_mhz(board.platform()), clock_mhz)


def clock_below(board: Board, megahertz: float) -> float:
    """The fastest clock of `board` up to `megahertz`; its slowest if all are faster."""
    choices = board.part.family.pll.settings(_pin_mhz(board.platform()))
    possible = [settings.megahertz for settings in choices if board.keeps_rate(settings.megahertz)]
    return max((found for found in possible if found <= megahertz), default=min(possible))


class _Around(Elaboratable):
    """Everything around the linked engine, which is held in reset until the PLL is locked."""

    def __init__(self, board: Board, settings: PllSettings) -> None:
        self._board = board
        self._settings = settings

    def elaborate(self, platform: Platform) -> Module:
        m = Module()
        clock, locked = add_pll(
            m, self._board.part.family.pll, platform.request(platform.default_clk, dir="-"),
            _pin_mhz(platform), self._settings)
        m.domains.sync = ClockDomain()
        m.domains.unreset = ClockDomain(reset_less=True)
        ready = Signal()
        m.submodules.lock = FFSynchronizer(locked, ready, o_domain="unreset")
        m.d.comb += [ClockSignal().eq(clock), ClockSignal("unreset").eq(clock),
                     ResetSignal().eq(~ready)]

        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        activity, error = Signal(), Signal()
        m.submodules.core = Instance(
            CORE, i_clk=ClockSignal(), i_rst=ResetSignal(), i_rx=rx.i, o_tx=tx.o,
            o_activity=activity, o_error=error)
        for name, light, lit in (("activity", self._board.activity, self._stretched(m, activity)),
                                 ("error", self._board.error, error)):
            m.submodules[name] = buffer = io.Buffer("o", _led(platform, light))
            m.d.comb += buffer.o.eq(lit)
        return m

    def _stretched(self, m: Module, toggle: Signal) -> Signal:
        """High for `LIT_SECONDS` after `toggle` has changed."""
        before, lit = Signal(), Signal()
        cycles = round(LIT_SECONDS * 1e6 * self._settings.megahertz)
        left = Signal(range(cycles + 1))
        m.d.sync += [before.eq(toggle), lit.eq(left != 0)]
        with m.If(toggle != before):
            m.d.sync += left.eq(cycles)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return lit


def _pin_mhz(platform: Platform) -> float:
    """MHz of the clock at the board's pin."""
    return platform.default_clk_frequency / 1e6


def _led(platform: Platform, light: Light) -> io.PortLike:
    led = platform.request(light.resource, light.number, dir="-")
    return getattr(led, light.colour) if light.colour else led
