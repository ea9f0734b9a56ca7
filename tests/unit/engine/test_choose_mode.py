"""Fast or light: by setting and memory, never silently, and refused by name when neither fits."""

from __future__ import annotations

import pytest

from mining.algorithms.registry import MIB, algorithm_named
from mining.engine.randomx_preparation import choose_mode
from mining.errors import CannotStartError, ExitCode

RX = algorithm_named("rx/0")
LIGHT_ONE_CORE = 256 + 128 + 10
FAST_ONE_CORE = 2080 + LIGHT_ONE_CORE


@pytest.mark.parametrize(
    ("mode", "cores", "available_mib", "is_fast"),
    [
        ("auto", 1, FAST_ONE_CORE, True),
        ("auto", 1, FAST_ONE_CORE - 1, False),
        ("auto", 1, LIGHT_ONE_CORE, False),
        ("auto", 16, FAST_ONE_CORE, False),
        ("auto", 16, FAST_ONE_CORE + 150, True),
        ("auto", 128, 1 << 20, True),
        ("fast", 1, FAST_ONE_CORE, True),
        ("light", 1, 1 << 20, False),
        ("light", 1, LIGHT_ONE_CORE, False),
    ],
)
def test_the_mode_follows_the_setting_and_the_memory(mode: str, cores: int, available_mib: int, is_fast: bool) -> None:
    chosen, reason = choose_mode(mode, RX, cores=cores, available=available_mib * MIB)
    assert chosen is is_fast
    assert bool(reason) is not is_fast, "light mode always comes with its reason"


def test_light_mode_for_want_of_memory_says_loudly_what_there_is_and_what_is_needed() -> None:
    _, reason = choose_mode("auto", RX, cores=1, available=1000 * MIB)
    assert "LIGHT MODE" in reason and "1000 MiB" in reason and f"{FAST_ONE_CORE} MiB" in reason


@pytest.mark.parametrize("mode", ["auto", "light", "fast"])
def test_too_little_even_for_light_mode_is_refused_with_figures_and_next_step(mode: str) -> None:
    with pytest.raises(CannotStartError) as caught:
        choose_mode(mode, RX, cores=2, available=300 * MIB)
    error = caught.value
    assert (error.exit_code, error.code) == (ExitCode.CANNOT_START, "memory_short")
    assert "300 MiB" in error.sentence and "404 MiB" in error.sentence and "--threads 1" in error.sentence


def test_fast_mode_on_demand_is_refused_rather_than_replaced() -> None:
    with pytest.raises(CannotStartError, match=r"fast mode needs \d+ MiB.*MODE=auto"):
        choose_mode("fast", RX, cores=1, available=(FAST_ONE_CORE - 1) * MIB)
