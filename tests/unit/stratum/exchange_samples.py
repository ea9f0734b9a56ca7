"""Messages of the CryptoNote dialect for the tests, as pools send them, and short ways to feed them to a client."""

from __future__ import annotations

import json
from pathlib import Path

from mining.stratum.cryptonote.client import CryptonoteClient
from mining.stratum.cryptonote.events import Event, LoggedIn
from mining.stratum.cryptonote.job import PoolJob

BLOCK = json.loads(Path(__file__).parents[2].joinpath("vectors", "monero_block_regtest_3.json").read_text())
BLOB: str = BLOCK["hashing_blob"]
SEED: str = BLOCK["seed_hash"]
# A nonce of zero: pools hand blobs out so; a non-zero one means NiceHash mode.
FRESH_BLOB = BLOB[:78] + "00000000" + BLOB[86:]
SESSION = "1be0b7b6-b15a-47be-a17d-46b2911cf7d0"


def job(**changes: object) -> dict[str, object]:
    """A plain job; a change to None takes the field out."""
    fields: dict[str, object] = {
        "blob": FRESH_BLOB,
        "job_id": "q7PLUPL25UV0z5Ij14IyMk8htXbj",
        "target": "b88d0600",
        "algo": "rx/0",
        "height": 3,
        "seed_hash": SEED,
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def line(message: object) -> bytes:
    """One message as a server sends it."""
    return json.dumps(message).encode() + b"\n"


def push(**changes: object) -> bytes:
    """A job push."""
    return line({"jsonrpc": "2.0", "method": "job", "params": job(**changes)})


def granted(session: object = SESSION, *, extensions: object = None, work: object = ...) -> bytes:
    """A login reply."""
    result = {"id": session, "job": job() if work is ... else work, "status": "OK"}
    if extensions is not None:
        result["extensions"] = extensions
    return line({"id": 1, "jsonrpc": "2.0", "error": None, "result": result})


def refused(request_id: object, message: object, code: object = -1) -> bytes:
    """An error reply."""
    return line({"id": request_id, "jsonrpc": "2.0", "error": {"code": code, "message": message}})


def ready_client(*, extensions: object = None, work: object = ..., algorithm: str = "rx/0") -> CryptonoteClient:
    """A client after a granted login."""
    client = CryptonoteClient(algorithm=algorithm)
    client.login("wallet")
    events = client.receive(granted(extensions=extensions, work=work))
    assert isinstance(events[0], LoggedIn)
    return client


def current_job(client: CryptonoteClient) -> PoolJob:
    """The job of a client that has one."""
    assert client.job is not None
    return client.job


def names(events: list[Event]) -> list[str]:
    """The kinds of events, in order."""
    return [type(event).__name__ for event in events]
