"""A system on a chip by LiteX with a processor, a VexRiscv, that trains the engine by train.c:

    python docs/example/litex_cpu.py digits --set 'network.hidden=[4]' --lanes 10 -o cpu 20

writes its Verilog with the program in its ROM to the folder cpu, simulates it with Verilator, and
shows what the program prints on the serial port. It needs a compiler and a C library for RISC-V
(Debian's `gcc-riscv64-unknown-elf` and `picolibc-riscv64-unknown-elf`) and
`pip install 'pulsetrain[litex,sim]' pythondata-cpu-vexriscv`.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import litex
from c_bench import HERE, data_header
from litex.soc.integration.common import get_mem_data
from litex.soc.integration.export import get_csr_header, get_soc_header
from litex.soc.integration.soc_core import SoCCore
from litex_boards.platforms import radiona_ulx3s
from litex_soc import CLOCK, FASTEST, ClockAndReset

from pulsetrain.data import load_data
from pulsetrain.litex import add_pulsetrain
from pulsetrain.sim.soc import NativeSoc
from pulsetrain.spec import Config, load_config

HEADERS = [Path(litex.__file__).parent / "soc" / path
           for path in ("software/include", "cores/cpu/vexriscv")]
"""The folders of the headers that LiteX's csr.h includes."""

ROM, RAM = 0x10000, 0x2000
"""Bytes of the memories of the processor."""

MOST_CYCLES = 50_000_000
"""The program must end within so many clock cycles."""


class ProcessorSoC(SoCCore):
    """The engine of `config` beside a processor without caches."""

    def __init__(self, config: Config, folder: Path) -> None:
        platform = radiona_ulx3s.Platform(device="LFE5U-85F")
        self.crg = ClockAndReset(platform)
        SoCCore.__init__(self, platform, CLOCK, cpu_type="vexriscv", cpu_variant="minimal",
                         integrated_rom_size=ROM, integrated_sram_size=RAM,
                         uart_baudrate=CLOCK // FASTEST)
        self.core = add_pulsetrain(self, config, folder / "engine")


def compiled(soc: ProcessorSoC, config: Config, samples: int, folder: Path) -> Path:
    """The program for `soc`, which is finalised: train.c, to be run from its ROM."""
    data, generated, program = load_data("digits"), folder / "generated", folder / "program"
    generated.mkdir(parents=True, exist_ok=True)
    (folder / "data.h").write_text(
        data_header(config, data.x_train[:samples], data.y_train[:samples]), encoding="utf-8")
    for name, text in (("csr.h", get_csr_header(soc.csr.regions, soc.constants)),
                       ("soc.h", get_soc_header(soc.constants))):
        (generated / name).write_text(text, encoding="utf-8")
    rom, ram, engine = (soc.bus.regions[name].origin for name in ("rom", "sram", "pulsetrain"))
    layout = {"__flash": rom, "__flash_size": ROM, "__ram": ram, "__ram_size": RAM,
              "__stack_size": RAM // 4}
    subprocess.run(
        ["riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "-DPICOLIBC_INTEGER_PRINTF_SCANF",
         "-march=rv32i", "-mabi=ilp32", "-Os", "-std=gnu99", "-Wall", "-Wextra",
         f"-DBASE={engine}u",
         *(f"-I{path}" for path in (folder, folder / "engine", *HEADERS)),
         HERE / "train.c", HERE / "litex_bus.c",
         *(f"-Wl,--defsym={name}={value}" for name, value in layout.items()),
         "-o", program.with_suffix(".elf")], check=True)
    subprocess.run(["riscv64-unknown-elf-objcopy", "-O", "binary", program.with_suffix(".elf"),
                    program.with_suffix(".bin")], check=True)
    return program.with_suffix(".bin")


def main() -> int:
    """Build and run; 0 if the program finds no difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="a configuration: its name, file or folder")
    parser.add_argument("samples", type=int)
    parser.add_argument("-o", dest="folder", type=Path, default=Path("cpu"))
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--lanes", type=int, default=8)
    given = parser.parse_args()
    config = load_config(given.config, settings=[*given.settings, f"engine.lanes={given.lanes}"])
    soc = ProcessorSoC(config, given.folder)
    soc.finalize()
    program = compiled(soc, config, given.samples, given.folder)
    soc.init_rom("rom", get_mem_data(program, endianness=soc.cpu.endianness))
    soc.build(build_dir=str(given.folder / "gateware"), run=False)
    simulated = NativeSoc(
        [Path(source[0]) for source in soc.platform.sources],
        {"clk25": "clk", "rst": "1'b0", "serial_rx": "rx", "serial_tx": "tx"}, divisor=FASTEST)
    shown, cycles = b"", 0
    while not shown.endswith(b"\n") and cycles < MOST_CYCLES:
        shown += simulated.run(10_000)
        cycles += 10_000
    sys.stdout.write(shown.decode(errors="replace"))
    return "every state is as in the model" not in shown.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
