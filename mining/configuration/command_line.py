"""The options of `mine`, made from the table of keys, and a parser whose every complaint is one sentence. Pure."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from mining.addresses import looks_like_secret
from mining.configuration.keys import KEYS
from mining.configuration.problem import shown
from mining.configuration.values import did_you_mean
from mining.errors import ConfigurationError

_NEEDS_VALUE = re.compile(r"argument (\S+): expected one argument")
_EXCLUDES = re.compile(r"argument (\S+): not allowed with argument (\S+)")
_TAKES_NONE = re.compile(r"argument (\S+): ignored explicit argument .*", re.DOTALL)


class SentenceParser(argparse.ArgumentParser):
    """An argument parser that raises ConfigurationError with one sentence instead of printing its usage.

    Options must be written out; an option given twice with different values is refused.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Raise what argparse complains about as a sentence."""
        see_help = f"See {self.prog} --help."
        if match := _NEEDS_VALUE.fullmatch(message):
            raise ConfigurationError(f"{match[1]} needs a value", next_step=see_help)
        if match := _EXCLUDES.fullmatch(message):
            raise ConfigurationError(f"{match[2]} and {match[1]} exclude each other", next_step="Keep one of the two.")
        if match := _TAKES_NONE.fullmatch(message):
            raise ConfigurationError(f"{match[1]} takes no value", next_step=f"Write {match[1]} alone.")
        raise ConfigurationError(f"{message[:1].upper()}{message[1:]}", next_step=see_help)

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse, and name the first thing that is not an option of this command."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            raise self._unknown(unknown)
        return parsed

    def _unknown(self, unknown: list[str]) -> ConfigurationError:
        words = [word for word in unknown if not word.startswith("-")]
        first = unknown[0]
        if looks_like_secret(first) or looks_like_secret(" ".join(words)):
            return ConfigurationError(
                "Something that looks like a private key or seed phrase was given; it was neither kept nor shown",
                next_step="Give a public address with --wallet, and remove the words from your shell history.",
                code="wallet_secret",
            )
        if not first.startswith("-"):
            option = "--pool" if "://" in first else "--wallet" if len(first) > 90 else ""
            hint = f"Write {option} before it." if option else f"See {self.prog} --help."
            return ConfigurationError(f"{shown(first)} is not an option", next_step=hint, code="unknown_option")
        name = first.partition("=")[0]
        known = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        hint = did_you_mean(name, known) or f"See {self.prog} --help."
        return ConfigurationError(f"The option {shown(name)} is not known", next_step=hint, code="unknown_option")


class StoreOnce(argparse.Action):
    """Keeps the value of an option, and refuses a second, different one."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """Store the value."""
        before = getattr(namespace, self.dest, None)
        if before is not None and before != values:
            raise ConfigurationError(
                f"{option} was given twice with different values", next_step="Keep one.", code="given_twice"
            )
        setattr(namespace, self.dest, values)


def add_mine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `mine`: those of the key table, then those of this run only."""
    for key in KEYS.values():
        if not key.flag or (key.flag == "--pool" and key.name != "POOL_1"):
            continue
        text = f"{key.meaning} Default: {key.default}.".replace("%", "%%")
        if key.name == "POOL_1":
            parser.add_argument("--pool", action="append", metavar=key.metavar, help=f"{text} Repeat for backups.")
        elif key.name == "WEB_ENABLED":
            _add_web(parser, text)
        elif key.constant:
            parser.add_argument(key.flag, action="store_true", help=text)
        else:
            parser.add_argument(key.flag, action=StoreOnce, metavar=key.metavar, help=text)
    views = parser.add_mutually_exclusive_group()
    views.add_argument("--plain", action="store_true", help="Plain lines instead of the live view.")
    views.add_argument("--json", action="store_true", help="One JSON object per line on standard output.")
    parser.add_argument("--config", action=StoreOnce, metavar="FILE", help="Configuration file to read.")
    parser.add_argument("--check-login", action="store_true", help="Connect, log in, wait for a job, and end.")
    parser.add_argument("--explain", action="store_true", help="Show each value and where it came from, and end.")
    parser.add_argument("--save", action="store_true", help="Turn the options into a Plan (comes with the console).")


def _add_web(parser: argparse.ArgumentParser, text: str) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--web", action="store_true", default=None, dest="web_enabled", help=text)
    group.add_argument("--no-web", action="store_false", default=None, dest="web_enabled", help="No web page.")
