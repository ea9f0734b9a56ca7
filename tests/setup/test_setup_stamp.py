"""When `./manage.sh` installs: at first, when something it depends on changed, and after an interruption."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.setup.conftest import Checkout

PATIENCE_S = 60.0


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_first_call_sets_up_and_runs_the_verb_with_its_words(checkout: Checkout) -> None:
    done = checkout.run("mine", "--offline", "--cores", "0 1")
    assert done.stdout == "RAN mine --offline --cores 0 1\n"
    assert "Installing" in done.stderr
    pth = checkout.root / ".venv/lib/python3.12/site-packages/minerconsole.pth"
    assert pth.read_text() == f"{checkout.root}\n"


def test_later_calls_install_nothing_and_start_python_once(checkout: Checkout) -> None:
    checkout.run("mine")
    checkout.calls_file.unlink()
    done = checkout.run("mine")
    assert done.stderr == ""
    assert len(checkout.calls_file.read_text().splitlines()) == 1


def test_a_changed_lock_project_file_or_place_installs_again(checkout: Checkout) -> None:
    checkout.run("mine")
    for change in ("requirements/run.lock", "pyproject.toml", ".venv/pyvenv.cfg"):
        before = checkout.calls("-m pip install")
        with (checkout.root / change).open("a") as file:
            file.write("# changed\n")
        assert checkout.run("mine").returncode == 0
        assert checkout.calls("-m pip install") == before + 1
        assert checkout.run("mine").stderr == ""
    before = checkout.calls("-m pip install")
    checkout.root = checkout.root.rename(checkout.root.parent / "moved")
    assert checkout.run("mine").stdout == "RAN mine\n"
    assert checkout.calls("-m pip install") == before + 1


def test_packages_of_a_fleet_are_installed_once_and_only_for_one(checkout: Checkout) -> None:
    assert "fleet.lock" not in checkout.run("mine").stderr
    assert "fleet.lock" in checkout.run("node", "join", "https://console", "--token", "mcj_1").stderr
    assert checkout.run("node", "run").stderr == ""
    assert checkout.run("fleet", "worker").stderr == ""
    with (checkout.root / "requirements/fleet.lock").open("a") as file:
        file.write("# changed\n")
    checkout.environ["MINERCONSOLE_BROKER"] = "redis://127.0.0.1/0"
    assert "fleet.lock" in checkout.run("mine").stderr
    del checkout.environ["MINERCONSOLE_BROKER"]
    with (checkout.root / "requirements/fleet.lock").open("a") as file:
        file.write("# changed again\n")
    (checkout.root / "mining_config.env").write_text("DATABASE = postgresql:///console\n")
    assert "fleet.lock" in checkout.run("mine").stderr


def test_a_new_migration_is_applied_without_installing(checkout: Checkout) -> None:
    checkout.run("mine")
    before = checkout.calls(f"{checkout.root}/manage.py migrate")
    (checkout.root / "mining/migrations").mkdir(parents=True)
    (checkout.root / "mining/migrations/0001_initial.py").touch()
    assert checkout.run("mine").returncode == 0
    assert checkout.calls(f"{checkout.root}/manage.py migrate") == before + 1
    assert checkout.calls("-m pip install") == 1
    checkout.run("mine")
    assert checkout.calls(f"{checkout.root}/manage.py migrate") == before + 1


def test_each_home_is_migrated_once(checkout: Checkout, tmp_path: Path) -> None:
    for words in (("--home", str(tmp_path / "a")), (f"--home={tmp_path}/a",), ("--home", str(tmp_path / "b"))):
        checkout.run("mine", *words)
    assert (tmp_path / "a/console.sqlite3").exists()
    assert (tmp_path / "b/console.sqlite3").exists()
    assert checkout.calls(f"{checkout.root}/manage.py migrate") == 2


def test_an_environment_without_its_python_is_made_again(checkout: Checkout) -> None:
    checkout.run("mine")
    (checkout.root / ".venv/bin/python").unlink()
    done = checkout.run("mine")
    assert done.stdout == "RAN mine\n"
    assert "making it again" in done.stderr


def test_a_set_up_that_was_killed_is_healed_by_the_next_call(checkout: Checkout) -> None:
    first = checkout.start("mine", play="slow")
    _until(checkout.hold.exists)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    (checkout.root / ".venv/half-installed").touch()
    done = checkout.run("mine")
    assert done.stdout == "RAN mine\n"
    assert "unfinished or broken" in done.stderr
    assert not (checkout.root / ".venv/half-installed").exists()


def test_an_update_without_a_network_keeps_the_environment_and_what_asks_about_a_miner(checkout: Checkout) -> None:
    checkout.run("mine")
    (checkout.root / "requirements/run.lock").write_text("asgiref==3.14.0\n")
    assert checkout.run("mine", play="no-network").returncode == 3
    assert checkout.run("stop", play="no-network").stdout == "RAN stop\n"
    done = checkout.run("mine")
    assert done.stdout == "RAN mine\n"
    assert "making it again" not in done.stderr


def test_two_set_ups_at_once_install_once(checkout: Checkout) -> None:
    first = checkout.start("mine", play="slow")
    _until(checkout.hold.exists)
    second = checkout.start("mine")
    assert second.stdout is not None
    assert "waiting for it" in second.stdout.readline()
    checkout.hold.unlink()
    assert "RAN mine" in first.communicate(timeout=PATIENCE_S)[0]
    assert second.communicate(timeout=PATIENCE_S)[0] == "RAN mine\n"
    assert checkout.calls("-m pip install") == 1


def test_uv_is_used_when_there_is_one_and_pip_when_it_fails(checkout: Checkout) -> None:
    uv = 'echo "uv $*" >>"$CALLS"; [ "$1" = venv ] && exec python3 -m venv "${@: -1}"; [ "$PLAY" != uv-fails ]'
    checkout.give_tool("uv", uv)
    assert checkout.run("mine").stdout == "RAN mine\n"
    assert checkout.calls("uv pip install") == 1
    assert checkout.calls("-m pip install") == 0
    (checkout.root / "requirements/run.lock").write_text("asgiref==3.14.0\n")
    done = checkout.run("mine", play="uv-fails")
    assert done.stdout == "RAN mine\n"
    assert checkout.calls("-m pip install") == 1
