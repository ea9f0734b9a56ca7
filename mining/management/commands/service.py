"""`service --print`: a systemd unit for a person to install. Installs nothing."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from mining.errors import ConfigurationError
from mining.home import resolve_home
from mining.management.sentence_command import SentenceCommand
from mining.program import checkout_folder, program_name

_UNIT = """\
# Nothing was installed. As yourself, without root:
#   mkdir -p ~/.config/systemd/user
#   {program} service --print > ~/.config/systemd/user/minerconsole.service
#   systemctl --user daemon-reload && systemctl --user enable --now minerconsole
#   loginctl enable-linger "$USER"      (to mine also while you are not logged in)
# It mines what mining_config.env says; remove it with: systemctl --user disable --now minerconsole
[Unit]
Description=MinerConsole CPU miner
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=simple
WorkingDirectory={folder}
Environment="MINERCONSOLE_HOME={home}"
ExecStart={command} mine --plain
# SIGTERM to the runner submits what was found and ends its processes; what is left after that is killed.
KillMode=mixed
KillSignal=SIGTERM
TimeoutStopSec=30
Restart=on-failure
RestartSec=10
# Wrong configuration, cannot start, login refused: trying again does not help.
RestartPreventExitStatus=2 3 4
StandardOutput=null
StandardError=journal
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
"""


class Command(SentenceCommand):
    """Print a systemd unit."""

    help = "Print a systemd unit for this installation. Installs nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the only action there is."""
        parser.add_argument("--print", action="store_true", dest="is_print", help="print the unit")
        parser.add_argument("--home", metavar="DIR", help="the home folder")

    def run(self, options: dict[str, Any]) -> int:
        """Print it."""
        if not options["is_print"]:
            raise ConfigurationError(
                "service only prints a systemd unit, it installs nothing",
                next_step=f"Run {program_name()} service --print.",
                code="service_prints_only",
            )
        print(unit(resolve_home(options["home"])), end="")
        return 0


def unit(home: Path) -> str:
    """Return the unit for this installation and `home`."""
    checkout = checkout_folder()
    command = str(checkout / "manage.sh") if checkout else os.path.abspath(sys.argv[0])
    return _UNIT.format(
        program=program_name(),
        folder=_escaped(str(checkout or Path.home())),
        home=_escaped(str(home)),
        command=_quoted(command),
    )


def _escaped(text: str) -> str:
    """Double the signs that systemd would expand."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'
