"""The pages of the tools: for whom they are, how one gets there, and that they need no exception from the policy."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.test import Client

from minerconsole.page_modules import page_modules
from minerconsole.tool_views import benchmark_choices
from mining.algorithms.bench_values import CHECK_VALUES
from mining.algorithms.registry import ALGORITHMS
from tests.django.web.conftest import Console
from tests.django.web.test_dashboard_page import STATIC, _ids_asked_for, _modules, _Page

pytestmark = pytest.mark.django_db
PAGES = ("doctor", "benchmark", "log")


def _page(browser: Client, name: str) -> str:
    answer = browser.get(f"/{name}")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_for_everybody_with_a_role_and_for_nobody_else(browsers: dict[str, Client], name: str) -> None:
    for role in ("viewer", "operator", "admin"):
        assert f'data-role="{role}"' in _page(browsers[role], name)
    answer = browsers["stranger"].get(f"/{name}")
    assert (answer.status_code, answer["Location"]) == (302, f"/login?next=%2F{name}")
    assert browsers["roleless"].get(f"/{name}").status_code == 403
    assert browsers["admin"].post(f"/{name}").status_code in (403, 405)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_no_inline_script_or_style_no_id_twice_and_every_id_its_scripts_need(
    browsers: dict[str, Client], name: str
) -> None:
    page = _Page(_page(browsers["viewer"], name))
    assert page.inline == []
    assert len(page.ids) == len(set(page.ids))
    asked = {found for module in _modules(f"{name}.js") for found in _ids_asked_for(module)}
    assert len(asked) > 8, "the scripts are read as they are written"
    assert asked <= set(page.ids)


@pytest.mark.parametrize("name", PAGES)
def test_the_scripts_and_styles_of_each_page_are_there_and_small(browsers: dict[str, Client], name: str) -> None:
    page = _page(browsers["viewer"], name)
    files = {address for address in re.findall(r'(?:src|href)="/static/([^"]+)"', page)}
    assert {f"minerconsole/js/{name}.js", "minerconsole/tools.css", *page_modules(f"{name}.js")} <= files
    assert sum((STATIC / file).stat().st_size for file in files) + len(page) < 200_000


@pytest.mark.parametrize("name", [*PAGES, "control"])
def test_the_navigation_leads_to_each_page_and_marks_the_present_one(browsers: dict[str, Client], name: str) -> None:
    page = _page(browsers["viewer"], name)
    assert all(f'<a href="/{other}"' in page for other in PAGES)
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == [f"/{name}"]


def test_a_viewer_is_told_why_nothing_can_be_started(browsers: dict[str, Client]) -> None:
    assert "You can look, not act" in _page(browsers["viewer"], "benchmark")
    assert "You can look, not act" not in _page(browsers["operator"], "benchmark")


def test_every_algorithm_can_be_measured_with_the_counts_whose_check_value_is_known(
    console: Console, browsers: dict[str, Client]
) -> None:
    page = _page(browsers["viewer"], "benchmark")
    found = re.search(r'data-choices="([^"]*)"', page)
    assert found is not None
    choices = json.loads(html.unescape(found[1]))
    assert choices == benchmark_choices()
    assert [row["name"] for row in choices] == list(ALGORITHMS)
    for row in choices:
        assert (
            row["hashes"] and set(row["hashes"]) <= set(CHECK_VALUES[row["name"]]) and max(row["hashes"]) <= 1_000_000
        )
        assert row["has_modes"] is (row["dataset_mib"] == 2080)
    assert page.count("&quot;cpu&quot;") == console.node.hardware["threads"]
