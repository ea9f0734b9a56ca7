"""How this program was installed, and by which name a person calls it. Imports nothing that is installed beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import mining

IN_CHECKOUT = "./manage.sh"
INSTALLED = "minerconsole"


def checkout_folder() -> Path | None:
    """The folder of the checkout this code runs from, or None when it was installed from a wheel."""
    folder = Path(mining.__file__).resolve().parent.parent
    is_checkout = (folder / "manage.py").is_file() and (folder / "pyproject.toml").is_file()
    return folder if is_checkout else None


def set_up_command() -> str:
    """What a person types to make or mend the console's database."""
    return f"{IN_CHECKOUT} setup" if checkout_folder() is not None else f"{INSTALLED} migrate"


def program_name() -> str:
    """What stands before a verb in every text that tells a person what to type: "Start it with … mine"."""
    return INSTALLED if checkout_folder() is None else IN_CHECKOUT


def program_words() -> list[str]:
    """The beginning of the command line that runs a verb in a process of its own."""
    checkout = checkout_folder()
    return [sys.executable, str(checkout / "manage.py")] if checkout else [sys.executable, "-m", "minerconsole"]
