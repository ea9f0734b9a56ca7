"""Whoever has no fleet loads nothing of one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.mine import clean_environment

ROOT = Path(__file__).parents[3]
_PROGRAM = """
import sys
import django
django.setup()
import minerconsole.urls, minerconsole.web.server
from mining.management.commands import fleet, mine, node
import mining.tasks
print(sorted({name.partition(".")[0] for name in sys.modules} & {"celery", "kombu", "redis", "billiard"}))
"""


def test_a_console_without_a_broker_imports_neither_celery_nor_redis(tmp_path: Path) -> None:
    environment = clean_environment(
        PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="minerconsole.settings", MINERCONSOLE_HOME=str(tmp_path)
    )
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "[]\n", done.stderr
