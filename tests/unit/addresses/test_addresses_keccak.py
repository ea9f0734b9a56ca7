"""Keccak-256 against published digests."""

from __future__ import annotations

import pytest

from mining.algorithms.keccak import keccak256

# Keccak team, Keccak-256 (padding 0x01); the last row fills one block of the
# sponge exactly.
VECTORS = {
    b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    b"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
    b"a" * 136: "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e",
}


@pytest.mark.parametrize("data", VECTORS, ids=lambda data: f"{len(data)} bytes")
def test_the_digest_is_the_published_one(data: bytes) -> None:
    assert keccak256(data).hex() == VECTORS[data]


@pytest.mark.parametrize("size", [0, 1, 135, 136, 137, 271, 272, 300])
def test_every_length_around_a_block_gives_another_digest(size: int) -> None:
    digests = {keccak256(bytes(size)), keccak256(bytes(size + 1)), keccak256(bytes(size) + b"\x01")}

    assert len(digests) == 3
    assert all(len(digest) == 32 for digest in digests)
