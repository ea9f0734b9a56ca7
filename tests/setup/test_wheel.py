"""The wheel: everything a page and a miner need is in it, and it finds its own files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.setup.conftest import ROOT

_OURS = ("MINERCONSOLE_", "DJANGO_", "PYTHON")
_SOURCES = ("mining", "minerconsole", "templates", "pyproject.toml", "setup.py", "LICENSE", "THIRD_PARTY.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel once, from a copy, so that no build folder is left behind."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in _SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    readme = ROOT / "README.md"
    (folder / "README.md").write_text(readme.read_text() if readme.exists() else "MinerConsole\n")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "out", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (built,) = (folder / "out").glob("minerconsole-*.whl")
    return built


def test_every_module_template_and_static_file_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT)).replace("templates/", "minerconsole/templates/", 1)
        for folder in ("mining", "minerconsole", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_the_wheel_runs_outside_a_checkout_and_its_home_is_the_users_data_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = """
from django.template.loader import get_template
from django.contrib.staticfiles import finders
import django; django.setup()
from django.conf import settings
get_template("minerconsole/dashboard.html")
print(finders.find("minerconsole/js/dashboard.js")); print(settings.MINERCONSOLE_HOME)
"""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MINERCONSOLE_")}
    environ |= {"PYTHONPATH": str(site), "XDG_DATA_HOME": str(tmp_path / "data")}
    environ["DJANGO_SETTINGS_MODULE"] = "minerconsole.settings"
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == [
        str(site / "minerconsole/static/minerconsole/js/dashboard.js"),
        str(tmp_path / "data/minerconsole"),
    ], done.stderr


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """The Python of a fresh environment with the wheel in it; what the wheel depends on is lent from this one."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=60)
    command = [sys.executable, "-m", "pip", "--python", str(venv), "install", "--quiet", "--no-deps", "--no-index"]
    done = subprocess.run([*command, str(wheel)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (site,) = venv.glob("lib/python*/site-packages")
    assert (site / "mining").is_dir()
    (site / "lent.pth").write_text("".join(f"{sysconfig.get_path(name)}\n" for name in ("purelib", "platlib")))
    return venv / "bin/python"


def test_an_installed_wheel_mines(installed: Path, tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environ["XDG_DATA_HOME"] = str(tmp_path / "data")
    command = [str(installed), "-m", "minerconsole", "mine", "--offline", "--light", "--duration", "1", "--json"]
    done = subprocess.run(
        [*command, "--no-web"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=180
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert (events[0]["event"], events[0]["offline"]) == ("start", True)
    assert events[-1]["event"] == "summary" and events[-1]["hashes"] > 0, events[-1]
    assert done.stderr == ""
    assert (tmp_path / "data/minerconsole/node_id").exists()
