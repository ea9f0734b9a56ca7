"""What a Node of a fleet starts with: the values of the plan that held last, while the one after it did not.

The signature is checked again here: a file on the disk is believed no more than what came through the broker.
"""

from __future__ import annotations

from pathlib import Path

from mining.engine.followed_version import read_followed
from mining.engine.signed_plan import trusted_console
from mining.fleet.membership import read_membership
from mining.fleet.wanted import read_wanted


def start_values(home: Path) -> dict[str, str] | None:
    """Return the console's level of the settings; None for a computer that belongs to no fleet.

    Empty before there is a plan that held: the Supervisor is given that one, and tests it. Raises MinerConsoleError.
    """
    membership = read_membership(home)
    if membership is None:
        return None
    wanted, followed = read_wanted(home), read_followed(home)
    plan = wanted.plan
    has_held = plan is not None and plan.digest == followed.digest and followed.state == "verified"
    chosen = plan if has_held else wanted.good
    if chosen is None:
        return {}
    return dict(chosen.opened(trusted_console(home), node_id=membership.ulid).values)
