"""Reading an xmrig config.json: comments, trailing commas, odd values; and what its CPU section means here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.configuration.xmrig_config import XmrigPool, read_xmrig_config, without_comments
from mining.configuration.xmrig_settings import said_of
from mining.errors import ConfigurationError

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_comments_and_commas_before_a_bracket_are_read_over() -> None:
    text = """// my rig
    {
        /* the pool
           of my friend */
        "pools": [
            {"url": "http://not//a/comment:1", "user": "a\\"//b", "tls": true,}, // first
        ], /* , */
        "cpu": {"rx": [0, 2, /* 4 */],},
    }"""
    config = read_xmrig_config(text)
    assert config.pools == (XmrigPool(0, "http://not//a/comment:1", 'a"//b', is_tls=True),)
    assert config.sections == {"cpu": {"rx": [0, 2]}}


@given(_JSON)
def test_json_without_comments_is_read_as_it_stands(value: Any) -> None:
    for indent in (None, 2):
        text = json.dumps(value, indent=indent)
        assert without_comments(text) == text


@given(st.text(alphabet='{}[]",/*\\ab:1 \n', max_size=80))
def test_no_text_makes_it_fail_or_grow(text: str) -> None:
    assert len(without_comments(text)) == len(text)
    try:
        read_xmrig_config(text)
    except ConfigurationError as problem:
        assert problem.code == "xmrig_config"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1, column 1"),
        ('{"pools": [\n  {"user": "geheim" "x"}]}', "line 2, column 21"),
        ("[]", "no JSON object"),
        ('{"pools": {"url": "geheim"}}', "no list of pools"),
        ('{"pools": ["geheim"]}', "no list of pools"),
        (json.dumps({"pools": [{}] * 101}), "101 pools"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_place_and_not_with_its_words(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_xmrig_config(text)
    assert sentence in refused.value.sentence and "geheim" not in refused.value.sentence


def test_values_of_another_kind_are_named_and_what_nothing_becomes_of_is_listed() -> None:
    pool = {"url": "a:1", "user": 5, "tls": "yes", "keepalive": True, "nicehash": False, "self-select": None}
    assert read_xmrig_config(json.dumps({"pools": [pool]})).pools == (
        XmrigPool(0, "a:1", others=("keepalive",), wrong=("user", "tls")),
    )


def test_users_and_passwords_are_in_no_repr() -> None:
    config = read_xmrig_config('{"pools": [{"url": "a:1", "user": "geheim1", "pass": "geheim2"}]}')
    assert "geheim" not in repr(config)


@pytest.mark.parametrize(
    ("cpu", "expected"),
    [
        ({"rx": [0, 2, 4, 5]}, {"CORES": "0,2,4-5"}),
        ({"rx": [[1, 0], [2, 3]]}, {"CORES": "0,3"}),
        ({"rx": [-1, -1, -1]}, {"THREADS": "3"}),
        ({"rx": [0, 0]}, {"THREADS": "2"}),
        ({"rx": {"threads": 4}}, {"THREADS": "4"}),
        ({"rx": 4}, {"THREADS": "4"}),
        ({"rx/0": [1], "rx": [5]}, {"CORES": "1"}),
        ({"rx": "rx/wow"}, {}),
        ({"rx": []}, {}),
        ({"rx": ["a"]}, {}),
        ({"rx": [True]}, {}),
        ({"rx": [99999]}, {}),
        ({"max-threads-hint": 50}, {"THREADS": "4"}),
        ({"max-threads-hint": 1}, {"THREADS": "1"}),
        ({"max-threads-hint": 100}, {}),
        ({"max-threads-hint": 50, "rx": [1]}, {"CORES": "1"}),
        ({"huge-pages": True}, {"HUGE_PAGES": "auto"}),
        ({"huge-pages": False}, {"HUGE_PAGES": "off"}),
        ({"huge-pages": None, "priority": 5, "asm": True}, {}),
    ],
)
def test_the_cpu_section_becomes_settings(cpu: dict[str, Any], expected: dict[str, str]) -> None:
    said = said_of({"cpu": cpu}, default_threads=8)
    assert {each.key: each.value for each in said if each.key} == expected


def test_every_other_section_gets_a_sentence() -> None:
    sections = {
        "donate-level": 1, "http": {"enabled": True}, "opencl": {"enabled": False}, "cuda": {"enabled": True},
        "randomx": {"mode": "light", "numa": True}, "cpu": {"enabled": False, "priority": 2}, "autosave": True,
        "log-file": None, "strange": 1,
    }  # fmt: skip
    said = {each.source: each.sentence for each in said_of(sections, 8)}
    assert set(said) == {
        "donate-level", "http", "cuda", "randomx.mode", "randomx.numa", "cpu.enabled", "cpu.priority", "autosave",
        "strange",
    }  # fmt: skip
    assert "no donation" in said["donate-level"] and "only CPUs" in said["cuda"]


@given(_JSON)
def test_no_section_makes_it_fail(value: Any) -> None:
    said_of({"cpu": value, "randomx": value, "opencl": value, "other": value}, 8)
    said_of({"cpu": {"rx": value, "max-threads-hint": value, "huge-pages": value}}, 8)
