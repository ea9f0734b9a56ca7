"""Messages of Stratum V1 for the tests, as pools send them, and clients in each stage."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.events import Event
from mining.stratum.bitcoin.job import Extranonce, V1Job, decode_job

VECTORS: dict[str, Any] = json.loads(
    Path(__file__).parents[3].joinpath("vectors", "stratum_v1.json").read_text(encoding="utf-8")
)
JOBS: list[dict[str, Any]] = VECTORS["jobs"]
PARAMS: list[object] = JOBS[2]["params"]
SESSION = "deadbeefcafebabe"
EXTRANONCE = Extranonce(bytes.fromhex("1b0056e2"), 4)


def scrypt(header: bytes) -> bytes:
    """The Scrypt hash of Litecoin and Dogecoin: 32 bytes, to be read little-endian."""
    return hashlib.scrypt(header, salt=header, n=1024, r=1, p=1, dklen=32)


def line(message: object) -> bytes:
    """One message as a server sends it."""
    return json.dumps(message).encode() + b"\n"


def call(method: str, *params: object, number: object = None) -> bytes:
    """A notice of the server, or with a number a request."""
    return line({"id": number, "method": method, "params": list(params)})


def notify(**changes: object) -> bytes:
    """A job push. Names of changes: job_id, clean, nbits, ntime, coinbase1, previous."""
    return call("mining.notify", *job_params(**changes))


def job_params(**changes: object) -> list[object]:
    """The params of a job push."""
    places = {"job_id": 0, "previous": 1, "coinbase1": 2, "coinbase2": 3, "branches": 4, "version": 5, "nbits": 6}
    places |= {"ntime": 7, "clean": 8}
    params = list(PARAMS)
    for name, value in changes.items():
        params[places[name]] = value
    return params


def v1_job(extranonce: Extranonce = EXTRANONCE, /, **changes: object) -> V1Job:
    """A decoded job."""
    return decode_job(job_params(**changes), extranonce=extranonce)


def subscribed(number: object = 1, extranonce1: str = "1b0056e2", size: object = 4) -> bytes:
    """The success of a subscription."""
    pairs = [["mining.set_difficulty", SESSION], ["mining.notify", SESSION]]
    return line({"id": number, "result": [pairs, extranonce1, size], "error": None})


def granted(number: object = 2) -> bytes:
    """A plain success."""
    return line({"id": number, "result": True, "error": None})


def subscribed_client(**options: int) -> BitcoinClient:
    """A client with a subscription."""
    client = BitcoinClient(**options)  # type: ignore[arg-type]
    client.subscribe()
    client.receive(subscribed())
    return client


def ready_client(**options: int) -> BitcoinClient:
    """A client with an authorized worker; its next request is number 3."""
    client = subscribed_client(**options)
    client.authorize("wallet.rig", "x")
    client.receive(granted())
    return client


def working_client(**options: int) -> tuple[BitcoinClient, V1Job]:
    """A ready client and its first job, of difficulty 512."""
    client = ready_client(**options)
    client.receive(call("mining.set_difficulty", 512) + notify())
    assert client.job is not None
    return client, client.job


def only(events: list[Event]) -> Event:
    """The one event of a list."""
    (event,) = events
    return event


def sent(request: Any) -> dict[str, Any]:
    """The JSON object of a request."""
    message: dict[str, Any] = json.loads(request.line)
    assert request.line.endswith(b"\n") and message["id"] == request.request_id
    return message


def kinds(events: list[Event]) -> list[type]:
    """Types of events, in order."""
    return [type(event) for event in events]
