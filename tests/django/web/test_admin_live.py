"""What the admin shows of nodes, pools and sessions before any script runs: what was recorded last, with its age."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mining.models import Endpoint, Node, Pool, PoolSession, RateBlock, Share
from mining.selectors.recorded import Tally, node_records, pool_records, session_tallies
from mining.services.actors import COMMAND_LINE
from mining.services.endpoints import EndpointInput
from mining.services.pools import pool_create
from mining.telemetry.history import History, Observation
from tests.django.web.conftest import Console

LIVE_MODELS = ("node", "pool", "poolsession")
_CELL = re.compile(r'<span class="live[^"]*" data-live="([a-z0-9_]+)" data-of="([a-z]+-\d+)"([^>]*)>([^<]*)</span>')


def cells_of(page: str) -> dict[tuple[str, str], tuple[str, str]]:
    """(row, figure) -> (text, title) of the cells of a page."""
    found = {}
    for name, row, attributes, text in _CELL.findall(page):
        title = re.search(r'title="([^"]*)"', attributes)
        assert title is not None
        found[row, name] = (unescape(text), unescape(title.group(1)))
    return found


def page_of(browser: Client, model: str, pk: int | None = None) -> str:
    place = f"/admin/mining/{model}/" + (f"{pk}/change/" if pk is not None else "")
    answer = browser.get(place)
    assert answer.status_code == 200, place
    return answer.content.decode()


def add_share(session: PoolSession, serial: int, outcome: str = "accepted", **fields: Any) -> None:
    words: dict[str, Any] = {"algorithm": "rx/0", "difficulty": 1000.0, "at": timezone.now(), **fields}
    Share.objects.create(
        node=session.node, epoch=session.epoch, serial=serial, session_generation=session.generation, core=0,
        outcome=outcome, **words,
    )  # fmt: skip


def add_rate(node: Node, hps: float, at: float, algorithm: str = "rx/0") -> None:
    history = History()
    history.add(Observation(at - 3, at, algorithm, {"hashrate": hps}, {}))
    for key, block in history.changed():
        RateBlock.objects.create(
            node=node, algorithm=key.algorithm, step_s=key.step_s, start=key.start, data=block.packed()
        )


def test_a_node_shows_the_last_recorded_rate_and_the_shares_of_its_last_run_with_their_age(
    console: Console, browsers: dict[str, Client]
) -> None:
    node, now = console.node, timezone.now()
    before = console.rows["poolsession"]
    add_share(before, 2)
    newest = PoolSession.objects.create(
        node=node, epoch="F", generation=1, endpoint="127.0.0.1:1", started_at=now + timedelta(seconds=1)
    )
    add_share(newest, 1)
    add_share(newest, 2, "stale")
    add_rate(node, 342.1, time.time() - 30)
    Node.objects.filter(pk=node.pk).update(last_frame_at=now - timedelta(seconds=42))
    for pk in (None, node.pk):
        cells = cells_of(page_of(browsers["viewer"], "node", pk))
        row = f"node-{node.pk}"
        assert cells[row, "rate_now"][0] == "342.1 H/s"
        title = cells[row, "rate_now"][1]
        assert title.startswith("Recorded at ") and title.endswith(" UTC, over 1 s"), "the column says 10 s"
        assert [cells[row, name][0] for name in ("accepted", "rejected", "stale")] == ["1", "0", "1"]
        assert re.fullmatch(r"(4[2-9]|5\d) s ago", cells[row, "age"][0])
        assert cells[row, "link"] == ("–", "Known only while it runs")


def test_a_node_that_was_never_seen_shows_no_figures_and_says_why(
    console: Console, browsers: dict[str, Client]
) -> None:
    other = Node.objects.create(ulid="0" * 26, name="elsewhere")
    cells = cells_of(page_of(browsers["viewer"], "node"))
    assert cells[f"node-{other.pk}", "state"][0] == "never seen"
    for name in ("rate_now", "accepted", "age"):
        assert cells[f"node-{other.pk}", name] == ("–", "Nothing of this is recorded"), name


def test_a_pool_shows_its_last_session_by_host_port_and_tls(console: Console, browsers: dict[str, Client]) -> None:
    pool, session = console.pool, console.rows["poolsession"]
    add_share(session, 2)
    add_share(session, 3, "rejected")
    over_tls = PoolSession.objects.create(
        node=console.node, epoch="F", generation=1, endpoint="127.0.0.1:1", is_tls=True, started_at=timezone.now()
    )
    add_share(over_tls, 1)
    assert pool_records([pool])[pool.pk].session == session, "one over TLS is at another endpoint"
    for pk in (None, pool.pk):
        cells = cells_of(page_of(browsers["viewer"], "pool", pk))
        assert [cells[f"pool-{pool.pk}", name][0] for name in ("accepted", "rejected")] == ["1", "1"]
        assert cells[f"pool-{pool.pk}", "endpoint"] == ("127.0.0.1:1", "Tried first: stratum+tcp://127.0.0.1:1")
        assert cells[f"pool-{pool.pk}", "latency"] == ("–", "Known only while it is mined at")


def test_two_pools_of_different_coins_at_one_address_do_not_share_a_session(
    console: Console, browsers: dict[str, Client]
) -> None:
    session = console.rows["poolsession"]
    other = pool_create(
        COMMAND_LINE, name="other coin", coin="LTC", endpoints=[EndpointInput("stratum+tcp", "127.0.0.1", 1)]
    )
    PoolSession.objects.filter(pk=session.pk).update(coin="XMR")
    newest = PoolSession.objects.create(
        node=console.node, epoch="F", generation=1, endpoint="127.0.0.1:1", coin="LTC", started_at=timezone.now()
    )
    records = pool_records([console.pool, other])
    assert [records[pool.pk].session for pool in (console.pool, other)] == [session, newest]
    page = page_of(browsers["viewer"], "pool")
    assert sorted(re.findall(r'data-coin="([A-Z]+)"', page)) == ["LTC", "XMR"], "what the script compares"


@pytest.mark.parametrize("is_back", [True, False])
def test_the_recorded_rate_is_of_the_algorithm_that_was_mined_last(console: Console, is_back: bool) -> None:
    start = time.time() // 300 * 300 - 300
    add_rate(console.node, 500.0, start + (90 if is_back else 10))
    add_rate(console.node, 40_000.0, start + 50, "scrypt")
    assert node_records([console.node])[console.node.pk].rate_hps == (500.0 if is_back else 40_000.0)


def test_sessions_of_another_computer_are_not_those_of_a_pool_here(console: Console) -> None:
    PoolSession.objects.all().delete()
    other = Node.objects.create(ulid="0" * 26, name="elsewhere")
    PoolSession.objects.create(node=other, epoch="F", generation=1, endpoint="127.0.0.1:1", started_at=timezone.now())
    assert pool_records([console.pool])[console.pool.pk].session is None


def test_each_session_shows_its_own_shares_and_how_long_it_lasted(
    console: Console, browsers: dict[str, Client]
) -> None:
    began = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first, second = (
        PoolSession.objects.create(
            node=console.node, epoch="F", generation=number, endpoint="x:1", started_at=began,
            ended_at=began + timedelta(seconds=90 * number),
        )
        for number in (1, 2)
    )  # fmt: skip
    add_share(first, 1)
    add_share(second, 2, difficulty=2500.0)
    add_share(second, 3, "stale")
    cells = cells_of(page_of(browsers["viewer"], "poolsession"))
    shown = {
        row.pk: [cells[f"session-{row.pk}", name][0] for name in ("state", "duration", "accepted", "stale", "credited")]
        for row in (first, second)
    }
    assert shown == {
        first.pk: ["ended", "1 min 30 s", "1", "0", "1 k"],
        second.pk: ["ended", "3 min 00 s", "1", "1", "2.5 k"],
    }
    assert cells_of(page_of(browsers["viewer"], "poolsession", second.pk))[f"session-{second.pk}", "accepted"][0] == "1"


def test_accepted_work_of_two_algorithms_is_not_added(console: Console) -> None:
    session = console.rows["poolsession"]
    add_share(session, 2)
    add_share(session, 3, algorithm="scrypt")
    tally = session_tallies([session])[session.pk]
    assert (tally.accepted, tally.difficulty_accepted) == (2, None)
    assert node_records([console.node])[console.node.pk].tally.difficulty_accepted is None


def test_a_session_without_shares_counts_none(console: Console) -> None:
    Share.objects.all().delete()
    session = console.rows["poolsession"]
    assert session_tallies([session])[session.pk] == Tally()
    assert node_records([console.node])[console.node.pk].rate_hps is None


def test_a_damaged_block_of_the_history_is_no_rate(console: Console) -> None:
    RateBlock.objects.create(
        node=console.node, algorithm="rx/0", step_s=1, start=int(time.time()), data=b"\x01\x09junk"
    )
    assert node_records([console.node])[console.node.pk].rate_hps is None


@pytest.mark.parametrize("model", LIVE_MODELS)
def test_a_page_tells_its_script_which_rows_it_has_and_carries_no_script_of_its_own(
    model: str, console: Console, browsers: dict[str, Client]
) -> None:
    for pk in (None, console.rows[model].pk):
        page = page_of(browsers["viewer"], model, pk)
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
        assert page.count('<script src="/static/minerconsole/js/admin_live.js" type="module">') == 1
        rows = set(re.findall(r'data-row="([a-z]+-\d+)"', page))
        assert {row for row, _ in cells_of(page)} == rows != set()
        assert page.count('id="live-bar"') == 1
        assert page.count('id="live-pause"') == 1


@pytest.mark.parametrize("model", LIVE_MODELS)
def test_a_viewer_sees_the_figures_and_no_button_that_acts(
    model: str, console: Console, browsers: dict[str, Client]
) -> None:
    page = page_of(browsers["viewer"], model, console.rows[model].pk)
    assert cells_of(page)
    for words in ("start_mining", "stop_mining", "test_connection", 'name="_save"', "deletelink"):
        assert words not in page, words


def test_the_page_of_a_new_row_has_no_figures(console: Console, browsers: dict[str, Client]) -> None:
    answer = browsers["operator"].get("/admin/mining/pool/add/")
    assert answer.status_code == 200
    assert 'id="live-bar"' not in answer.content.decode()


def test_a_form_asks_as_many_queries_however_much_was_recorded(console: Console, browsers: dict[str, Client]) -> None:
    places = [f"/admin/mining/{model}/{console.rows[model].pk}/change/" for model in LIVE_MODELS]

    def counts() -> list[int]:
        found = []
        for place in places:
            browsers["viewer"].get(place)
            with CaptureQueriesContext(connection) as queries:
                browsers["viewer"].get(place)
            found.append(len(queries))
        return found

    before, session = counts(), console.rows["poolsession"]
    for serial in range(2, 8):
        add_share(session, serial)
        PoolSession.objects.create(
            node=console.node, epoch="F", generation=serial, endpoint="127.0.0.1:1", started_at=timezone.now()
        )
        Endpoint.objects.create(pool=console.pool, host="pool.example", port=serial)
    assert counts() == before


def test_a_list_of_no_rows_is_a_page(console: Console, browsers: dict[str, Client]) -> None:
    Pool.objects.exclude(pk=console.pool.pk).delete()
    for model in LIVE_MODELS:
        answer = browsers["viewer"].get(f"/admin/mining/{model}/?q=nothing-is-called-so")
        assert answer.status_code == 200
        assert "Nothing fits these filters" in answer.content.decode()
