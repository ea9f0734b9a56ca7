"""A database with TLS: `sslmode=verify-full` in DATABASE holds, and what is wrong with a certificate is a sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from minerconsole.databases import databases
from mining.telemetry.recorder.troubles import trouble_of
from tests.support.pools.certificates import Authority, Certificate
from tests.support.postgres import Postgres, give_to_postgres, running_postgres

pytestmark = pytest.mark.django_db
WORDS = "is not trusted here"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def cluster(authority: Authority) -> Iterator[Postgres]:
    """It takes nobody without TLS."""
    with running_postgres() as made:
        made.stop()
        file = made.folder / "server.pem"
        shutil.copy(authority.make(Certificate.GOOD)[0], file)
        give_to_postgres(file)
        made.more |= {"ssl": "on", "ssl_cert_file": str(file), "ssl_key_file": str(file)}
        (made.folder / "data" / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        made.start()
        yield made


def _asked(url: str) -> tuple[bool, str]:
    """Connect as the console does; whether it is with TLS, and by which version."""
    setting = databases(Path("/nowhere"), {"MINERCONSOLE_DATABASE": url}, timeout_s=5)
    link: BaseDatabaseWrapper = ConnectionHandler(setting)["default"]
    try:
        with link.cursor() as cursor:
            cursor.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            is_tls, version = cursor.fetchone()
            return bool(is_tls), str(version)
    finally:
        link.close()


def _refused(url: str) -> str:
    with pytest.raises(OperationalError) as failed:
        _asked(url)
    return trouble_of(failed.value).sentence


def _url(cluster: Postgres, *, mode: str = "verify-full", root: object = None) -> str:
    more = f"&sslrootcert={quote(str(root))}" if root is not None else ""
    return f"{cluster.url('postgres')}?sslmode={mode}{more}"


def test_with_its_authority_the_console_reaches_it_by_tls(cluster: Postgres, authority: Authority) -> None:
    is_tls, version = _asked(_url(cluster, root=authority.ca_path))
    assert is_tls and version.startswith("TLSv1.")


def test_another_authority_is_refused_in_a_sentence(cluster: Postgres, tmp_path: Path) -> None:
    said = _refused(_url(cluster, root=Authority(tmp_path).ca_path))
    assert WORDS in said and "sslrootcert=FILE" in said and "sesame" not in said


def test_a_file_of_the_authority_that_is_not_there_is_the_same_trouble(cluster: Postgres, tmp_path: Path) -> None:
    assert WORDS in _refused(_url(cluster, root=tmp_path / "none.pem"))


def test_another_name_than_the_certificate_s_is_refused(cluster: Postgres, authority: Authority) -> None:
    url = _url(cluster, root=authority.ca_path).replace("@127.0.0.1:", "@127.0.0.2:")
    (cluster.folder / "data" / "pg_hba.conf").write_text("hostssl all all 127.0.0.0/8 scram-sha-256\n")
    cluster.stop()
    cluster.more["listen_addresses"] = "127.0.0.1,127.0.0.2"
    cluster.start()
    assert WORDS in _refused(url)
    assert _asked(url.replace("verify-full", "verify-ca"))[0]


def test_without_tls_nobody_gets_in(cluster: Postgres) -> None:
    assert "refuses the console" in _refused(_url(cluster, mode="disable"))
