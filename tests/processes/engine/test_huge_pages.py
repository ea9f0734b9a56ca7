"""The fast miner's huge pages: it has them while it runs, and says so; its end gives them back (see conftest)."""

from __future__ import annotations

import json

from tests.support.mine import MineRun


def test_a_fast_miner_says_which_pages_it_has(fast_miner: MineRun) -> None:
    pages = fast_miner.frame["memory"]["huge_pages"]
    assert pages["kind"] in ("hugetlb", "thp", "none")
    if pages["kind"] == "hugetlb":
        assert pages["got"] == pages["wanted"]
    else:
        assert pages["reason"], "what is not the best comes with its reason"


def test_what_was_raised_is_on_record_while_it_runs(fast_miner: MineRun) -> None:
    record = fast_miner.home / "run/huge_pages.json"
    raised = [event for event in fast_miner.of_kind("log") if "was raised from" in event["sentence"]]
    assert record.exists() == bool(raised)
    if raised:
        assert json.loads(record.read_text())["delta"] > 0
