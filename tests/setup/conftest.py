"""A small checkout with a Python that only plays: set-ups take milliseconds and need no network."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("manage.sh", "manage.py", "pyproject.toml", "setup.py")
TOOLS = (
    "bash", "env", "cat", "sha256sum", "uname", "flock", "mkdir", "rm", "tail", "head", "grep", "readlink", "awk",
    "cp", "sleep", "touch", "chmod", "date",
)  # fmt: skip

# What `-c` is asked is told by a word of it; PLAY says what goes wrong; every call is written down in $CALLS.
FAKE_PYTHON = r"""#!/bin/bash
printf '%s\n' "$*" >>"$CALLS"
case "$1 ${2:-}" in
  "-c import sys; sys.exit"*) [ "$PLAY" != old ] ;;
  "-c import sys; print"*) [ "$PLAY" = old ] && echo 3.9 || echo 3.12 ;;
  "-c import sys; v"*) [ -e "${0%/*}/../whole" ] ;;
  "-c import venv, ensurepip") [ "$PLAY" != no-venv ] ;;
  "-c "*) ;;
  "-m venv")
    mkdir -p "$3/bin" "$3/lib/python3.12/site-packages"
    echo "version = 3.12.1" >"$3/pyvenv.cfg"
    cp "$0" "$3/bin/python"; touch "$3/whole" ;;
  "-m pip")
    case "$PLAY" in
      no-network) echo "WARNING: Retrying after NewConnectionError('Failed to establish a new connection')"
        echo "ERROR: No matching distribution found for asgiref==3.13.0"; exit 1 ;;
      no-compiler) echo "ERROR: Failed building wheel for msgspec"; exit 1 ;;
      bad-hash) echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."; exit 1 ;;
      full) echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"; exit 1 ;;
      slow) touch "$HOLD"; while [ -e "$HOLD" ]; do sleep 0.02; done ;;
    esac ;;
  *manage.py*)
    [ "$2" = migrate ] && touch "$MINERCONSOLE_HOME/console.sqlite3" || echo "RAN ${*:2}" ;;
esac
"""


@dataclass
class Checkout:
    """The small checkout and the world around it."""

    root: Path
    tools: Path
    calls_file: Path
    hold: Path
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, play: str = "", timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """Run `./manage.sh WORDS` to its end."""
        return subprocess.run(
            [str(self.root / "manage.sh"), *words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env=self._environ(play), timeout=timeout,
        )  # fmt: skip

    def start(self, *words: str, play: str = "") -> subprocess.Popen[str]:
        """Start it in a session of its own."""
        return subprocess.Popen(
            [str(self.root / "manage.sh"), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=self._environ(play), start_new_session=True,
        )  # fmt: skip

    def calls(self, word: str) -> int:
        """How many calls of the fake Python began with `word`."""
        if not self.calls_file.exists():
            return 0
        return sum(line.startswith(word) for line in self.calls_file.read_text().splitlines())

    def give_tool(self, name: str, script: str) -> None:
        """Put a program of this name on the PATH, or another in its place."""
        path = self.tools / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def _environ(self, play: str) -> dict[str, str]:
        base = {"PATH": str(self.tools), "HOME": str(self.root.parent), "CALLS": str(self.calls_file), "PLAY": play}
        # A library that is named is not looked for, so nothing is asked of apt.
        return base | {"HOLD": str(self.hold), "MINERCONSOLE_RANDOMX_LIBRARY": "/named.so"} | self.environ


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A small checkout with Python 3.12 on its PATH, as far as it can tell."""
    root, tools = tmp_path / "check out", tmp_path / "tools"
    (root / "requirements").mkdir(parents=True)
    tools.mkdir()
    for name in COPIED:
        shutil.copy(ROOT / name, root / name)
    for name in ("run.lock", "fleet.lock", "test.lock"):
        (root / "requirements" / name).write_text("asgiref==3.13.0\n")
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None, f"these tests need the program {name}"
        (tools / name).symlink_to(os.path.realpath(found) if name != "bash" else found)
    made = Checkout(root, tools, tmp_path / "calls", tmp_path / "hold")
    (tools / "python3").write_text(FAKE_PYTHON)
    (tools / "python3").chmod(0o755)
    return made
