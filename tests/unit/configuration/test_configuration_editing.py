"""Changing the configuration file through `config`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.configuration.cores import Machine
from mining.configuration.editing import file_problems, make_file, set_values, split_assignment
from mining.errors import ConfigurationError

SUB = "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mining_config.env"


def test_a_new_file_is_the_example_and_an_old_one_is_never_overwritten(path: Path) -> None:
    make_file(path)
    assert "#WALLET=" in path.read_text()

    with pytest.raises(ConfigurationError, match="exists and is left as it is"):
        make_file(path)


def test_values_are_set_and_comments_kept(path: Path, machine: Machine) -> None:
    path.write_text("# my words\nINTENSITY=5 # low\n\n#CORES=0\n")

    assert set_values(path, {"INTENSITY": "50", "CORES": "0-1"}, machine) == []
    assert path.read_text() == "# my words\nINTENSITY=50\n\nCORES=0-1\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "values", [{"INTENSITY": "101"}, {"THREADS": "1"}, {"INTENSITY": "7", "WALLET": "4abc"}, {"WALLET": "0f" * 32}]
)
def test_nothing_is_written_when_one_value_is_bad_or_contradicts(
    path: Path, machine: Machine, values: dict[str, str]
) -> None:
    path.write_text("CORES=0\n")

    with pytest.raises(ConfigurationError):
        set_values(path, values, machine)

    assert path.read_text() == "CORES=0\n"


def test_a_sub_address_for_a_daemon_is_noticed_whichever_is_set_last(path: Path, machine: Machine, daemon: str) -> None:
    set_values(path, {"WALLET": SUB}, machine)

    with pytest.raises(ConfigurationError, match="sub-address"):
        set_values(path, {"POOL_1": daemon}, machine)


def test_what_is_still_missing_is_told_and_does_not_stop_a_step(
    path: Path, machine: Machine, daemon: str, fund: str
) -> None:
    remaining = set_values(path, {"POOL_1": daemon}, machine)
    assert [problem.code for problem in remaining] == ["wallet_missing"]

    assert set_values(path, {"WALLET": fund}, machine) == []


def test_an_older_mistake_elsewhere_does_not_stop_a_step(path: Path, machine: Machine) -> None:
    path.write_text("WALET=x\nINTENSITY=abc\n")

    remaining = set_values(path, {"CORES": "0"}, machine)
    assert len(remaining) == 2
    assert path.read_text() == "WALET=x\nINTENSITY=abc\nCORES=0\n"


def test_an_empty_value_unsets_a_key(path: Path, machine: Machine) -> None:
    path.write_text("INTENSITY=50\n")
    set_values(path, {"INTENSITY": ""}, machine)

    assert file_problems(path, {}, machine) == []
    assert path.read_text() == "INTENSITY=\n"


@pytest.mark.parametrize(
    ("text", "result"),
    [("wallet=4A", ("WALLET", "4A")), ("MINERCONSOLE_CORES=0", ("CORES", "0")), ("WORKER=", ("WORKER", ""))],
)
def test_an_assignment_is_split(text: str, result: tuple[str, str]) -> None:
    assert split_assignment(text) == result


@pytest.mark.parametrize(
    ("text", "words"),
    [("WALLET", "KEY=VALUE"), ("WALET=1", "Did you mean WALLET?"), ("DURATION=5", "--duration"), ("=", "not known")],
)
def test_a_wrong_assignment_is_named(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        split_assignment(text)
    assert words in caught.value.sentence


def test_every_problem_of_a_file_is_named_with_its_line(path: Path, machine: Machine, daemon: str) -> None:
    path.write_text(f"INTENSITY=101\nWALET=x\nCORES=9\nPOOL_1={daemon}\nWALLET=4abc\nnonsense\n")

    sentences = [problem.sentence for problem in file_problems(path, {}, machine)]
    for line in (1, 2, 3, 6):
        assert any(f"mining_config.env:{line}" in sentence for sentence in sentences), line


def test_a_bad_wallet_is_named_beside_a_bad_number(path: Path, machine: Machine, daemon: str) -> None:
    path.write_text(f"INTENSITY=101\nPOOL_1={daemon}\nWALLET=4abc\n")

    codes = [problem.code for problem in file_problems(path, {}, machine)]
    assert codes == ["bad_value", "wallet_length"]
