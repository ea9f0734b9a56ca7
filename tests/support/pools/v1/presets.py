"""The three kinds of Stratum V1 pool as rows (source: docs/PROTOCOLS.md, Stratum V1, read in the pools' own source).

Where that says nothing (clean flag of every nsp job, ckpool's welcome and what it does about a line that is no JSON,
yiimp's answers to optional requests, the sizes of the rings), the value is a plausible one and no test of the product
may rest on it.
"""

from __future__ import annotations

from mining.stratum.bitcoin.server_messages import ErrorStyle, SubscribeShape
from mining.stratum.bitcoin.share_check import ShareFault
from tests.support.pools.records import Verdict
from tests.support.pools.v1.behaviour import FirstJob, OldJob, Reaction, Refusal, V1Behaviour

NSP = V1Behaviour(
    name="nsp",
    first_job=FirstJob.AFTER_SUBSCRIBE,
    old_job=OldJob.NOT_FOUND,
    refusals={
        Verdict.UNAUTHENTICATED: Refusal(24, "unauthorized worker"),
        Verdict.BANNED: Refusal(20, "banned"),
        Verdict.UNKNOWN_JOB: Refusal(21, "job not found"),
        Verdict.STALE: Refusal(21, "job not found"),
        Verdict.DUPLICATE: Refusal(22, "duplicate share"),
        Verdict.BAD_FORMAT: Refusal(20, "{fault}"),
        Verdict.BAD_TIME: Refusal(20, "ntime out of range"),
        Verdict.LOW_DIFFICULTY: Refusal(23, "low difficulty share of {difficulty}"),
        Verdict.WRONG_WORKER: Refusal(24, "unauthorized worker"),
    },
    unsubscribed=Reaction.ERROR,
    unauthorized=Reaction.ERROR,
    second_subscription=Reaction.REPLACE,
    second_authorize=Reaction.REPLACE,
    unknown_method=Reaction.SILENCE,
    accepted_part=0.99,
    has_previous_difficulty=True,
    is_always_clean=True,
    ntime_roll_s=7200,
    idle_s=600.0,
    judged_shares=500,
)

CKPOOL = V1Behaviour(
    name="ckpool",
    first_job=FirstJob.AFTER_SUBSCRIBE,
    old_job=OldJob.STALE,
    refusals={
        Verdict.UNAUTHENTICATED: Refusal(0, "Unauthorised"),
        Verdict.BANNED: Refusal(0, "Banned"),
        Verdict.UNKNOWN_JOB: Refusal(0, "Invalid JobID"),
        Verdict.STALE: Refusal(0, "Stale"),
        Verdict.DUPLICATE: Refusal(0, "Duplicate"),
        Verdict.BAD_FORMAT: Refusal(0, "Invalid nonce2 length"),
        Verdict.BAD_TIME: Refusal(0, "Ntime out of range"),
        Verdict.LOW_DIFFICULTY: Refusal(0, "Above target"),
        Verdict.WRONG_WORKER: Refusal(0, "Worker mismatch"),
    },
    faults={
        ShareFault.NTIME: Refusal(0, "Ntime out of range"),
        ShareFault.NONCE: Refusal(0, "No nonce"),
    },
    unsubscribed=Reaction.CLOSE,
    unauthorized=Reaction.SILENCE,
    second_subscription=Reaction.SILENCE,
    second_authorize=Reaction.SILENCE,
    unknown_method=Reaction.SILENCE,
    options={"mining.suggest_difficulty": Reaction.SILENCE},
    subscribe_shape=SubscribeShape.ONE_PAIR,
    error_style=ErrorStyle.TEXT,
    share_error_style=ErrorStyle.REJECT_REASON,
    resumes=True,
    checks_worker=True,
    ntime_roll_s=7000,
    extranonce2_bytes=8,
    invalid_s=180.0,
    farewell="Disconnecting for continuous invalid shares",
    welcome="Authorised, welcome to the test pool {user}!",
    line_limit=1023,
    not_json="Invalid JSON, disconnecting",
    banned="Banned",
)

YIIMP = V1Behaviour(
    name="yiimp",
    first_job=FirstJob.AFTER_AUTHORIZE,
    old_job=OldJob.PRAISED,
    refusals={
        Verdict.UNAUTHENTICATED: Refusal(24, "Unauthorized worker"),
        Verdict.BANNED: Refusal(20, "Banned"),
        Verdict.UNKNOWN_JOB: Refusal(21, "Invalid job id"),
        Verdict.STALE: Refusal(21, "Invalid job id"),
        Verdict.DUPLICATE: Refusal(22, "Duplicate share"),
        Verdict.BAD_FORMAT: Refusal(20, "Invalid nonce size"),
        Verdict.BAD_TIME: Refusal(23, "Invalid ntime"),
        Verdict.LOW_DIFFICULTY: Refusal(26, "Low difficulty share"),
        Verdict.WRONG_WORKER: Refusal(24, "Unauthorized worker"),
    },
    faults={
        ShareFault.EXTRANONCE2: Refusal(24, "Invalid extranonce2 size"),
        ShareFault.NTIME: Refusal(23, "Invalid ntime"),
    },
    not_hex=Refusal(27, "Invalid nonce2"),
    no_share=Refusal(25, "Invalid solution"),
    unsubscribed=Reaction.ERROR,
    unauthorized=Reaction.ERROR,
    second_subscription=Reaction.CLOSE,
    second_authorize=Reaction.CLOSE,
    unknown_method=Reaction.ERROR,
    options={"mining.extranonce.subscribe": True, "mining.suggest_difficulty": True},
    refused_closes=True,
)

PRESETS = {row.name: row for row in (NSP, CKPOOL, YIIMP)}
