"""The SoC of docs/example/litex_soc.py with a second engine, whose streams are LiteX's DMA.

    python tests/litex_two.py CONFIG -o FOLDER --simulate
"""

import sys
from pathlib import Path

from litex.soc.cores.dma import WishboneDMAReader, WishboneDMAWriter
from litex.soc.interconnect import stream, wishbone
from litex.soc.interconnect.csr import CSRStorage
from small import small_config

from pulsetrain.litex import add_pulsetrain
from pulsetrain.spec import Config

sys.path.append(str(Path(__file__).parent.parent / "docs" / "example"))

from litex_soc import EngineSoC, main

SECOND = small_config(engine={"parity": True})
FLIPPED = 3
"""The row of the second engine whose parity has flipped when the clock begins."""
BUFFER = 1024
"""Bytes of the memory; results begin in the middle."""


class TwoEngines(EngineSoC):
    """The engine of `config`, and that of `SECOND` behind DMA to a memory `buffer`."""

    def __init__(self, config: Config, folder: Path, device: str, baud: int) -> None:
        super().__init__(config, folder, device, baud)
        second = add_pulsetrain(self, SECOND, folder / "engine", "second", with_stream_csrs=False)
        verilog = folder / "engine" / "second.v"
        text = verilog.read_text(encoding="utf-8")
        right, wrong = (f"memory_0[{FLIPPED}] = 1'h{parity};" for parity in (0, 1))
        assert text.count(right) == 1
        verilog.write_text(text.replace(right, wrong), encoding="utf-8")
        self.add_ram("buffer", origin=0x200_0000, size=BUFFER)
        self.user = CSRStorage(len(second.sink.user), name="user")
        # LiteX's DMA calls that big-endian which changes no byte's place in a word.
        self.reader = WishboneDMAReader(wishbone.Interface(), endianness="big", with_csr=True)
        self.writer = WishboneDMAWriter(wishbone.Interface(), endianness="big", with_csr=True)
        self.halves = stream.Converter(64, 32)
        for name in ("reader", "writer"):
            self.bus.add_master(name, getattr(self, name).bus)
        self.comb += [
            self.reader.source.connect(second.sink),
            second.sink.user.eq(self.user.storage),
            second.source.connect(self.halves.sink, keep={"valid", "ready", "last", "data"}),
            self.halves.source.connect(self.writer.sink, keep={"valid", "ready", "last", "data"}),
        ]


if __name__ == "__main__":
    main(TwoEngines)
