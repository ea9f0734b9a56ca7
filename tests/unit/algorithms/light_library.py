"""RandomX in light mode for tests: a library of this machine, and one cache of 256 MiB per key, kept.

A library that knows rx/2 is preferred, so that one cache serves all tests. Without a library the tests that need one
are skipped by name; in CI they fail.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from mining.algorithms.randomx.library import Cache, RandomXLibrary
from mining.algorithms.randomx.loader import library_candidates

KEPT_CACHES = 2
_caches: dict[tuple[str, bytes], Cache] = {}


@cache
def _libraries() -> tuple[RandomXLibrary, ...]:
    found = []
    for path, _ in library_candidates():
        try:
            found.append(RandomXLibrary(path))
        except (OSError, AttributeError):
            continue
    return tuple(sorted(found, key=lambda library: not library.has_v2))


def library_for(algorithm: str) -> RandomXLibrary:
    """A library that computes `algorithm`, or a skip (a failure in CI) that says what is missing."""
    for library in _libraries():
        if library.has_v2 or algorithm == "rx/0":
            return library
    message = f"no RandomX library for {algorithm} on this machine (apt-get install librandomx0; pip install cyrx)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def cache_for(library: RandomXLibrary, key: bytes) -> Cache:
    """The filled cache of `key`; the oldest one is given back when there are too many."""
    wanted = (library.path, key)
    if wanted not in _caches:
        if len(_caches) >= KEPT_CACHES:
            _caches.pop(next(iter(_caches))).release()
        made = Cache(library)
        made.initialise(key)
        _caches[wanted] = made
    return _caches[wanted]
