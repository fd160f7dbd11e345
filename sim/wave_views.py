"""Signal lists for waveform viewers: chosen signals of an engine, grouped and formatted."""

import io
import re
from dataclasses import dataclass
from pathlib import Path

from vcd.gtkw import GTKWSave

from .wave import GTKWAVE, SURFER

UNSIGNED, SIGNED, HEX, BINARY = "dec", "signed", "hex", "bin"
_SURFER_FORMATS = {UNSIGNED: "Unsigned", SIGNED: "Signed", HEX: "Hexadecimal", BINARY: "Binary"}

GROUPS: dict[str, dict[str, str]] = {
    "clock": {"clk": BINARY, "rst": BINARY},
    "samples": {
        "i_sample__valid": BINARY, "i_sample__ready": BINARY, "i_sample__payload": HEX,
        "loader.sequencer__ready": BINARY, "loader.label": UNSIGNED,
        "loader.sequencer__strong": UNSIGNED, "loader.sequencer__events": UNSIGNED,
        "loader.dropped": BINARY},
    "sequencer": {
        "sequencer.fsm_state": UNSIGNED, "sequencer.layer": UNSIGNED, "sequencer.group": UNSIGNED,
        "sequencer.events__position": UNSIGNED, "sequencer.delta__visit": UNSIGNED,
        "sequencer.bias": BINARY, "sequencer.token": BINARY, "sequencer.draining": BINARY,
        "sequencer.start": BINARY,
        "sequencer.delta__advance": BINARY, "sequencer.finish": BINARY, "sequencer.busy": BINARY,
        "sequencer.starving": BINARY, "sequencer.elapsed": UNSIGNED},
    "events": {"events.sequencer__count": UNSIGNED, "events.sequencer__complete": BINARY},
    "synapses": {
        "synapse.read_address": UNSIGNED, "synapse.row": HEX, "synapse.write": BINARY,
        "synapse.write_address": UNSIGNED, "synapse.write_row": HEX, "generator.word": HEX,
        "generator.fires": BINARY},
    "sums": {"probe_sum": HEX, "probe_output": HEX, "output.largest": SIGNED},
    "deltas": {
        "delta.write": BINARY, "delta.write_layer": UNSIGNED, "delta.write_slot": UNSIGNED,
        "delta.write_deltas": HEX, "delta.sequencer__groups": UNSIGNED,
        "delta.trit_count": UNSIGNED},
    "result": {
        "o_result__valid": BINARY, "o_result__ready": BINARY, "o_result__payload": HEX,
        "output.prediction": UNSIGNED},
    "registers": {
        "registers.mode": BINARY, "registers.gate": UNSIGNED},
}
"""Group -> signal -> format. A signal is a port of the engine, or `submodule.signal`.

Fields of structs are left out: their names contain dots, which viewers read as levels of hierarchy.
"""

_MODULE = re.compile(r"^module (\S+?) ?\(.*?^endmodule$", re.DOTALL | re.MULTILINE)
_DECLARATION = re.compile(r"^  (?:wire|reg)(?: signed)? (?:\[(\d+):0\] )?\\?(\w+) *[;=]",
                          re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A recorded signal: its `path` from the top, separated by dots, its width and its format."""

    path: str
    bits: int
    form: str


def shown_signals(verilog: str) -> dict[str, list[Shown]]:
    """The signals of `GROUPS` in the emitted `verilog`, by group.

    Signals that it does not have are left out; an engine of one layer has no hidden events.
    """
    bodies = {found[1].lstrip("\\"): found[0] for found in _MODULE.finditer(verilog)}
    top = next(iter(bodies))
    instance_of = re.compile(rf"^  \\{top}\.(\w+)(\$\d+)? +\\?(\S+) +\($", re.MULTILINE)
    # A submodule with the name of a signal has a number appended, in both of its names.
    blocks = {"": (top, top)}
    for block, number, instance in instance_of.findall(bodies[top]):
        blocks[block] = f"{top}.{block}{number}", f"{top}.{instance}"
    widths = {block: {name: int(highest or 0) + 1 for highest, name in
                      _DECLARATION.findall(bodies[module])}
              for block, (module, _) in blocks.items()}
    groups = {}
    for group, signals in GROUPS.items():
        found = []
        for signal, form in signals.items():
            block, _, name = signal.rpartition(".")
            if name in widths.get(block, {}):
                found.append(Shown(path=f"{blocks[block][1]}.{name}", bits=widths[block][name],
                                   form=form))
        if found:
            groups[group] = found
    return groups


def gtkwave_view(wave: str, groups: dict[str, list[Shown]]) -> str:
    """A save file of GTKWave for the waveform file named `wave`."""
    text = io.StringIO()
    save = GTKWSave(text)
    save.dumpfile(wave, abspath=False)
    for top in {signal.path.partition(".")[0] for signals in groups.values() for signal in signals}:
        save.treeopen(top)
    for group, signals in groups.items():
        with save.group(group):
            for signal in signals:
                bits = f"[{signal.bits - 1}:0]" if signal.bits > 1 else ""
                save.trace(signal.path + bits, datafmt=signal.form)
    return text.getvalue()


def surfer_view(wave: str, groups: dict[str, list[Shown]]) -> str:
    """A command file of Surfer for the waveform file named `wave`."""
    lines = [f"load_file {wave}"]
    for group, signals in groups.items():
        lines.append(f"divider_add {group}")
        for signal in signals:
            lines.append(f"variable_add {signal.path}")
            if len(lines) == 3:
                # Once an item has the focus, each new item is added after it and gets the focus.
                lines.append(f"item_focus b_{signal.path}")
            lines.append(f"item_set_format {_SURFER_FORMATS[signal.form]}")
    return "\n".join([*lines, "zoom_fit", ""])


def views(wave: Path, verilog: Path) -> dict[Path, str]:
    """The files of both viewers beside `wave`, a recording of the file `verilog`: path -> text."""
    groups = shown_signals(verilog.read_text(encoding="utf-8"))
    return {wave.with_suffix(GTKWAVE): gtkwave_view(wave.name, groups),
            wave.with_suffix(SURFER): surfer_view(wave.name, groups)}
