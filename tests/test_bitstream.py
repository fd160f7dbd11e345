"""What would be loaded onto a board, unpacked to Verilog, learns the model's bits."""

import pytest
from small import small_config, small_data

from pulsetrain.boards.registry import BOARDS
from pulsetrain.fpga.families.ice40 import _mended
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.run import compare
from pulsetrain.sim.bitstream import NotUnpackedError, bitstream_engine, unpacked


def tiny(multipliers):
    """A 3-2-2 network in an engine of one lane."""
    return small_config(
        network={"inputs": 3, "hidden": [2], "outputs": 2}, device={"levels": 4},
        numbers={"activation_bits": 4, "error_bits": 4, "forward_shift": 2},
        engine={"lanes": 1, "multipliers": multipliers})


TINY = tiny("lut")
SAMPLES = 20


def pytest_generate_tests(metafunc):
    if "unpacked_board" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--bitstreams")
        metafunc.parametrize("unpacked_board", chosen.split(",") if chosen else [])


@pytest.mark.timeout(0)
def test_a_bitstream_learns_the_model_s_bits(unpacked_board):
    beyond = BOARDS[unpacked_board].part.family.unpacker.beyond
    config = tiny("lut" if "dsp" in beyond else "dsp")
    data, reference = small_data(config, train=SAMPLES), GoldenEngine(config, count_cycles=True)
    reference.load(initial_state(config))
    with bitstream_engine(config, BOARDS[unpacked_board], print) as engine:
        engine.load(initial_state(config))
        report = compare(reference, engine, data.x_train, data.y_train, every=4)
    print(report)
    assert report.equal
    assert report.samples == SAMPLES
    assert report.cycles_simulated == report.cycles_predicted > 0


def test_a_board_without_an_unpacker_is_refused(tmp_path):
    with pytest.raises(NotUnpackedError, match="can be unpacked, not arty-a7-35"):
        unpacked(TINY, BOARDS["arty-a7-35"], tmp_path)


def test_verilog_of_icebox_is_mended():
    """Ports are declared once, and the pin of the PLL is connected."""
    text = ("module board (input rx__io, output tx__io, input clk__io);\n"
            "wire n1, rx__io, n2;\nwire tx__io, n3;\nwire n4, tx__io;\nwire rx__io;\n"
            "SB_PLL40_PAD #(\n) PLL_1 (\n  .PACKAGEPIN(n3433),\n);\n"
            "// Warning: unmatched port 'clk__io'\n\nendmodule\n")
    assert _mended(text) == (
        "module board (input rx__io, output tx__io, input clk__io);\n"
        "wire n1, n2;\nwire n3;\nwire n4;\n\n"
        "SB_PLL40_PAD #(\n) PLL_1 (\n  .PACKAGEPIN(n3433),\n);\n"
        "// Warning: unmatched port 'clk__io'\n\nassign n3433 = clk__io;\nendmodule\n")


@pytest.mark.parametrize(("arguments", "message"), [
    (["--bitstream", "arty-a7-35"], "not arty-a7-35"),
    (["--bitstream", "icebreaker", "--netlist", "ice40"], "leave out --netlist"),
    (["--bitstream", "none"], "none")])
def test_the_command_says_what_cannot_be_simulated(run, arguments, message):
    status, _, error = run("verify", "digits", *arguments)
    assert status == 2
    assert message in error
