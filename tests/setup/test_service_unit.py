"""`service --print`: a unit that systemd understands, and nothing installed."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mining.management.commands.service import unit


def test_the_unit_runs_this_checkout_in_the_given_home() -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit(Path("/srv/50% miner")))
    service = parser["Service"]
    assert service["ExecStart"].endswith('manage.sh" mine --plain')
    assert service["Environment"] == '"MINERCONSOLE_HOME=/srv/50%% miner"'
    assert service["RestartPreventExitStatus"] == "2 3 4"
    assert service["KillMode"] == "mixed"
    assert "User" not in service


def test_without_print_it_says_that_it_installs_nothing() -> None:
    with pytest.raises(CommandError, match="installs nothing") as caught:
        call_command("service", is_print=False, home=None)
    assert caught.value.returncode == 2
