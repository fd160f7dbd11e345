"""Formula: the cycles of a sample as data that a program can evaluate, and as sentences.

For one configuration, the data are equivalent to `cycles.predicted_cycles`. A term is a number of
`cycles` after an event, plus the event counts that it names under `counts`.
"""

from typing import Any

from pulsetrain.spec import Config

_COUNTS = {
    "inputs": "the non-zero inputs of the layer",
    "strong": "the inputs above the layer's row threshold",
    "pulses": "1 if some delta of the layer exceeds its threshold, otherwise 0",
    "groups": "the layer's groups with a delta that is not zero; in the first layer, those with a "
              "delta above its threshold; in a sample that is not trained, 0",
    "units": "the items drained from the group: its units with a non-zero activation, or in the "
             "last layer its chunks of {chunk} outputs",
    "units_or_1": "`units`, but at least 1",
    "units_from_here": "the units of the group and of all later groups of its layer",
}

PREVIOUS, BELOW, LAST = "the previous group", "each group of the layer below", "the last group"
"""The groups that a term can count from."""

ALL, FIRST = "every group", "the first group of a layer, but for the first layer"
"""The groups whose closing a term can delay."""


def cycle_formula(config: Config) -> dict[str, Any]:
    """The formula for `config`, as JSON data.

    `counts`: what each event count of a layer or a group means. `start`: the cycle
    in which the group before the first one counts as closed. `close`: terms, the latest of which
    says when a group is closed; `of` and `after` are groups. `errors`: the term for the cycle in
    which all errors are known. `updates`: for each layer from the last to the first, `lines` to
    visit in every one of its `groups`, `turn` (see `words`) and the cycles to `settle`; nothing
    follows a layer without lines or groups. `end`: cycles after errors and updates. `words`: all of
    this in sentences.
    """
    stages, count = config.design.stages, len(config.design.layers)
    formula = {
        "counts": {name: text.format(chunk=config.design.output_units)
                   for name, text in _COUNTS.items()},
        "start": -1,
        "close": [
            {"of": ALL, "after": PREVIOUS, "cycles": 1, "counts": ["inputs"]},
            {"of": ALL, "after": PREVIOUS, "cycles": stages.close_to_free,
             "counts": ["units_or_1"]},
            {"of": FIRST, "after": BELOW, "cycles": stages.close_to_event,
             "counts": ["units_from_here"]}],
        "errors": {"after": LAST, "cycles": stages.close_to_error - 1, "counts": ["units"]},
        "updates": [
            {"layer": number,
             "lines": ({"cycles": 1, "counts": ["strong"]} if number == 1
                       else {"cycles": 0, "counts": ["inputs", "pulses"]}),
             "turn": stages.write_back if config.engine.single_port else None,
             "settle": stages.last_settle if number == 1 else stages.settle}
            for number in range(count, 0, -1)],
        "end": 1 + stages.retire,
    }
    return {**formula, "words": words(formula)}


def words(formula: dict[str, Any]) -> list[str]:
    """The formula in sentences."""
    drains = [term for term in formula["close"] if term["of"] == ALL]
    waits = [term for term in formula["close"] if term["of"] == FIRST]
    sentences = [
        "Cycles are counted from 0, the first cycle in which a row can be read.",
        "Groups are closed one after the other, through all layers.",
        f"A group is closed in the latest of these cycles: {'; '.join(map(_term, drains))}.",
        f"The first of all groups counts from cycle {formula['start']} and waits for no drain.",
        *(f"For {term['of']}, also: {_term(term)}." for term in waits),
        f"All errors are known {_term(formula['errors'])}.",
        "Updates follow, from the last layer down, until one has no line or no group to visit."]
    for update in formula["updates"]:
        rows = f"({_sum(update['lines'])}) x groups"
        sentences.append(f"The update of layer {update['layer']} takes rows + {_turns(update)}"
                         f"{update['settle']} cycles, with rows = {rows}.")
    sentences.append("The sample takes the number of the cycle in which its errors are known, plus "
                     f"the cycles of its updates, plus {formula['end']}.")
    return sentences


def _term(term: dict[str, Any]) -> str:
    return f"{_sum(term)} cycles after {term['after']} was closed"


def _sum(term: dict[str, Any]) -> str:
    parts = [str(term["cycles"])] if term["cycles"] else []
    return " + ".join([*parts, *term["counts"]])


def _turns(update: dict[str, Any]) -> str:
    """Cycles in which a single-port memory is written, except in the last turn."""
    turn = update["turn"]
    return f"{turn} x floor((rows - 1) / {turn}) + " if turn else ""
