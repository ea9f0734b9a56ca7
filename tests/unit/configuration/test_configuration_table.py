"""Table of keys, example file, options and contract agree."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mining.configuration import env_file
from mining.configuration.command_line import SentenceParser, add_mine_options
from mining.configuration.example import example_keys, example_text
from mining.configuration.keys import ENDPOINT_KEYS, KEYS, file_keys
from mining.configuration.run_configuration import RunConfiguration
from mining.engine.plan import Endpoint, Plan

EXAMPLE = Path(__file__).parents[3] / "mining_config.env.example"

# Contracts between the parts, "Configuration keys" (version 1): key, option, default. Extended by adding only.
CONTRACT = {
    "COIN": ("--coin", "XMR"),
    "ALGORITHM": ("--algorithm", "from the coin"),
    "WALLET": ("--wallet", "none"),
    "WORKER": ("--worker", "host name"),
    **{f"POOL_{number}": ("--pool", "none") for number in range(1, 10)},
    "POOL_PASSWORD": ("--password", "x"),
    "POOL_PASSWORD_FILE": ("", "none"),
    "TLS_FINGERPRINT": ("--tls-fingerprint", "none"),
    "CORES": ("--cores", "by cache size and CPU quota"),
    "THREADS": ("--threads", "as CORES"),
    "INTENSITY": ("--intensity", "100"),
    "MODE": ("--light", "auto"),
    "HUGE_PAGES": ("--huge-pages", "auto"),
    "PRIORITY": ("--priority", "low"),
    "WEB_ENABLED": ("--web", "on"),
    "LISTEN": ("--listen", "127.0.0.1:3333"),
    "AI_ENABLED": ("", "off"),
    "HOME": ("--home", "var/ in the checkout"),
}
# Added since: key, option.
ADDED = {
    "POOL_PROFILE": "--pool-profile",
    "POOL_DIFFICULTY": "--pool-difficulty",
    "POOL_EMAIL": "--email",
    "POOL_SOLO": "--solo",
    "PAYMENT_ID": "--payment-id",
    "DATABASE": "",
    "BROKER": "",
    "BROKER_PUBLIC": "",
}
# "Command line" of the same contract: what is not a key.
RUN_OPTIONS = {"--offline", "--no-web", "--plain", "--json", "--duration", "--shares", "--config", "--check-login",
               "--explain", "--save"}  # fmt: skip


def _options() -> set[str]:
    parser = SentenceParser(prog="mine", formatter_class=argparse.HelpFormatter)
    add_mine_options(parser)
    return {option for action in parser._actions for option in action.option_strings} - {"-h", "--help"}


def test_every_key_of_the_contract_is_in_the_table_with_option_and_default() -> None:
    table = {key.name: (key.flag, key.default) for key in file_keys()}

    assert {name: table[name] for name in CONTRACT} == CONTRACT
    assert set(table) - set(CONTRACT) == {"DIFFICULTY", *ADDED, *ENDPOINT_KEYS}
    assert {name: table[name][0] for name in ADDED} == ADDED


def test_the_options_of_mine_are_those_of_the_table_and_the_contract() -> None:
    assert _options() == {key.flag for key in KEYS.values() if key.flag} | RUN_OPTIONS


def test_the_example_file_is_made_from_the_table() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == example_text()


def test_the_example_file_documents_every_key_and_sets_none() -> None:
    text = example_text()

    assert env_file.parse(text, "example").entries == ()
    for key in example_keys():
        assert text.count(f"\n#{key.name}=") == 1
        assert f"# Default: {key.default}." in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_every_key_of_the_plan_names_a_field_of_it() -> None:
    of_plan = {key.plan_field for key in KEYS.values() if key.plan_field and not key.endpoint}
    of_endpoint = {key.plan_field for key in KEYS.values() if key.endpoint}

    assert of_plan <= set(Plan.__struct_fields__)
    assert of_endpoint == {"profile", "password_at_pool", "tls_fingerprint"} <= set(Endpoint.__struct_fields__)


def test_each_of_nine_endpoints_has_its_keys_and_the_example_shows_those_of_the_first() -> None:
    assert len(ENDPOINT_KEYS) == 3 * 9
    assert {key.name for key in file_keys()} - {key.name for key in example_keys()} == {
        name for name in ENDPOINT_KEYS if not name.startswith("POOL_1_")
    }
    assert "POOL_2_PASSWORD to POOL_9_PASSWORD are alike" in example_text()


def test_every_example_value_is_a_right_one(resolved: Any, fund: str) -> None:
    placeholders = {"WALLET", "TLS_FINGERPRINT", "POOL_PASSWORD_FILE", "CORES", "THREADS", "PAYMENT_ID"}
    of_run = [key for key in file_keys() if not key.endpoint]
    lines = [f"{key.name}={key.example}" for key in of_run if key.name not in placeholders]

    assert resolved(file="\n".join([*lines, f"WALLET={fund}"])).kind == "daemon"


def test_each_key_has_a_source_in_every_configuration(resolved: Any) -> None:
    configuration = resolved()

    assert isinstance(configuration, RunConfiguration)
    assert list(configuration.sources) == list(KEYS)
