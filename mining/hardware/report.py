"""The doctor's report for people: a table on a terminal (80 columns are enough), plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mining.hardware.findings import Finding, State
from mining.hardware.machine import Machine

_STYLES: dict[State, str] = {"ok": "green", "info": "cyan", "warn": "yellow", "bad": "bold red", "unknown": "dim"}


def print_table(console: Console, machine: Machine, findings: tuple[Finding, ...]) -> None:
    """Print the table; the commands follow below it unwrapped, so that they can be copied."""
    console.print(headline(machine), style="bold", highlight=False)
    table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(min_width=14, max_width=22)
    table.add_column(ratio=1, overflow="fold")
    for finding in findings:
        text = Text(finding.sentence)
        if finding.effect and finding.state != "ok":
            text.append(f"\n{finding.effect}", style="dim")
        table.add_row(Text(finding.state, style=_STYLES[finding.state]), Text(finding.title), text)
    console.print(table)
    commands = [finding for finding in findings if finding.command]
    if commands:
        console.print("\nTo mend or improve:", style="bold")
    for finding in commands:
        console.print(f"  {finding.title}:", highlight=False)
        console.print(f"    {finding.command}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"\n{conclusion(findings)}", highlight=False)


def plain_lines(machine: Machine, findings: tuple[Finding, ...]) -> list[str]:
    """Return the report as lines without colour or layout."""
    lines = [headline(machine)]
    for finding in findings:
        lines.append(f"{finding.state:<8}{finding.title}: {finding.sentence}")
        if finding.effect and finding.state != "ok":
            lines.append(f"        effect: {finding.effect}")
        if finding.command:
            lines.append(f"        command: {finding.command}")
    return [*lines, conclusion(findings)]


def headline(machine: Machine) -> str:
    """Name the CPU and the cores the miner takes by default."""
    topology = machine.topology
    used = ",".join(str(number) for number in machine.cores) if len(machine.cores) <= 8 else str(len(machine.cores))
    return f"{topology.model_name}: {topology.core_count} core(s), {len(topology.cpus)} thread(s); default cores {used}"


def conclusion(findings: tuple[Finding, ...]) -> str:
    """Sum up in one sentence."""
    limiting = [finding.title for finding in findings if finding.is_limiting]
    if not limiting:
        return "Nothing that was checked limits the hash rate."
    fixable = any(finding.fix for finding in findings if finding.is_limiting)
    hint = " `doctor --fix` lists what it can mend." if fixable else ""
    return f"{len(limiting)} limit(s) the hash rate: {', '.join(limiting)}.{hint}"
