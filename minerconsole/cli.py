"""The command line: finds the home, hands over to Django's commands, and turns errors into sentences and exit codes."""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
from collections.abc import Sequence

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility, get_commands

from mining.configuration.computer_keys import computer_text
from mining.configuration.home import find_home
from mining.configuration.keys import PREFIX
from mining.errors import ConfigurationError, ExitCode, MinerConsoleError
from mining.home import VARIABLE, option_in, resolve_home
from mining.program import program_name

_HELP = ("help", "--help", "-h", "--version", "version")
# Verbs that read no rows, and those that read rows but show no pages; all others load the whole console.
_PROGRAM_VERBS = ("benchmark", "config", "doctor", "logs", "restart", "service", "start", "status", "stop", "uninstall")
_ROW_VERBS = (
    "mine", "console", "coin", "plan", "pool", "wallet", "node", "fleet", "token", "login", "import_xmrig",
    "rotate_secrets",
)  # fmt: skip
_LAYER = "DJANGO_LAYER"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (default: those of the process) and return its exit code."""
    argv = list(sys.argv if arguments is None else ["minerconsole", *arguments])
    argv[1:2] = [_written_out(verb) for verb in argv[1:2]]
    home = option_in(argv[1:], "--home") or _home_of_file(option_in(argv[1:], "--config"))
    if home:
        os.environ[VARIABLE] = os.path.abspath(os.path.expanduser(home))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minerconsole.settings")
    _take_servers_of_file(option_in(argv[1:], "--config"))
    os.environ[_LAYER] = _layer_of(argv[1:])
    try:
        _check_verb(argv[1:])
        _before_tables(argv[1:])
        ManagementUtility(argv).execute()
    except MinerConsoleError as error:
        print(error.sentence, file=sys.stderr)
        return int(error.exit_code)
    except ImproperlyConfigured as error:
        print(f"The Django settings are wrong: {error}", file=sys.stderr)
        return int(ExitCode.BAD_CONFIGURATION)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED_TWICE)
    except BrokenPipeError:  # the reader of a pipe went away: nothing is left to say to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.FAILED)
    return int(ExitCode.DONE)


def _home_of_file(config: str | None) -> str | None:
    """The home that a named configuration file gives, if it does; the command itself says what is wrong with one."""
    if config is None:
        return None
    try:
        found = find_home(None, os.environ, config)
        return None if found == find_home(None, os.environ) else str(found)
    except MinerConsoleError:
        return None


def _take_servers_of_file(config: str | None) -> None:
    """A file that is named on the command line names database and broker for our children too, which do not read it."""
    for key in ("DATABASE", "BROKER") if config is not None else ():
        with contextlib.suppress(MinerConsoleError):  # the command itself says what is wrong with the file
            found = computer_text(key, os.environ, config)
            if found is not None and found != computer_text(key, os.environ):
                os.environ[PREFIX + key] = found[0]


def _written_out(verb: str) -> str:
    """The verb as its module is named: `import-xmrig` is `import_xmrig`."""
    name = verb.replace("-", "_")
    return name if name in _ROW_VERBS else verb


def _before_tables(words: Sequence[str]) -> None:
    """`migrate` makes the database, which is its owner's only, like the home folder that it may have to make first."""
    if words[:1] != ["migrate"]:
        return
    os.umask(0o077)
    with contextlib.suppress(OSError):  # the command itself says what is wrong with the folder
        resolve_home().mkdir(mode=0o700, parents=True, exist_ok=True)


def _layer_of(words: Sequence[str]) -> str:
    verb = words[0] if words else ""
    return "program" if verb in _PROGRAM_VERBS else "rows" if verb in _ROW_VERBS else "web"


def _check_verb(words: Sequence[str]) -> None:
    """Refuse a verb that does not exist, with the nearest one. Raises ConfigurationError."""
    if not words or words[0] in _HELP:
        return
    django.setup()
    commands = get_commands()
    if words[0] in commands:
        return
    near = difflib.get_close_matches(words[0], commands, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"See {program_name()} help."
    raise ConfigurationError(f"{words[0]!r} is not a command", next_step=hint, code="unknown_command")
