"""Readers of single values: text to a typed value, or ValueProblem with the next step. One reader per kind of value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mining.addresses import looks_like_secret
from mining.algorithms.registry import ALGORITHMS
from mining.coins import COINS
from mining.configuration.broker_url import parse_broker
from mining.configuration.cores import Machine, check_cores, check_threads, parse_cores
from mining.configuration.database_url import DatabaseUrl, parse_database
from mining.configuration.endpoints import parse_endpoint, parse_listen
from mining.configuration.problem import SecretProblem, ValueProblem
from mining.engine.plan import Endpoint

_ON = ("on", "yes", "true", "1")
_OFF = ("off", "no", "false", "0")
_LONGEST_PASSWORD = 256
_LONGEST_EMAIL = 254
_PASSWORD_FILE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a value may need: `folder` anchors relative paths, `machine` knows the cores."""

    folder: Path
    machine: Machine


Reader = Callable[[str, Context], object]


def whole_number(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`."""

    def read(text: str, _context: Context) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueProblem(f"is not a whole number from {low} to {high}", f"Give a number from {low} to {high}.")
        return int(text)

    return read


def one_of(*words: str) -> Reader:
    """A reader of one of `words`."""

    def read(text: str, _context: Context) -> str:
        if text in words:
            return text
        raise ValueProblem(f"is not one of {', '.join(words)}", did_you_mean(text, words) or f"Choose {words[0]}.")

    return read


def did_you_mean(text: str, known: tuple[str, ...] | list[str]) -> str:
    """Return "Did you mean X?" for the known word nearest to `text`, or the empty text."""
    by_upper = {word.upper(): word for word in known}
    near = difflib.get_close_matches(text.upper(), list(by_upper), n=1)
    return f"Did you mean {by_upper[near[0]]}?" if near else ""


def read_switch(text: str, _context: Context) -> bool:
    """on/yes/true/1 or off/no/false/0."""
    lowered = text.lower()
    if lowered in _ON or lowered in _OFF:
        return lowered in _ON
    raise ValueProblem("is neither on nor off", "Write on or off.")


def read_seconds(text: str, _context: Context) -> float:
    """Seconds above zero, with or without decimals."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text) or float(text) <= 0:
        raise ValueProblem("is not a number of seconds above 0", "Give seconds, such as 60 or 2.5.")
    return float(text)


def read_coin(text: str, _context: Context) -> str:
    """A ticker of the coin catalogue."""
    ticker = text.upper()
    if ticker in COINS:
        return ticker
    names = {coin.name.upper(): coin.ticker for coin in COINS.values()}
    hint = f"Did you mean {names[ticker]}?" if ticker in names else did_you_mean(text, list(COINS))
    raise ValueProblem("is not a coin of this program", hint or f"Choose one of: {', '.join(COINS)}.")


def read_algorithm(text: str, _context: Context) -> str:
    """An algorithm of the registry, or one that a coin of the catalogue uses."""
    known = list(dict.fromkeys([*ALGORITHMS, *(coin.algorithm for coin in COINS.values())]))
    if text in known:
        return text
    raise ValueProblem(
        "is not an algorithm of this program", did_you_mean(text, known) or f"Choose one of: {', '.join(known)}."
    )


def read_wallet(text: str, _context: Context) -> str:
    """A payout address as text; the coin's own checks come later, when the coin is known."""
    if looks_like_secret(text):
        raise SecretProblem(
            "looks like a private key or a seed phrase, so it was neither kept nor shown",
            "Give the public address instead (Monero: it starts with 4); nobody but you may ever see keys or seed "
            "words, so if others can read this place (a shell history, a file, a log), move the funds to a new wallet.",
            code="wallet_secret",
        )
    if any(character.isspace() for character in text):
        raise ValueProblem("has a space in it", "Give the address in one piece.", code="wallet_character")
    return text


def read_worker(text: str, _context: Context) -> str:
    """A worker name: what every pool grammar lets through."""
    if looks_like_secret(text) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", text):
        raise ValueProblem(
            "is not a worker name", "Use 1 to 64 letters, digits, dots, dashes or underscores, such as rig-1."
        )
    return text


def read_endpoint(text: str, _context: Context) -> Endpoint:
    """A pool or daemon URL."""
    return parse_endpoint(text)


def read_listen(text: str, _context: Context) -> tuple[str, int]:
    """host:port of the web page."""
    return parse_listen(text)


def read_fingerprint(text: str, _context: Context) -> str:
    """A SHA-256 certificate fingerprint: 64 hex digits, colons allowed; returned in lower case without them."""
    digits = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueProblem(
            "is not a SHA-256 certificate fingerprint", "Give its 64 hexadecimal digits, with or without colons."
        )
    return digits


def read_payment_id(text: str, _context: Context) -> str:
    """A short Monero payment id: 16 hex digits, returned in lower case. Long ones are dead, and look like keys."""
    if re.fullmatch(r"[0-9a-fA-F]{16}", text):
        return text.lower()
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise SecretProblem(
            "has 64 digits, and payment ids of that length are dead since 2019 (if it is a private key, it was neither "
            "kept nor shown)",
            "Ask the receiver for an integrated address, and give that as WALLET.",
            code="payment_id_long",
        )
    raise ValueProblem("is not a payment id", "Give its 16 hexadecimal digits, or an integrated address as WALLET.")


def read_email(text: str, _context: Context) -> str:
    """An e-mail address as far as a login can carry it."""
    if len(text) > _LONGEST_EMAIL or not text.isascii() or not re.fullmatch(r"[!-~]+@[!-~]+", text):
        raise ValueProblem("is not an e-mail address", "Write name@domain.")
    return text


def read_password(text: str, _context: Context) -> str:
    """A pool password: printable, of a sane length, never shown."""
    if len(text) > _LONGEST_PASSWORD or not text.isprintable():
        raise SecretProblem("is not a password", f"Use up to {_LONGEST_PASSWORD} printable characters.")
    return text


def read_password_file(text: str, context: Context) -> str:
    """The first line of a file that holds the pool password; returned is the password."""
    path = context.folder / Path(text).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(_PASSWORD_FILE_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise ValueProblem(f"cannot be read ({error.strerror})", "Name a file that holds the password.") from None
    except UnicodeDecodeError:
        raise ValueProblem("is not a text file", "Name a file whose first line is the password.") from None
    line = content.partition("\n")[0].strip()
    if not line:
        raise ValueProblem("has an empty first line", "Put the password on the first line of that file.")
    return str(read_password(line, context))


def read_broker(text: str, _context: Context) -> str:
    """The address of a Redis server."""
    return parse_broker(text)


def read_database(text: str, _context: Context) -> DatabaseUrl:
    """The address of a PostgreSQL database."""
    return parse_database(text)


def read_folder(text: str, context: Context) -> Path:
    """A folder as an absolute path; it need not exist yet."""
    path = context.folder / Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueProblem("is not a folder", "Name a folder, or a path where one can be made.")
    return path.resolve()


def read_cores(text: str, context: Context) -> tuple[int, ...]:
    """A list of cores that this process may use."""
    cores = parse_cores(text)
    check_cores(cores, context.machine)
    return cores


def read_threads(text: str, context: Context) -> int:
    """A number of cores, at most as many as this process may use."""
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise ValueProblem("is not a whole number above 0", "Give the number of cores to use, such as 2.")
    check_threads(int(text), context.machine)
    return int(text)
