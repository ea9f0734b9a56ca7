"""HOME/secrets/fleet.json: what is read back, and what is not taken for a membership."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.errors import CannotStartError
from mining.fleet.membership import Membership, become_member, read_membership

ULID = "01J0000000000000000000000A"


def member(home: Path, broker: str) -> Membership:
    """The home of a Node that joined."""
    membership = Membership(ULID, "cellar", "https://console", "owner", broker, 1_800_000_000.0)
    become_member(home, membership, bytes(32))
    return membership


def test_a_membership_is_read_as_it_was_kept(tmp_path: Path) -> None:
    kept = member(tmp_path, "rediss://node:secret@broker:6379/0?ssl_ca_certs=/etc/ca.pem")
    assert read_membership(tmp_path) == kept
    assert "secret" not in repr(kept)


def test_a_broker_whose_certificate_would_not_be_checked_is_no_broker(tmp_path: Path) -> None:
    member(tmp_path, "rediss://node:hunter2@broker:6379/0?ssl_cert_reqs=none")
    with pytest.raises(CannotStartError, match="ssl_cert_reqs") as refused:
        read_membership(tmp_path)
    assert refused.value.code == "fleet_unreadable"
    assert "hunter2" not in str(refused.value) and "node join" in str(refused.value.next_step)
