"""What a start of `mine` takes from the console, and `mine --save`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from mining.configuration.origins import Level
from mining.errors import ConfigurationError
from mining.management.commands.mine import Command
from mining.models import Node, Plan
from mining.services import live_pins, plans
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_apply, receipt_record
from mining.services.start import console_part, save_flags
from tests.django.console import plan_rows as rows
from tests.django.console.test_plans import AT, _nobody

pytestmark = pytest.mark.django_db
CORE = str(min(os.sched_getaffinity(0)))


@pytest.fixture
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.MINERCONSOLE_HOME = tmp_path
    (tmp_path / "console.sqlite3").touch()
    for module in (plans, live_pins):
        monkeypatch.setattr(module, "request", _nobody)
    for name in list(os.environ):
        if name.startswith("MINERCONSOLE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MINERCONSOLE_HOME", str(tmp_path))
    monkeypatch.setattr("mining.configuration.home.checkout_folder", lambda: None)
    return tmp_path


def test_a_start_follows_the_present_plan_below_everything_else(home: Path) -> None:
    plan_apply(rows.ADMIN, rows.node(), PlanWish(is_offline=True, intensity=40, threads=1))
    options = {"home": str(home), "config": None, "intensity": 70, "explain": False, "check_login": False}
    configuration = Command()._resolve(options, None)
    assert configuration.threads == 1
    assert configuration.sources["THREADS"].level is Level.CONSOLE
    assert configuration.intensity == 70
    assert configuration.pins["INTENSITY"].startswith("command line")
    assert "THREADS" not in configuration.pins


def test_a_start_takes_the_verified_plan_and_lets_the_newer_one_be_delivered(home: Path) -> None:
    node = rows.node()
    first = plan_apply(rows.ADMIN, node, PlanWish(is_offline=True, intensity=40))
    assert console_part(home).values["INTENSITY"] == "40"
    receipt_record(node, version=1, digest=first.digest, state="verified", reason="", at=AT)
    plan_apply(rows.ADMIN, node, PlanWish(is_offline=True, intensity=50))
    assert console_part(home).values["INTENSITY"] == "40"


def test_without_a_plan_the_console_says_nothing(home: Path) -> None:
    assert console_part(home).values == {}
    rows.node()
    assert console_part(home).values == {}


def test_the_plan_of_another_home_is_not_ours(home: Path, tmp_path: Path) -> None:
    plan_apply(rows.ADMIN, rows.node(), PlanWish(is_offline=True, intensity=40))
    assert console_part(tmp_path / "other").values == {}


def test_a_database_that_cannot_be_read_keeps_nobody_from_mining(home: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE mining_node RENAME TO gone")
    part = console_part(home)
    assert part.values == {}
    assert "cannot be read" in part.warning and "other settings" in part.warning


def test_saved_options_become_the_next_plan(home: Path) -> None:
    plan = save_flags(home, {"cores": CORE, "intensity": 30, "home": str(home)})
    assert plan.values == {"CORES": CORE, "INTENSITY": "30"}
    again = save_flags(home, {"threads": 1})
    assert again.values == {"THREADS": "1", "INTENSITY": "30"}
    assert Node.objects.get().is_local


def test_a_saved_url_keeps_its_login_out_of_sight(home: Path) -> None:
    save_flags(home, {"pool": ["daemon+http://user:secret@127.0.0.1:18081"], "wallet": rows.XMR_ADDRESS})
    plan = Plan.objects.get()
    assert plan.values["POOL_1"] == "daemon+http://127.0.0.1:18081"
    assert console_part(home).values["POOL_1"] == "daemon+http://user:secret@127.0.0.1:18081"


def test_saving_nothing_is_refused(home: Path) -> None:
    with pytest.raises(ConfigurationError, match="found no option"):
        save_flags(home, {"listen": "127.0.0.1:4444"})


def test_the_command_saves_and_says_what_follows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        Command().run_from_argv(["manage.py", "mine", "--save", "--offline", "--intensity", "25"])
    assert caught.value.code == 0
    assert "Saved as plan 1" in capsys.readouterr().out
    assert Plan.objects.get().values == {"OFFLINE": "on", "INTENSITY": "25"}


def test_a_wrong_option_is_not_saved(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        Command().run_from_argv(["manage.py", "mine", "--save", "--intensity", "250"])
    assert caught.value.code == 2
    assert "250" in capsys.readouterr().err
    assert not Plan.objects.exists()
