"""The questions of a first run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from mining.configuration import env_file, resolve
from mining.configuration.cores import Machine
from mining.configuration.endpoints import parse_endpoint
from mining.configuration.wizard import Questions, ask_first_run, is_yes, save_answers

SUB = "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"
LITECOIN = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"
Ask = Callable[..., tuple[dict[str, object], list[str]]]


@pytest.fixture
def asked(machine: Machine) -> Ask:
    """Hold the conversation with these replies; returns the answers and what was said. All replies must be used."""

    def run(*replies: str) -> tuple[dict[str, object], list[str]]:
        waiting = list(replies)
        said: list[str] = []
        answers = ask_first_run(Questions(lambda _: waiting.pop(0), said.append, {}, {}, None, machine))
        assert waiting == []
        return answers, said[1:]

    return run


@pytest.mark.parametrize("replies", [[""], ["XMR", ""], ["XMR", "1", "", ""]])
def test_enter_means_the_offline_demonstration(asked: Ask, replies: list[str]) -> None:
    assert asked(*replies) == ({"offline": True}, [])


def test_coin_daemon_and_wallet_are_asked_for(asked: Ask, fund: str) -> None:
    answers, said = asked("xmr", "1", "", fund)

    assert answers == {"coin": "XMR", "pool": ["daemon+http://127.0.0.1:18081"], "wallet": fund}
    assert said == []


@pytest.mark.parametrize("password", ["p%40ss", "100%", "a@b:c/d#e?", "x://y", "ä ö", ""])
def test_a_password_typed_without_a_scheme_is_meant_as_it_is(asked: Ask, fund: str, password: str) -> None:
    answers, said = asked("XMR", "1", f"miner:{password}@localhost:28081", fund)
    (url,) = cast("list[str]", answers["pool"])
    endpoint = parse_endpoint(url)
    assert (endpoint.user, endpoint.password) == ("miner", password)
    assert (endpoint.host, endpoint.port, said) == ("localhost", 28081, [])


def test_a_url_typed_with_its_scheme_is_a_url(asked: Ask, fund: str) -> None:
    answers, _ = asked("XMR", "1", "daemon+http://miner:p%40ss@localhost:28081", fund)
    assert answers["pool"] == ["daemon+http://miner:p%40ss@localhost:28081"]


def test_wrong_answers_are_named_and_asked_again(asked: Ask, fund: str) -> None:
    answers, said = asked("BTC", "XMR", "3", "1", "localhost", "localhost:28081", fund[:-1], SUB, LITECOIN, fund)

    assert answers["pool"] == ["daemon+http://localhost:28081"]
    assert len(said) == 6
    for sentence, words in zip(said, ["not a coin", '"3"', "no port", "94", "sub-", "Litecoin"], strict=True):
        assert words in sentence


def test_a_seed_phrase_is_not_repeated(asked: Ask, fund: str) -> None:
    _, said = asked("XMR", "1", "", "bamboo " * 25, fund)

    assert len(said) == 1 and "seed phrase" in said[0] and "bamboo" not in said[0]


def test_saved_answers_are_a_configuration_that_only_the_owner_reads(
    tmp_path: Path, machine: Machine, fund: str
) -> None:
    path = tmp_path / "mining_config.env"
    save_answers({"coin": "XMR", "pool": ["daemon+http://127.0.0.1:18081"], "wallet": fund}, path)

    configuration = resolve({}, {}, path, machine=machine)
    assert (configuration.kind, configuration.wallet) == ("daemon", fund)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "# Share of the time" in path.read_text()


def test_saved_answers_leave_the_rest_of_a_file_alone(tmp_path: Path, fund: str) -> None:
    path = tmp_path / "mining_config.env"
    path.write_text("# mine\nINTENSITY=50\n")
    save_answers({"coin": "XMR", "pool": ["daemon+http://h:1"], "wallet": fund}, path)

    assert path.read_text().startswith("# mine\nINTENSITY=50\n")
    assert len(env_file.parse(path.read_text(), "f").entries) == 4


@pytest.mark.parametrize(("answer", "yes"), [("", True), ("y", True), ("YES", True), ("n", False), ("what", False)])
def test_only_a_yes_or_enter_is_a_yes(answer: str, yes: bool) -> None:
    assert is_yes(answer) is yes
