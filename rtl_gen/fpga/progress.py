"""Progress: what a tool is doing, according to its log."""

import re
from collections.abc import Callable
from typing import Any

Progress = Callable[[str, str], Any]
"""Called with the name of a step as it begins and about once a second, and with what its program
is doing, in words; these are empty when it begins."""

_STEPS = {
    r"at initial placer iter (\d+)": "first placement, iteration {}",
    r"at iteration #(\d+), type": "placement, iteration {}",
    r"at iteration #(\d+): temp": "refining the placement, iteration {}",
    r" iter=(\d+) .*?overused=(\d+)": "routing, iteration {}: {} wires are used more than once",
    r"^Info: +\d+ \|.*\| *(\d+)\|": "routing: {} connections left",
    r"^(\d+(?:\.\d+)*)\. Executing (\w+) pass": "pass {}, {}",
}
"""Lines of nextpnr, of its routers router2 and router1, and of Yosys; and what they say in words,
with the groups of the line."""

_PATTERNS = [(re.compile(pattern, re.MULTILINE), words) for pattern, words in _STEPS.items()]

_END = 2000
"""Characters at the end of a log that are searched."""


def activity(log: str) -> str:
    """What the tool with this log was doing last, in words; empty if the log does not say."""
    found = [(match.start(), words.format(*match.groups()))
             for pattern, words in _PATTERNS for match in pattern.finditer(log[-_END:])]
    return max(found, default=(0, ""))[1]
