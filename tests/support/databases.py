"""On which database the tests of rows run now."""

from __future__ import annotations

import os

import pytest

ON_POSTGRESQL = os.environ.get("MINERCONSOLE_TESTS_ON") == "postgresql"
of_a_file = pytest.mark.skipif(ON_POSTGRESQL, reason="is about the file of SQLite")
closes_its_connection = pytest.mark.skipif(
    ON_POSTGRESQL, reason="closes its connection, which ends the test's transaction on PostgreSQL"
)
