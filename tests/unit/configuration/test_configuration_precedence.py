"""Which source wins, and what is told of where a value came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.configuration import Level

LEVELS = ("tuned", "console", "file", "environ", "arguments")


def _given(values: dict[str, int]) -> dict[str, object]:
    """Options of `resolved` that give INTENSITY at each named level."""
    options: dict[str, object] = {}
    for level, value in values.items():
        match level:
            case "arguments":
                options["intensity"] = str(value)
            case "environ":
                options["environ"] = {"MINERCONSOLE_INTENSITY": str(value)}
            case "file":
                options["file"] = f"INTENSITY={value}\n"
            case _:
                options[level] = {"INTENSITY": str(value)}
    return options


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from(LEVELS), st.integers(0, 100)))
def test_the_strongest_source_that_gives_a_key_wins(resolved: Any, values: dict[str, int]) -> None:
    configuration = resolved(**_given(values))

    strongest = max(values, key=LEVELS.index, default=None)
    assert configuration.intensity == (100 if strongest is None else values[strongest])
    assert ("INTENSITY" in configuration.pins) == (strongest in ("file", "environ", "arguments"))


def test_each_value_tells_where_it_came_from_and_how_to_release_it(resolved: Any) -> None:
    configuration = resolved(
        file="# first\nINTENSITY=50\n", environ={"MINERCONSOLE_CORES": "0"}, console={"PRIORITY": "idle"},
        tuned={"HUGE_PAGES": "off"}, worker="rig",
    )  # fmt: skip

    sources = configuration.sources
    assert sources["WORKER"].label == "command line (--worker)"
    assert sources["CORES"].label == "environment (MINERCONSOLE_CORES)"
    assert sources["INTENSITY"].label == "mining_config.env:2"
    assert sources["PRIORITY"].label == "console (Plan)"
    assert sources["HUGE_PAGES"].label == "tuned (optimizer)"
    assert sources["MODE"].label == "default"
    assert sources["INTENSITY"].release == "remove INTENSITY from line 2 of mining_config.env"
    assert sources["WORKER"].release == "leave out --worker"
    assert configuration.pins == {key: sources[key].label for key in ("WORKER", "CORES", "INTENSITY")}


def test_cores_of_a_stronger_source_replace_threads_of_a_weaker_one(resolved: Any) -> None:
    configuration = resolved(file="THREADS=2\n", cores="1")

    assert configuration.cores == (1,)
    assert configuration.threads is None
    assert configuration.sources["THREADS"].level is Level.DEFAULT


def test_cores_and_threads_of_one_source_exclude_each_other(refused: Any) -> None:
    assert refused(cores="0", threads="1").thing == "--cores and --threads exclude each other"
    assert "(mining_config.env:1)" in refused(file="CORES=0\nTHREADS=1\n").thing


def test_pools_of_the_command_line_replace_all_pools_of_the_file(resolved: Any, fund: str, daemon: str) -> None:
    configuration = resolved(file=f"POOL_1=daemon+http://a:1\nPOOL_2=daemon+http://b:2\nWALLET={fund}\n", pool=[daemon])

    assert [endpoint.label for endpoint in configuration.pools] == ["127.0.0.1:18081"]


def test_pools_are_taken_in_the_order_of_their_numbers(resolved: Any, fund: str) -> None:
    configuration = resolved(file=f"POOL_9=daemon+http://c:3\nPOOL_2=daemon+http://b:2\nWALLET={fund}\n")

    assert [endpoint.host for endpoint in configuration.pools] == ["b", "c"]
    assert configuration.pool_numbers == (2, 9)


def test_offline_on_the_command_line_sets_pools_and_wallet_of_the_file_aside(resolved: Any, fund: str) -> None:
    configuration = resolved(file=f"POOL_1=stratum+tcp://pool:3333\nWALLET={fund}\n", offline=True)

    assert configuration.kind == "offline"
    assert configuration.pools == ()
    assert not configuration.is_nothing_configured


def test_offline_beside_a_pool_is_a_contradiction(refused: Any, daemon: str) -> None:
    assert "exclude each other" in refused(offline=True, pool=[daemon]).thing


def test_a_password_and_a_password_file_exclude_each_other(refused: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("p\n")

    assert "exclude each other" in refused(file="POOL_PASSWORD=p\nPOOL_PASSWORD_FILE=secret\n").thing


def test_answers_of_the_first_run_are_stronger_than_the_environment(resolved: Any) -> None:
    configuration = resolved(answers={"intensity": "7"}, environ={"MINERCONSOLE_INTENSITY": "9"})

    assert configuration.intensity == 7
    assert configuration.sources["INTENSITY"].label == "typed on the terminal"


def test_a_bad_value_is_named_even_when_a_stronger_source_hides_it(refused: Any) -> None:
    assert "mining_config.env:1" in refused(file="INTENSITY=abc\n", intensity="50").thing


def test_an_empty_value_of_file_or_environment_counts_as_not_given(resolved: Any) -> None:
    configuration = resolved(file="INTENSITY=\nWALLET=\n", environ={"MINERCONSOLE_CORES": " "})

    assert configuration.is_nothing_configured
    assert configuration.pins == {}


def test_more_than_nine_pools_are_refused(refused: Any, daemon: str, fund: str) -> None:
    assert "10 times" in refused(pool=[daemon] * 10, wallet=fund).thing
