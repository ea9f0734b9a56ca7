"""Health checks of the containers: `health.py console|worker|node`. Exit code 0 or 1, and a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_WAIT_S = 4.0


def console() -> str:
    """Whether the web process answers and its database does; "" if so."""
    port = os.environ.get("MINERCONSOLE_LISTEN", "0.0.0.0:3333").rpartition(":")[2]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=_WAIT_S) as answer:
            return "" if answer.status == 200 else f"the page answers {answer.status}"
    except (urllib.error.URLError, OSError) as error:
        return f"the page does not answer: {error}"


def worker() -> str:
    """Whether the console's worker does what beat tells it, so whether both live; "" if so."""
    sys.path.insert(0, str(_ROOT))
    from mining.fleet.connection import BROKER_ERRORS, broker_trouble, connect
    from mining.fleet.keys import CONSOLE_PULSE

    url = os.environ.get("MINERCONSOLE_BROKER", "")
    try:
        return "" if connect(url).exists(CONSOLE_PULSE) else "no periodic task was done for a minute"
    except BROKER_ERRORS as error:
        return broker_trouble(url, error).sentence


def node() -> str:
    """Whether the Supervisor answers on its control socket; "" if so."""
    command = [sys.executable, str(_ROOT / "manage.py"), "status", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=3 * _WAIT_S)
        json.loads(done.stdout or "null")
    except (subprocess.TimeoutExpired, ValueError):
        return "the miner does not answer"
    return "" if done.returncode == 0 else (done.stderr.strip() or "the miner does not run")


CHECKS = {"console": console, "worker": worker, "node": node}


def main(words: list[str]) -> int:
    """Run one check."""
    if len(words) != 1 or words[0] not in CHECKS:
        print(f"health.py {'|'.join(CHECKS)}", file=sys.stderr)
        return 2
    trouble = CHECKS[words[0]]()
    if trouble:
        print(trouble)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
