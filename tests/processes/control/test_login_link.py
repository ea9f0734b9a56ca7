"""The link that `mine` makes on its first start, opened at the real page beside a real miner."""

from __future__ import annotations

from pathlib import Path

from tests.support.homes import log_in, make_database, manage, open_link
from tests.support.mine import MineRun, mining
from tests.support.process_facts import connections_of, free_port, until


def is_page_served(run: MineRun) -> bool:
    pids = [process.pid for process in run.processes() if "minerconsole: web" in process.title]
    return any(each.is_listening for each in connections_of(pids))


def test_the_first_start_leaves_a_link_that_logs_in_once_and_shows_the_miner(
    tmp_path: Path, self_tested_home: Path
) -> None:
    make_database(tmp_path / "home")
    port = free_port()
    options = ("--offline", "--light", "--difficulty", "6", "--listen", f"127.0.0.1:{port}")
    with mining(tmp_path, *options, self_test=self_tested_home) as run:
        run.wait_mining()
        until(lambda: is_page_served(run), 60, "the page is served")
        link = (run.home / "secrets/login-link").read_text()
        assert link.startswith(f"http://127.0.0.1:{port}/login/")
        assert link not in (run.home / "log/miner.log").read_text(), "a secret never reaches a log"
        assert open_link(link, host="rebound.example")[0] == 400
        cookie = log_in(link)
        assert f"minerconsole_{port}=" in cookie, "cookies do not know ports, so the name does"
        status, cookies, page = open_link(link)
        assert (status, "minerconsole_" in cookies) == (403, False) and "works once" in page
        printed = manage(run.home, "login").stdout.strip()
        assert printed.startswith(f"http://127.0.0.1:{port}/login/") and printed != link
        log_in(printed)
