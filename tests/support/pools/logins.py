"""How each pool type reads `login` and `pass`: address, worker, wanted difficulty, or the refusal in its words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mining.addresses.monero import AddressKind, parse_monero_address
from mining.addresses.problem import AddressProblem
from mining.stratum.cryptonote.server import Login
from tests.support.pools.behaviour import Behaviour, Grammar

_DIFFICULTY_IN_PASSWORD = re.compile(r"d=(\d+)")
_LAST_NUMBER = re.compile(r"[+.](\d+)$")


@dataclass(frozen=True, slots=True)
class LoginReading:
    """`worker` is empty and `difficulty` None where the client names none; `refusal` is empty for a good login."""

    worker: str = ""
    difficulty: int | None = None
    refusal: str = ""


def read_login(behaviour: Behaviour, request: Login) -> LoginReading:
    """Read a login as this pool does."""
    if behaviour.needs_password and not (request.login and request.password):
        return LoginReading(refusal=behaviour.texts.no_password)
    password = request.password or ""
    match behaviour.grammar:
        case Grammar.ANYTHING_LAST_NUMBER:
            return LoginReading(re.split(r"[+.]", request.login)[0], _number(_LAST_NUMBER, request.login))
        case Grammar.ANYTHING_PLUS:
            return LoginReading(request.login, _number(_LAST_NUMBER, request.login))
        case Grammar.ADDRESS_DOT_PLUS:
            return _dot_plus(behaviour, request.login, password)
        case Grammar.ADDRESS_DOT:
            address, _, worker = request.login.partition(".")
            return _checked(behaviour, address, worker)
        case Grammar.MININGCORE:
            address, _, worker = request.login.partition(".")
            address = address.partition("#")[0]
            return _checked(behaviour, address, worker, _number(_DIFFICULTY_IN_PASSWORD, password))
        case Grammar.ADDRESS_PASSWORD:
            wanted = _number(_DIFFICULTY_IN_PASSWORD, password)
            return _checked(behaviour, request.login, password, wanted, refuses_integrated=True)


def _dot_plus(behaviour: Behaviour, login: str, password: str) -> LoginReading:
    login = re.sub(r"^(solo|prop):", "", login, flags=re.IGNORECASE) if behaviour.name == "dvandal" else login
    rest, *options = login.split("+")
    if len(options) > 1:
        return LoginReading(refusal="Too many options in the login field")
    address, _, worker = rest.partition(".")
    wanted = int(options[0]) if options and options[0].isdecimal() else None
    return _checked(behaviour, address, worker or password, wanted)


def _checked(
    behaviour: Behaviour, address: str, worker: str, wanted: int | None = None, *, refuses_integrated: bool = False
) -> LoginReading:
    try:
        kind = parse_monero_address(address).kind
    except AddressProblem:
        return LoginReading(refusal=behaviour.texts.bad_address)
    if refuses_integrated and kind is AddressKind.INTEGRATED:
        return LoginReading(refusal="Invalid address type")
    return LoginReading(worker, wanted)


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found[1]) if found else None
