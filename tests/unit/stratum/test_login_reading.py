"""Logins read back: what a pool was sent comes out again as the parts that would send the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.login_grammar import LoginFields, render_login
from mining.stratum.login_problem import LoginFieldError
from mining.stratum.login_reading import ReadLogin, read_login
from mining.stratum.profiles import PROFILES, profile_named

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "login_grammar.json").read_text())
MAIN = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
LITECOIN, DOGECOIN = "LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeA", "DD4KSSuBJqcjuTcvUg1CgUKeurPUFeEZkE"
ADDRESSES = {"XMR": MAIN, "LTC": LITECOIN, "DOGE": DOGECOIN}


def _sent_again(profile: str, read: ReadLogin, coin: str, rigid: str) -> tuple[str, str]:
    fields = LoginFields(
        wallet=read.wallet, payment_id=read.payment_id, worker=read.worker or rigid, difficulty=read.difficulty,
        email=read.email, is_solo=read.is_solo, password=read.password or "x", coin=coin,
    )  # fmt: skip
    rendered = render_login(profile_named(profile), fields)
    return rendered.login, rendered.password


@given(
    profile=st.sampled_from(sorted(PROFILES)),
    worker=st.from_regex(r"[A-Za-z0-9_-]{0,12}", fullmatch=True),
    difficulty=st.integers(0, 10**6),
    email=st.sampled_from(["", "a@b.org"]),
    password=st.sampled_from(["", "secret", "x"]),
    is_solo=st.booleans(),
)
def test_whatever_a_grammar_writes_is_read_so_that_the_same_is_sent_again(
    profile: str, worker: str, difficulty: int, email: str, password: str, is_solo: bool
) -> None:
    coin = "XMR" if PROFILES[profile].family == "randomx" else "LTC"
    wallet = "NH" + "b" * 34 if profile == "nicehash" else ADDRESSES[coin]
    fields = LoginFields(wallet, "", worker, difficulty, email, is_solo, password, coin)
    try:
        sent = render_login(PROFILES[profile], fields)
    except LoginFieldError:
        return
    read = read_login(PROFILES[profile], sent.login, sent.password, coin=coin)
    assert not read.is_guess
    asked = difficulty if PROFILES[profile].grammar.is_difficulty_suggested else read.difficulty
    again = ReadLogin(
        read.wallet, read.payment_id, read.worker, asked, read.email, read.is_solo, read.password
    )  # fmt: skip
    assert _sent_again(profile, again, coin, "") == (sent.login, sent.password)


@pytest.mark.parametrize(
    ("profile", "login", "password", "expected"),
    [
        ("snipa", f"{MAIN}+5000", "rig:a@b.org", ReadLogin(MAIN, difficulty=5000, password="rig:a@b.org")),
        ("nanopool", f"{MAIN}.rig1/a@b.org", "x", ReadLogin(MAIN, worker="rig1", email="a@b.org")),
        ("nanopool", f"{MAIN}.10", "x", ReadLogin(MAIN, worker="10")),
        ("xmrpool_eu", f"{MAIN}+10", "x", ReadLogin(MAIN, worker="10")),
        ("dvandal", f"solo:{MAIN}.5000", "rig", ReadLogin(MAIN, difficulty=5000, is_solo=True, password="rig")),
        ("kryptex", f"SOLO:{MAIN}/rig", "", ReadLogin(MAIN, worker="rig", is_solo=True)),
        ("jtgrassie", MAIN, "rig1,d=5000", ReadLogin(MAIN, difficulty=5000, password="rig1")),
        ("miningcore", f"{MAIN}.rig", "d=5000;pw", ReadLogin(MAIN, worker="rig", difficulty=5000, password="pw")),
        ("yiimp", f"{LITECOIN}.rig", "c=LTC,d=64,m=solo",
         ReadLogin(LITECOIN, worker="rig", difficulty=64, password="m=solo")),
        ("unmineable", f"XMR:{MAIN}.rig", "x", ReadLogin(MAIN, worker="rig")),
        ("unmineable", f"DOGE:{DOGECOIN}.rig", "x", ReadLogin(f"DOGE:{DOGECOIN}", worker="rig")),
        ("p2pool", "anything+5000", "x", ReadLogin("anything", difficulty=5000)),
        ("generic", f"{MAIN}.8a125052fe6f3877.rig1+5000", "x",
         ReadLogin(MAIN, "8a125052fe6f3877", "rig1", 5000, is_guess=True)),
        ("generic", "", "", ReadLogin("")),
        ("snipa", f"{MAIN}.rig", "x", ReadLogin(MAIN, worker="rig", is_guess=True)),
    ],
)  # fmt: skip
def test_logins_of_other_miners_are_taken_apart(profile: str, login: str, password: str, expected: ReadLogin) -> None:
    coin = "LTC" if PROFILES[profile].family == "scrypt" else "XMR"
    assert read_login(profile_named(profile), login, password, coin=coin) == expected


@given(st.sampled_from(sorted(PROFILES)), st.text(max_size=60), st.text(max_size=30))
def test_reading_never_fails(profile: str, login: str, password: str) -> None:
    read_login(PROFILES[profile], login, password)


def test_every_rendered_vector_of_the_grammars_is_read_without_a_guess() -> None:
    rows: list[dict[str, Any]] = VECTORS["rendered"]
    addresses = {"MAIN": MAIN}
    for row in rows:
        login = row["login"]
        for name, address in addresses.items():
            login = login.replace(name, address)
        if MAIN in login:
            assert not read_login(profile_named(row["profile"]), login, row["password"]).is_guess, row["name"]
