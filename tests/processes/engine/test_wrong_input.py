"""Wrong input to `mine`: one sentence that names the value and the next step, the right exit code, nothing started."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.mine import clean_environment, command_of

MAIN = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
SUB = "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"
DAEMON = ("--pool", "daemon+http://127.0.0.1:1")

WRONG: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "intensity_101": (("--intensity", "101"), ("--intensity", "101", "0 to 100")),
    "intensity_half": (("--intensity", "12.5"), ("12.5",)),
    "huge_pages_maybe": (("--huge-pages", "maybe"), ("maybe", "auto")),
    "priority_high": (("--priority", "high"), ("high", "idle")),
    "cores_that_do_not_exist": (("--cores", "0,4000"), ("4000", "this machine has")),
    "cores_backwards": (("--cores", "1-0"), ("1-0", "0-1")),
    "too_many_threads": (("--threads", "4000"), ("4000",)),
    "unknown_option": (("--intensty", "50"), ("--intensty", "--intensity")),
    "option_without_value": (("--cores",), ("--cores", "needs a value")),
    "unknown_coin": (("--coin", "XMX"), ("XMX", "XMR")),
    "unknown_algorithm": (("--algorithm", "rx/9"), ("rx/9", "rx/")),
    "wallet_malformed": ((*DAEMON, "--wallet", "abc0"), ("--wallet",)),
    "wallet_checksum": ((*DAEMON, "--wallet", MAIN[:-1] + "B"), ("checksum",)),
    "sub_address_for_solo": ((*DAEMON, "--wallet", SUB), ("sub-address", "main address")),
    "no_wallet": (DAEMON, ("wallet", "127.0.0.1:1")),
    "duration_negative": (("--duration", "-3"), ("-3",)),
    "pool_url": (("--pool", "http//x", "--wallet", MAIN), ("http//x",)),
    "two_views": (("--plain",), ("--plain", "--json")),
}


def run_mine(home: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    words = command_of("mine", "--json", "--no-web", "--home", str(home), *options)
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=clean_environment(**environment),
        check=False,
    )


def check_sentence(done: subprocess.CompletedProcess[str], code: int, parts: tuple[str, ...]) -> None:
    assert done.returncode == code, done
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr, f"{part!r} is not in: {done.stderr}"


# The rules of the values are in tests/unit/configuration; here is what becomes of a sentence. The others with --soak.
IN_EVERY_RUN = ("intensity_101", "cores_that_do_not_exist", "unknown_option", "wallet_checksum", "two_views")
EACH = [pytest.param(name, marks=[] if name in IN_EVERY_RUN else [pytest.mark.soak]) for name in WRONG]


@pytest.mark.parametrize("name", EACH)
def test_a_wrong_option_is_named_with_its_value_and_the_next_step(name: str, tmp_path: Path) -> None:
    options, parts = WRONG[name]
    offline = () if "--pool" in options else ("--offline",)
    check_sentence(run_mine(tmp_path / "home", *offline, *options), 2, parts)
    assert not (tmp_path / "home/run/control.sock").exists()


def test_an_unknown_key_of_the_file_is_named_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "mining_config.env"
    config.write_text("# mine\nINTENSITY=50\nINTENSTY=60\n")
    check_sentence(
        run_mine(tmp_path / "home", "--config", str(config)), 2, ("INTENSTY", "mining_config.env:3", "INTENSITY")
    )


def test_a_bad_value_of_the_file_is_named_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "mining_config.env"
    config.write_text("INTENSITY=150\n")
    check_sentence(run_mine(tmp_path / "home", "--config", str(config)), 2, ("INTENSITY", "mining_config.env:1", "150"))


def test_a_bad_value_of_the_environment_is_named(tmp_path: Path) -> None:
    done = run_mine(tmp_path / "home", "--offline", MINERCONSOLE_CORES="0-x")
    check_sentence(done, 2, ("MINERCONSOLE_CORES", "0-x"))


def test_an_unknown_command_is_named(tmp_path: Path) -> None:
    done = subprocess.run(command_of("mien"), capture_output=True, text=True, timeout=30, check=False)
    check_sentence(done, 2, ("mien", "mine"))


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_mine(tmp_path / "file/home", "--offline")
    assert done.returncode in (2, 3)
    check_sentence(done, done.returncode, (str(tmp_path / "file"), "--home"))
