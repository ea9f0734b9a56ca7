"""The settings of the product with a home folder of the test run's own, so that no test touches `var/`."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_HOME = tempfile.mkdtemp(prefix="minerconsole-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["MINERCONSOLE_HOME"] = _HOME

from minerconsole.settings import *  # noqa: E402, F403 (the home comes first)

# Slow on purpose in the product; the tests log in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
