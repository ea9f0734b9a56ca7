"""Actions of `node` for a fleet: invite, members, remove; on the machine join, leave, pause, resume, run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from mining.child_environment import child_environment
from mining.configuration.command_line import SentenceParser, add_mine_options
from mining.engine.control import request
from mining.engine.home_lock import ensure_layout
from mining.engine.signed_plan import CONSOLE_KEY, NODE_KEY, private_key_of, public_key_of
from mining.errors import CannotStartError, ConfigurationError, MinerConsoleError
from mining.fleet.enrolment import EnrolmentError, fingerprint
from mining.fleet.membership import Membership, forget_membership, is_member, membership_of, read_membership
from mining.fleet.node_lock import node_pid
from mining.fleet.wanted import Wanted, change_wanted, forget_wanted
from mining.management.rows_command import Actions, Answer, Options, table
from mining.program import program_name
from mining.secret_files import FOLDER
from mining.selectors.fleet_members import member_list
from mining.selectors.nodes import node_get
from mining.services.actors import COMMAND_LINE
from mining.services.fleet_removal import node_remove
from mining.services.fleet_tokens import join_token_create
from mining.services.nodes import hardware_facts

_ENDS_S = 40.0
_COLUMNS = ("name", "ulid", "state", "joined_at", "heard_at", "clock_offset_s")


def add_fleet_actions(actions: Actions, words: Sequence[str]) -> None:
    """Add them. `words`: the options of `run`, which are those of `mine`."""
    inviting = actions.add("invite", _invite, "make a token with which one machine joins this console's fleet")
    inviting.add_argument("--name", default="", help="what the machine is called; default: its host name")
    inviting.add_argument("--minutes", type=int, default=15, help="how long the token is good (default 15)")
    actions.add("members", _members, "list the machines that joined this console's fleet")
    removing = actions.add("remove", _remove, "let a machine of the fleet go")
    removing.add_argument("node", metavar="NAME", help="its name or ULID")
    _add_joining(actions)
    leaving = actions.add("leave", _leave, "on a machine: leave the fleet; it follows no console any more")
    leaving.add_argument(
        "--new-identity", action="store_true", help="take a new id and key: for a copy of another machine"
    )
    actions.add("pause", _pause, "on a machine: rest, whatever the console wants")
    actions.add("resume", _resume, "on a machine: go on after its owner's pause")
    running = actions.add("run", _run, "on a machine: mine for the fleet until it is stopped; takes options of mine")
    running.set_defaults(words=list(words))


def _add_joining(actions: Actions) -> ArgumentParser:
    joining = actions.add("join", _join, "on a machine: join a fleet")
    joining.add_argument("console", metavar="URL", help="https://console.example.org")
    joining.add_argument("--token", default="", help="what `node invite` printed; else it is asked for")
    joining.add_argument("--fingerprint", default="", help="of the console's key, as `node invite` printed it")
    joining.add_argument("--yes", action="store_true", help="ask nothing (needs --fingerprint)")
    joining.add_argument("--ca", default="", metavar="FILE", help="authority of the console's certificate")
    joining.add_argument("--plain-http", action="store_true", help="allow http:// beyond this computer")
    return joining


# --- at the console ------------------------------------------------------------------------------------------------


def _invite(options: Options) -> Answer:
    good_for = timedelta(minutes=options["minutes"])
    token, secret = join_token_create(COMMAND_LINE, name=options["name"], good_for=good_for)
    shown = fingerprint(public_key_of(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY)))
    data = {"token": secret, "expires_at": token.expires_at, "name": token.name, "fingerprint": shown}
    return Answer(
        data,
        [
            "On the machine, with the address under which it reaches this console:",
            f"  {program_name()} node join https://THIS-CONSOLE --token {secret} --fingerprint {shown}",
            f"  {program_name()} node run",
            f"The token is good for one machine, until {token.expires_at:%H:%M:%S} UTC. It is not shown again.",
        ],
    )


def _members(_options: Options) -> Answer:
    rows = [
        {"name": row.node.name, "ulid": row.node.ulid} | {name: getattr(row, name) for name in _COLUMNS[2:]}
        for row in member_list()
    ]
    return Answer(rows, table(rows, _COLUMNS, empty="No machine has joined yet."))


def _remove(options: Options) -> Answer:
    access = node_remove(COMMAND_LINE, node_get(options["node"]))
    return Answer({"ulid": access.node.ulid, "state": access.state}, [f"{access.node} left the fleet."])


# --- on a machine --------------------------------------------------------------------------------------------------


def _join(options: Options) -> Answer:
    from mining.fleet.joining import Console, join, look  # needs the packages of a fleet

    home: Path = settings.MINERCONSOLE_HOME
    ensure_layout(home)
    if options["yes"] and not options["fingerprint"]:
        raise ConfigurationError(
            "--yes needs the fingerprint of the console's key", next_step="Copy --fingerprint from `node invite`."
        )
    token = options["token"] or _ask("Token: ")
    console = Console(options["console"], token, options["plain_http"], options["ca"])
    offer = look(home, console, expected=options["fingerprint"])
    print(f"This is the console of {offer.owner}.\nIts key: {offer.fingerprint}", file=sys.stderr)
    question = "It will decide for whom this computer mines, below what is set here. Join it? [y/N]: "
    if not options["yes"] and _ask(question).strip().lower() not in ("y", "yes"):
        raise EnrolmentError("Not joined", next_step="The token is still good.", code="not_agreed")
    member = join(home, console, offer, hardware=hardware_facts)
    data = {"ulid": member.ulid, "name": member.node_name, "owner": member.owner, "fingerprint": offer.fingerprint}
    lines = [f"Joined the fleet of {member.owner} as {member.node_name}.", f"Next: {program_name()} node run"]
    return Answer(data, lines)


def _leave(options: Options) -> Answer:
    home: Path = settings.MINERCONSOLE_HOME
    was_member = is_member(home)
    if not was_member and not options["new_identity"]:
        membership_of(home)  # says so
    member = _readable(home)
    if was_member:
        _go(home, member)
    forget_membership(home)
    forget_wanted(home)
    if options["new_identity"]:
        for path in (home / "node_id", home / FOLDER / NODE_KEY, home / "followed_plan.json"):
            path.unlink(missing_ok=True)
    whose = f"the fleet of {member.owner}" if member is not None else "a fleet" if was_member else "no fleet"
    lines = [f"Left {whose}: no console decides for this computer any more."]
    if options["new_identity"]:
        lines.append("It has a new identity when it joins again.")
    return Answer({"left": was_member, "new_identity": options["new_identity"]}, lines)


def _readable(home: Path) -> Membership | None:
    """A damaged membership can be left, too; nobody is told then."""
    try:
        return read_membership(home)
    except CannotStartError:
        return None


def _go(home: Path, member: Membership | None) -> None:
    """End `node run` and wait for its miner; tell the console, if it can be told."""
    from mining.fleet.beats import tell_left  # needs the packages of a fleet
    from mining.fleet.connection import BROKER_ERRORS

    pid = node_pid(home)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _ENDS_S
        while node_pid(home) is not None and time.monotonic() < deadline:
            time.sleep(0.1)
    else:
        with contextlib.suppress(MinerConsoleError):  # a miner without a fleet, maybe none
            request(home, "stop_mining")
    with contextlib.suppress(*BROKER_ERRORS):
        if member is not None:
            tell_left(member)


def _pause(_options: Options) -> Answer:
    return _rest(is_paused=True)


def _resume(_options: Options) -> Answer:
    return _rest(is_paused=False)


def _rest(*, is_paused: bool) -> Answer:
    """The owner's pause outlasts restarts, and no console overrules it."""
    home: Path = settings.MINERCONSOLE_HOME
    membership_of(home)

    def rested(before: Wanted) -> Wanted:
        return before.ordered(is_paused_here=is_paused)

    wanted = change_wanted(home, rested)
    with contextlib.suppress(MinerConsoleError):  # one that does not run hears it when it starts
        request(home, "pause" if is_paused or wanted.is_paused else "resume")
    word = "rests until its owner resumes it" if is_paused else "goes on"
    return Answer({"is_paused": is_paused}, [f"This computer {word}."])


def _run(options: Options) -> Answer:
    home: Path = settings.MINERCONSOLE_HOME
    membership_of(home)
    parser = SentenceParser(prog=f"{program_name()} node run")
    add_mine_options(parser)
    parser.parse_args(options["words"])  # says what is wrong with them
    words = [sys.executable, "-m", "mining.fleet.node_worker", str(home), *options["words"]]
    sys.stdout.flush()
    os.execve(sys.executable, words, child_environment(MINERCONSOLE_HOME=str(home)))


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "There is nobody to ask", next_step="Give --token, --fingerprint and --yes.", code="nobody_to_ask"
        )
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return sys.stdin.readline()
