"""Faults in what sets devices apart are caught and placed, as those of the engine are."""

from pathlib import Path

import pytest
from faults import Fault, compare_verilog, plant, table_fault_config

from rtl_gen.emit import VERILOG, generate

FAULTS = (
    Fault(name="wrong word of a table", module="pulse.step_0.table",
          pattern=r"\.address\(address\)", replacement=".address(address ^ 1'b1)",
          phase="update", layer=2, what="plus"),
    Fault(name="swapped classes", module="product",
          pattern=r"(conductance_0 \(\s*\.clk\(clk\),\s*\.devices\()(.*?)\[3:0\]\)",
          replacement=r"\1{\2[1:0], \2[3:2]})",
          phase="forward", layer=1, what="z"),
    Fault(name="stuck polarity", module="pulse.refresh_0",
          pattern=r"= ~ polarity;", replacement="= polarity;",
          phase="update", layer=3, what="polarity"),
)


@pytest.fixture(scope="module")
def verilog(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("engine")
    generate(table_fault_config(), folder)
    return (folder / VERILOG).read_text()


def test_no_fault_no_divergence(verilog: str, tmp_path: Path) -> None:
    path = tmp_path / VERILOG
    path.write_text(verilog)
    report = compare_verilog(path, config=table_fault_config())
    assert report.first_divergence is None
    assert report.samples > 0


@pytest.mark.parametrize("planted", FAULTS, ids=lambda planted: planted.name)
def test_fault_is_caught(verilog: str, planted: Fault, tmp_path: Path) -> None:
    path = tmp_path / VERILOG
    path.write_text(plant(verilog, planted))
    report = compare_verilog(path, config=table_fault_config())
    found = report.first_divergence
    assert found is not None
    assert (found.phase, found.layer, found.what) == (planted.phase, planted.layer, planted.what)
