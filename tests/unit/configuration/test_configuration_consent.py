"""Mining for a payee is refused on public continuous-integration runners."""

from __future__ import annotations

from typing import Any

import pytest

from mining.configuration.checks import CI_VARIABLES

FAR = "daemon+http://node.example.org:18081"


@pytest.mark.parametrize("variable", CI_VARIABLES)
def test_a_far_daemon_is_refused_on_a_public_runner(refused: Any, fund: str, variable: str) -> None:
    error = refused(pool=[FAR], wallet=fund, environ={variable: "true"})

    assert error.code == "public_ci"
    assert variable in error.thing
    assert "node.example.org:18081" in error.thing


def test_a_pool_is_refused_there_as_well(refused: Any, fund: str) -> None:
    error = refused(pool=["stratum+ssl://pool.example.org:443"], wallet=fund, environ={"GITHUB_ACTIONS": "true"})

    assert error.code == "public_ci"


def test_one_far_backup_is_enough_to_be_refused(refused: Any, fund: str, daemon: str) -> None:
    assert refused(pool=[daemon, FAR], wallet=fund, environ={"CI": "1"}).code == "public_ci"


def test_loopback_and_offline_are_allowed_on_a_public_runner(resolved: Any, fund: str, daemon: str) -> None:
    assert resolved(pool=[daemon], wallet=fund, environ={"GITHUB_ACTIONS": "true"}).kind == "daemon"
    assert resolved(offline=True, environ={"GITLAB_CI": "true"}).offline


@pytest.mark.parametrize("value", ["", "false", "0"])
def test_a_variable_that_says_no_is_no_runner(resolved: Any, fund: str, value: Any) -> None:
    assert resolved(pool=[FAR], wallet=fund, environ={"CI": value}).kind == "daemon"
