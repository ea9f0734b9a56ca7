"""A Frame of a Node that mines, for tests of what shows Frames."""

from __future__ import annotations

from mining.telemetry import frame as f


def mining_frame(*, seq: int = 1, offline: bool = False) -> f.Frame:
    """Return a Frame as a Supervisor sends it."""
    return f.Frame(
        node_id="01JCYV0000000000000000NODE",
        epoch="01JCYV000000000000000EPOCH",
        seq=seq,
        at=1_790_000_000.0,
        state="mining",
        state_reason="",
        plan_version=1,
        algorithm="rx/0",
        coin="XMR",
        payee=f.Payee("48edfH…oD", "mining_config.env"),
        offline=offline,
        hashrate_hps=f.Rates(712.0, 705.5, 699.0),
        cores=[f.CoreRow(0, "hashing", 355.1, 12345, 0, 0.1)],
        intensity=f.Intensity(100, 99.8),
        candidates=f.Candidates(),
        shares=f.Shares(found=3, accepted=3),
        luck=f.Luck(3.1, 3, 0.9),
        session=f.SessionRow("monerod", "daemon+http://127.0.0.1:18081", "ready"),
        memory=f.Memory("fast"),
        system=f.System(uptime_s=3725.0),
    )
