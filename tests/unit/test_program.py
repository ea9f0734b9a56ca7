"""The name of the program in what people read: it fits how the program was installed, everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import mining
from mining.configuration.example import example_text
from mining.engine.control import NotRunningError, request
from mining.program import checkout_folder, program_name
from mining.terminal.status import not_running_sentence

ROOT = Path(__file__).parents[2]
MAY_NAME_THE_SCRIPT = {"mining/program.py", "mining/management/commands/service.py"}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package lies where a wheel would put it."""
    monkeypatch.setattr(mining, "__file__", str(tmp_path / "site-packages" / "mining" / "__init__.py"))


def test_a_checkout_is_called_by_its_script() -> None:
    assert checkout_folder() == ROOT and program_name() == "./manage.sh"
    assert not_running_sentence(Path("/srv")).startswith(
        "Nothing is mining from HOME /srv. Start it with ./manage.sh mine"
    )


@pytest.mark.usefixtures("installed")
def test_a_wheel_is_called_by_its_console_script(tmp_path: Path) -> None:
    assert checkout_folder() is None and program_name() == "minerconsole"
    assert "Start it with minerconsole mine" in not_running_sentence(Path("/srv"))
    with pytest.raises(NotRunningError, match="Start it with minerconsole mine"):
        request(tmp_path, "status")


@pytest.mark.usefixtures("installed")
def test_a_configuration_file_of_a_wheel_names_the_console_script() -> None:
    text = example_text()
    assert "minerconsole config init" in text and "manage.sh" not in text


def test_no_text_names_the_script_of_a_checkout_by_hand() -> None:
    files = [path for folder in ("mining", "minerconsole", "templates") for path in (ROOT / folder).rglob("*")]
    texts = [path for path in files if path.suffix in (".py", ".html", ".js")]
    naming = {str(path.relative_to(ROOT)) for path in texts if "manage.sh" in path.read_text(encoding="utf-8")}
    assert len(texts) > 100 and naming <= MAY_NAME_THE_SCRIPT
