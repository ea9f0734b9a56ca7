"""The blocks that a run of `mine` was told to be accepted."""

from __future__ import annotations

import re

from tests.support.mine import MineRun


def blocks_of(run: MineRun, *, since: int = 0) -> dict[int, str]:
    """Height → block id of the shares that were accepted."""
    found: dict[int, str] = {}
    for event in run.of_kind("share", since):
        if event["outcome"] == "accepted":
            match = re.search(r"block ([0-9a-f]{64}) at height (\d+)", event["detail"])
            assert match is not None, event
            assert int(match[2]) not in found, f"two blocks accepted at height {match[2]}"
            found[int(match[2])] = match[1]
    return found
