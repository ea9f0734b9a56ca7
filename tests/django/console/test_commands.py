"""The verbs for scripts: coin, wallet, pool, node, token; tables and JSON, and sentences for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from mining.management.rows_command import database_error
from mining.models import ApiToken, Event, Pool, Wallet
from mining.services.actors import Role
from mining.services.tokens import actor_of_token
from tests.support.console import MONERO_ADDRESSES, make_pool, make_user, make_wallet

pytestmark = pytest.mark.django_db
MAIN, SUB = MONERO_ADDRESSES
URL = "stratum+ssl://pool.example:443"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command; returns what it printed, as JSON if it was asked for."""

    def run(*words: str) -> Any:
        call_command(*words)
        text = capsys.readouterr().out
        return json.loads(text) if "--json" in words else text

    return run


def _refused(*words: str) -> CommandError:
    with pytest.raises(CommandError) as refused:
        call_command(*words)
    return refused.value


def test_wallets_are_added_listed_changed_and_removed(said: Any) -> None:
    assert "Added the XMR wallet savings: 44AFFq…3A (standard address, mainnet)." in said(
        "wallet", "add", "savings", MAIN
    )
    assert said("wallet", "add", "sub", SUB, "--note", "cold", "--json")["address"] == "888tNk…3H"
    rows = said("wallet", "list", "--json")
    assert [(row["name"], row["note"], row["plans"]) for row in rows] == [("savings", "", 0), ("sub", "cold", 0)]
    listed = said("wallet", "list")
    assert listed.splitlines()[0].startswith("NAME") and MAIN not in listed
    said("wallet", "edit", "SAVINGS", "--name", "hot", "--payment-id", "8a125052fe6f3877")
    assert "Removed the wallet sub." in said("wallet", "remove", "sub")
    assert list(Wallet.objects.values_list("name", "payment_id")) == [("hot", "8a125052fe6f3877")]
    assert set(Event.objects.values_list("actor", flat=True)) == {"the command line"}


def test_a_seed_on_the_command_line_is_refused_unseen_also_in_several_words() -> None:
    words = ["abbey", "cactus", "zebra", "lion", "ocean", "piano", "quiet", "river", "sunny", "tiger", "uncle", "vivid"]
    for command in (("add", "savings", *words), ("add", "savings", " ".join(words)), ("add", " ".join(words), MAIN)):
        refused = _refused("wallet", *command)
        assert refused.returncode == 2 and "private key" in str(refused)
        assert not any(word in str(refused) for word in words)
    make_wallet("savings")
    assert "private key" in str(_refused("wallet", "edit", "savings", "--address", *words))


def test_pools_are_added_listed_changed_and_removed(said: Any, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    fingerprint = "ab" * 32
    said(
        "pool", "add", "mine", "--url", URL, "--url", "stratum+tcp://pool.example:3333", "--tls-fingerprint",
        fingerprint, "--profile", "snipa", "--difficulty", "5000", "--password-file", str(secret),
    )  # fmt: skip
    pool = Pool.objects.get()
    assert pool.password == "hunter2"
    assert [row.tls_fingerprint for row in pool.endpoints.all()] == [fingerprint, ""]
    (row,) = said("pool", "list", "--json")
    assert row["endpoints"] == [URL, "stratum+tcp://pool.example:3333"] and row["password"] == "set"
    assert "hunter2" not in said("pool", "list")
    change = ("pool", "edit", "mine", "--difficulty", "0", "--url", "stratum+ssl://other.example:443", "--solo", "off")
    assert "was not entered for stratum+ssl://other.example" in str(_refused(*change))
    said(*change, "--password-file", str(secret))
    assert [each.host for each in Pool.objects.get().endpoints.all()] == ["other.example"]
    said("pool", "edit", "mine", "--tls-fingerprint", fingerprint)
    assert Pool.objects.get().endpoints.get().tls_fingerprint == fingerprint
    said("pool", "remove", "mine")
    assert not Pool.objects.exists()


def test_an_own_node_is_added_with_its_login(said: Any) -> None:
    said("pool", "add", "node", "--url", "daemon+http://me:geheim@127.0.0.1:18081")
    endpoint = Pool.objects.get().endpoints.get()
    assert (endpoint.rpc_user, endpoint.rpc_password) == ("me", "geheim")
    assert "geheim" not in said("pool", "list") + json.dumps(said("pool", "list", "--json"))


def test_the_catalogue_is_listed_and_added_from(said: Any) -> None:
    keys = {row["key"] for row in said("pool", "presets", "--json")}
    assert {"supportxmr", "own_p2pool"} <= keys
    assert "Added the pool HashVault: stratum+ssl://pool.hashvault.pro" in said("pool", "add-preset", "hashvault")
    added = {row["key"]: row["is_added"] for row in said("pool", "presets", "--coin", "xmr", "--json")}
    assert added["hashvault"] and not added["supportxmr"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("pool", "add", "p"), 2, "at least one host and port"),
        (("pool", "add", "p", "--url", "pool.example:443"), 2, "no scheme"),
        (("pool", "add", "p", "--url", "daemon+http://u:geheim@x"), 2, "no port"),
        (("pool", "add", "p", "--url", URL, "--coin", "BTC"), 2, "'BTC' is not known"),
        (("pool", "add", "p", "--url", URL, "--solo", "maybe"), 2, "neither on nor off"),
        (("pool", "add", "p", "--url", URL, "--password-file", "/nowhere"), 2, "cannot be read"),
        (("pool", "add", "taken", "--url", URL), 1, "There is a pool 'taken' already"),
        (("pool", "remove", "takn"), 2, "Did you mean 'taken'"),
        (("pool", "add-preset", "nowhere"), 2, "Choose one of"),
        (("wallet", "add", "w", "44AFF"), 2, "has 5 characters"),
        (("wallet", "edit", "w", "--name", "x"), 2, "There is no wallet yet"),
        (("coin", "enable", "BTC"), 2, "'BTC' is not known"),
        (("node", "show", "nowhere"), 2, "There is no node 'nowhere'"),
        (("token", "add", "t", "--user", "nobody"), 2, "There is no user 'nobody'"),
        (("token", "revoke", "7"), 2, "There is no token '7'"),
        (("token", "add", "t", "--user", "ann", "--days", "0"), 2, "1 to 3650"),
        (("token", "add", "t", "--user", "ann", "--role", "root"), 2, "viewer, operator, admin"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_next_step(words: tuple[str, ...], code: int, sentence: str) -> None:
    make_pool("taken")
    make_user(Role.VIEWER, "ann")
    refused = _refused(*words)
    assert (refused.returncode, sentence in str(refused), "geheim" in str(refused)) == (code, True, False), refused


def test_the_coins_are_listed_with_why_some_are_not_offered(said: Any) -> None:
    rows = {row["ticker"]: row for row in said("coin", "list", "--json")}
    assert rows["XMR"]["is_offered"] and not rows["XMR-STAGENET"]["is_offered"]
    assert "mainnet only" in rows["XMR-STAGENET"]["note"]
    assert "XMR is not offered any more" in said("coin", "disable", "xmr")
    assert "XMR is offered" in said("coin", "enable", "xmr")


def test_this_computer_is_listed_shown_and_renamed(said: Any) -> None:
    (row,) = said("node", "list", "--json")
    assert row["is_local"] and len(row["ulid"]) == 26 and row["latest_plan"] is None
    shown = said("node", "show", "--json")
    assert len(shown["public_key"]) == 64 and shown["hardware"]["threads"] >= 1
    said("node", "rename", row["ulid"], "cellar")
    assert "name: cellar" in said("node", "show", "cellar")


def test_a_token_is_printed_once_works_and_is_revoked(said: Any) -> None:
    make_user(Role.OPERATOR, "ann")
    secret = said("token", "add", "grafana", "--user", "ANN", "--days", "30").strip()
    actor = actor_of_token(secret)
    assert actor is not None and actor.role is Role.VIEWER
    assert said("token", "add", "ci", "--user", "ann", "--role", "operator", "--json")["token"].startswith("mc_")
    rows = said("token", "list", "--json")
    assert [(row["name"], row["state"]) for row in rows] == [("ci", "works"), ("grafana", "works")]
    assert secret not in said("token", "list") + json.dumps(rows)
    assert "works no more" in said("token", "revoke", "grafana")
    assert actor_of_token(secret) is None and ApiToken.objects.filter(revoked_at=None).count() == 1


def test_empty_lists_say_what_to_do(said: Any) -> None:
    assert "wallet add NAME ADDRESS" in said("wallet", "list")
    assert "pool presets" in said("pool", "list") and said("pool", "list", "--json") == []
    assert "token add" in said("token", "list")


def test_a_database_that_is_busy_or_broken_is_one_sentence() -> None:
    assert "is busy. Try again" in database_error(OperationalError("database is locked")).sentence
    broken = database_error(OperationalError("no such table: mining_pool"))
    assert "setup" in broken.sentence and broken.exit_code == 3


def test_in_a_home_without_a_database_a_verb_ends_with_a_sentence_and_exit_3(tmp_path: Path) -> None:
    environment = os.environ | {"MINERCONSOLE_HOME": str(tmp_path)}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "pool", "list"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 3 and done.stdout == ""
    assert "setup" in done.stderr and "Traceback" not in done.stderr


def test_a_verb_with_a_dash_is_found_and_the_home_may_stand_anywhere(tmp_path: Path) -> None:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "import-xmrig", str(tmp_path / "config.json")]
    done = subprocess.run([*command, "--home", str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "") and "config.json cannot be read (No such file" in done.stderr
    make_wallet("savings")
    call_command("wallet", "--home", str(tmp_path), "list")
