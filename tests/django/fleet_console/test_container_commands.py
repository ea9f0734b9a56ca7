"""The commands of docker/compose.yaml and of docker/README.md are commands of the product, with words that it takes; so
are the checks of health."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

DOCKER = Path(__file__).parents[3] / "docker"
INSIDE = "/opt/minerconsole"
"""Where the image has the program."""


def _services() -> dict[str, Any]:
    text = re.sub(r"\$\{(\w+)[^}]*\}", r"\1", (DOCKER / "compose.yaml").read_text())
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    return services


def _of_compose() -> list[list[str]]:
    return [service["command"] for service in _services().values() if service.get("command")]


def _of_readme() -> list[list[str]]:
    lines = (DOCKER / "README.md").read_text().splitlines()
    runs = [re.sub(r"\s+#.*", "", line).split() for line in lines if re.match(r"    docker compose (run|exec) ", line)]
    found = [[word.strip('"') for word in words] for words in runs]
    return [_after(words) for words in found]


def _after(words: list[str]) -> list[str]:
    """What is typed after the name of the service."""
    place = next(place for place, word in enumerate(words) if word in ("console", "node-1") and place > 2)
    return [word for word in words[place + 1 :] if not word.endswith("start.sh")]


@pytest.mark.parametrize("words", [*_of_compose(), *_of_readme()], ids=" ".join)
def test_each_command_is_there_and_takes_its_words(words: list[str]) -> None:
    app = get_commands()[words[0]]
    command = load_command_class(app, words[0]) if isinstance(app, str) else app
    parser = command.create_parser("minerconsole", words[0])
    assert parser.parse_args(words[1:])


def test_each_check_of_ours_is_a_file_of_the_image_run_by_its_python_with_a_check_that_there_is() -> None:
    image = (DOCKER / "Dockerfile").read_text()
    checks = {name: each["healthcheck"]["test"] for name, each in _services().items() if "healthcheck" in each}
    ours = {name: words for name, words in checks.items() if any("health.py" in word for word in words)}
    assert set(ours) == {"console", "worker", "node-1", "node-2"}
    assert "docker/health.py" in re.findall(r"^COPY (.+) docker/$", image, re.MULTILINE)[0].split()
    for kind, python, file, what in ours.values():
        assert (kind, python, file) == ("CMD", f"{INSIDE}/.venv/bin/python", f"{INSIDE}/docker/health.py")
        asked = "import sys; sys.path.insert(0, 'docker'); import health; sys.exit(sys.argv[1] not in health.CHECKS)"
        assert subprocess.run([sys.executable, "-c", asked, what], cwd=DOCKER.parent).returncode == 0, what


def test_health_py_says_how_it_is_called_to_whoever_names_no_check() -> None:
    done = subprocess.run([sys.executable, DOCKER / "health.py", "nobody"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (2, "health.py console|worker|node")


def test_the_checks_of_servers_are_programs_of_their_images(tmp_path: Path) -> None:
    services = _services()
    assert services["postgres"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    kind, line = services["redis"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL" and line.startswith("redis-cli ping")
    for answer, code in (("PONG", 0), ("NOAUTH Authentication required.", 0), ("Could not connect", 1)):
        program = tmp_path / "redis-cli"
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
        assert subprocess.run(["sh", "-c", line], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}).returncode == code
