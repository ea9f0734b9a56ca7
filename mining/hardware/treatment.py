"""The conversation of `doctor --fix` and `doctor --undo`: lists, asks, does; never more than was listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mining.errors import ExitCode
from mining.hardware.findings import Finding
from mining.hardware.fixes import apply_fixes, describe, fixes_of, undo_fixes
from mining.hardware.machine import Machine


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How to talk: `say` prints a line, `ask` puts a y/N question; asked only when `is_terminal`."""

    say: Callable[[str], None]
    ask: Callable[[str], bool]
    is_terminal: bool
    is_yes: bool


def treat(machine: Machine, findings: tuple[Finding, ...], home: Path, dialogue: Dialogue) -> ExitCode | None:
    """List the changes, ask, and make them. Returns None when they were made, else the exit code."""
    fixes, say = fixes_of(findings), dialogue.say
    if not fixes:
        say("There is nothing that --fix could change.")
        return None
    say("doctor --fix would change, until the next boot:")
    for line in describe(fixes, machine.root):
        say(f"  {line}")
    if not machine.is_root:
        say("Only root can do that, and this program never raises its own rights. Nothing was changed. Run:")
        for finding in findings:
            if finding.fix:
                say(f"  {finding.command}")
        return ExitCode.FAILED
    if not dialogue.is_yes and not dialogue.is_terminal:
        say("Nothing was changed: there is no terminal to ask on. Add --yes to agree beforehand.")
        return ExitCode.FAILED
    if not dialogue.is_yes and not dialogue.ask("Make these changes? [y/N] "):
        say("Nothing was changed.")
        return ExitCode.FAILED
    return _apply(machine, findings, home, say)


def _apply(machine: Machine, findings: tuple[Finding, ...], home: Path, say: Callable[[str], None]) -> ExitCode | None:
    try:
        steps = apply_fixes(fixes_of(findings), home, machine.root)
    except OSError as error:
        say(f"Stopped: the undo record in {home} cannot be written ({error.strerror}). Choose another --home.")
        return ExitCode.FAILED
    for step in steps:
        say(("done: " if step.is_done else "NOT done: ") + step.sentence)
    say("`doctor --undo` takes this back.")
    return None if all(step.is_done for step in steps) else ExitCode.FAILED


def take_back(home: Path, root: Path, say: Callable[[str], None]) -> ExitCode:
    """Undo what `treat` recorded in `home`."""
    try:
        steps = undo_fixes(home, root)
    except OSError as error:
        say(f"The undo record in {home} cannot be updated ({error.strerror}).")
        return ExitCode.FAILED
    if not steps:
        say("There is nothing to take back (a reboot has the same effect).")
    for step in steps:
        say(("done: " if step.is_done else "NOT done (root is needed?): ") + step.sentence)
    return ExitCode.DONE if all(step.is_done for step in steps) else ExitCode.FAILED
