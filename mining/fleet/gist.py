"""Gist: of a Frame, what lists and sums of many Nodes need, decoded in microseconds. Pure."""

from __future__ import annotations

import msgspec

from mining.telemetry.frame import Alert, Intensity, Payee, Rates, Shares


class SessionGist(msgspec.Struct, frozen=True):
    """The link to the job source."""

    pool: str = ""
    endpoint: str = ""
    link: str = ""


class Gist(msgspec.Struct, frozen=True):
    """Fields as in `Frame`, with the same meaning."""

    node_id: str
    epoch: str
    seq: int
    at: float
    state: str
    state_reason: str
    plan_version: int
    algorithm: str
    coin: str
    payee: Payee
    offline: bool
    hashrate_hps: Rates
    intensity: Intensity
    shares: Shares
    session: SessionGist = SessionGist()
    expected_hps: float | None = None
    alerts: list[Alert] = []
    v: int = 1


def gist_of(data: bytes) -> Gist | None:
    """Decode a Frame's JSON; None for what is no Frame of version 1."""
    try:
        gist = _DECODER.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return gist if gist.v == 1 and _is_plausible(gist) else None


def _is_plausible(gist: Gist) -> bool:
    """Whether sums over a thousand Nodes still fit 64 bits: no miner reaches these figures."""
    shares, rates = gist.shares, gist.hashrate_hps
    counts = (
        shares.found, shares.accepted, shares.rejected, shares.stale, shares.lost, shares.in_flight,
        shares.difficulty_accepted, gist.plan_version, gist.seq,
    )  # fmt: skip
    speeds = (rates.s10, rates.s60, rates.m15, gist.expected_hps)
    return all(abs(count) <= _MOST for count in counts) and all(abs(each or 0) <= _MOST for each in speeds)


_MOST = 10**16
_DECODER = msgspec.json.Decoder(Gist)
