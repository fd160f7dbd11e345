"""The engine of a folder, trained over AXI with the drivers of cocotbext-axi: read this first.

    pulsetrain generate digits --set 'network.hidden=[4]' --lanes 10 --bus axi -o engine
    python docs/example/axi_bench.py engine 20

needs Icarus Verilog, and `pip install cocotbext-axi`. Every weight and counter must be as in the
golden model.
"""

import os
import sys
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

from pulsetrain.data import load_data
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.host.bus import BusHost
from pulsetrain.spec import load_config

QUIET = {"COCOTB_LOG_LEVEL": "WARNING", "GPI_LOG_LEVEL": "WARNING",
         "PYTHONWARNINGS": "ignore::DeprecationWarning"}
"""Without these, cocotbext-axi tells every access."""


class AxiPort:
    """An engine behind AXI, driven by cocotbext-axi."""

    def __init__(self, dut) -> None:
        clock = (dut.aclk, dut.aresetn, False)  # reset is active when low
        self.registers = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), *clock)
        self.samples = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), *clock)
        self.results = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), *clock)

    async def read(self, address: int) -> int:
        answer = await self.registers.read(address, 4)
        assert answer.resp == AxiResp.OKAY, f"read of {address:#x}: {answer.resp.name}"
        return int.from_bytes(answer.data, "little")

    async def write(self, address: int, value: int) -> None:
        answer = await self.registers.write(address, value.to_bytes(4, "little"))
        assert answer.resp == AxiResp.OKAY, f"write of {address:#x}: {answer.resp.name}"

    async def send(self, octets: bytes, user: int) -> None:
        await self.samples.send(AxiStreamFrame(octets, tuser=user))

    async def take(self, count: int) -> list[int]:
        frames = [await self.results.recv() for _ in range(count)]
        return [int.from_bytes(frame.tdata, "little") for frame in frames]


@cocotb.test
async def trains_as_the_model(dut) -> None:
    folder, samples = Path(os.environ["ENGINE"]), int(os.environ["SAMPLES"])
    config = load_config(str(folder))
    data = load_data("digits")
    x, labels = data.x_train[:samples], data.y_train[:samples]

    Clock(dut.aclk, 10, unit="ns").start()
    dut.aresetn.value = 0
    await ClockCycles(dut.aclk, 3)
    engine = BusHost(config, "axi", AxiPort(dut))
    dut.aresetn.value = 1

    await engine.load(initial_state(config))
    await engine.write("mode", 1)
    await engine.send(x, labels)
    results = await engine.results(samples)
    state = await engine.state()

    model = GoldenEngine(config)
    expected, learned = model.train(x, labels), model.read()
    assert [result["prediction"] for result in results] == expected.classes.tolist()
    assert state.counters == learned.counters
    for name in ("plus", "minus"):
        for ours, theirs in zip(getattr(state, name), getattr(learned, name), strict=True):
            assert (ours == theirs).all()
    print(f"{samples} samples learned over AXI: every synapse is as in the model")


if __name__ == "__main__":
    folder = Path(sys.argv[1]).resolve()
    runner = get_runner("icarus")
    runner.build(sources=[folder / "pulsetrain.v", folder / "pulsetrain_axi.v"],
                 hdl_toplevel="pulsetrain_axi", build_dir=folder / "sim", always=True)
    outcome = runner.test(
        hdl_toplevel="pulsetrain_axi", test_module="axi_bench", build_dir=folder / "sim",
        extra_env={"ENGINE": str(folder), "SAMPLES": sys.argv[2], **QUIET})
    ran, failed = get_results(outcome)
    sys.exit(failed or not ran)
