"""A new user, from the printed link to accepted shares at a pool: only what the pages say, no knowledge of the code."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from tests.support.homes import log_in, make_database
from tests.support.mine import MineRun, mining
from tests.support.pools import presets
from tests.support.pools.pool import TestPool
from tests.support.process_facts import connections_of, free_port, until

ADDRESS = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
_FIELD_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """Forms and pages over HTTP, with the cookies of one person."""

    def __init__(self, port: int, cookies: str) -> None:
        self._port = port
        self._cookies = dict(pair.split("=", 1) for pair in cookies.split("; "))

    def get(self, path: str) -> str:
        """Return a page."""
        status, page, _ = self._ask("GET", path)
        assert status == 200, f"{path}: {status}"
        return page

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str, str]:
        """Fill in the form of a page; returns status, page and where it leads."""
        found = _FIELD_TOKEN.search(self.get(path))
        assert found is not None, "a form carries its token"
        return self._ask("POST", path, urlencode({**fields, "csrfmiddlewaretoken": found.group(1)}))

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Origin": f"http://127.0.0.1:{self._port}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, text = value.partition(";")[0].partition("=")
                    self._cookies[key] = text
            return answer.status, html.unescape(answer.read().decode()), answer.getheader("Location") or ""


def the_page_is_served(run: MineRun) -> bool:
    pids = [process.pid for process in run.processes() if "minerconsole: web" in process.title]
    return any(each.is_listening for each in connections_of(pids))


def test_a_new_user_comes_from_the_printed_link_to_accepted_shares(tmp_path: Path, self_tested_home: Path) -> None:
    make_database(tmp_path / "home")
    port = free_port()
    options = ("--light", "--listen", f"127.0.0.1:{port}", "--threads", "1")
    with (
        TestPool.start(presets.SNIPA) as pool,
        mining(tmp_path, *options, self_test=self_tested_home) as run,
    ):
        run.wait_mining()
        until(lambda: the_page_is_served(run), 60, "the page is served")
        person = Browser(port, log_in((run.home / "secrets/login-link").read_text().strip()))
        wanted = {
            "coin": "XMR",
            "place": "url",
            "url": f"stratum+tcp://127.0.0.1:{pool.port}",
            "address": ADDRESS,
            "intensity": "100",
            "action": "start",
        }
        for field, wrong, word in (
            ("address", ADDRESS[:-1] + "B", "checksum"),
            ("address", "abandon " * 12, "seed"),
            ("url", "pool.example", "stratum+ssl://"),
            ("intensity", "101", "100"),
        ):
            status, page, _ = person.post("/start", {**wanted, field: wrong})
            assert status == 422 and word in page, f"{field}: {word!r} is not said"
        status, page, _ = person.post("/start", {**wanted, "action": "test"})
        assert status == 200 and "rx/0 job" in page, "the login test names the job it saw"
        status, page, place = person.post("/start", wanted)
        assert (status, place) == (302, "/start/plan/1"), page
        until(lambda: json.loads(person.get("/start/plan/1.json"))["is_over"], 120, "the receipt has its end")
        assert "verified" in person.get("/start/plan/1").lower()
        until(lambda: len(pool.credited) >= 3, 120, "the pool credits shares")
        assert pool.violations == []
        accepted = run.home / "console.sqlite3"
        until(lambda: _rows(accepted) >= 3, 60, "accepted shares are in the console's rows")


def _rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM mining_share WHERE outcome = 'accepted'").fetchone()[0])
