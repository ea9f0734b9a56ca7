"""What the login of a pool cannot say: one sentence with the field, its value if it may be shown, and a next step."""

from __future__ import annotations

from typing import Any

import pytest

from mining.errors import ExitCode
from mining.stratum.combined_wallet import CombinedWallet, split_combined
from mining.stratum.login_grammar import render_login
from mining.stratum.login_problem import LoginFieldError
from mining.stratum.profiles import PROFILES
from tests.unit.stratum.login_vectors import MAIN, VECTORS, fields_of, row_name


@pytest.mark.parametrize("row", VECTORS["refused"], ids=row_name)
def test_a_field_that_does_not_fit_is_named(row: dict[str, Any]) -> None:
    with pytest.raises(LoginFieldError) as caught:
        render_login(PROFILES[row["profile"]], fields_of(row))

    problem = caught.value
    assert (problem.field, problem.code) == (row["field"], row["code"])
    assert row["words"] in problem.thing
    assert problem.next_step and "\n" not in problem.sentence
    assert MAIN not in problem.sentence and "0f0f" not in problem.sentence
    assert problem.exit_code == ExitCode.BAD_CONFIGURATION and not problem.is_retryable


@pytest.mark.parametrize(
    ("tail", "parts"),
    [
        (".rig1", {"worker": "rig1"}),
        ("+10000", {"difficulty": "10000"}),
        (".10000", {"difficulty": "10000"}),
        (".rig1+10000", {"worker": "rig1", "difficulty": "10000"}),
        ("/rig1", {"worker": "rig1"}),
        (".8a125052fe6f3877", {"payment_id": "8a125052fe6f3877"}),
        (f".{'0f' * 32}.rig1+500", {"payment_id": "0f" * 32, "worker": "rig1", "difficulty": "500"}),
        (".rig1/me@example.org", {"worker": "rig1", "email": "me@example.org"}),
    ],
)
def test_a_combined_wallet_is_taken_apart(tail: str, parts: dict[str, Any]) -> None:
    assert split_combined(MAIN + tail) == CombinedWallet(MAIN, **parts)


def test_a_solo_prefix_is_recognised() -> None:
    assert split_combined(f"SOLO:{MAIN}") == CombinedWallet(MAIN, is_solo=True)


def test_an_address_alone_is_not_combined() -> None:
    assert split_combined(MAIN) is None
    assert split_combined("") is None
    assert split_combined("LTC:LaMT348PWRnrqeeWArpwQPbuanpXDZGEUz") is None


def test_the_parts_are_told_as_keys_with_the_address_masked() -> None:
    combined = split_combined(f"solo:{MAIN}.rig1+10000")

    assert combined is not None
    assert combined.settings == "WALLET=44AFFq…3A, WORKER=rig1, POOL_DIFFICULTY=10000, POOL_SOLO=on"


def test_a_long_payment_id_is_not_repeated() -> None:
    combined = split_combined(f"{MAIN}.{'0f' * 32}")

    assert combined is not None and "0f0f" not in combined.settings
