"""The table of pool software: timers, heartbeats and bans, each row with the source it was read in."""

from __future__ import annotations

from typing import Any

from mining.stratum.bitcoin.reasons import ServerFamily
from mining.stratum.profiles.shape import Behaviour, Standby, WireDialect

_V1: dict[str, Any] = {"keepalive_every_s": None, "is_keepalive_answered": False, "jobs_kept": 16,
                       "dialect": WireDialect.STRATUM_V1}  # fmt: skip

_ROWS: tuple[Behaviour, ...] = (
    # `keepalived` is answered but refreshes nothing: only submit and getjob do (and getjob answers by a push).
    Behaviour(
        "snipa", "S: Snipa22/nodejs-pool 2023-04, pool.js",
        is_idle_silent=True, is_getjob_allowed=True, is_getjob_heartbeat=True, getjob_after_s=300,
        is_session_per_process=True, jobs_kept=8, ban_s=65,
    ),
    # A standby never has a share, so it is renewed before 600 s.
    Behaviour(
        "moneroocean", "S: MoneroOcean/nodejs-pool 2026-08, protocol.js, miners.js",
        login_limit_s=15, delayed_refusal_s=600, first_share_limit_s=600, is_keepalive_heartbeat=True,
        is_getjob_allowed=True, is_getjob_heartbeat=True, jobs_kept=10,
    ),
    # A `keepalived` for a forgotten session throws in the pool's thread, so getjob (which answers) is the heartbeat.
    Behaviour(
        "zone", "S: zone117x/node-cryptonote-pool 2021; that getjob refreshes the timer: ?",
        is_idle_silent=True, keepalive_every_s=None, is_keepalive_heartbeat=True, is_getjob_allowed=True,
        is_getjob_heartbeat=True, getjob_after_s=300, is_session_per_process=True,
    ),
    Behaviour(
        "dvandal", "S: dvandal/cryptonote-nodejs-pool 2024-01",
        is_idle_silent=True, is_keepalive_heartbeat=True, is_getjob_allowed=True, is_getjob_heartbeat=True,
        is_session_per_process=True, is_clean_at_new_height=True,
    ),
    Behaviour(
        "jtgrassie", "S: jtgrassie/monero-pool 2025-05",
        idle_limit_s=150, is_keepalive_heartbeat=True,
    ),
    # No id but an integer, no method but login, submit, keepalived: everything else is a ban. Never answers keepalived.
    Behaviour(
        "p2pool", "S: SChernykh/p2pool 2026-08, stratum_server",
        idle_limit_s=None, login_limit_s=10, keepalive_every_s=None, is_keepalive_answered=False,
        is_unknown_method_ban=True,
    ),
    # The session id is the worker's name: a second login of the same name would share the first one's session.
    Behaviour(
        "sammy", "S: sammy007/monero-stratum 2019, handlers.go",
        is_keepalive_heartbeat=True, is_clean_at_new_height=True,
        standby=Standby.CONNECT_ONLY,
    ),
    Behaviour(
        "miningcore", "S: coinfoundry/miningcore 2021; idle limit is its operator's: ?",
        idle_limit_s=600, is_keepalive_answered=False, is_clean_at_new_height=True, ban_s=10,
    ),
    Behaviour(
        "xmrig_proxy", "S: xmrig-proxy 6.26.0",
        idle_limit_s=600, login_limit_s=10, is_keepalive_heartbeat=True, jobs_kept=1,
    ),
    Behaviour(
        "xmr_node_proxy", "S: MoneroOcean/xmr-node-proxy 2026-06, miner.js; its socket time-out is its operator's: ?",
        idle_limit_s=600, is_keepalive_heartbeat=True, jobs_kept=5,
    ),
    # Unknown software: the strictest rule of each kind that harms nobody. No getjob (a ban at p2pool).
    # Shares of an older height are not sent: some would credit them, dvandal's kind counts them as invalid.
    Behaviour(
        "generic", "?: the careful choice among the rows above",
        idle_limit_s=600, is_keepalive_answered=False, is_clean_at_new_height=True,
    ),
    # --- Stratum V1: no heartbeat exists; what a session needs is a share before the pool's idle limit. ---------------
    # Destroys the socket at the next job, when there was no submit for its connectionTimeout. Clears its jobs at a new
    # block and says so with clean_jobs.
    Behaviour(
        "nsp", "S: node-stratum-pool/NOMP; idle limit is its operator's: ?",
        idle_limit_s=600, **_V1,
    ),
    # Words instead of codes; drops submits of workers that it does not know without an answer; leaves a client after
    # 180 s of invalid shares only.
    Behaviour(
        "ckpool", "S: ckpool 2017",
        idle_limit_s=None, error_family=ServerFamily.CKPOOL, **_V1,
    ),
    # Answers `true` to shares of deleted jobs too; a second login on a socket is dropped.
    Behaviour(
        "yiimp", "S: yiimp 2026-01; idle limit: ?",
        idle_limit_s=600, error_family=ServerFamily.YIIMP, is_extranonce_asked=True, **_V1,
    ),
    # Unknown software: nothing optional is sent (some pools close the connection over it).
    Behaviour("generic_v1", "?: the careful choice among the three above", idle_limit_s=600, **_V1),
)  # fmt: skip

SOFTWARE: dict[str, Behaviour] = {row.key: row for row in _ROWS}
