"""Running a check on as many hostile examples as pytest's options demand."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Example = TypeVar("Example")


def fuzz(examples: st.SearchStrategy[Example], check: Callable[[Example], None],
         config: pytest.Config) -> None:
    """Run `check` on examples; if it fails, the smallest failing example found is shown."""
    @seed(config.getoption("fuzz_seed"))
    @settings(max_examples=config.getoption("examples"), deadline=None, database=None,
              print_blob=False, phases=(Phase.generate, Phase.shrink),
              suppress_health_check=[*HealthCheck])
    @given(examples)
    def run(example: Example) -> None:
        check(example)

    run()
