"""The fixture `measured`: figures that tests saw, shown in a section of their own at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Note a figure for the section "measured" of the terminal summary."""
    figures = request.config.stash.setdefault(FIGURES, [])

    def note(sentence: str) -> None:
        print(sentence)
        figures.append(f"{request.node.name}: {sentence}")

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the figures."""
    figures = config.stash.get(FIGURES, [])
    if figures:
        terminalreporter.section("measured")
        for sentence in figures:
            terminalreporter.write_line(sentence)
