"""Removes what MinerConsole made: lists it, asks, and touches nothing else. Imports the standard library only.

It runs as `python -m mining.removal` too, so that a broken environment can be removed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from mining.errors import ExitCode
from mining.home import is_running
from mining.program import program_name

# What we make in a home. A configuration file there is the person's own and stays.
_IN_HOME = (
    "run", "log", "cache", "secrets", "journal", "node_id", ".migrated", "console.sqlite3", "console.sqlite3-wal",
    "console.sqlite3-shm",
)  # fmt: skip
_IN_CHECKOUT = (
    ".venv", ".setup.lock", ".setup.log", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "build",
    "minerconsole.egg-info",
)  # fmt: skip
_PACKAGES = ("mining", "minerconsole", "tests", "benchmarks")
_UNDO_RECORD = "doctor_undo.json"


def things_to_remove(home: Path, checkout: Path | None) -> list[Path]:
    """Return the files and folders of ours that exist; the environment comes last."""
    found = [home / name for name in _IN_HOME]
    if checkout is not None:
        for package in _PACKAGES:
            found.extend(sorted((checkout / package).rglob("__pycache__")))
        found.extend(checkout / name for name in reversed(_IN_CHECKOUT))
    return [path for path in found if path.exists() or path.is_symlink()]


def remove(paths: list[Path]) -> list[str]:
    """Delete `paths` (links themselves, never what they point to); return a sentence for each that could not be."""
    troubles: list[str] = []
    for path in paths:
        try:
            if path.is_symlink() or not path.is_dir():
                path.unlink(missing_ok=True)
            else:
                shutil.rmtree(path)
        except OSError as error:
            troubles.append(f"{path} could not be removed ({error.strerror}).")
    return troubles


def uninstall(home: Path, checkout: Path | None, *, is_agreed: bool) -> int:
    """List, ask, remove; returns the exit code."""
    if is_running(home):
        return _refuse(f"A miner runs from {home}. Stop it first: {program_name()} stop.", ExitCode.FAILED)
    if (home / _UNDO_RECORD).exists():
        step = f"Take them back first: {program_name()} doctor --undo."
        return _refuse(f"Settings of this system were changed by doctor --fix. {step}", ExitCode.FAILED)
    paths = things_to_remove(home, checkout)
    if not paths:
        print("There is nothing to remove.")
        return int(ExitCode.DONE)
    _list(paths)
    if not is_agreed and not _ask():
        return _refuse("Nothing was removed. Agree on a terminal, or give --yes.", ExitCode.FAILED)
    troubles = remove(paths)
    left = _leave(home)
    print("\n".join([*troubles, *left]) or "Removed.")
    return int(ExitCode.FAILED if troubles else ExitCode.DONE)


def _list(paths: list[Path]) -> None:
    caches = [path for path in paths if path.name == "__pycache__"]
    print("This would be removed:")
    for path in paths:
        if path not in caches:
            print(f"  {path}{'/' if path.is_dir() and not path.is_symlink() else ''}")
    if caches:
        print(f"  {len(caches)} __pycache__ folders of this checkout")


def _ask() -> bool:
    if not sys.stdin.isatty():
        return False
    try:
        return input("Remove it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _leave(home: Path) -> list[str]:
    """Remove the home itself when it is empty, else say what stays in it."""
    if not home.is_dir():
        return []
    kept = sorted(path.name for path in home.iterdir())
    if kept:
        return [f"Removed. Kept in {home}, because they are yours: {', '.join(kept)}."]
    home.rmdir()
    return []


def _refuse(sentence: str, code: ExitCode) -> int:
    print(sentence, file=sys.stderr)
    return int(code)


def main() -> int:
    """Entry of `python -m mining.removal`, which the shell script of a checkout runs."""
    parser = argparse.ArgumentParser(
        prog=f"{program_name()} uninstall", description="Remove what MinerConsole made here."
    )
    parser.add_argument("--home", required=True, help="the home folder")
    parser.add_argument("--config", help=argparse.SUPPRESS)
    parser.add_argument("--checkout", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args()
    return uninstall(Path(options.home).expanduser().absolute(), options.checkout, is_agreed=options.yes)


if __name__ == "__main__":
    sys.exit(main())
