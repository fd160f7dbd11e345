"""C header: the registers of a bus for a driver in C, with an accessor for each of them."""

from collections.abc import Mapping

from pulsetrain.bus_map import WORD_BYTES, BusRegister
from pulsetrain.formats.struct import Array, Field, Struct
from pulsetrain.registers import RegisterField

_HEAD = """\
/* {top}: registers and streams of the engine behind a bus. Made by `pulsetrain generate`: do not
 * edit. Engine digest {digest}.
 *
 * `base` is the address of the first register. To reach the bus in another way than through a
 * pointer, define {upper}_READ and {upper}_WRITE before you include this file. */
#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

#ifndef {upper}_READ
#define {upper}_READ(base, offset) (*(volatile uint32_t *)((base) + (offset)))
#define {upper}_WRITE(base, offset, value) \\
    (*(volatile uint32_t *)((base) + (offset)) = (value))
#endif
"""


def c_header(top: str, digest: str, registers: tuple[BusRegister, ...],
             structures: Mapping[str, Struct]) -> str:
    """The header of the bus `top`, whose streams carry `structures`."""
    upper = top.upper()
    parts = [_HEAD.format(top=top, upper=upper, digest=digest)]
    parts += [_register(top, upper, entry) for entry in registers]
    parts += [_structure(top, name, form) for name, form in structures.items()]
    return "\n".join([*parts, f"#endif /* {upper}_H */", ""])


def _register(top: str, upper: str, entry: BusRegister) -> str:
    name = f"{upper}_{entry.name.upper()}"
    lines = [f"/* {entry.name} ({entry.access}): {_comment(entry.description)} */",
             f"#define {name} 0x{entry.address:03X}u"]
    if entry.indexed:
        lines.append(f"#define {name}_COUNT {entry.count}u")
    if entry.readable:
        lines.append(f"#define {name}_RESET 0x{entry.reset:X}u")
    for field in entry.fields:
        whole = len(entry.fields) == 1 and field.bits == 32
        if not whole:
            own = "" if field.name == entry.name else f"_{field.name.upper()}"
            lines += _field_macros(f"{name}{own}", field)
        if len(entry.fields) > 1 and entry.readable:
            lines += [f"static inline uint32_t {top}_get_{entry.name}_{field.name}(uint32_t word)",
                      f"{{ return (word >> {field.offset}) & 0x{field.mask >> field.offset:X}u; }}"]
    number, offset = ((", uint32_t word", f"{name} + {WORD_BYTES}u * word") if entry.indexed
                      else ("", name))
    if entry.readable:
        lines += [f"static inline uint32_t {top}_read_{entry.name}(uintptr_t base{number})",
                  f"{{ return {upper}_READ(base, {offset}); }}"]
    if entry.writable:
        lines += [
            f"static inline void {top}_write_{entry.name}(uintptr_t base{number}, uint32_t value)",
            f"{{ {upper}_WRITE(base, {offset}, value); }}"]
    return "\n".join(lines) + "\n"


def _field_macros(name: str, field: RegisterField) -> list[str]:
    return [f"#define {name}_SHIFT {field.offset}u /* {_comment(field.description)} */",
            f"#define {name}_MASK 0x{field.mask:08X}u",
            *(f"#define {name}_{value_name.upper()} {value}u"
              for value_name, value in field.values)]


def _structure(top: str, name: str, form: Struct) -> str:
    """Functions that pack a word of a stream, and that take its fields out."""
    kind = "uint32_t" if form.bits <= 32 else "uint64_t"
    numbers = [entry for field in form.fields for entry in _numbers(field)]
    arguments = ", ".join(f"{kind} {argument}" for argument, _, _ in numbers)
    packed = " | ".join(f"({_masked(argument, bits, kind)} << {offset})"
                        for argument, bits, offset in numbers)
    lines = [f"static inline {kind} {top}_{name}({arguments})", f"{{ return {packed}; }}"]
    for field in form.fields:
        index, place, bits = "", str(field.offset), field.format.bits
        if isinstance(field.format, Array):
            bits = field.format.element.bits
            index, place = ", uint32_t number", f"({place} + {bits}u * number)"
        lines += [f"/* {_comment(field.description)} */",
                  f"static inline {kind} {top}_{name}_{field.name}({kind} word{index})",
                  f"{{ return {_masked(f'(word >> {place})', bits, kind)}; }}"]
    return "\n".join(lines) + "\n"


def _numbers(field: Field) -> list[tuple[str, int, int]]:
    """The numbers in `field`: for each the name of an argument, its bits and its offset."""
    if isinstance(field.format, Array):
        bits = field.format.element.bits
        return [(f"{field.name}_{number}", bits, field.offset + bits * number)
                for number in range(field.format.length)]
    return [(field.name, field.format.bits, field.offset)]


def _masked(value: str, bits: int, kind: str) -> str:
    return f"({value} & ({kind})0x{(1 << bits) - 1:X}u)"


def _comment(text: str) -> str:
    return text.replace("*/", "* /")
