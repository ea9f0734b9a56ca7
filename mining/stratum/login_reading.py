"""Takes a login apart by the grammar of its pool: the inverse of `login_grammar`, for imported settings. Pure.

What the grammar cannot read is guessed at as miners' guides write it (`combined_wallet`), and marked as a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mining.stratum.combined_wallet import SHORT_PAYMENT_ID, split_combined
from mining.stratum.login_grammar import NO_PASSWORD
from mining.stratum.profiles import Piece, PoolProfile, WalletKind

_TICKER = re.compile(r"([A-Za-z0-9]{2,10}):")
_DIGITS = re.compile(r"[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class ReadLogin:
    """The parts of a login; "", 0 and False where there is none. `password` is what is left of it, not one shown."""

    wallet: str
    payment_id: str = ""
    worker: str = ""
    difficulty: int = 0
    email: str = ""
    is_solo: bool = False
    password: str = ""
    is_guess: bool = False


def read_login(profile: PoolProfile, login: str, password: str = "", *, coin: str = "XMR") -> ReadLogin:
    """Return the parts of a login and password as a pool of `profile` reads them. Never fails: the rest is the wallet.

    A password stays whole, but for parts that the grammar marks (`d=1000`, `c=LTC`). Vectors:
    tests/vectors/login_grammar.json, each rendered login read back.
    """
    read = _by_grammar(profile, login, coin) or _guessed(login)
    return _with_password(profile, read, "" if password == NO_PASSWORD else password)


def _by_grammar(profile: PoolProfile, login: str, coin: str) -> ReadLogin | None:
    """The parts by the pool's own grammar, None where it does not fit."""
    grammar = profile.grammar
    text, is_solo = login, False
    if grammar.solo and login.lower().startswith(grammar.solo.lower()):
        text, is_solo = login[len(grammar.solo) :], True
    ticker, text = _ticker(profile, text)
    pieces = [piece for piece in grammar.login if piece.joint]
    head, values = _split(text, pieces)
    is_address = grammar.wallet is WalletKind.LABEL or not head or head.isalnum()
    if values is None or not is_address or not _fits(profile, values):
        return None
    wallet = f"{ticker}:{head}" if ticker and ticker.upper() != coin else head
    return ReadLogin(
        wallet, worker=values.get("worker", ""), difficulty=int(values.get("difficulty") or 0),
        email=values.get("email", ""), is_solo=is_solo,
    )  # fmt: skip


def _ticker(profile: PoolProfile, text: str) -> tuple[str, str]:
    match = _TICKER.match(text) if profile.grammar.wallet is WalletKind.TICKERED else None
    return (match[1], text[match.end() :]) if match else ("", text)


def _split(text: str, pieces: list[Piece]) -> tuple[str, dict[str, str] | None]:
    """Cut `text` at the joints of `pieces`, in their order; None in place of the values when something is left over."""
    head, rest = _until(text, pieces)
    values: dict[str, str] = {}
    for place, piece in enumerate(pieces):
        if rest.startswith(piece.joint):
            values[piece.field], rest = _until(rest[len(piece.joint) :], pieces[place + 1 :])
    return head, None if rest else values


def _until(text: str, pieces: list[Piece]) -> tuple[str, str]:
    found = [at for at in (text.find(piece.joint) for piece in pieces) if at >= 0]
    return (text[: min(found)], text[min(found) :]) if found else (text, "")


def _fits(profile: PoolProfile, values: dict[str, str]) -> bool:
    worker = values.get("worker", "")
    is_number = _DIGITS.fullmatch(values.get("difficulty", "0")) is not None
    return is_number and not any(character in profile.grammar.forbidden_in_worker for character in worker)


def _guessed(login: str) -> ReadLogin:
    combined = split_combined(login)
    if combined is None:
        return ReadLogin(login)
    payment_id = combined.payment_id if len(combined.payment_id) == SHORT_PAYMENT_ID else ""
    return ReadLogin(
        combined.wallet, payment_id, combined.worker, int(combined.difficulty or 0), combined.email, combined.is_solo,
        is_guess=True,
    )  # fmt: skip


def _with_password(profile: PoolProfile, read: ReadLogin, password: str) -> ReadLogin:
    """The parts with those that the password says with a mark of their own; the rest of it stays the password."""
    marked = {piece.before: piece.field for piece in profile.grammar.password if piece.before}
    joints = "".join({piece.joint for piece in profile.grammar.password if piece.joint})
    if not marked or not password:
        return replace(read, password=password)
    kept, difficulty = [], read.difficulty
    for token in re.split(f"[{re.escape(joints)}]", password) if joints else [password]:
        mark = next((before for before in marked if token.startswith(before)), None)
        value = token[len(mark) :] if mark else ""
        if mark is None or (marked[mark] == "difficulty" and not _DIGITS.fullmatch(value)):
            kept.append(token)
        elif marked[mark] == "difficulty":
            difficulty = int(value)
    return replace(read, password=(joints[:1] or "").join(kept), difficulty=difficulty)
