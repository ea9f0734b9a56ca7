"""`console`: the web page and an idle Supervisor; mining begins when it is started there, or by a plan."""

from __future__ import annotations

from mining.management.commands.mine import Command as MineCommand


class Command(MineCommand):
    """`mine` that does not begin by itself and asks nothing. It takes the same options, which pin what they set."""

    help = "Open the console: the web page and an idle miner, which is set up and started there."
    is_started = False
