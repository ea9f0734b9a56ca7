"""A benchmark's process: what it tells on the way, how it is ended early, what is made of each way to end."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mining.services import benchmark_process
from mining.services.benchmark_process import BenchmarkProcess, Outcome, Progress, read_progress
from tests.support.process_facts import until

TELLS = """
import sys
def tell(text): print(text, file=sys.stderr, flush=True)
tell('{"phase": "hashing", "share": 0.25}')
"""
WAITS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)" + TELLS + "signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)" + TELLS + "while True: signal.pause()"


def _process(script: str, home: Path) -> BenchmarkProcess:
    return BenchmarkProcess([sys.executable, "-c", script], home / "bench")


@contextmanager
def _running(script: str, home: Path) -> Iterator[tuple[BenchmarkProcess, list[Outcome]]]:
    """Run it beside; at the end of the block its outcome is in the list."""
    process, outcomes = _process(script, home), list[Outcome]()
    thread = threading.Thread(target=lambda: outcomes.append(process.run()))
    thread.start()
    yield process, outcomes
    thread.join(60)
    assert not thread.is_alive()


def test_the_result_is_what_the_process_prints(tmp_path: Path) -> None:
    outcome = _process(TELLS + "print('{\"hashes\": 5}')", tmp_path).run()
    assert outcome == Outcome("done", {"hashes": 5}, "")


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ("raise SystemExit('It has no memory.')", Outcome("failed", {}, "It has no memory.")),
        ("raise SystemExit(3)", Outcome("failed", {}, "it left no message")),
        ("print('{\"ok\": false}'); raise SystemExit(1)", Outcome("failed", {"ok": False}, "it left no message")),
        ("print('no JSON')", Outcome("failed", {}, "the benchmark's answer cannot be read")),
        ("print('[1]')", Outcome("failed", {}, "the benchmark's answer cannot be read")),
    ],
)
def test_each_way_to_fail_is_a_sentence(tmp_path: Path, script: str, outcome: Outcome) -> None:
    assert _process(script, tmp_path).run() == outcome


def test_a_program_that_is_not_there_is_an_outcome(tmp_path: Path) -> None:
    outcome = BenchmarkProcess([str(tmp_path / "none")], tmp_path).run()
    assert outcome.state == "failed" and "FileNotFoundError" in outcome.sentence


def test_it_tells_how_far_it_is_and_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    with _running(WAITS, tmp_path) as (process, outcomes):
        assert process.progress == Progress("starting", 0.0) or process.progress.phase == "hashing"
        until(lambda: process.progress == Progress("hashing", 0.25), 60, "it tells how far it is")
        assert process.cancel("cancelled by alice")
        assert process.progress.phase == "ending"
        assert not process.cancel("cancelled by bob")
    assert outcomes == [Outcome("cancelled", {}, "cancelled by alice")]


def test_one_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_process, "_PATIENCE_S", 0.2)
    with _running(DEAF, tmp_path) as (process, outcomes):
        until(lambda: process.progress.phase == "hashing", 60, "it runs")
        process.cancel("cancelled by alice")
    assert outcomes[0].state == "cancelled"


def test_one_that_was_cancelled_before_it_began_never_begins(tmp_path: Path) -> None:
    process = _process(f"open({str(tmp_path / 'ran')!r}, 'w')", tmp_path)
    process.cancel("cancelled by alice")
    assert process.run() == Outcome("cancelled", {}, "cancelled by alice")
    assert not (tmp_path / "ran").exists()


def test_a_cancel_after_the_end_takes_no_effect(tmp_path: Path) -> None:
    process = _process("print('{\"hashes\": 5}')", tmp_path)
    assert process.run().state == "done"
    assert not process.cancel("cancelled by alice") and process.progress.phase != "ending"


def test_one_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_process, "LIMIT_S", 0.5)
    outcome = _process(WAITS, tmp_path).run()
    assert outcome.state == "failed" and "not over" in outcome.sentence


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"phase": "dataset", "share": 0.5}', Progress("dataset", 0.5)),
        ('{"phase": "hashing", "share": 1.7}', Progress("hashing", 1.0)),
        ('{"phase": "dancing", "share": 0.5}', None),
        ('{"phase": "hashing"}', None),
        ('{"phase": ["hashing"], "share": 0.5}', None),
        ("{", None),
        ("Traceback", None),
        ("", None),
    ],
)
def test_only_progress_is_taken_for_progress(line: str, told: Progress | None) -> None:
    assert read_progress(line) == told
    assert read_progress(json.dumps([line])) is None
