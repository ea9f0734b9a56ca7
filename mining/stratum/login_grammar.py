"""Writes the login of a pool from separate fields, or says in one sentence what this pool's login cannot say. Pure.

The grammars themselves are data: `mining.stratum.profiles.table`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from mining.addresses import (
    VALIDATORS,
    AddressKind,
    AddressProblem,
    MoneroAddress,
    integrated_address,
    mask_address,
)
from mining.coins import coin_named
from mining.stratum.combined_wallet import split_combined
from mining.stratum.login_problem import LoginFieldError, shorten
from mining.stratum.profiles import Piece, PoolProfile, WalletKind

NO_PASSWORD = "x"
MOST_BYTES = 640
"""Of login, password and rigid as JSON: p2pool bans a request over 1023 bytes, and the rest of ours needs up to 350."""
_HIDDEN = "(hidden)"
_TICKERED = re.compile(r"[A-Za-z0-9]{2,10}:[^:]+")
_NICEHASH = re.compile(r"NH[A-Za-z0-9]{20,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[a-z0-9]{20,80}")
_EMAIL = re.compile(r"[^@\s/:]+@[^@\s/:]+")


@dataclass(frozen=True, slots=True)
class LoginFields:
    """What is to be said to a pool. `difficulty` 0 = leave it to the pool; `password` "" or "x" = none.

    `coin` is the ticker of the coin that is mined and paid.
    """

    wallet: str
    payment_id: str = ""
    worker: str = ""
    difficulty: int = 0
    email: str = ""
    is_solo: bool = False
    password: str = NO_PASSWORD
    coin: str = "XMR"

    @property
    def explicit_password(self) -> str:
        """The password a person chose, else ""."""
        return "" if self.password == NO_PASSWORD else self.password


@dataclass(frozen=True, slots=True)
class RenderedLogin:
    """What is sent: `login`, `password` (never empty) and `rigid` (None: leave the field out).

    `masked` is for people and logs: the login with address and e-mail shortened. `note` says what a person may not
    expect of this pool, "" for nothing.
    """

    login: str
    password: str
    rigid: str | None
    masked: str
    note: str = ""


def render_login(profile: PoolProfile, fields: LoginFields) -> RenderedLogin:
    """Return the login of `fields` in the grammar of `profile`. Raises LoginFieldError for what it cannot say.

    A short payment id is merged into an integrated address. Vectors: tests/vectors/login_grammar.json.
    """
    grammar = profile.grammar
    _check_solo(profile, fields)
    _check_wallet(profile, fields)
    fields = _with_payment_id(profile, fields)
    _check_worker(profile, fields)
    _check_difficulty(profile, fields)
    _check_email(profile, fields)
    _check_password(profile, fields)
    values = _values(profile, fields)
    login = _write(grammar.login, values) or NO_PASSWORD
    password = _write(grammar.password, values) or NO_PASSWORD
    rigid = fields.worker or None if grammar.has_rigid else None
    _check_length(profile, [login, password, rigid or ""])
    masked = _write(grammar.login, _values(profile, _masked(fields)))
    return RenderedLogin(login, password, rigid, masked, profile.note)


def _values(profile: PoolProfile, fields: LoginFields) -> dict[str, str]:
    """The value of each field a `Piece` may name, "" where there is nothing to say."""
    is_tickered = profile.grammar.wallet is WalletKind.TICKERED and ":" in fields.wallet
    return {
        "wallet": fields.wallet,
        "worker": fields.worker,
        "label": fields.worker or fields.wallet or NO_PASSWORD,
        "difficulty": str(fields.difficulty) if fields.difficulty else "",
        "email": fields.email,
        "solo": (profile.grammar.solo or "") if fields.is_solo else "",
        "ticker": "" if is_tickered else fields.coin,
        "password": fields.explicit_password,
        "worker_or_password": fields.explicit_password or fields.worker or (NO_PASSWORD if fields.email else ""),
    }


def _write(pieces: tuple[Piece, ...], values: dict[str, str]) -> str:
    text = ""
    for piece in pieces:
        if value := values[piece.field]:
            text += (piece.joint if text else "") + piece.before + value + piece.after
    return text


def _masked(fields: LoginFields) -> LoginFields:
    ticker, colon, address = fields.wallet.rpartition(":")
    name, at, domain = fields.email.partition("@")
    email = f"{name[:1]}…{at}{domain}" if at else ""
    return replace(fields, wallet=ticker + colon + mask_address(address), email=email, password=NO_PASSWORD)


def _check_solo(profile: PoolProfile, fields: LoginFields) -> None:
    if fields.is_solo and profile.grammar.solo is None:
        raise LoginFieldError(
            "POOL_SOLO", "", f"cannot be said in the login of {profile.name}",
            next_step=profile.grammar.solo_hint, code="login_solo",
        )  # fmt: skip


def _check_wallet(profile: PoolProfile, fields: LoginFields) -> None:
    kind, wallet = profile.grammar.wallet, fields.wallet
    if kind is WalletKind.LABEL:
        return
    if not wallet:
        raise LoginFieldError(
            "WALLET", "", f"is empty, and {profile.name} pays nobody without an address",
            next_step="Give your public address with --wallet, or WALLET in mining_config.env.", code="wallet_missing",
        )  # fmt: skip
    is_tickered = kind is WalletKind.TICKERED and _TICKERED.fullmatch(wallet)
    combined = None if is_tickered else split_combined(wallet)
    if combined is not None:
        raise LoginFieldError(
            "WALLET", mask_address(combined.wallet), "has more in it than an address",
            next_step=f"Give the parts apart: {combined.settings}.", code="wallet_combined",
        )  # fmt: skip
    if kind is WalletKind.NICEHASH and not _NICEHASH.fullmatch(wallet):
        raise LoginFieldError(
            "WALLET", mask_address(wallet), f"is not {kind}, and {profile.name} pays no other",
            next_step="Give the mining address that NiceHash shows you.", code="wallet_kind",
        )  # fmt: skip
    if kind in (WalletKind.COIN, WalletKind.COIN_NOT_INTEGRATED):
        _check_address(profile, fields)


def _check_address(profile: PoolProfile, fields: LoginFields) -> None:
    """Refuse what is no address of the coin, of whichever network: test pools pay in test coins."""
    wallet = fields.wallet
    try:
        address = VALIDATORS[coin_named(fields.coin).address_format](wallet)
    except AddressProblem as problem:
        why, next_step, code = problem.why, problem.next_step, problem.code
        shown = "" if code == "wallet_secret" else mask_address(wallet)
        raise LoginFieldError("WALLET", shown, why, next_step=next_step, code=code) from None
    is_integrated = isinstance(address, MoneroAddress) and address.kind is AddressKind.INTEGRATED
    if is_integrated and profile.grammar.wallet is WalletKind.COIN_NOT_INTEGRATED:
        raise LoginFieldError(
            "WALLET", mask_address(wallet), f"is an integrated address, which {profile.name} refuses",
            next_step="Give the main address or a sub-address of a wallet of your own.", code="wallet_integrated",
        )  # fmt: skip


def _with_payment_id(profile: PoolProfile, fields: LoginFields) -> LoginFields:
    """The fields with the payment id inside the address."""
    if not fields.payment_id:
        return fields
    kind, coin = profile.grammar.wallet, coin_named(fields.coin)
    if not coin.has_payment_ids:
        raise LoginFieldError(
            "PAYMENT_ID", "", f"is given, but {coin.name} has no payment ids",
            next_step="Leave it out; an address of your own is enough.", code="payment_id_coin",
        )  # fmt: skip
    if kind is not WalletKind.COIN:
        raise LoginFieldError(
            "PAYMENT_ID", "", f"cannot be given to {profile.name}, which takes {kind}",
            next_step="Leave PAYMENT_ID out, or mine to a wallet of your own.", code="payment_id_refused",
        )  # fmt: skip
    try:
        return replace(fields, wallet=integrated_address(fields.wallet, fields.payment_id), payment_id="")
    except AddressProblem as problem:
        raise LoginFieldError(
            "PAYMENT_ID", "", f"does not fit: the address {problem.why}", next_step=problem.next_step, code=problem.code
        ) from None


def _check_worker(profile: PoolProfile, fields: LoginFields) -> None:
    worker = fields.worker
    accident = re.search(r"[.+](\d+)$", worker)
    if profile.key == "p2pool" and accident:
        raise LoginFieldError(
            "WORKER", shorten(worker), f"would be read by p2pool as a request for the difficulty {accident[1]}",
            next_step=f"Write {_plain(worker)}, and ask for a difficulty with POOL_DIFFICULTY.", code="login_worker",
        )  # fmt: skip
    bad = next((c for c in worker if not "!" <= c <= "~" or c in profile.grammar.forbidden_in_worker), None)
    if bad is not None:
        shown = bad if "!" <= bad <= "~" else f"U+{ord(bad):04X}"
        raise LoginFieldError(
            "WORKER", shorten(worker), f"has {shown} in it, where the login of {profile.name} would be cut",
            next_step=f"Use letters, digits, - and _, such as {_plain(worker)}.", code="login_worker",
        )  # fmt: skip


def _plain(worker: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", worker).strip("-")[:32] or "rig-1"


def _check_difficulty(profile: PoolProfile, fields: LoginFields) -> None:
    grammar, difficulty = profile.grammar, fields.difficulty
    if not difficulty:
        return
    if not grammar.has_difficulty:
        hint = " or name its kind with POOL_PROFILE" if profile.key == "generic" else ""
        raise LoginFieldError(
            "POOL_DIFFICULTY", str(difficulty), f"cannot be said in the login of {profile.name} ({grammar.form})",
            next_step=f"Leave it out{hint}; the pool sets the difficulty by itself.", code="login_difficulty",
        )  # fmt: skip
    if not grammar.difficulty_min <= difficulty <= grammar.difficulty_max:
        raise LoginFieldError(
            "POOL_DIFFICULTY", str(difficulty),
            f"is outside what {profile.name} takes ({grammar.difficulty_min} to {grammar.difficulty_max})",
            next_step=f"Give a number from {grammar.difficulty_min}, or leave it out.", code="login_difficulty",
        )  # fmt: skip


def _check_email(profile: PoolProfile, fields: LoginFields) -> None:
    email, grammar = fields.email, profile.grammar
    if not email:
        return
    if not grammar.has_email:
        raise LoginFieldError(
            "POOL_EMAIL", "", f"cannot be said in the login of {profile.name} ({grammar.form})",
            next_step="Leave it out, and set it on the pool's own page.", code="login_email",
        )  # fmt: skip
    if not _EMAIL.fullmatch(email) or not email.isascii() or not email.isprintable():
        raise LoginFieldError(
            "POOL_EMAIL", "", "is not an e-mail address that fits into a login",
            next_step="Write name@domain, without spaces, / and :.", code="login_email",
        )  # fmt: skip
    if not fields.worker and any(piece.field == "email" for piece in grammar.login):
        raise LoginFieldError(
            "POOL_EMAIL", "", f"needs a worker name before it in the login of {profile.name} ({grammar.form})",
            next_step="Give WORKER as well.", code="login_email",
        )  # fmt: skip


def _check_password(profile: PoolProfile, fields: LoginFields) -> None:
    password = fields.explicit_password
    others = [piece for piece in profile.grammar.password if piece.field in ("email", "difficulty", "ticker")]
    clash = next((p for p in others if p.joint and p.joint in password and _values(profile, fields)[p.field]), None)
    if clash is not None:
        raise LoginFieldError(
            "POOL_PASSWORD", _HIDDEN, f'has "{clash.joint}" in it, where {profile.name} begins the next part',
            next_step=f"Use a password without it, or leave out the {clash.field}.", code="login_password",
        )  # fmt: skip


def _check_length(profile: PoolProfile, texts: list[str]) -> None:
    size = len(json.dumps(texts).encode())
    if size > MOST_BYTES:
        raise LoginFieldError(
            "The login", "", f"for {profile.name} would be {size} bytes long, and pools ban what is over {MOST_BYTES}",
            next_step="Shorten the worker name or the password.", code="login_too_long",
        )  # fmt: skip
