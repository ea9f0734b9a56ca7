"""The words for how Stratum V1 pool software behaves: one frozen value per type, every timer a setting in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, NamedTuple

from mining.stratum.bitcoin.difficulty import Difficulty
from mining.stratum.bitcoin.server_messages import ErrorStyle, SubscribeShape
from mining.stratum.bitcoin.share_check import ShareFault
from tests.support.pools.records import Verdict


class FirstJob(Enum):
    """When a client gets its difficulty and its first job."""

    AFTER_SUBSCRIBE = auto()
    AFTER_AUTHORIZE = auto()


class OldJob(Enum):
    """What becomes of a share whose job was replaced at a new block, or fell out of the ring."""

    NOT_FOUND = auto()  # in the words for an unknown job
    STALE = auto()  # in words of its own
    PRAISED = auto()  # answered `true`, and not credited


class Reaction(Enum):
    """What a pool does about a request that it does not serve."""

    SILENCE = auto()
    ERROR = auto()
    CLOSE = auto()
    REPLACE = auto()  # the newer one holds (authorize only)


class Refusal(NamedTuple):
    """Code and words."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class V1Behaviour:
    """One type of pool. Limits of None do not exist.

    `difficulty`: what a session starts with, fractions are allowed (a share costs difficulty * 65537 hashes).
    A client may ask for another one up to `largest_difficulty`.
    `accepted_part`: shares count from this part of their difficulty on. `idle_s`: a client without a submit for so long
    is closed at the next job. `invalid_s`: so long nothing but invalid shares, and the client is closed, with
    `farewell`. `judged_shares`, `invalid_part`: so many shares with more than this part invalid bring a ban of `ban_s`.
    `vardiff_share_s`: so many seconds between two shares are aimed at, never below `difficulty`. `jobs_kept`: of one
    height. `ntime_roll_s`: how far a time may be ahead. `branches`: most merkle branches of a job.
    `unsubscribed`: CLOSE closes at whatever comes before the subscription, ERROR answers submits only.
    `is_always_clean`: no job lets older ones live. `faults`: the words for what is wrong with a share's texts, where
    they differ from those of its verdict; `not_hex`: an extranonce2 of the right length that is no hex; `no_share`: a
    hash that is not even one of difficulty 1. `options`: methods that are known, True for a plain yes.
    """

    name: str
    first_job: FirstJob
    old_job: OldJob
    refusals: dict[Verdict, Refusal]
    unsubscribed: Reaction
    unauthorized: Reaction
    second_subscription: Reaction
    second_authorize: Reaction
    unknown_method: Reaction
    faults: dict[ShareFault, Refusal] = field(default_factory=dict)
    not_hex: Refusal | None = None
    no_share: Refusal | None = None
    options: dict[str, Reaction | bool] = field(default_factory=dict)
    subscribe_shape: SubscribeShape = SubscribeShape.PAIRS
    error_style: ErrorStyle = ErrorStyle.LIST
    share_error_style: ErrorStyle = ErrorStyle.LIST
    difficulty: Difficulty = 0.001
    largest_difficulty: Difficulty = 0.01
    accepted_part: float = 1.0
    has_previous_difficulty: bool = False
    resumes: bool = False
    checks_worker: bool = False
    refused_closes: bool = False
    is_always_clean: bool = False
    jobs_kept: int = 16
    ntime_roll_s: int = 0
    extranonce1_bytes: int = 4
    extranonce2_bytes: int = 4
    branches: int = 4
    idle_s: float | None = None
    invalid_s: float | None = None
    farewell: str = ""
    welcome: str = ""
    vardiff_share_s: float | None = None
    line_limit: int = 10_240
    not_json: str = ""
    ban_s: float = 600.0
    banned: str | None = None
    judged_shares: int | None = None
    invalid_part: float = 0.5
    version_mask: int = 0

    def but(self, **changes: Any) -> V1Behaviour:
        """Return the same pool with other settings, for example `but(idle_s=2.0)`."""
        return replace(self, **changes)
