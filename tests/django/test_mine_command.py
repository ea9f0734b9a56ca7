"""`mine` from the shell: exit codes, where sentences go, and what the runner is handed."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mining.management.commands.mine import Command

FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
DAEMON = "daemon+http://127.0.0.1:18081"
PAGE = "The page: http://127.0.0.1:3333/. In a minute ./manage.sh login prints a link to log in."
CORE = str(min(os.sched_getaffinity(0)))

Run = Callable[..., int]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Stand a recorder in for the engine, in a home of its own and an environment without our variables."""
    recorded: list[tuple[Any, ...]] = []

    def run_mine(configuration: object, plan: object, view: object, *_companions: object) -> int:
        recorded.append(("mine", configuration, plan, view))
        return 3

    def check_login(*given: object) -> int:
        recorded.append(("check", *given))
        return 4

    runner = ModuleType("mining.engine.runner")
    runner.__dict__.update(run_mine=run_mine, check_login=check_login)
    monkeypatch.setitem(sys.modules, "mining.engine.runner", runner)
    monkeypatch.setattr("mining.configuration.home.checkout_folder", lambda: None)
    for name in list(os.environ):
        if name.startswith("MINERCONSOLE_") or name == "CI":
            monkeypatch.delenv(name)
    monkeypatch.setenv("MINERCONSOLE_HOME", str(tmp_path / "home"))
    return recorded


@pytest.fixture
def run(runs: list[tuple[Any, ...]]) -> Run:
    """Run `mine` with these words; returns the exit code."""

    def mine(*words: str) -> int:
        with pytest.raises(SystemExit) as caught:
            Command().run_from_argv(["manage.py", "mine", *words])
        return int(caught.value.code or 0)

    return mine


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sit at a terminal and give these replies; after the last one the input ends."""

    def sit(*replies: str) -> None:
        waiting = iter(replies)

        def answer(_prompt: str) -> str:
            try:
                return next(waiting)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr(builtins, "input", answer)
        monkeypatch.setattr("mining.management.commands.mine._is_on_terminal", lambda: True)

    return sit


def test_the_runner_gets_configuration_plan_and_view_and_gives_the_exit_code(
    run: Run, runs: list[tuple[Any, ...]]
) -> None:
    assert run("--pool", DAEMON, "--wallet", FUND, "--cores", CORE, "--json") == 3

    ((verb, configuration, plan, view),) = runs
    assert (verb, view, plan.wallet, plan.kind) == ("mine", "json", FUND, "daemon")
    assert configuration.sources["WALLET"].label == "command line (--wallet)"


def test_a_pipe_gets_plain_lines(run: Run, runs: list[tuple[Any, ...]]) -> None:
    run("--offline")

    assert runs[0][-1] == "plain"


def test_nothing_configured_without_a_terminal_is_offline_and_says_so(
    run: Run, runs: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    run("--cores", CORE)

    output = capsys.readouterr()
    assert runs[0][2].kind == "offline"
    lines = output.err.splitlines()
    assert lines[0].startswith("Nothing is configured") and lines[1:] == [PAGE]
    assert output.out == ""


def test_a_mistake_is_one_line_on_standard_error_and_exit_code_2(
    run: Run, runs: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--intensity", "101") == 2

    output = capsys.readouterr()
    assert output.err == '--intensity "101" is not a whole number from 0 to 100. Give a number from 0 to 100.\n'
    assert output.out == "" and runs == []


LITECOIN = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"
POOL = ("--pool", "stratum+tcp://pool.example.org:3333")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--coin", "LTC", "--wallet", "LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeB", *POOL), "has a wrong checksum"),
        (("--coin", "LTC", "--wallet", f"{LITECOIN[:-1]}8", *POOL), "has a wrong checksum"),
        (("--coin", "LTC", "--wallet", "tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0", *POOL), "is a testnet address"),
        (("--coin", "DOGE", "--wallet", "nhRsrUaxZou6sewjqaS37cJrMRJRgwVXdk", *POOL), "is a testnet address"),
        (("--coin", "LTC", "--wallet", FUND, *POOL), "looks like a Monero address, not a Litecoin one"),
        (("--coin", "DOGE", "--wallet", FUND, *POOL), "looks like a Monero address, not a Dogecoin one"),
        (("--wallet", LITECOIN, *POOL), "looks like a Litecoin address, not a Monero one"),
        (("--coin", "LTC", "--wallet", LITECOIN, "--payment-id", "0f" * 8, *POOL), "Litecoin has no payment ids"),
        (("--coin", "LTC", "--algorithm", "rx/0", "--offline"), "does not agree with the coin LTC"),
        (("--algorithm", "scrypt", "--wallet", LITECOIN, *POOL), "does not agree with the coin XMR"),
        (
            ("--coin", "DOGE", "--wallet", "DD4KSSuBJqcjuTcvUg1CgUKeurPUFeEZkE", "--pool", DAEMON),
            "dogecoind of your own is not available yet",
        ),
        (("--coin", "LTC", "--wallet", LITECOIN, "--pool-profile", "p2pool", *POOL), "LTC is mined with scrypt"),
    ],
)
def test_coin_wallet_pool_and_algorithm_that_disagree_are_one_sentence_and_exit_code_2(
    run: Run, runs: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert run(*words, "--cores", CORE) == 2

    output = capsys.readouterr()
    assert sentence in output.err and output.err.count("\n") == 1
    assert output.out == "" and runs == []


def test_a_scrypt_coin_reaches_the_runner_and_a_mode_without_effect_is_said(
    run: Run, runs: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    run("--coin", "LTC", "--wallet", LITECOIN, *POOL, "--cores", CORE)
    run("--algorithm", "scrypt", "--offline", "--light", "--cores", CORE)

    pool, offline = (plan for _, _, plan, _ in runs)
    assert (pool.kind, pool.coin, pool.algorithm, pool.wallet) == ("pool", "LTC", "scrypt", LITECOIN)
    assert (offline.kind, offline.algorithm, offline.mode) == ("offline", "scrypt", "light")
    no_effect = "--light has no effect: scrypt has no fast and no light mode."
    assert capsys.readouterr().err.splitlines() == [PAGE, no_effect, PAGE]


def test_explain_ends_without_mining(run: Run, runs: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--explain", "--intensity", "50") == 0

    assert "command line (--intensity); to release: leave out --intensity" in capsys.readouterr().out
    assert runs == []


def test_a_login_is_checked_at_a_daemon_or_pool_only(
    run: Run, runs: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--check-login", "--pool", DAEMON, "--wallet", FUND, "--cores", CORE) == 4
    assert runs[0][0] == "check"
    assert run("--check-login", "--offline") == 2
    assert run("--check-login", "--pool", "stratum+tcp://127.0.0.1:1", "--wallet", FUND, "--cores", CORE) == 4


def test_a_first_run_can_be_written_down_and_is_used_the_next_time(
    run: Run, runs: list[tuple[Any, ...]], terminal: Callable[..., None], tmp_path: Path
) -> None:
    terminal("XMR", "1", "", FUND, "y")
    run("--cores", CORE)
    run("--cores", CORE)

    assert [plan.wallet for _, _, plan, _ in runs] == [FUND, FUND]
    assert "mining_config.env:" in runs[1][2].payee_source
    assert (tmp_path / "home" / "mining_config.env").stat().st_mode & 0o777 == 0o600


def test_enter_is_the_offline_demonstration_and_pins_nothing_so_that_the_page_can_set_up_a_pool(
    run: Run, runs: list[tuple[Any, ...]], terminal: Callable[..., None]
) -> None:
    terminal("")
    run()

    assert runs[0][2].kind == "offline"
    assert set(runs[0][2].pins) <= {"HOME"}


@pytest.mark.parametrize("last", [["n"], []])
def test_a_first_run_is_written_down_only_after_a_yes(
    run: Run, runs: list[tuple[Any, ...]], terminal: Callable[..., None], tmp_path: Path, last: list[str]
) -> None:
    terminal("XMR", "1", "", FUND, *last)
    run("--cores", CORE)

    assert runs[0][2].wallet == FUND
    assert runs[0][2].payee_source == "typed on the terminal"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("replies", [[""], [], ["XMR"]])
def test_enter_or_the_end_of_input_is_the_demonstration(
    run: Run, runs: list[tuple[Any, ...]], terminal: Callable[..., None], replies: list[str]
) -> None:
    terminal(*replies)
    run("--cores", CORE)

    assert runs[0][2].kind == "offline"


def test_json_asks_nothing_even_on_a_terminal(
    run: Run, runs: list[tuple[Any, ...]], terminal: Callable[..., None]
) -> None:
    terminal("XMR", "1", "", FUND, "n")
    run("--json", "--cores", CORE)

    assert runs[0][2].kind == "offline"
