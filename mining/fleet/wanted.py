"""Wanted: what the console (and the owner) want of this Node, kept over restarts in HOME/secrets/wanted.json (0600).

Tasks change it and return; the keeper of the miner makes it so. It holds the signed plan as it came, so that whoever
reads it checks the signature again, and the ids of commands that were done, so that none is done twice. Passwords of
pools are in plans, therefore it is a secret.
"""

from __future__ import annotations

import base64
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from mining.decoding import ready_to_decode
from mining.engine.signed_plan import PlanDocument, digest_of, opened
from mining.errors import MinerConsoleError
from mining.fleet.commands import Ledger
from mining.secret_files import FOLDER, replace_secret, secret_text

FILE_NAME = "wanted.json"


class SignedPlan(msgspec.Struct, frozen=True):
    """A plan as it came: its bytes and their signature in base64url; `version` and `digest` of it."""

    document: str
    signature: str
    version: int
    digest: str

    @classmethod
    def of(cls, data: bytes, signature: bytes, version: int) -> SignedPlan:
        """From the bytes."""
        return cls(_text(data), _text(signature), version, digest_of(data))

    def opened(self, public_key: bytes, *, node_id: str) -> PlanDocument:
        """The document, its signature checked. Raises PlanRefusedError."""
        return opened(public_key, from_text(self.document), from_text(self.signature), node_id=node_id)

    def __repr__(self) -> str:
        return f"SignedPlan({self.version})"


class Wanted(msgspec.Struct, frozen=True):
    """`revision` grows with every order of a person. `good`: the plan that was verified last. `is_started` None: nobody
    said, so a plan starts. `is_paused_here`: by the owner, whom the console does not overrule."""

    revision: int = 0
    plan: SignedPlan | None = None
    good: SignedPlan | None = None
    is_started: bool | None = None
    is_paused: bool = False
    is_paused_here: bool = False
    done: dict[str, int] = msgspec.field(default_factory=dict)
    newest: int = 0

    def ordered(self, **changes: object) -> Wanted:
        """Return what is wanted after an order of a person, who may give the same one again."""
        return msgspec.structs.replace(self, revision=self.revision + 1, **changes)

    @property
    def ledger(self) -> Ledger:
        """The commands that were done."""
        return Ledger(self.done, self.newest)


ready_to_decode(Wanted)


def read_wanted(home: Path) -> Wanted:
    """Return what is wanted. Raises MinerConsoleError for a damaged file: then nobody knows what was done already."""
    try:
        return msgspec.json.decode(secret_text(home, FILE_NAME), type=Wanted)
    except FileNotFoundError:
        return Wanted()
    except msgspec.DecodeError as error:
        path = home / FOLDER / FILE_NAME
        raise MinerConsoleError(
            f"{path} cannot be read ({error}), so nobody knows what the console wants of this Node",
            next_step=f"Delete {path} and apply the plan again from the console.",
            code="wanted_unreadable",
        ) from None


def change_wanted(home: Path, change: Callable[[Wanted], Wanted]) -> Wanted:
    """Replace what is wanted by `change` of it, one process at a time. Raises OSError, MinerConsoleError."""
    with _alone(home):
        before = read_wanted(home)
        after = change(before)
        if after != before:
            replace_secret(home, FILE_NAME, msgspec.json.encode(after).decode())
        return after


def forget_wanted(home: Path) -> None:
    """Nothing is wanted any more: the Node left its fleet. Its owner's pause stays. Raises OSError."""
    change_wanted(home, lambda before: Wanted(before.revision + 1, is_paused_here=before.is_paused_here))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home / "run" / "wanted.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")


def from_text(text: str) -> bytes:
    """Bytes of base64url. Raises ValueError."""
    return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
