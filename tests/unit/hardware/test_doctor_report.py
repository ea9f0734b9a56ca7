"""The report as a whole: its JSON, its exit code, and how it looks at 80 columns and in a pipe."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from mining.hardware.checks import CHECKS
from mining.hardware.doctor import examine, exit_code, report
from mining.hardware.findings import Finding
from mining.hardware.machine import Machine
from mining.hardware.report import plain_lines, print_table
from tests.unit.hardware.fake_machine import FakeMachine

CODES = [
    "library",
    "huge_pages_2m",
    "huge_pages_1g",
    "transparent_pages",
    "aes",
    "jit",
    "memory",
    "cpu_quota",
    "cpuset",
    "governor",
    "virtual_machine",
    "steal",
    "clock",
    "msr",
    "numa",
    "smt",
    "memory_channels",
]
LONG_COMMAND = "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"


def test_the_json_report_keeps_its_keys(machine: FakeMachine) -> None:
    facts = machine.read()
    content: dict[str, Any] = json.loads(json.dumps(report(facts, examine(facts))))
    assert list(content) == ["version", "ok", "machine", "findings"]
    assert content["version"] == 1
    assert [finding["code"] for finding in content["findings"]] == CODES
    for finding in content["findings"]:
        assert list(finding) == ["code", "title", "state", "sentence", "command", "effect", "fixable"]
        assert finding["state"] in ("ok", "info", "warn", "bad", "unknown")
        assert finding["sentence"].endswith(".")
    assert list(content["machine"]) == [
        "cpu",
        "architecture",
        "cpus",
        "cores",
        "allowed_cpus",
        "default_cores",
        "cpu_quota",
        "memory_available_bytes",
        "is_root",
    ]


def test_a_machine_without_limits_exits_0_and_one_with_a_limit_exits_1(machine: FakeMachine) -> None:
    assert exit_code(examine(machine.read())) == 0
    machine.pool()
    assert exit_code(examine(machine.read())) == 1


def test_a_tree_without_files_is_reported_without_a_traceback(empty: FakeMachine) -> None:
    assert [finding.code for finding in examine(empty.read())] == CODES


def test_a_check_that_fails_is_unknown_and_the_others_go_on(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_broken(facts: Machine) -> Finding:
        raise OSError("gone")

    monkeypatch.setattr("mining.hardware.doctor.CHECKS", (check_broken, *CHECKS[1:2]))
    findings = examine(machine.read())
    assert [finding.state for finding in findings] == ["unknown", "ok"]


def test_the_table_fits_80_columns_but_for_commands_to_copy(machine: FakeMachine) -> None:
    for number in range(4):
        machine.write(f"sys/devices/system/cpu/cpu{number}/cpufreq/scaling_governor", "powersave")
    facts, output = machine.read(), io.StringIO()
    print_table(Console(file=output, width=80, force_terminal=True, color_system=None), facts, examine(facts))
    lines = output.getvalue().splitlines()
    assert all(len(line) <= 80 for line in lines if line.strip() != LONG_COMMAND)
    assert f"    {LONG_COMMAND}" in lines
    assert "Frequency governor" in output.getvalue()


def test_plain_lines_start_with_the_state(machine: FakeMachine) -> None:
    machine.pool()
    facts = machine.read()
    lines = plain_lines(facts, examine(facts))
    assert any(line.startswith("warn    Huge pages 2 MB: ") for line in lines)
    assert "        command: sudo sysctl -w vm.nr_overcommit_hugepages=1048" in lines
    assert lines[-1].startswith("1 limit(s) the hash rate: Huge pages 2 MB.")
