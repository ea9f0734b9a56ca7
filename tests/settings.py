"""The settings of the product with a home folder of the test run's own, so that no test touches `var/`.

`MINERCONSOLE_TESTS_ON=postgresql` runs the tests of rows and pages on a throw-away PostgreSQL instead of SQLite in
memory. Processes that tests start have homes, and databases, of their own all the same.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack

_HOME = tempfile.mkdtemp(prefix="minerconsole-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["MINERCONSOLE_HOME"] = _HOME

from minerconsole.settings import *  # noqa: E402, F403 (the home comes first)

# Slow on purpose in the product; the tests log in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if os.environ.get("MINERCONSOLE_TESTS_ON") == "postgresql":
    from minerconsole.databases import databases
    from tests.support.postgres import running_postgres

    _stack = ExitStack()
    atexit.register(_stack.close)
    _url = _stack.enter_context(running_postgres()).url("postgres")
    DATABASES = databases(MINERCONSOLE_HOME, {"MINERCONSOLE_DATABASE": _url}, timeout_s=5)  # noqa: F405
