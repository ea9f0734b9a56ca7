"""What the real command says and does when a pool refuses it, cannot be reached, or is not who it should be.

A refusal for good is exit 4 with one sentence on standard error. Trouble of the network is tried again for as long as
it takes; meanwhile the reason is in the events, the frame, its alerts and the log.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from mining.configuration.checks import CI_VARIABLES
from mining.errors import ExitCode
from mining.home import log_file
from tests.processes.stratum.pool_runs import START_S, said, words_for
from tests.support.mine import MineRun, clean_environment, mining
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour, Grammar
from tests.support.pools.certificates import Certificate
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool

FOREIGN_PROFILE = "p2pool"  # its login is no address
MASKED_ADDRESS = "44AFFq…3A"
PASSWORD = "hunter2hunter2"
CAUSE_S = 60.0  # from the start of the command
AGAIN_S = 60.0
PARTICULAR = (Grammar.ANYTHING_LAST_NUMBER, Grammar.ANYTHING_PLUS)
PARTICULAR_POOLS = [row for row in presets.PRESETS.values() if row.grammar not in PARTICULAR]
UNUSED_FINGERPRINT = "ab" * 32


def first_two_grammars(behaviours: Iterable[Behaviour]) -> list[ParameterSet]:
    """The first pool of each of two login grammars; the others with --soak."""
    found: list[ParameterSet] = []
    seen: set[Grammar] = set()
    for each in behaviours:
        is_more = each.grammar in seen or len(seen) == 2
        found.append(pytest.param(each, id=each.name, marks=[pytest.mark.soak] if is_more else []))
        if not is_more:
            seen.add(each.grammar)
    return found


def check_one_sentence(done: subprocess.CompletedProcess[str], exit_code: ExitCode, *parts: str) -> None:
    """Hold how a command that could not do its work has ended."""
    assert done.returncode == exit_code, done
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr, f"{part!r} is not in: {done.stderr}"


# --- refused for good -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", first_two_grammars(PARTICULAR_POOLS))
def test_a_login_in_the_wrong_grammar_is_refused_in_a_sentence(behaviour: Behaviour, tmp_path: Path) -> None:
    with TestPool.start(behaviour) as pool:
        done = said(tmp_path, *words_for(pool.url, profile=FOREIGN_PROFILE), "--check-login")
        text = pool.logins[0].refusal
        sent = pool.logins[0].login
        assert len(pool.logins) == 1, "it is not tried again"
    check_one_sentence(done, ExitCode.LOGIN_REFUSED, f"127.0.0.1:{pool.port} refused the login {sent}: {text!r}. ")


@pytest.mark.parametrize(
    "text",
    [
        "Invalid payment address provided: 44AF",
        pytest.param("Permanently banned payment address", marks=pytest.mark.soak),
    ],
)
def test_a_refused_wallet_ends_the_run_with_exit_4(text: str, tmp_path: Path, self_tested_home: Path) -> None:
    with TestPool.start(presets.JTGRASSIE) as pool:
        pool.inject(FaultKind.REFUSE_LOGIN, seconds=600.0, text=text)
        with mining(tmp_path, *words_for(pool.url, profile="jtgrassie"), self_test=self_tested_home) as run:
            assert run.wait_end(START_S) == ExitCode.LOGIN_REFUSED, run.story()
            run.was_cut_off = True
            (sentence,) = run.errors.splitlines()
            expected = f"127.0.0.1:{pool.port} refused the login {MASKED_ADDRESS}: {text!r}. "
            assert sentence.startswith(expected) and len(sentence) > len(expected), "with the next step"
            assert run.summary["reason"] == sentence and run.summary["hashes"] == 0
        assert len(pool.logins) == 1, "it is not tried again"


def test_a_wrong_password_ends_the_run_with_exit_4_and_is_not_shown(tmp_path: Path) -> None:
    with TestPool.start(presets.XMRIG_PROXY) as pool:
        pool.inject(FaultKind.REFUSE_LOGIN, seconds=600.0, text="Permission denied")
        words = words_for(pool.url, profile="xmrig_proxy")
        done = said(tmp_path, *words, "--plain", MINERCONSOLE_POOL_PASSWORD=PASSWORD)
        assert pool.logins[0].password == PASSWORD
    parts = (f"127.0.0.1:{pool.port}", "refused the login rig1", "'Permission denied'", "access password")
    check_one_sentence(done, ExitCode.LOGIN_REFUSED, *parts)
    log = log_file(tmp_path / "home").read_text()
    assert PASSWORD not in done.stdout + done.stderr + log


# --- trouble that may pass ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a miner is pointed at: the words, the environment, and what it must say."""

    words: tuple[str, ...]
    parts: tuple[str, ...]
    environment: dict[str, str]


@contextmanager
def certificate_of_another_name() -> Iterator[Trouble]:
    """A certificate of a trusted authority, for another host."""
    with TestPool.start(presets.JTGRASSIE, certificate=Certificate.WRONG_NAME) as pool:
        parts = (f"the certificate of 127.0.0.1:{pool.port} is not good for '127.0.0.1'", "TLS_FINGERPRINT")
        yield Trouble(words_of(pool.url), parts, {"SSL_CERT_FILE": str(pool.ca_path)})
        assert not pool.logins, "nothing was sent"


@contextmanager
def certificate_of_another_fingerprint() -> Iterator[Trouble]:
    """A good certificate, but another one is pinned."""
    with TestPool.start(presets.JTGRASSIE, certificate=Certificate.GOOD) as pool:
        parts = (f"127.0.0.1:{pool.port}", pool.fingerprint, UNUSED_FINGERPRINT, "do not trust this link")
        words = (*words_of(pool.url), "--tls-fingerprint", UNUSED_FINGERPRINT)
        yield Trouble(words, parts, {"SSL_CERT_FILE": str(pool.ca_path)})
        assert not pool.logins, "nothing was sent"


@contextmanager
def tls_to_a_plain_port() -> Iterator[Trouble]:
    """The wrong scheme."""
    with TestPool.start(presets.JTGRASSIE) as pool:
        parts = (f"127.0.0.1:{pool.port} does not speak TLS", "stratum+tcp://")
        yield Trouble(words_of(pool.url.replace("+tcp", "+ssl")), parts, {})


@contextmanager
def unknown_host() -> Iterator[Trouble]:
    """A name that nobody has (RFC 2606). A runner of continuous integration would refuse a pool that is not here."""
    parts = ("the host name 'pool.invalid' of the pool pool.invalid:3333 is not known", "name service")
    yield Trouble(words_of("stratum+tcp://pool.invalid:3333"), parts, dict.fromkeys(CI_VARIABLES, ""))


@contextmanager
def closed_port() -> Iterator[Trouble]:
    """A port that is kept, and that nobody listens on."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        port = kept.getsockname()[1]
        parts = (f"127.0.0.1:{port} refused the connection", "Check the port")
        yield Trouble(words_of(f"stratum+tcp://127.0.0.1:{port}"), parts, {})


def words_of(url: str) -> tuple[str, ...]:
    return words_for(url, profile="jtgrassie")


TROUBLES = (
    pytest.param(certificate_of_another_name, marks=pytest.mark.soak),
    certificate_of_another_fingerprint,
    pytest.param(tls_to_a_plain_port, marks=pytest.mark.soak),
    unknown_host,
    pytest.param(closed_port, marks=pytest.mark.soak),
)  # a session meets all of them in test_refusals.py and test_tls.py in every run


@pytest.mark.parametrize("make", TROUBLES, ids=lambda make: make.__name__)
def test_trouble_on_the_way_to_a_pool_is_told_and_tried_again(
    make: type[Iterator[Trouble]], tmp_path: Path, self_tested_home: Path
) -> None:
    with ExitStack() as stack:
        trouble: Trouble = stack.enter_context(make())  # type: ignore[arg-type]
        environment = clean_environment(**trouble.environment)
        run = stack.enter_context(mining(tmp_path, *trouble.words, self_test=self_tested_home, environment=environment))
        cause = run.wait_for(
            lambda event: event["event"] == "session" and event["link"] == "down", timeout_s=CAUSE_S, what="cause"
        )["cause"]
        for part in trouble.parts:
            assert part in cause, f"{part!r} is not in: {cause}"
        check_shown_and_tried_again(run, cause)
        run.interrupt(signal.SIGTERM)
        assert run.wait_end() == ExitCode.DONE, run.story()
        assert run.summary["hashes"] == 0
        assert run.errors == ""


def check_shown_and_tried_again(run: MineRun, cause: str) -> None:
    """The reason is everywhere a person looks, and it goes on by itself."""
    frame = run.wait_frame(lambda frame: any(alert["sentence"] == cause for alert in frame["alerts"]))
    assert frame["session"]["last_cause"] == cause and frame["session"]["link"] != "ready"
    assert cause in log_file(run.home).read_text()
    mark = run.mark
    run.wait_event("session", since=mark, link="connecting", timeout_s=AGAIN_S)
    run.wait_event("session", since=mark, link="down", cause=cause, timeout_s=AGAIN_S)


@pytest.mark.soak
def test_a_pool_that_comes_late_is_mined_at_without_help(tmp_path: Path, self_tested_home: Path) -> None:
    with TestPool.start(presets.JTGRASSIE.but(difficulty=8, largest_difficulty=8)) as pool:
        pool.go_down()
        with mining(tmp_path, *words_of(pool.url), self_test=self_tested_home) as run:
            run.wait_event("session", link="down", timeout_s=CAUSE_S)
            pool.come_back()
            run.wait_event("share", outcome="accepted", timeout_s=START_S)
            run.wait_frame(lambda frame: all(alert["code"] != "source_down" for alert in frame["alerts"]))


# --- --check-login --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", first_two_grammars(presets.PRESETS.values()))
def test_check_login_at_a_good_pool_says_what_came(behaviour: Behaviour, tmp_path: Path) -> None:
    with TestPool.start(behaviour) as pool:
        done = said(tmp_path, *words_for(pool.url, profile=behaviour.name), "--check-login")
        assert len(pool.logins) == 1 and pool.violations == [], pool.story()
    assert done.returncode == ExitCode.DONE and done.stderr == "", done
    assert f"127.0.0.1:{pool.port} accepts {MASKED_ADDRESS}: rx/0 job" in done.stdout
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.soak
def test_check_login_at_a_pool_that_is_away_says_why(tmp_path: Path) -> None:
    with closed_port() as trouble:
        done = said(tmp_path, *trouble.words, "--check-login")
    check_one_sentence(done, ExitCode.FAILED, *trouble.parts)
