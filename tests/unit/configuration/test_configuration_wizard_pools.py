"""The questions about a pool in a first run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mining.configuration import resolve
from mining.configuration.cores import Machine
from mining.configuration.wizard import Questions, ask_first_run, save_answers
from mining.stratum.presets import presets_of

SUB = "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"
Ask = Callable[..., tuple[dict[str, object], list[str]]]
XMR = presets_of("XMR")


def _number(key: str) -> str:
    return str(next(number for number, preset in enumerate(XMR, start=1) if preset.key == key))


@pytest.fixture
def asked(machine: Machine) -> Ask:
    """Hold the conversation after coin and "a pool"; returns the answers and what was said after the list."""

    def run(*replies: str) -> tuple[dict[str, object], list[str]]:
        waiting = ["XMR", "2", *replies]
        said: list[str] = []
        answers = ask_first_run(Questions(lambda _: waiting.pop(0), said.append, {}, {}, None, machine))
        assert waiting == []
        return answers, said[2 + len(XMR) :]

    return run


@pytest.mark.parametrize("replies", [[""], ["stratum+tcp://h:1", ""]])
def test_enter_means_the_offline_demonstration(asked: Ask, replies: list[str]) -> None:
    assert asked(*replies) == ({"offline": True}, [])


def test_every_pool_of_the_catalogue_is_offered_and_called_not_verified(machine: Machine) -> None:
    waiting, said = ["XMR", "2", ""], list[str]()
    ask_first_run(Questions(lambda _: waiting.pop(0), said.append, {}, {}, None, machine))

    assert "not a recommendation" in said[1]
    for number, (preset, line) in enumerate(zip(XMR, said[2:], strict=True), start=1):
        assert line.split()[0] == str(number) and preset.host in line and preset.note in line


@pytest.mark.parametrize(("answer", "url"), [("", "stratum+ssl://xmr.kryptex.network:8029"),
                                             ("n", "stratum+tcp://xmr.kryptex.network:7029")])  # fmt: skip
def test_a_pool_is_chosen_by_its_number_with_or_without_encryption(
    asked: Ask, fund: str, answer: str, url: str
) -> None:
    answers, said = asked(_number("kryptex"), answer, fund)

    assert answers == {"coin": "XMR", "pool": [url], "wallet": fund}
    assert said == []


def test_the_kind_of_a_program_of_one_s_own_is_kept(asked: Ask, fund: str, tmp_path: Path, machine: Machine) -> None:
    answers, _ = asked(_number("own_p2pool"), fund)
    assert answers["pool_profile"] == "p2pool"

    save_answers(answers, tmp_path / "mining_config.env")
    configuration = resolve({}, {}, tmp_path / "mining_config.env", machine=machine)
    assert (configuration.kind, configuration.pool_profile) == ("pool", "p2pool")


def test_a_url_of_one_s_own_and_a_sub_address_are_taken(asked: Ask) -> None:
    answers, said = asked("stratum+ssl://pool.example.org:443", SUB)

    assert answers == {"coin": "XMR", "pool": ["stratum+ssl://pool.example.org:443"], "wallet": SUB}
    assert said == []


def test_wrong_answers_are_named_and_asked_again(asked: Ask, fund: str) -> None:
    answers, said = asked("0", "99", "kryptex", "stratum+tcp://h", "h:x", "h:1", f"{fund}.rig1", fund)

    assert answers["pool"] == ["stratum+tcp://h:1"]
    assert len(said) == 6
    for sentence, words in zip(said, ["Type 1 to", "Type 1 to", "Type 1 to", "no port", "port", "WORKER=rig1"],
                               strict=True):  # fmt: skip
        assert words in sentence


def test_a_wallet_the_pool_does_not_pay_is_named(asked: Ask, fund: str) -> None:
    answers, said = asked(_number("nicehash"), "", fund, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")

    assert answers["wallet"] == "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    assert len(said) == 1 and "NiceHash" in said[0]


def test_litecoin_is_mined_at_a_node_of_one_s_own(machine: Machine, tmp_path: Path) -> None:
    litecoin = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"
    waiting, asked = ["ltc", "1", "", litecoin], list[str]()
    answers = ask_first_run(
        Questions(lambda text: asked.append(text) or waiting.pop(0), lambda _: None, {}, {}, None, machine)  # type: ignore[func-returns-value]
    )

    assert "your own node (litecoind)" in asked[1]
    assert answers == {"coin": "LTC", "pool": ["daemon+http://127.0.0.1:9332"], "wallet": litecoin}


def test_a_coin_without_a_node_of_one_s_own_goes_straight_to_the_pools(machine: Machine, tmp_path: Path) -> None:
    dogecoin = "DD4KSSuBJqcjuTcvUg1CgUKeurPUFeEZkE"
    waiting, said = ["doge", "stratum+tcp://pool.example.org:3333", f"{dogecoin[:-1]}Z", dogecoin], list[str]()
    answers = ask_first_run(Questions(lambda _: waiting.pop(0), said.append, {}, {}, None, machine))

    assert answers == {"coin": "DOGE", "pool": ["stratum+tcp://pool.example.org:3333"], "wallet": dogecoin}
    assert [line.split()[0] for line in said[2:-1]] == [str(n + 1) for n in range(len(presets_of("DOGE")))]
    assert "checksum" in said[-1]
    save_answers(answers, tmp_path / "mining_config.env")
    assert resolve({}, {}, tmp_path / "mining_config.env", machine=machine).algorithm == "scrypt"
