#!/usr/bin/env python3
"""Runs one command of MinerConsole. Must parse and speak plainly on a Python that is too old and without Django."""

import sys


def main() -> int:
    """Run the command; without the environment, say in one sentence how to get it."""
    verb = sys.argv[1] if len(sys.argv) > 1 else "help"
    if sys.version_info < (3, 11):  # noqa: UP036 (an older Python runs this file too)
        version = ".".join(str(number) for number in sys.version_info[:2])
        sys.stderr.write(f"MinerConsole needs Python 3.11 or newer; this is {version}. Run ./manage.sh {verb}.\n")
        return 3
    try:
        from minerconsole.cli import main as run
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "minerconsole", "mining"):
            raise
        sys.stderr.write(
            f"The Python package {package} is not installed for {sys.executable}. Run ./manage.sh {verb}: it makes the"
            " environment and runs in it.\n"
        )
        return 3
    return run()


if __name__ == "__main__":
    sys.exit(main())
