"""Board top: pins, PLL, reset and memory around the linked engine, and constraints for pins."""

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
from pulsetrain.fpga.fit import link_windows
from pulsetrain.fpga.pll import add_pll, nearest
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.hdl.store.sdram import SdramPins
from pulsetrain.spec import Config
from pulsetrain.store.chips import Memory

from .board import Board, Light
from .sdram import RESOURCE, add_sdram

TOP, CORE = "board", "linked"
"""The modules: the whole board design with its pins, and the linked engine in it."""

LIT_SECONDS = 0.05
"""How long a frame lights the LED: long enough to be seen."""


@dataclass(frozen=True, kw_only=True)
class Top:
    """An emitted board top: the texts of its Verilog, with the top module `TOP`, and of its
    constraints, and the names of the ports for the pins of the clock and the serial line. `script`
    builds it with the vendor's tool of the family, if that has one. `memory` is what its core has
    been made for, and `memory_pins` the port of each pin of the chip."""

    verilog: str
    constraints: str
    script: str | None
    clock_pin: str
    rx_pin: str
    tx_pin: str
    memory: Memory | None
    memory_pins: dict[str, str]


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
    platform, family = board.platform(), board.part.family
    settings = pll_settings(board, clock_mhz)
    divisor = board.divisor(settings.megahertz) if divisor is None else divisor
    memory = board.memory(settings.megahertz)
    plan = platform.prepare(_Around(board, settings), TOP, emit_src=False)
    text = {name: content if isinstance(content, str) else content.decode()
            for name, content in plan.files.items()}
    ports = [name for name, _, _ in platform.iter_port_constraints_bits()]
    chip = {name.split("__")[1]: name.partition("[")[0] for name in ports
            if name.startswith(f"{RESOURCE}_0__")}
    clock, rx, tx = (next(port for port in ports if port.startswith(start))
                     for start in (platform.default_clk, "uart_0__rx", "uart_0__tx"))
    return Top(
        verilog=rtlil_to_verilog(text[f"{TOP}.il"], TOP)
        + emit_verilog(LinkedEngine(config, divisor, memory,
                                    windows=link_windows(config, board.part)), CORE),
        constraints=text[f"{TOP}.{family.constraints}"],
        script=text[f"{TOP}.{family.vendor.script}"] if family.vendor else None,
        clock_pin=clock, rx_pin=rx, tx_pin=tx, memory=memory, memory_pins=chip)


def pll_settings(board: Board, clock_mhz: float) -> PllSettings:
    """The settings of the PLL of `board` for `clock_mhz`, or very near it.

    Raises:
        ValueError: the PLL cannot make that clock.
    """
    return nearest(board.part.family.pll, _pin_mhz(board.platform()), clock_mhz)


def clock_below(board: Board, megahertz: float) -> float:
    """The fastest clock of `board` up to `megahertz`; its slowest if all are faster."""
    possible = _clocks(board)
    return max((found for found in possible if found <= megahertz), default=min(possible))


def slowest_clock(board: Board) -> float:
    """The slowest clock of `board` with which its UART has its rate.

    Raises:
        ValueError: there is none.
    """
    possible = _clocks(board)
    if not possible:
        raise ValueError(f"baud must be a rate that the clocks of {board.name} give, not "
                         f"{board.baud:,}")
    return min(possible)


def _clocks(board: Board) -> list[float]:
    """The clocks that the PLL of `board` makes, and that its UART and its memory can have."""
    choices = board.part.family.pll.settings(_pin_mhz(board.platform()))
    return [settings.megahertz for settings in choices if board.allows(settings.megahertz)]


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
        reset = Signal()  # a register: it drives hundreds of others
        m.submodules.lock = FFSynchronizer(~locked, reset, o_domain="unreset", init=1)
        m.d.comb += [ClockSignal().eq(clock), ClockSignal("unreset").eq(clock),
                     ResetSignal().eq(reset)]

        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        activity, error = Signal(), Signal()
        m.submodules.core = Instance(
            CORE, i_clk=ClockSignal(), i_rst=ResetSignal(), i_rx=rx.i, o_tx=tx.o,
            o_activity=activity, o_error=error, **self._memory_ports(m, platform))
        for name, light, lit in (("activity", self._board.activity, self._stretched(m, activity)),
                                 ("error", self._board.error, error)):
            m.submodules[name] = buffer = io.Buffer("o", _led(platform, light))
            m.d.comb += buffer.o.eq(lit)
        return m

    def _memory_ports(self, m: Module, platform: Platform) -> dict[str, Signal]:
        """The ports of the core for the memory, which are connected to its pins."""
        if not self._board.chips:
            return {}
        pins = SdramPins().create()
        add_sdram(m, self._board.part.family, platform.request(RESOURCE, 0, dir="-"), pins)
        return {f"{'i' if name == 'dq_i' else 'o'}_pins__{name}": getattr(pins, name)
                for name in SdramPins().members}

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
