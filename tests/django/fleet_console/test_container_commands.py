"""The commands of docker/compose.yaml and of docker/README.md are commands of the product, with words that it takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

DOCKER = Path(__file__).parents[3] / "docker"


def _of_compose() -> list[list[str]]:
    text = re.sub(r"\$\{(\w+)[^}]*\}", r"\1", (DOCKER / "compose.yaml").read_text())
    services = yaml.safe_load(text)["services"].values()
    return [service["command"] for service in services if service.get("command")]


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
