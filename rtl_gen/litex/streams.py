"""Streams: samples and results of an engine through CSRs, for a SoC that has no DMA for them."""

from litex.gen import LiteXModule
from litex.soc.interconnect import stream
from litex.soc.interconnect.axi import AXIStreamInterface
from litex.soc.interconnect.csr import CSRStatus
from migen import If, ResetInserter, Signal

from pulsetrain.bus_map import RESULT_FIFO, SAMPLE_FIFO, bus_registers
from pulsetrain.formats import bus as bus_formats
from pulsetrain.spec import Config

from .csrs import csr_of


class StreamCSRs(LiteXModule):
    """Two FIFOs between CSRs and the streams `samples` and `results` of the engine of `config`.

    The CSRs are the FIFO registers of Wishbone (`bus_map`), and have the same effects, but LiteX
    cannot refuse an access: a word for which there is no room, and a read of no result, change
    nothing. All bytes of a word count, so the last word of raw values is filled with zeros.

    Members:
        sample_user, sample_data, ...: the CSRs.
        clear: In(1), empties both FIFOs.
    """

    def __init__(self, config: Config, samples: AXIStreamInterface,
                 results: AXIStreamInterface) -> None:
        entries = {entry.name: csr_of(entry) for entry in bus_registers(config, "wishbone")
                   if entry.name.startswith(("sample_", "result"))}
        for name, csr in entries.items():
            setattr(self, name, csr)
        self.clear = Signal()
        # A buffered FIFO holds one word more than its memory.
        self.sent = sent = ResetInserter()(stream.SyncFIFO(
            samples.description, SAMPLE_FIFO - 1, buffered=True))
        self.held = held = ResetInserter()(stream.SyncFIFO(
            results.description, RESULT_FIFO - 1, buffered=True))
        taken = Signal(32)
        word, last = entries["sample_data"], entries["sample_last"]
        self.comb += [
            sent.reset.eq(self.clear), held.reset.eq(self.clear),
            sent.sink.valid.eq(word.re | last.re), sent.sink.last.eq(last.re),
            If(last.re, sent.sink.data.eq(last.storage)).Else(sent.sink.data.eq(word.storage)),
            sent.sink.keep.eq((1 << bus_formats.SAMPLE_BYTES) - 1),
            sent.sink.user.eq(entries["sample_user"].storage),
            sent.source.connect(samples),
            results.connect(held.sink),
            *_shown(entries["sample_room"], SAMPLE_FIFO - sent.level),
            If(held.source.valid, *_shown(entries["results_held"], held.level)),
            *_shown(entries["result"], held.source.data[32:]),
            held.source.ready.eq(entries["result"].we),
            *_shown(entries["result_cycles"], taken),
        ]
        self.sync += If(held.source.valid & held.source.ready, taken.eq(held.source.data[:32]))


def _shown(csr: CSRStatus, value: object) -> list[object]:
    """The assignments that let `csr` show `value`: its fields drive its bits."""
    whole = Signal(csr.size)
    return [whole.eq(value), *(field.eq(whole[field.offset:field.offset + field.size])
                               for field in csr.fields.fields)]
