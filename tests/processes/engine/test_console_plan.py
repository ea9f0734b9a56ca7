"""A console's plans at a running miner: followed without a needless stop, verified, or taken back with the reason."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from mining.errors import MinerConsoleError
from tests.processes.stratum.raw_client import WALLET
from tests.support.mine import MineRun, mining
from tests.support.pools import presets
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool
from tests.support.process_facts import until
from tests.support.signing_console import TestConsole

CORE = str(min(os.sched_getaffinity(0)))
OTHER_WALLET = "48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD"
EASY = {"difficulty": 8, "largest_difficulty": 8}
SHARE_S = 120.0


@dataclass
class Site:
    """A miner on one core in light mode, at pool `a` by the plan of its console; pool `b` is another one."""

    run: MineRun
    console: TestConsole
    a: TestPool
    b: TestPool

    def values(self, pool: TestPool, **changes: str) -> dict[str, str]:
        return {"POOL_1": pool.url, "POOL_1_PROFILE": pool.behaviour.name, "WALLET": WALLET, "CORES": CORE, **changes}

    def workers(self) -> dict[str, int]:
        """Host, Core workers and Verifier by name."""
        processes: dict[str, int] = self.run.ask("status")["processes"]
        return processes

    def apply_verified(self, values: dict[str, str]) -> None:
        self.console.apply(values)
        self.console.wait("verified")
        assert self.console.states() == ["delivered", "applied", "verified"]

    def check_mining_at(self, pool: TestPool) -> None:
        """Hold that it mines at `pool`, whose next share is accepted."""
        mark, endpoint = self.run.mark, f"127.0.0.1:{pool.port}"
        self.run.wait_frame(lambda frame: frame["state"] == "mining" and frame["session"]["endpoint"] == endpoint)
        told = {"outcome": "accepted", "endpoint": endpoint}  # a late answer of the pool before is told as a share too
        self.run.wait_event("share", since=mark, **told, timeout_s=SHARE_S)
        # one that the pool accepted just before `mark` may be told after it: the counts are of the whole run
        shares = self.run.of_kind("share")
        assert 0 < sum(all(share[key] == value for key, value in told.items()) for share in shares) <= pool.accepted

    def wait_rolled_back(self, *words: str) -> None:
        """Wait until the last plan was taken back, with `words` in its reason, in the log and among the alerts."""
        receipt = self.console.wait("rolled_back")
        assert self.console.states() == ["delivered", "applied", "rolled_back"]
        frame = self.run.wait_frame(lambda frame: any(row["code"] == "plan_rolled_back" for row in frame["alerts"]))
        alert = next(row for row in frame["alerts"] if row["code"] == "plan_rolled_back")
        for word in words:
            assert word in receipt["reason"] and word in alert["sentence"]
        assert any(receipt["reason"] in event["sentence"] for event in self.run.of_kind("log"))


@pytest.fixture(scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        a = stack.enter_context(TestPool.start(presets.JTGRASSIE.but(**EASY)))
        b = stack.enter_context(TestPool.start(presets.JTGRASSIE.but(**EASY)))
        folder = tmp_path_factory.mktemp("console-plan")
        words = ("--light", "--no-web", "--worker", "rig1")
        run = stack.enter_context(mining(folder, *words, self_test=self_tested_home))
        run.wait_mining()
        site = Site(run, TestConsole(run), a, b)
        site.apply_verified(site.values(a))
        # It began on all cores: the others leave after the plan was verified.
        until(lambda: set(site.workers()) == {"host", f"core {CORE}", "verifier"}, 60, "one worker is left")
        yield site
    summary = run.summary
    assert summary["lost"] == 0, "no change of the plan lost a share"
    assert {"supervisor_restarts": summary["supervisor_restarts"], "restarts": summary["restarts"]} == {
        "supervisor_restarts": 0,
        "restarts": 0,
    }


@pytest.fixture
def site(_site: Site) -> Site:
    """The site, mining at pool `a` by a plan with no changes, whatever the test before has left."""
    _site.console.apply(_site.values(_site.a))
    _site.console.wait("verified")
    return _site


def refusal(site: Site, **order: object) -> tuple[str, str]:
    with pytest.raises(MinerConsoleError) as caught:
        site.run.ask("apply_plan", **order)
    return caught.value.code, caught.value.sentence


# --- followed -------------------------------------------------------------------------------------------------


def test_another_pool_is_mined_at_with_the_same_workers_and_memory(site: Site) -> None:
    workers, mark = site.workers(), site.run.mark
    site.apply_verified(site.values(site.b))
    site.check_mining_at(site.b)
    assert site.workers() == workers, "nobody was started anew"
    assert [event for event in site.run.of_kind("log", since=mark) if "seed ready" in event["sentence"]] == []
    frames = site.run.of_kind("frame", since=mark)
    assert {frame["state"] for frame in frames} == {"mining"}, "hashing never stopped"
    until(lambda: not site.a.open_connections, 60, "the session at the pool before has ended")


def test_another_payee_is_shown_when_the_cores_hash_for_it(site: Site) -> None:
    site.apply_verified(site.values(site.a, WALLET=OTHER_WALLET))
    frame = site.run.wait_frame(lambda frame: frame["payee"]["address_masked"].startswith("48edfH"))
    assert frame["payee"]["source"] == f"console (plan {site.console.version})"
    assert frame["plan_version"] == site.console.version
    assert site.a.logins[-1].login.startswith(OTHER_WALLET)
    site.apply_verified(site.values(site.a))


def test_other_memory_is_another_stretch_and_the_gap_is_told(site: Site) -> None:
    host, mark = site.workers()["host"], site.run.mark
    site.apply_verified(site.values(site.a, PRIORITY="normal"))
    assert site.workers()["host"] != host
    site.run.wait_for(  # it is told just after the receipt
        lambda event: event["event"] == "log" and "the cores hash again, after" in event["sentence"],
        since=mark,
        what="sentence about the gap",
    )
    assert site.run.of_kind("algorithm", since=mark) == [], "the algorithm stayed"
    site.check_mining_at(site.a)


def test_a_plan_that_changes_nothing_is_verified_at_once(site: Site) -> None:
    site.apply_verified(site.values(site.a))
    workers, logins = site.workers(), len(site.a.logins)
    answer = site.console.apply(site.values(site.a))
    assert answer["state"] == "verified" and answer["version"] == site.console.version
    assert site.workers() == workers and len(site.a.logins) == logins


def test_a_pinned_key_keeps_its_value_and_the_receipt_names_the_pin(site: Site) -> None:
    site.apply_verified(site.values(site.a, WORKER="rig9", MODE="fast"))
    pinned = site.console.wait("verified")["pinned"]
    assert pinned == {"WORKER": "command line (--worker)", "MODE": "command line (--light)"}
    assert site.run.frame["memory"]["mode"] == "light"


def test_status_tells_plan_and_pins(site: Site) -> None:
    site.apply_verified(site.values(site.a))
    plan = site.run.ask("status")["plan"]
    assert (plan["version"], plan["state"]) == (site.console.version, "verified")
    assert set(plan["pins"]) == {"MODE", "WORKER", "HOME", "WEB_ENABLED"}, plan


# --- taken back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"PRIORITY": "idle"}], ids=["another source", "another stretch"])
def test_a_pool_that_refuses_the_login_is_left_again(site: Site, changes: dict[str, str]) -> None:
    workers = site.workers()
    site.b.inject(FaultKind.REFUSE_LOGIN, seconds=600.0, text="Invalid payment address provided")
    try:
        site.console.apply(site.values(site.b, **changes))
        site.wait_rolled_back(f"127.0.0.1:{site.b.port} refused the login", "Invalid payment address provided")
        site.check_mining_at(site.a)
        if not changes:
            assert site.workers() == workers, "the cores never noticed"
    finally:
        site.b.heal()


def test_a_pool_that_is_not_there_is_left_again_within_the_limit(site: Site) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens: until then no other test gets that port
        port = nobody.getsockname()[1]
        site.console.apply(site.values(site.a) | {"POOL_1": f"stratum+tcp://127.0.0.1:{port}"}, limit_s=2)
        site.wait_rolled_back("did not hold within 2 s", f"127.0.0.1:{port} refused the connection")
    site.check_mining_at(site.a)


def test_a_core_that_does_not_exist_is_refused_and_receipted(site: Site) -> None:
    workers = site.workers()
    with pytest.raises(MinerConsoleError, match="names core 4095"):
        site.console.apply(site.values(site.a, CORES="4095"))
    receipt = site.console.wait("failed")
    assert "names core 4095" in receipt["reason"] and site.console.states() == ["delivered", "failed"]
    site.check_mining_at(site.a)
    assert site.workers() == workers


def test_a_changed_payee_without_a_valid_signature_is_refused(site: Site) -> None:
    payee = site.run.wait_frame(lambda frame: frame["plan_version"] == site.console.version)["payee"]
    mark, version = site.run.mark, site.console.version + 1
    here, there = (OTHER_WALLET, WALLET) if payee["address_masked"].startswith("48edfH") else (WALLET, OTHER_WALLET)
    good = site.console.signed(version, site.values(site.a, WALLET=here))
    forged = site.console.signed(version, site.values(site.a, WALLET=there)) | {"signature": good["signature"]}
    code, sentence = refusal(site, **forged)
    assert code == "bad_signature" and "not signed by this Node's console" in sentence
    assert refusal(site, document=forged["document"], signature="")[0] == "bad_value"
    site.run.wait_for(lambda event: event["event"] == "log" and sentence in event["sentence"], since=mark)
    assert site.run.of_kind("plan", since=mark) == [], "nothing of it is believed, not even its version"
    assert site.run.wait_frame(lambda frame: True)["payee"] == payee


def test_a_replayed_plan_is_refused(site: Site) -> None:
    old = site.console.signed(1, site.values(site.b, WALLET=OTHER_WALLET))
    code, sentence = refusal(site, **old)
    assert code == "old_version" and "Plan 1 is not newer than plan " in sentence
    site.check_mining_at(site.a)


# --- stopped and paused ---------------------------------------------------------------------------------------


def test_a_plan_for_a_stopped_miner_waits_for_the_start(site: Site) -> None:
    site.run.ask("stop_mining")
    site.run.wait_frame(lambda frame: frame["state"] == "idle")
    answer = site.console.apply(site.values(site.b))
    assert answer["state"] == "verified" and site.workers() == {}
    site.console.apply(site.values(site.a), start=True)
    site.console.wait("verified")
    site.check_mining_at(site.a)


def test_a_paused_miner_changes_the_pool_and_stays_paused(site: Site) -> None:
    site.run.ask("pause")
    site.apply_verified(site.values(site.b))
    assert site.run.wait_frame(lambda frame: True)["state"] == "paused"
    site.run.ask("resume")
    site.check_mining_at(site.b)
