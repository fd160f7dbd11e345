"""A system on a chip by LiteX for the ULX3S: an engine, and a bridge from the serial port. No CPU.

    python docs/example/litex_soc.py digits --set 'network.hidden=[4]' --lanes 10 -o soc --simulate

writes its Verilog, csr.csv and C headers to the folder soc. With --simulate it compiles the Verilog
with Verilator, and prints a serial port at which the SoC can be reached; --build makes a bitstream.
It needs `pip install 'pulsetrain[litex,sim,fpga]'`.
"""

import argparse
import os
import shutil
from contextlib import suppress
from pathlib import Path

from litex.gen import LiteXModule
from litex.soc.cores.clock import ECP5PLL
from litex.soc.integration.builder import Builder
from litex.soc.integration.soc_core import SoCCore
from litex_boards.platforms import radiona_ulx3s
from migen import ClockDomain, Signal

from pulsetrain.litex import add_pulsetrain
from pulsetrain.sim.soc import NativeSoc
from pulsetrain.sim.virtual import serve
from pulsetrain.spec import Config, load_config

CLOCK = 50_000_000
FASTEST = 16
"""Clock cycles per bit of the simulated serial port."""


class ClockAndReset(LiteXModule):
    """The clock of the SoC, from the board's 25 MHz."""

    def __init__(self, platform: radiona_ulx3s.Platform) -> None:
        self.rst = Signal()
        self.cd_sys = ClockDomain()
        self.pll = ECP5PLL()
        self.comb += self.pll.reset.eq(platform.request("rst") | self.rst)
        self.pll.register_clkin(platform.request("clk25"), 25e6)
        self.pll.create_clkout(self.cd_sys, CLOCK)
        self.comb += platform.request("wifi_gpio0").eq(1)  # else the ESP32 takes the serial port


class EngineSoC(SoCCore):
    """The engine of `config`, whose registers and streams are reached at the serial port."""

    def __init__(self, config: Config, folder: Path, device: str, baud: int) -> None:
        platform = radiona_ulx3s.Platform(device=device)
        self.crg = ClockAndReset(platform)
        SoCCore.__init__(self, platform, CLOCK, ident="Pulsetrain", cpu_type=None,
                         integrated_sram_size=0, with_uart=False, with_timer=False)
        self.add_uartbone(baudrate=baud)
        add_pulsetrain(self, config, folder / "engine")


def use_yowasp(folder: Path) -> None:
    """Let LiteX find the tools of YoWASP, in `folder`, under the names that it calls."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("yosys", "nextpnr-ecp5", "ecppack"):
        found = shutil.which(f"yowasp-{name}")
        if not shutil.which(name) and found:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(found)
    os.environ["PATH"] += f"{os.pathsep}{folder.resolve()}"


def main(soc_class: type[EngineSoC] = EngineSoC) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="a configuration: its name, file or folder")
    parser.add_argument("-o", dest="folder", type=Path, default=Path("soc"))
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--lanes", type=int)
    parser.add_argument("--device", default="LFE5U-85F")
    parser.add_argument("--baud", type=int, default=1_000_000)
    parser.add_argument("--build", action="store_true", help="make a bitstream")
    parser.add_argument("--simulate", action="store_true", help="simulate it behind a serial port")
    given = parser.parse_args()
    lanes = [f"engine.lanes={given.lanes}"] if given.lanes else []
    config = load_config(given.config, settings=[*given.settings, *lanes])

    baud = CLOCK // FASTEST if given.simulate else given.baud
    soc = soc_class(config, given.folder, given.device, baud)
    builder = Builder(soc, output_dir=str(given.folder), compile_software=False,
                      csr_csv=str(given.folder / "csr.csv"))
    if given.build:
        use_yowasp(given.folder / "tools")
    builder.build(run=given.build, timingstrict=True)
    if given.simulate:
        simulated = NativeSoc(
            [Path(source[0]) for source in soc.platform.sources],
            {"clk25": "clk", "rst": "1'b0", "serial_rx": "rx", "serial_tx": "tx"}, divisor=FASTEST)
        with suppress(KeyboardInterrupt):
            serve(simulated)


if __name__ == "__main__":
    main()
