"""A console's plans at a Node: opened once, never twice, and never an old one, also after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mining.engine.followed_version import FILE_NAME, Followed, read_followed, write_followed
from mining.engine.signed_plan import (
    CONSOLE_KEY,
    PlanDocument,
    PlanRefusedError,
    digest_of,
    encode_document,
    private_key_of,
    public_key_of,
    sign,
    trust_console,
)
from mining.engine.supervisor.console_plans import ConsolePlans
from mining.errors import ConfigurationError, MinerConsoleError

NODE = "01JDXXXXXXXXXXXXXXXXXXXXXX"
Signed = tuple[bytes, bytes]


class Console:
    """A console whose Node lives in `home`, and the receipts that it got."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.key = private_key_of(home, CONSOLE_KEY)
        trust_console(home, public_key_of(self.key))
        self.told: list[tuple[int, str, str]] = []
        self.plans = self.restarted()

    def restarted(self) -> ConsolePlans:
        """The Node's side, as a new Supervisor makes it."""
        return ConsolePlans(
            self.home, NODE, lambda followed, _: self.told.append((followed.version, followed.state, followed.reason))
        )

    def plan(self, version: int, node: str = NODE, **values: str) -> Signed:
        data = encode_document(PlanDocument(node, version, values))
        return data, sign(self.key, data)

    def follow(self, version: int, **values: str) -> None:
        assert self.plans.open(*self.plan(version, **values)) is not None
        self.plans.begin({})
        self.plans.state("applied", "")
        self.plans.state("verified", "")


@pytest.fixture
def console(tmp_path: Path) -> Console:
    """A trusted console."""
    return Console(tmp_path)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(MinerConsoleError) as caught:
        act()
    return caught.value.code


def test_a_plan_is_receipted_from_its_delivery_to_its_end(console: Console) -> None:
    document = console.plans.open(*console.plan(3, CORES="0"))
    assert document is not None and document.values == {"CORES": "0"}
    console.plans.begin({"CORES": "command line (--cores)"})
    console.plans.state("applied", "")
    console.plans.state("rolled_back", "the pool refused")
    assert console.told == [(3, "delivered", ""), (3, "applied", ""), (3, "rolled_back", "the pool refused")]


def test_what_happens_after_the_end_of_a_plan_is_told_no_more(console: Console) -> None:
    console.follow(3)
    console.plans.state("failed", "hours later")
    assert console.told[-1] == (3, "verified", "")


@pytest.mark.parametrize("is_after_restart", [False, True])
def test_an_old_plan_is_refused_also_after_a_restart(console: Console, is_after_restart: bool) -> None:
    old = console.plan(3, WALLET="of somebody else")
    console.follow(4)
    plans = console.restarted() if is_after_restart else console.plans
    assert refusal(lambda: plans.open(*old)) == "old_version"
    assert refusal(lambda: plans.open(*console.plan(4, CORES="1"))) == "old_version", "the same number, other values"
    assert plans.open(*console.plan(5)) is not None


@pytest.mark.parametrize("is_after_restart", [False, True])
def test_the_last_plan_again_repeats_its_receipt_and_is_not_followed_again(
    console: Console, is_after_restart: bool
) -> None:
    console.follow(4)
    plans = console.restarted() if is_after_restart else console.plans
    assert plans.open(*console.plan(4)) is None
    assert console.told[-1] == (4, "verified", "")


def test_a_plan_without_a_good_signature_is_refused_and_leaves_no_trace(console: Console) -> None:
    data, signature = console.plan(3, WALLET="of a thief")
    forged = bytes([signature[0] ^ 1]) + signature[1:]
    assert refusal(lambda: console.plans.open(data, forged)) == "bad_signature"
    assert refusal(lambda: console.plans.open(data + b" ", signature)) == "bad_signature"
    assert refusal(lambda: console.plans.open(*console.plan(3, node="01JDYYYYYYYYYYYYYYYYYYYYYY"))) == "wrong_node"
    assert console.told == [] and not (console.home / FILE_NAME).exists()


def test_a_node_without_a_console_follows_nobody(tmp_path: Path) -> None:
    plans = ConsolePlans(tmp_path, NODE, lambda followed, pinned: None)
    assert refusal(lambda: plans.open(b"{}", bytes(64))) == "no_console"


def test_a_plan_that_cannot_be_followed_at_all_is_failed_and_may_come_again(console: Console) -> None:
    console.plans.open(*console.plan(3, CORES="9000"))
    console.plans.refuse(ConfigurationError("CORES names core 9000"))
    assert console.told == [(3, "delivered", ""), (3, "failed", "CORES names core 9000")]
    assert console.plans.open(*console.plan(3, CORES="0")) is not None


def test_a_plan_under_test_fails_when_another_one_takes_its_place(console: Console) -> None:
    console.plans.open(*console.plan(3))
    console.plans.begin({})
    console.plans.open(*console.plan(4))
    console.plans.begin({})
    assert (3, "failed", "another plan took its place before it was verified") in console.told
    assert console.plans.followed.version == 4


def test_a_plan_is_not_followed_when_its_version_cannot_be_kept(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    console.plans.open(*console.plan(3))
    monkeypatch.setattr("mining.engine.followed_version.os.replace", full)
    with pytest.raises(PlanRefusedError, match="No space left on device") as caught:
        console.plans.begin({})
    assert caught.value.code == "not_kept" and console.plans.followed.version == 0


def test_a_test_that_was_cut_off_is_gone_on_with(console: Console) -> None:
    console.plans.open(*console.plan(3))
    console.plans.begin({})
    after = console.restarted()
    assert after.resume()
    after.state("verified", "")
    assert console.told[-1] == (3, "verified", "")
    assert not console.restarted().resume()


def test_the_file_holds_no_setting_and_is_private(console: Console) -> None:
    console.follow(3, WALLET="4A", POOL_PASSWORD="hunter2")
    path = console.home / FILE_NAME
    digest = digest_of(console.plan(3, WALLET="4A", POOL_PASSWORD="hunter2")[0])
    assert json.loads(path.read_text()) == {"version": 3, "digest": digest, "state": "verified", "reason": ""}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in console.home.glob(f"{FILE_NAME}*")] == [FILE_NAME]


def test_a_damaged_file_is_named_instead_of_following_an_old_plan(console: Console) -> None:
    (console.home / FILE_NAME).write_text("{")
    assert refusal(lambda: console.plans.open(*console.plan(3))) == "followed_unreadable"


def test_nothing_was_followed_at_first(tmp_path: Path) -> None:
    assert read_followed(tmp_path) == Followed()
    write_followed(tmp_path, Followed(2, "ab", "verified"))
    assert read_followed(tmp_path).version == 2
