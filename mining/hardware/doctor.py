"""Runs the checks, and judges the sum: the report as plain data. Renders nothing and changes nothing."""

from __future__ import annotations

from mining.errors import ExitCode
from mining.hardware.checks import CHECKS
from mining.hardware.findings import Finding
from mining.hardware.machine import Machine

REPORT_VERSION = 1


def examine(machine: Machine) -> tuple[Finding, ...]:
    """Return one finding per check; a file that vanishes under a check makes it unknown, never ends the report."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings.append(check(machine))
        except (OSError, ValueError) as error:
            code = check.__name__.removeprefix("check_")
            findings.append(Finding(code, code.replace("_", " "), "unknown", f"This check failed: {error}."))
    return tuple(findings)


def exit_code(findings: tuple[Finding, ...]) -> ExitCode:
    """0 when nothing limits the rate, 1 when something does; what could not be found out does not count."""
    return ExitCode.FAILED if any(finding.is_limiting for finding in findings) else ExitCode.DONE


def report(machine: Machine, findings: tuple[Finding, ...]) -> dict[str, object]:
    """Return the report as the JSON object of `doctor --json` (version 1: keys are only ever added)."""
    topology = machine.topology
    return {
        "version": REPORT_VERSION,
        "ok": exit_code(findings) is ExitCode.DONE,
        "machine": {
            "cpu": topology.model_name,
            "architecture": topology.machine,
            "cpus": len(topology.cpus),
            "cores": topology.core_count,
            "allowed_cpus": list(machine.allowed),
            "default_cores": list(machine.cores),
            "cpu_quota": machine.quota.cpus if machine.quota else None,
            "memory_available_bytes": machine.memory_available,
            "is_root": machine.is_root,
        },
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "title": finding.title,
        "state": finding.state,
        "sentence": finding.sentence,
        "command": finding.command,
        "effect": finding.effect,
        "fixable": finding.fix is not None,
    }
