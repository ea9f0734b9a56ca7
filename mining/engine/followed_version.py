"""FollowedVersion: which plan of its console a Node followed last, kept over restarts in HOME/followed_plan.json.

It holds no settings and no secrets: a version, a digest, and how far the plan got. Without it, an old plan (with an old
payee) could be sent again after a restart.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from mining.decoding import ready_to_decode
from mining.errors import MinerConsoleError

FILE_NAME = "followed_plan.json"


class Followed(msgspec.Struct, frozen=True):
    """`version` 0: none yet. `state`: applied, verified, failed or rolled_back; `reason` says why."""

    version: int = 0
    digest: str = ""
    state: str = ""
    reason: str = ""


ready_to_decode(Followed)


def read_followed(home: Path) -> Followed:
    """Return what was followed last. Raises MinerConsoleError for a damaged file: then nobody knows what is old."""
    path = home / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Followed)
    except FileNotFoundError:
        return Followed()
    except (OSError, msgspec.DecodeError) as error:
        raise MinerConsoleError(
            f"{path} cannot be read ({error}), so nobody knows which plan of the console is an old one",
            next_step=f"Delete {path} to follow the next plan whatever its version.",
            code="followed_unreadable",
        ) from None


def write_followed(home: Path, followed: Followed) -> None:
    """Keep `followed`, whole at once. Raises OSError."""
    path = home / FILE_NAME
    temporary = path.with_name(f"{FILE_NAME}.{os.getpid()}")
    with temporary.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(msgspec.json.encode(followed))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
