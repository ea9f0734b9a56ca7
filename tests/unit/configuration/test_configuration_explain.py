"""What --explain shows, and what it hides."""

from __future__ import annotations

from typing import Any

from mining.configuration.explain import explain


def test_every_given_key_is_shown_with_its_source_and_how_to_release_it(resolved: Any, fund: str) -> None:
    text = explain(resolved(file="\nINTENSITY=50\n", offline=True, cores="0-1", wallet=fund))

    rows = {line.split(" ")[0]: line for line in text.splitlines()[1:]}
    assert "= 50 " in rows["INTENSITY"]
    assert "# mining_config.env:2; to release: remove INTENSITY from line 2" in rows["INTENSITY"]
    assert "= 0-1 " in rows["CORES"] and "to release: leave out --cores" in rows["CORES"]
    assert rows["PRIORITY"].endswith("# default")


def test_secrets_are_hidden(resolved: Any, fund: str) -> None:
    text = explain(
        resolved(file="POOL_PASSWORD=hunter2\n", pool=["daemon+http://me:hunter3@127.0.0.1:1"], wallet=fund, cores="0")
    )

    assert "hunter" not in text
    assert "daemon+http://me:(hidden)@127.0.0.1:1" in text
    assert fund not in text and "44AFFq…3A" in text
