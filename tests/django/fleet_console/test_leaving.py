"""`node leave`, also where the file of the membership is damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mining.fleet.membership import FILE_NAME, Membership, become_member, is_member
from mining.secret_files import FOLDER
from tests.support.homes import manage

BROKER = "redis://node:hunter2@127.0.0.1:1/0"  # nobody is there: nobody can be told


def leave(home: Path) -> Any:
    return manage(home, "node", "leave", "--json")


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_fleet_is_left_whatever_became_of_its_file(tmp_path: Path, is_damaged: bool) -> None:
    membership = Membership("01J0000000000000000000000A", "cellar", "https://console", "owner", BROKER, 1.0)
    become_member(tmp_path, membership, bytes(32))
    if is_damaged:
        (tmp_path / FOLDER / FILE_NAME).write_text("{")
    done = leave(tmp_path)
    assert done.returncode == 0 and '"left": true' in done.stdout, done.stderr
    assert not is_member(tmp_path) and "Traceback" not in done.stderr
    assert leave(tmp_path).returncode != 0, "there is nothing to leave any more"
