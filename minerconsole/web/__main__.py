"""`python -m minerconsole.web --home DIR --listen 127.0.0.1:3333 [--parent PID]`: the web peer's process.

Exit codes: 0 ended (SIGTERM, or the miner said goodbye), 2 wrong arguments, 3 the port cannot be used, or no password.
"""

from __future__ import annotations

import os
import signal
import sys

from mining.configuration.command_line import SentenceParser
from mining.engine.processes import die_with_parent, set_title
from mining.errors import ExitCode, MinerConsoleError
from mining.home import VARIABLE, resolve_home
from mining.page import note_page


def main() -> int:
    """Entry of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the runner, which ends us
    parser = SentenceParser(prog="python -m minerconsole.web", description="Serve the console.")
    parser.add_argument("--home", metavar="DIR", help="the home folder")
    parser.add_argument("--listen", metavar="HOST:PORT", default="127.0.0.1:3333", help="the address")
    parser.add_argument("--parent", metavar="PID", type=int, default=os.getppid(), help="end when this process ends")
    try:
        options = parser.parse_args()
        if not die_with_parent(options.parent, signal.SIGTERM):
            return int(ExitCode.DONE)
        set_title("web")
        return _serve(options.home, options.listen)
    except MinerConsoleError as error:
        print(error.sentence, file=sys.stderr)
        return int(error.exit_code)


def _serve(home_option: str | None, listen: str) -> int:
    # Imported here: a wrong address or a busy port is said at once, before Django and daphne are loaded.
    from minerconsole.web.listen import bind, parse_address

    home = resolve_home(home_option)
    os.environ[VARIABLE] = str(home)
    host, port = parse_address(listen)
    listener = bind(host, port)

    from minerconsole.web.setup import prepare_django

    prepare_django(host, port)

    from minerconsole.feed import FrameFeed
    from minerconsole.fleet.setup import far_nodes
    from minerconsole.web.leftovers import clear_leftovers
    from minerconsole.web.server import WebServer
    from mining.management.page_notice import refuse_open_page
    from mining.services.console_database import is_made

    refuse_open_page(home, host, port)
    note_page(home, host, port)
    if is_made(home):
        clear_leftovers()

    return WebServer(listener, FrameFeed(home), far_nodes()).run()


if __name__ == "__main__":
    sys.exit(main())
