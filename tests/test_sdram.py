"""SDRAM: the controller in Icarus with the model of the chip, and every violation that it tells."""

import re
import subprocess
from dataclasses import dataclass

import pytest
from testbenches import bench_test

from pulsetrain.sim.chip import parameters_of
from pulsetrain.sim.runner import MODELS
from pulsetrain.sim.testbench.sdram import sdram
from pulsetrain.store.chips import AS4C32M16SB_7, CHIPS, MT48LC16M16A2_75, strictest

test_sdram = bench_test(sdram, "deep")

COMMANDS = {"nop": 0b111, "active": 0b011, "read": 0b101, "write": 0b100, "close": 0b010,
            "refresh": 0b001, "mode": 0b000, "stop": 0b110}
READY = [(10_000, "close", 1 << 10), (2, "refresh"), (7, "refresh"), (7, "mode", 0x20)]
"""(Clocks since the command before, command, address, bank, word) of a chip that is ready after it.
"""


@dataclass(frozen=True)
class Fault:
    """Commands that violate `what`, and nothing before it.

    The chip has a clock of `period` ps. If they are given, it has another tRAS (in clocks), and
    another interval of refreshes (in thousands of clocks).
    """

    what: str
    steps: list[tuple]
    period: int = 10_000
    tras: int | None = None
    interval: int | None = None


FAULTS = {
    "trcd": Fault("tRCD", [*READY, (2, "active"), (1, "read")]),
    "trp": Fault("tRP", [*READY, (2, "active"), (6, "close"), (1, "active")]),
    "trp-refresh": Fault("tRP", [*READY, (2, "active"), (5, "close"), (1, "refresh")]),
    "tras": Fault("tRAS", [*READY, (2, "active"), (4, "close")]),
    "tras-maximum": Fault("tRAS maximum", [*READY, (2, "active"), (12_100, "nop")], interval=100),
    "trc": Fault("tRC", [*READY, (2, "active"), (4, "close"), (2, "active")], tras=4),
    "trrd": Fault("tRRD", [*READY, (2, "active"), (1, "active", 0, 1)]),
    "trfc": Fault("tRFC", [*READY, (2, "refresh"), (6, "active")]),
    "twr": Fault("tWR", [*READY, (2, "active"), (5, "write", 0, 0, 5), (1, "close")]),
    "tmrd": Fault("tMRD", [*READY, (1, "active")]),
    "refresh": Fault("refresh interval", [*READY, (7_100, "nop")]),
    "power-up": Fault("power-up", [(4_900, "close", 1 << 10)]),
    "no-close": Fault("power-up", [(10_000, "refresh")]),
    "one-refresh": Fault("power-up", [*READY[:2], (7, "mode", 0x20)]),
    "no-mode": Fault("power-up", [*READY[:3], (7, "active")]),
    "turn-around": Fault("bus turn-around", [
        *READY, (2, "active"), (2, "write", 0, 0, 5), (1, "read"), (3, "write", 0, 0, 6)]),
    "contention": Fault("bus contention", [
        *READY, (2, "active"), (2, "write", 0, 0, 5), (1, "read"), (2, "nop", 0, 0, 6)]),
    "closed": Fault("read in a closed bank", [*READY, (2, "read")]),
    "open": Fault("opening an open bank", [*READY, (2, "active"), (7, "active")]),
    "refresh-open": Fault("refresh of an open bank", [*READY, (2, "active"), (7, "refresh")]),
    "burst": Fault("mode", [*READY[:3], (7, "mode", 0x22)]),
    "automatic": Fault("automatic precharge", [*READY, (2, "active"), (2, "read", 1 << 10)]),
    "stop": Fault("command", [*READY, (2, "stop")]),
    "unknown-data": Fault("unknown data", [*READY, (2, "active"), (2, "write")]),
    "beyond": Fault("address", [*READY, (2, "active"), (2, "read", 64)]),
    "clock": Fault("clock period", [(1, "nop")], period=9_000),
}


X = "16'hx"


def label_of(name: str) -> str:
    """The module and the instance of a fault."""
    return f"case_{name.replace('-', '_')}"


def bench(faults: dict[str, Fault], *, stop: int = 0) -> str:
    """A Verilog bench with a chip for each of `faults`."""
    blocks = []
    for name, fault in faults.items():
        label = label_of(name)
        parameters = parameters_of(MT48LC16M16A2_75, fault.period / 1000, 64) | {"STOP": stop}
        # Power-up takes as many clocks for every period here.
        parameters["POWER_UP"] = 5_000 * fault.period
        if fault.tras is not None:
            parameters["TRAS"] = fault.tras * fault.period
        if fault.interval is not None:
            parameters["TREFI"] = fault.interval * 1000 * fault.period
        given = ", ".join(f".{key}({value})" for key, value in parameters.items())
        steps = []
        for clocks, command, *rest in fault.steps:
            address, bank, word = (*rest, None, None, None)[:3]
            steps.append(
                f"repeat({clocks - 1}) @(negedge clk); {{command, a, ba}} = "
                f"{{3'd{COMMANDS[command]}, 13'd{address or 0}, 2'd{bank or 0}}}; dq = "
                f"{X if word is None else word}; "
                f"@(negedge clk); command = 7; dq = {X};")
        blocks.append(f"""
module {label}(input clk);
  reg [2:0] command = 7; reg [12:0] a = 0; reg [1:0] ba = 0; reg [15:0] dq; reg on = 1;
  wire [15:0] dq_o; wire dq_oe, failed;
  sdr_sdram #({given}) chip(.clk(clk & on), .cke(1'b1), .cs_n(1'b0), .ras_n(command[2]),
    .cas_n(command[1]), .we_n(command[0]), .ba(ba), .a(a), .dqm(2'b0),
    .dq_i(^dq === 1'bx && dq_oe ? dq_o : dq), .dq_o(dq_o), .dq_oe(dq_oe), .failed(failed));
  initial begin @(negedge clk); {" ".join(steps)} repeat(3) @(negedge clk); on = 0; end
endmodule""")
    instances = " ".join(f"{label_of(name)} {label_of(name)}(clk);" for name in faults)
    return "\n".join([*blocks, f"""
module bench; reg clk = 0; always #10 clk = !clk; {instances}
  initial begin repeat(24000) @(posedge clk); $display("end"); $finish; end
endmodule
"""])


def told(faults: dict[str, Fault], folder, *, stop: int = 0) -> tuple[dict[str, list[str]], bool]:
    """The violations that each chip told, and whether the simulation reached its end."""
    source, program = folder / "bench.v", folder / "bench"
    source.write_text(bench(faults, stop=stop))
    subprocess.run(["iverilog", "-g2012", "-s", "bench", "-o", program, source,
                    MODELS / "sdr_sdram.v"], check=True)
    ran = subprocess.run(["vvp", "-n", program], capture_output=True, text=True, check=False)
    found = re.findall(r"^bench\.(\w+)\.chip\.violation: (.*), at clock \d+$", ran.stderr, re.M)
    return {name: [what for label, what in found if label == label_of(name)]
            for name in faults}, ran.stdout == "end\n"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """The violations of every fault, found in one simulation."""
    return told(FAULTS, tmp_path_factory.mktemp("faults"))[0]


@pytest.mark.parametrize("name", FAULTS)
def test_the_chip_tells_a_violation(name, seen):
    assert seen[name] == [FAULTS[name].what]


def test_the_chip_tells_nothing_without_a_violation(tmp_path):
    good = Fault("", [*READY, (2, "active"), (2, "write", 0, 0, 5), (3, "close", 1 << 10),
                      (2, "refresh"), (7, "active"), (2, "read"), (4, "write", 1, 0, 6),
                      (2, "close")])
    assert told({"good": good}, tmp_path, stop=1) == ({"good": []}, True)


def test_a_violation_stops_the_simulation(tmp_path):
    assert told({"trcd": FAULTS["trcd"]}, tmp_path, stop=1) == ({"trcd": ["tRCD"]}, False)


def test_times_in_cycles_are_long_enough():
    times = strictest(CHIPS.values()).times
    for period in (10.0, 20.0, 15.9):
        for name in ("trcd", "trp", "tras", "trc", "trfc", "twr", "power_up"):
            cycles = times.cycles(name, period)
            assert cycles * period >= getattr(times, name) > (cycles - 1) * period or cycles == 1
        assert times.cycles("trefi", period) * period <= 7_800
    assert (times.trcd, times.trc, times.power_up) == (21, 66, 200_000)
    assert strictest(CHIPS.values()).words == 1 << 24 == AS4C32M16SB_7.words // 2


def test_a_clock_that_is_too_fast_is_refused():
    with pytest.raises(ValueError, match=r"clock must be at most 100 MHz for the memory MT48"):
        MT48LC16M16A2_75.check_clock(9.9)
