"""Unexpected text and bytes, and edits that put them into valid examples."""

import re
from collections.abc import Sequence

from hypothesis import strategies as st

from .client import SPECIAL

DEEP = 100_000
LONG = 2**20

NUMBERS = (
    "0", "-1", "1", "2", "7", "255", "256", "4097", "65536", "4294967296", "18446744073709551616",
    "-0", "-0.0", "0.5", "1.5", "1e400", "-1e400", "1e308", "5e-324", "1e-400", "nan", "inf",
    "-inf", "NaN", "Infinity", "1_000", "0x10", "0x" + "f" * 5000, "0b1" + "0" * 20000, "9" * 20,
    "9" * 400, "9" * 5000, "-" + "9" * 5000, "1." + "3" * 5000, "1e99999999999",
    "\N{ARABIC-INDIC DIGIT THREE}", "\N{SUPERSCRIPT TWO}", "\N{FULLWIDTH DIGIT ONE}0")

WORDS = (
    "", " ", "[/x]", "[bold]x[/]", "$x_{$", "$$", ":smile:", "\x1b[31m", "\x1b]0;x\x07", "\x00",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc", "\N{LINE SEPARATOR}", "\x85", "\r", "a\nb", "\t",
    "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}", "\N{COMBINING ACUTE ACCENT}" * 50,
    "\N{GRINNING FACE}", "x" * LONG, "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 300, "~nosuchuser/x", "~",
    "..", ".", "/", "/dev/zero", "/dev/null", "fifo", "folder", "loop", "nowhere", "x/" * 3000,
    "x" * 300, "<script>", "</svg>", "&amp;", "{{x}}", "{0}", "%s%n", "\\", "'", '"', "`", "None",
    "true", "=1+1", "--help", "-", "*")

VALUES = (
    "[]", "{}", "[[]]", "[{}]", "null", "true", "false", "[1, [2]]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]",
    "[-1]", "[nan]", "[1e400]", "[" * DEEP, "[" * DEEP + "]" * DEEP, "]" * 400,
    "[" + "0, " * 5000 + "0]", "1979-05-27T07:32:00Z", "1979-05-27", "07:32:00", "9999-99-99",
    ".".join("a" * 50_000), "[" + ".".join("a" * 50_000) + "]", "{x = 1}",
    '{"x": 1}', '{"a":' * DEEP, '"""', "'''", "# x", "\N{BYTE ORDER MARK}")

PUNCTUATION = (*"[]{}=,.:;#\"'\n\r\t \\/$-+", "[[", "]]", "\r\n", "\n\n", ",,", '""')

ESCAPES = (r"\u0000", r"\ud800", r"\udcff", r"\U00110000", r"\x1b", r"\u202e", r"\n", r"\u001b[2J")

_PIECES = re.compile(r"""[A-Za-z0-9_.+-]+|"[^"\n]*"|\s|.""", re.DOTALL)
_OPERATIONS = (*("replace",) * 9, *("insert", "delete", "double", "swap", "cut") * 3, "flood")
_FLOODS = (1000, 100_000, 1_000_000)
"""How many characters a repeated part may have."""

_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp037")


def quoted(words: Sequence[str], mark: str = '"') -> tuple[str, ...]:
    """`words` between quotation marks."""
    return tuple(f"{mark}{word}{mark}" for word in words)


def pieces(names: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """A hostile piece of text; `names` are words of the format."""
    kinds = [NUMBERS, VALUES, quoted(WORDS), quoted(ESCAPES), WORDS, PUNCTUATION]
    return st.one_of([st.sampled_from(kind) for kind in [*kinds, *([tuple(names)] * bool(names))]])


@st.composite
def texts(draw: st.DrawFn, examples: Sequence[str], names: Sequence[str] = ()) -> bytes:
    """One of `examples`, edited, as the bytes of a file."""
    parts = _PIECES.findall(draw(st.sampled_from(examples)))
    new = pieces(names)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, max(0, len(parts) - 1)))
        match draw(st.sampled_from(_OPERATIONS)):
            case "replace":
                parts[place:place + 1] = [draw(new)]
            case "insert":
                parts.insert(place, draw(new))
            case "delete":
                del parts[place:place + draw(st.integers(1, 10))]
            case "double":
                parts[place:place] = parts[place:place + draw(st.integers(1, 60))]
            case "swap":
                other = draw(st.integers(0, max(0, len(parts) - 1)))
                parts[place:place + 1], parts[other:other + 1] = (parts[other:other + 1],
                                                                  parts[place:place + 1])
            case "cut":
                del parts[place:]
            case "flood":
                part = "".join(parts[place:place + draw(st.integers(1, 60))]) or "x"
                parts.insert(place, part * (draw(st.sampled_from(_FLOODS)) // len(part)))
    text = "".join(parts)
    match draw(st.sampled_from(("", "", "", "", "", "", "crlf", "mark", "coded", "damaged"))):
        case "crlf":
            text = text.replace("\n", draw(st.sampled_from(("\r\n", "\r", "\x0c", "\x0b"))))
        case "mark":
            text = "\N{BYTE ORDER MARK}" * draw(st.integers(1, 2)) + text
        case "coded":
            return text.encode(draw(st.sampled_from(_ENCODINGS)), "replace")
        case "damaged":
            return draw(damaged(text.encode()))
    return text.encode()


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """`content` with a few bytes changed, removed, inserted or repeated."""
    octets = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(0, len(octets) - 1)))
        match draw(st.sampled_from(("set", "flip", "insert", "delete", "double", "cut", "fill"))):
            case "set":
                octets[place:place + 1] = draw(st.binary(min_size=1, max_size=4))
            case "flip":
                octets[place:place + 1] = bytes(octet ^ 1 << draw(st.integers(0, 7))
                                                for octet in octets[place:place + 1])
            case "insert":
                octets[place:place] = draw(st.binary(min_size=1, max_size=8))
            case "delete":
                del octets[place:place + draw(st.integers(1, 20))]
            case "double":
                octets[place:place] = octets[place:place + draw(st.integers(1, 60))]
            case "cut":
                del octets[place:]
            case "fill":
                octets[place:place + 4] = draw(st.sampled_from((b"\0\0\0\0", b"\xff\xff\xff\xff",
                                                                b"\xff\xff\xff\x7f")))
    return bytes(octets)


def files(content: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes | str]:
    """What to put at a path: mostly `content`, else nothing, or something that is not a file."""
    return st.integers(0, 39).flatmap(
        lambda chance: st.sampled_from((b"", b"\n", b"\0" * 100, *SPECIAL)) if chance == 7
        else content)


def arguments(texts: Sequence[str]) -> tuple[str, ...]:
    """Those of `texts` that are possible on a command line, and some undecodable bytes."""
    return (*(text for text in texts if "\0" not in text and len(text) < 100_000),
            "\udcff", "x\udc80.npz")
