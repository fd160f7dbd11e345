"""FuseSoC: an engine behind a bus as a core, with targets to lint, simulate and synthesise it."""

from pulsetrain import __version__

_MODELS = """\
  models:
    files: [{models}]
    file_type: verilogSource-2005
"""

_CORE = """\
CAPI=2:
# Made by `pulsetrain generate`: do not edit.
name: pulsetrain:engine:{name}:{version}
description: the engine {name} of Pulsetrain behind a bus ({bus})

filesets:
  rtl:
    files: [{verilog}]
    file_type: verilogSource-2005
  waivers:
    files: [{waivers}]
    file_type: vlt
{models}
targets:
  default: &default
    filesets: [rtl]
    toplevel: {top}
  lint:
    <<: *default
    filesets: [waivers, rtl{and_models}]
    flow: lint
    flow_options: {{tool: verilator, verilator_options: [-Wall]}}
  sim:
    <<: *default
    filesets: [rtl{and_models}]
    flow: sim
    flow_options: {{tool: icarus, timescale: 1ns/1ps}}
  synth:
    <<: *default
    flow: generic
    flow_options: {{tool: yosys, arch: ecp5, output_format: json}}
"""


def fusesoc_core(name: str, top: str, bus: str, verilog: list[str], waivers: list[str],
                 models: list[str]) -> str:
    """The core of the `top` of the engine `name`, from its files; `models` are those of cells that
    synthesis has itself."""
    return _CORE.format(name=name, top=top, bus=bus, version=__version__,
                        verilog=", ".join(verilog), waivers=", ".join(waivers),
                        models=_MODELS.format(models=", ".join(models)) if models else "",
                        and_models=", models" if models else "")
