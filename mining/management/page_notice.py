"""What `mine` says of its page before it starts: where it is, how to get in, and to whom it is open.

The login link itself goes to the terminal or into a file of mode 0600, never into a log.
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.db import DatabaseError

from mining.configuration import RunConfiguration
from mining.errors import CannotStartError
from mining.home import is_running
from mining.page import forget_link, keep_link, link_url, opens_to_others, page_url
from mining.program import program_name, set_up_command
from mining.services.actors import COMMAND_LINE
from mining.services.console_database import is_made
from mining.services.login_links import has_anyone_logged_in, has_password_user, login_link_create


def announce_page(configuration: RunConfiguration) -> None:
    """Say it on standard error. Raises CannotStartError when the page would be open to others without a password."""
    if not configuration.web_enabled or is_running(configuration.home):
        return  # a second miner of a home is refused: the page of the first stays as it is
    forget_link(configuration.home)
    refuse_open_page(configuration.home, configuration.listen_host, configuration.listen_port)
    for sentence in page_sentences(configuration, is_terminal=sys.stderr.isatty()):
        print(sentence, file=sys.stderr)


def page_sentences(configuration: RunConfiguration, *, is_terminal: bool) -> list[str]:
    """Return what there is to say; on first use a login link is made."""
    host, port = configuration.listen_host, configuration.listen_port
    said = [opened_sentence(host, port)] if opens_to_others(host) else []
    if not is_made(configuration.home):  # a wheel's first start: the recorder makes it in a moment
        later = f"In a minute {program_name()} login prints a link to log in."
        return [*said, f"The page: {page_url(host, port)}. {later}"]
    try:
        if has_anyone_logged_in():
            return [*said, f"The page: {page_url(host, port)} ({program_name()} login prints a login link)."]
        url = link_url(host, port, login_link_create(COMMAND_LINE))
        file = keep_link(configuration.home, url)
    except (DatabaseError, OSError) as error:
        return [*said, f"The page cannot be logged in to ({error}). Run {set_up_command()}; mining goes on."]
    if is_terminal:
        return [*said, f"Open the page with this link (it works once, for 15 minutes): {url}"]
    return [*said, f"The page: {page_url(host, port)}. A link to log in is in {file} (once, for 15 minutes)."]


def refuse_open_page(home: Path, host: str, port: int) -> None:
    """Raise CannotStartError (exit 3) where others could reach the page and nobody has a password."""
    if not opens_to_others(host):
        return
    try:
        is_safe = is_made(home) and has_password_user()
    except DatabaseError:
        is_safe = False
    if not is_safe:
        raise CannotStartError(
            f"The page on {host}:{port} could be opened by other computers, and no user of it has a password",
            next_step=f"Start it on 127.0.0.1:{port}, log in ({program_name()} login), set a password there "
            "(Password), then use this address.",
            code="password_needed",
        )


def opened_sentence(host: str, port: int) -> str:
    """Say what listening beyond this computer opens."""
    where = "every network address of this computer" if host in ("0.0.0.0", "::") else host
    return (
        f"The page is open to other computers: port {port} on {where} shows the login page to whoever reaches it, and "
        "what is sent is not encrypted."
    )
