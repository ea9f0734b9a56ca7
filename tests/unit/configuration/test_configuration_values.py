"""Each key takes its right values and refuses the wrong ones with the value and the next step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

RIGHT = [
    ("coin", "xmr", "coin", "XMR"),
    ("algorithm", "rx/0", "algorithm", "rx/0"),
    ("algorithm", "rx/2", "algorithm", "rx/2"),
    ("worker", "rig-1.a_b", "worker", "rig-1.a_b"),
    ("password", "a b#c", "pool_password", "a b#c"),
    ("tls_fingerprint", ":".join(["AB"] * 32), "tls_fingerprint", "ab" * 32),
    ("cores", "0-2", "cores", (0, 1, 2)),
    ("threads", "3", "threads", 3),
    ("intensity", "0", "intensity", 0),
    ("intensity", "100", "intensity", 100),
    ("light", True, "mode", "light"),
    ("huge_pages", "on", "huge_pages", "on"),
    ("priority", "idle", "priority", "idle"),
    ("web_enabled", False, "web_enabled", False),
    ("web_enabled", True, "web_enabled", True),
    ("listen", "[::1]:8080", "listen_host", "::1"),
    ("listen", "localhost:8080", "listen_port", 8080),
    ("difficulty", "5000", "difficulty", 5000),
    ("duration", "2.5", "duration_s", 2.5),
    ("shares", "20", "shares", 20),
]

WRONG = [
    ("coin", "ZZZ", "not a coin", "XMR"),
    ("coin", "Monero", '"Monero"', "Did you mean XMR?"),
    ("algorithm", "rx/9", '"rx/9"', "Did you mean rx/"),
    ("worker", "a b", '"a b"', "letters"),
    ("worker", "x" * 65, "not a worker name", "1 to 64"),
    ("intensity", "101", '"101" is not a whole number from 0 to 100', "0 to 100"),
    ("intensity", "-1", '"-1"', "0 to 100"),
    ("intensity", "abc", '"abc"', "0 to 100"),
    ("intensity", "50.5", '"50.5"', "0 to 100"),
    ("intensity", "\u0665\u0660", "not a whole number", "0 to 100"),
    ("intensity", "9" * 5000, "not a whole number", "0 to 100"),
    ("intensity", "", "--intensity is empty", "Give a value"),
    ("cores", "0-9", "names cores 4-9, but this machine has 0-3", "Choose from 0-2"),
    ("cores", "3", "names 3, which this process may not use", "Choose from 0-2"),
    ("cores", "2-0", "2-0 backwards", "Write 0-2"),
    ("cores", "0,0", "core 0 twice", "once"),
    ("cores", "0-", "not a list of cores", "0-3,6"),
    ("cores", "0-99999999", "beyond the highest", "0-3,6"),
    ("threads", "0", '"0"', "such as 2"),
    ("threads", "4", "more than the 3 cores", "Choose 1 to 3"),
    ("threads", "two", '"two"', "such as 2"),
    ("huge_pages", "onn", '"onn" is not one of auto, on, off', "Did you mean on?"),
    ("priority", "high", '"high"', "idle"),
    ("listen", "3333", "has no port", "127.0.0.1:3333"),
    ("listen", "127.0.0.1:0", "has a port that is not", "127.0.0.1:3333"),
    ("listen", "127.0.0.1:65536", "has a port that is not", "127.0.0.1:3333"),
    ("listen", "example.org:80", "IP address", "127.0.0.1:3333"),
    ("tls_fingerprint", "abcd", '"abcd"', "64"),
    ("difficulty", "0", '"0"', "1 to"),
    ("duration", "0", "above 0", "such as 60"),
    ("duration", "nan", '"nan"', "such as 60"),
    ("duration", "1e9", '"1e9"', "such as 60"),
    ("duration", "-5", '"-5"', "such as 60"),
    ("shares", "0", '"0"', "from 1"),
]


@pytest.mark.parametrize(("option", "text", "field", "value"), RIGHT)
def test_a_right_value_is_taken(resolved: Any, option: str, text: str, field: str, value: Any) -> None:
    assert getattr(resolved(**{option: text}), field) == value


@pytest.mark.parametrize(("option", "text", "seen", "next_step"), WRONG)
def test_a_wrong_value_is_named_with_the_next_step(
    refused: Any, option: str, text: str, seen: str, next_step: str
) -> None:
    error = refused(**{option: text})

    assert error.thing.startswith(f"--{option.replace('_', '-')}")
    assert seen in error.thing
    assert next_step in error.next_step
    assert len(error.sentence) < 400


@pytest.mark.parametrize(("text", "value"), [("on", True), ("No", False), ("1", True), ("FALSE", False)])
def test_a_switch_reads_the_usual_words(resolved: Any, text: str, value: Any) -> None:
    assert resolved(file=f"WEB_ENABLED={text}\n").web_enabled is value


def test_a_switch_that_is_neither_on_nor_off_is_refused(refused: Any) -> None:
    assert '"maybe"' in refused(file="WEB_ENABLED=maybe\n").thing


def test_nothing_given_is_offline_with_the_documented_defaults(resolved: Any) -> None:
    configuration = resolved()

    assert configuration.kind == "offline"
    assert configuration.is_nothing_configured
    assert (configuration.coin, configuration.algorithm, configuration.intensity) == ("XMR", "rx/0", 100)
    assert (configuration.mode, configuration.huge_pages, configuration.priority) == ("auto", "auto", "low")
    assert (configuration.listen_host, configuration.listen_port) == ("127.0.0.1", 3333)
    assert configuration.web_enabled and not configuration.ai_enabled
    assert configuration.cores is None and configuration.threads is None
    assert configuration.pins == {}


def test_the_password_can_be_in_a_file_beside_the_configuration(resolved: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\nignored\n")

    assert resolved(file="POOL_PASSWORD_FILE=secret\n").pool_password == "hunter2"


@pytest.mark.parametrize(("content", "why"), [(None, "cannot be read"), (b"\n", "empty"), (b"\xff\xfe", "not a text")])
def test_a_password_file_that_cannot_be_used_is_named(refused: Any, tmp_path: Path, content: Any, why: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)

    assert why in refused(file="POOL_PASSWORD_FILE=secret\n").thing


def test_a_relative_home_in_a_file_is_beside_that_file(resolved: Any, tmp_path: Path) -> None:
    assert resolved(file="HOME=data\n").home == (tmp_path / "data").resolve()


def test_a_home_that_is_a_file_is_refused(refused: Any, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    assert "is not a folder" in refused(home=str(tmp_path / "data")).thing


def test_the_optimizer_is_not_available_yet(refused: Any) -> None:
    assert "not available yet" in refused(file="AI_ENABLED=on\n").thing
