"""A machine of four cores of which three may be used, and short ways to resolve and to be refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mining.configuration import RunConfiguration, resolve
from mining.configuration.cores import Machine
from mining.errors import ConfigurationError

FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
DAEMON = "daemon+http://127.0.0.1:18081"
MACHINE = Machine(online=frozenset({0, 1, 2, 3}), allowed=frozenset({0, 1, 2}))

Resolve = Callable[..., RunConfiguration]
Refused = Callable[..., ConfigurationError]


@pytest.fixture
def machine() -> Machine:
    return MACHINE


@pytest.fixture
def fund() -> str:
    return FUND


@pytest.fixture
def daemon() -> str:
    return DAEMON


@pytest.fixture
def resolved(tmp_path: Path) -> Resolve:
    """Resolve options given as keywords, with `environ` and the text of a `file`."""

    def run(
        *, environ: dict[str, str] | None = None, file: str | None = None, answers: dict[str, object] | None = None,
        console: dict[str, str] | None = None, tuned: dict[str, str] | None = None, **arguments: Any,
    ) -> RunConfiguration:  # fmt: skip
        path = None
        if file is not None:
            path = tmp_path / "mining_config.env"
            path.write_text(file, encoding="utf-8", newline="")
        return resolve(arguments, environ or {}, path, console, tuned, answers=answers, machine=MACHINE)

    return run


@pytest.fixture
def refused(resolved: Resolve) -> Refused:
    """Resolve as `resolved` does, and return the error that must come."""

    def run(**given: Any) -> ConfigurationError:
        with pytest.raises(ConfigurationError) as caught:
            resolved(**given)
        assert caught.value.exit_code == 2
        assert caught.value.next_step
        assert "\n" not in caught.value.sentence
        return caught.value

    return run
