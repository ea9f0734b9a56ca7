"""Runs a command when the package was installed from a wheel: `python -m minerconsole mine`."""

from __future__ import annotations

import sys

from minerconsole.cli import main

if __name__ == "__main__":
    sys.exit(main())
