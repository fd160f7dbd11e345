"""Core: an emitted engine behind AXI as a module of LiteX."""

from pathlib import Path

from litex.build.generic_platform import GenericPlatform
from litex.gen import LiteXModule
from litex.soc.integration.soc import SoC, SoCCSRRegion, SoCRegion
from litex.soc.interconnect.axi import AXILiteInterface, AXIStreamInterface
from litex.soc.interconnect.csr import CSRField, CSRStorage
from litex.soc.interconnect.csr_eventmanager import EventManager, EventSourceLevel
from migen import ClockSignal, Instance, ResetSignal

from pulsetrain.bus_map import ADDRESS_BITS
from pulsetrain.emit import generate
from pulsetrain.emit.manifest import TOP
from pulsetrain.formats import bus as bus_formats
from pulsetrain.spec import Config

from .csrs import BUS, described
from .streams import StreamCSRs

SIZE = 1 << ADDRESS_BITS
"""Bytes of the bus that a core takes."""

_ABOVE = 1 << 20
"""How far above the CSRs of a SoC the registers of its first core are. They must be above them: the
addresses in LiteX's csr.h count from the lowest."""


class Pulsetrain(LiteXModule):
    """The engine of `config` behind AXI, whose Verilog is written to `folder` and added to
    `platform`.

    The Verilog's modules are called `name`, or begin with it; two engines in one SoC need two
    names.

    Members:
        bus: `AXILiteInterface`, the registers of docs/how-to/design.md.
        sink: `AXIStreamInterface` of 4 bytes, samples; `keep` is all ones unless it is driven.
        source: `AXIStreamInterface` of 8 bytes, results.
        ev: `EventManager` whose source `engine` is the top's interrupt.
        reset: CSR, resets the engine and empties its streams; synapses stay as they are.
        streams: `StreamCSRs`, at sink and source, if `with_stream_csrs`.

    Raises:
        EngineNameError: `name` cannot be a module's name.
        OSError: the folder cannot be written.
    """

    def __init__(self, platform: GenericPlatform, config: Config, folder: str | Path,
                 name: str = TOP, *, with_stream_csrs: bool = False) -> None:
        manifest = generate(config, Path(folder), name, bus=BUS)["bus"]
        for file in manifest["files"]:
            platform.add_source(str(Path(folder, file).resolve()))
        self.bus = AXILiteInterface(data_width=32, address_width=32)
        self.sink = AXIStreamInterface(8 * bus_formats.SAMPLE_BYTES,
                                       user_width=bus_formats.sample_user(config).bits)
        self.sink.keep.reset = (1 << bus_formats.SAMPLE_BYTES) - 1
        self.source = AXIStreamInterface(8 * bus_formats.RESULT_BYTES)
        self.reset = CSRStorage(name="reset", description="resets the engine", fields=[
            CSRField("reset", pulse=True, description="1: reset the engine and its streams")])
        self.ev = EventManager()
        self.ev.engine = EventSourceLevel(
            name="engine", description="what `interrupt_pending` and `interrupt_enable` say")
        self.ev.finalize()
        resets = self.reset.fields.reset
        self.specials += Instance(
            manifest["top"], i_aclk=ClockSignal(), i_aresetn=~(ResetSignal() | resets),
            **_lite(self.bus), **_samples(self.sink), **_results(self.source),
            o_irq=self.ev.engine.trigger)
        if with_stream_csrs:
            self.streams = StreamCSRs(config, self.sink, self.source)
            self.comb += self.streams.clear.eq(resets)


def add_pulsetrain(soc: SoC, config: Config, folder: str | Path, name: str = TOP, *,
                   origin: int | None = None, with_stream_csrs: bool = True) -> Pulsetrain:
    """Add the engine of `config` to `soc` as its module `name`; returns it.

    Its registers are 4 KiB of the bus at `origin`, by default above the CSRs of the SoC, and are
    listed with these as `NAME_engine_...`, `NAME_bus_...` and `NAME_rows_...`. If the SoC has a
    processor with interrupts, the core has one.

    Raises:
        ValueError: `origin` is below the CSRs.
        SoCError: something else is at `origin`; LiteX says what.
        EngineNameError, OSError: as `Pulsetrain`.
    """
    csrs = soc.mem_map["csr"]
    if origin is None:
        origin = _free(soc, csrs + _ABOVE)
    if origin < csrs:
        raise ValueError(f"origin must be above the CSRs, which are at {csrs:#x}, not {origin:#x}")
    core = Pulsetrain(soc.platform, config, folder, name, with_stream_csrs=with_stream_csrs)
    soc.add_module(name, core)
    soc.bus.add_slave(name, core.bus, _region(origin))
    for block, (address, entries) in described(config).items():
        soc.csr.add_region(f"{name}_{block}", SoCCSRRegion(origin + address, 32, entries))
    if soc.irq.enabled:
        soc.irq.add(name, use_loc_if_exists=True)
    return core


def _region(origin: int) -> SoCRegion:
    return SoCRegion(origin=origin, size=SIZE, cached=False)


def _free(soc: SoC, origin: int) -> int:
    """The first address from `origin` on at which the bus of `soc` has room for a core."""
    while soc.bus.check_regions_overlap({**soc.bus.regions, "": _region(origin)}):
        origin += SIZE
    return origin


def _lite(bus: AXILiteInterface) -> dict[str, object]:
    """The connections of AXI4-Lite."""
    ports: dict[str, object] = {}
    for channel, into in (("aw", True), ("w", True), ("b", False), ("ar", True), ("r", False)):
        endpoint = getattr(bus, channel)
        forward, backward = ("i", "o") if into else ("o", "i")
        fields = {field: getattr(endpoint, field)
                  for field, *_ in endpoint.description.payload_layout}
        if "addr" in fields:
            fields["addr"] = fields["addr"][:ADDRESS_BITS]
        ports |= {f"{forward}_s_axi_{channel}{field}": signal for field, signal in fields.items()}
        ports |= {f"{forward}_s_axi_{channel}valid": endpoint.valid,
                  f"{backward}_s_axi_{channel}ready": endpoint.ready}
    return ports


def _samples(sink: AXIStreamInterface) -> dict[str, object]:
    return {"i_s_axis_tdata": sink.data, "i_s_axis_tkeep": sink.keep, "i_s_axis_tuser": sink.user,
            "i_s_axis_tlast": sink.last, "i_s_axis_tvalid": sink.valid,
            "o_s_axis_tready": sink.ready}


def _results(source: AXIStreamInterface) -> dict[str, object]:
    return {"o_m_axis_tdata": source.data, "o_m_axis_tlast": source.last,
            "o_m_axis_tvalid": source.valid, "i_m_axis_tready": source.ready}
