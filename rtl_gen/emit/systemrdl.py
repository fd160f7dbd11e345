"""SystemRDL: the registers of a bus, for the exporters of PeakRDL and other tools."""

from pulsetrain.bus_map import WORD_BYTES, BusRegister
from pulsetrain.registers import RegisterField

_ACCESS = {
    "read-only": "sw = r; hw = w;",
    "read-write": "sw = rw; hw = rw;",
    "write-only": "sw = w; hw = r;",
    "write-1-to-clear": "sw = rw; onwrite = woclr; hw = w;",
}


def systemrdl(top: str, digest: str, registers: tuple[BusRegister, ...]) -> str:
    """The address map of the bus `top`."""
    parts = [_register(entry) for entry in registers]
    return (f"// Made by `pulsetrain generate`: do not edit. Engine digest {digest}.\n"
            f"addrmap {top} {{\n"
            f'    name = "{top}";\n'
            '    desc = "An engine of Pulsetrain behind a bus";\n'
            "    default regwidth = 32;\n    default accesswidth = 32;\n"
            f"    littleendian;\n\n{''.join(parts)}}};\n")


def _register(entry: BusRegister) -> str:
    array, step = ("", "") if not entry.indexed else (f"[{entry.count}]", f" += {WORD_BYTES}")
    values = "".join(_values(entry, field) for field in entry.fields if field.values)
    fields = "".join(_field(entry, field) for field in entry.fields)
    kind = "external reg" if entry.takes else "reg"
    return (f"{values}    {kind} {{\n        name = \"{entry.name}\";\n"
            f"        desc = {_text(entry.description)};\n{fields}"
            f"    }} \\{entry.name} {array} @ 0x{entry.address:X}{step};\n")


def _field(entry: BusRegister, field: RegisterField) -> str:
    reset = (entry.reset & field.mask) >> field.offset
    return (f"        field {{ desc = {_text(field.description)}; {_ACCESS[entry.access]}"
            f"{' onread = ruser;' if entry.takes else ''}"
            f"{f' encode = {_enum(entry, field)};' if field.values else ''} }}\n"
            f"            \\{field.name}[{field.offset + field.bits - 1}:{field.offset}]"
            f" = {field.bits}'h{reset:x};\n")


def _values(entry: BusRegister, field: RegisterField) -> str:
    values = " ".join(f"\\{name} = {field.bits}'d{value};" for name, value in field.values)
    return f"    enum {_enum(entry, field)} {{ {values} }};\n"


def _enum(entry: BusRegister, field: RegisterField) -> str:
    return f"{entry.name}_{field.name}_values"


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
