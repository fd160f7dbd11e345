"""PYNQ: the driver trains the top that is emitted for a Zynq; the script of its block design."""

import json
import re
from types import SimpleNamespace

import pytest
from small import TINY_SETTINGS, small_config

from pulsetrain.boards.overlay import DESIGN, write_overlay
from pulsetrain.boards.pynq_z2 import PYNQ_Z2
from pulsetrain.errors import ELSEWHERE
from pulsetrain.host.pynq import DmaStuckError, PynqMissingError, PynqPort, pynq_engine
from pulsetrain.sim import runner

CONFIG = small_config(engine={"input": "raw"}, update={"pulse_probability": 0.7})
"""Six values are one and a half words: the rest of the second is zeros."""


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    """The folder of the project."""
    folder = tmp_path_factory.mktemp("overlay")
    write_overlay(CONFIG, PYNQ_Z2, 50, folder)
    return folder


def test_the_driver_trains_the_emitted_top(overlay, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(CONFIG.model_dump_json())
    files = re.search(r"^add_files \{(.*)\}$", (overlay / f"{DESIGN}.tcl").read_text(), re.M)[1]
    verilog = tmp_path / "all.v"
    verilog.write_text("".join((overlay / file).read_text() for file in files.split()))
    top = f"{DESIGN}_batch"
    runner.build(verilog, top, "icarus", tmp_path / "build")
    assert runner.run(top, "icarus", tmp_path / "build", "cocotb_pynq",
                      environment={"BATCH_CONFIG": str(config)}) == 2


def test_the_project_is_complete_without_vivado(run, tmp_path):
    built = tmp_path / "built"
    status, _, error = run("build", "digits", *TINY_SETTINGS, "--board", "pynq-z2", "--clock", "75",
                           "-o", built)
    assert (status, error.startswith("error: the project for pynq-z2 is complete, but not built: "
                                     "vivado is not on this machine.")) == (ELSEWHERE, True)
    script = (built / "pulsetrain.tcl").read_text()
    assert script.count("{") == script.count("}")
    assert "PCW_FPGA0_PERIPHERAL_FREQMHZ 75" in script
    report = json.loads((built / "report.json").read_text())
    assert (report["part"], report["run"]) == ("xc7z020",
                                               "vivado -mode batch -source pulsetrain.tcl")


def test_the_script_connects_every_port_of_the_top(overlay):
    """By the names of AXI's interfaces, which Vivado finds by those of the ports."""
    script = (overlay / f"{DESIGN}.tcl").read_text()
    (top,) = re.findall(r"^module pulsetrain_batch ?\((.*?)\);",
                        (overlay / "pulsetrain_batch.v").read_text(), re.M | re.DOTALL)
    ports = {re.sub(r"^([sm]_axis?)_\w+$", r"\1", port) for port in re.findall(r"\w+", top)}
    assert ports == {"aclk", "aresetn", "irq", "s_axi", "s_axis", "m_axis"}
    assert ports == set(re.findall(r"\bengine/(\w+)", script))
    cells = set(re.findall(r"create_bd_cell .*?(\w+)\]?$", script, re.M))
    connected = script.partition("foreach")[2].partition("assign")[0]
    assert set(re.findall(r"\b(\w+)/\w+", connected)) == cells


def test_a_dma_that_does_not_end_its_reset_is_told():
    cell = SimpleNamespace(read=lambda offset: 4, write=lambda offset, value: None)
    port = PynqPort(CONFIG, cell, cell, cell, None, seconds=0.01)
    with pytest.raises(DmaStuckError, match=r"has not ended its reset for 0\.01 seconds"):
        port.reset().send(None)


def test_a_machine_without_pynq_is_told_so():
    with pytest.raises(PynqMissingError, match="run this on a board with PYNQ's image"):
        pynq_engine(CONFIG)
