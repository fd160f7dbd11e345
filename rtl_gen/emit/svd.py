"""SVD: the registers of a bus for debuggers and generators of drivers (CMSIS-SVD 1.3)."""

from pulsetrain import __version__
from pulsetrain.bus_map import ADDRESS_BITS, WORD_BYTES, BusRegister
from pulsetrain.registers import RegisterField

from .elements import SCHEMA_INSTANCE, Element, document, element


def svd(top: str, digest: str, registers: tuple[BusRegister, ...]) -> str:
    """A device with one peripheral at address 0, the bus `top`."""
    peripheral = element(
        "peripheral", element("name", top), element("version", __version__),
        element("description", "an engine of Pulsetrain behind a bus"), element("baseAddress", 0),
        element("addressBlock", element("offset", 0), element("size", hex(1 << ADDRESS_BITS)),
                element("usage", "registers")),
        element("interrupt", element("name", f"{top}_irq"),
                element("description", "something is pending and enabled"), element("value", 0)),
        element("registers", *map(_register, registers)))
    return document(element(
        "device", element("name", top), element("version", __version__),
        element("description", "the peripheral's address and the number of its interrupt are those "
                               "of your design"),
        element("addressUnitBits", 8), element("width", 32), element("size", 32),
        element("resetMask", hex((1 << 32) - 1)), element("peripherals", peripheral),
        **{"schemaVersion": "1.3", "xmlns:xs": SCHEMA_INSTANCE,
           "xs:noNamespaceSchemaLocation": "CMSIS-SVD.xsd"}), digest)


def _register(entry: BusRegister) -> Element:
    array = ([element("dim", entry.count), element("dimIncrement", WORD_BYTES)] if entry.indexed
             else [])
    limits = entry.writable and not entry.clears and (entry.least, entry.most) != (0, (1 << 32) - 1)
    return element(
        "register", *array, element("name", entry.name + ("[%s]" if entry.indexed else "")),
        element("description", entry.description),
        element("addressOffset", f"0x{entry.address:03X}"),
        element("access", "read-write" if entry.clears else entry.access),
        element("resetValue", f"0x{entry.reset:X}"),
        element("modifiedWriteValues", "oneToClear") if entry.clears else None,
        element("writeConstraint", element("range", element("minimum", entry.least),
                                           element("maximum", entry.most))) if limits else None,
        element("readAction", "modify") if entry.takes else None,
        element("fields", *map(_field, entry.fields)))


def _field(field: RegisterField) -> Element:
    values = [element("enumeratedValue", element("name", name), element("value", value))
              for name, value in field.values]
    return element(
        "field", element("name", field.name), element("description", field.description),
        element("bitOffset", field.offset), element("bitWidth", field.bits),
        element("enumeratedValues", *values) if values else None)
