"""Regtest nodes of Litecoin, started once: starting one, and building a chain up to MWEB, takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.litecoind import Litecoind, make_litecoind


@pytest.fixture(scope="session")
def plain_litecoind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Litecoind]:
    """A node with a peer, whose chain stays below the activation of MWEB. A test that changes it changes it back."""
    node = make_litecoind(tmp_path_factory.mktemp("litecoind"))
    try:
        node.start()
        node.generate()
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="session")
def mweb_litecoind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Litecoind]:
    """A node with a peer, whose next blocks all have an MWEB part."""
    node = make_litecoind(tmp_path_factory.mktemp("litecoind-mweb"), has_wallet=True)
    try:
        node.start()
        node.activate_mweb()
        yield node
    finally:
        node.stop()
