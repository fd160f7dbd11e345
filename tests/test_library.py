"""Library: circuits that every lane has are emitted once."""

import re
from collections import Counter

from testbenches import configuration

from pulsetrain.emit import TOP, emit_verilog
from pulsetrain.hdl.engine.engine import Engine


def test_circuits_of_every_lane_are_one_module():
    config = configuration("varied")
    lanes = config.engine.lanes
    verilog = emit_verilog(Engine(config), TOP)
    written = Counter(re.findall(rf"^module {TOP}_(\w+)\(", verilog, re.MULTILINE))
    used = Counter(re.findall(rf"^  {TOP}_(\w+) ", verilog, re.MULTILINE))
    assert set(written.values()) == {1}
    assert written.keys() == used.keys()
    # A refresh looks up conductances too; a lane has two devices, each with two draws.
    assert {name: used[name] for name in ("pairstep", "refresh", "devicedraw")} == {
        "pairstep": lanes, "refresh": lanes, "devicedraw": 4 * lanes}
    assert used["pairconductance"] == lanes + 1
    # Each is used in one module, which itself is used by every lane.
    assert [used[name] for name in used if name.startswith("table_")] == [1, 1, 1]
