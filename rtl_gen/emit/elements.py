"""XML: elements of the files that describe registers to other tools."""

from xml.etree import ElementTree

Element = ElementTree.Element

SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
"""The name space of the attribute that says where a file's schema is."""


def element(tag: str, *parts: "Element | str | int | None", **attributes: str) -> Element:
    """An element with `parts` inside, which are elements or one text; None is left out."""
    made = ElementTree.Element(tag, attributes)
    for part in parts:
        if isinstance(part, Element):
            made.append(part)
        elif part is not None:
            made.text = str(part)
    return made


def document(root: Element, digest: str) -> str:
    """The file with the element `root`, after a comment that has the engine's `digest`."""
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return ('<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<!-- Made by `pulsetrain generate`: do not edit. Engine digest {digest}. -->\n"
            f"{text}\n")
