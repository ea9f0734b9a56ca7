"""Makes one RunConfiguration of all sources, or says what is wrong with them.

Precedence: command line > environment > mining_config.env > console > tuned > default. Every given value is checked,
also one that a stronger source hides.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mining.coins import COINS, DEFAULT_COIN
from mining.configuration import checks, endpoint_keys, env_file, gather
from mining.configuration.cores import Machine, read_machine
from mining.configuration.database_url import DatabaseUrl
from mining.configuration.endpoints import DAEMON_SCHEME
from mining.configuration.gather import Given
from mining.configuration.home import default_home
from mining.configuration.keys import KEYS, MOST_POOLS
from mining.configuration.origins import Level, Origin, by_default
from mining.configuration.problem import ValueProblem, as_error
from mining.configuration.run_configuration import RunConfiguration
from mining.configuration.values import Context
from mining.engine.plan import Endpoint
from mining.errors import ConfigurationError
from mining.stratum.presets import AUTO

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Inspection:
    """The configuration as far as it could be read, and every problem; `value_problems` are of single values and
    lines, `cross_problems` between values."""

    configuration: RunConfiguration
    value_problems: tuple[ConfigurationError, ...]
    cross_problems: tuple[ConfigurationError, ...]

    @property
    def problems(self) -> tuple[ConfigurationError, ...]:
        """All problems, those of single values first."""
        return self.value_problems + self.cross_problems


def resolve(
    arguments: Mapping[str, Any],
    environ: Mapping[str, str],
    config_path: Path | None,
    console: Mapping[str, str] | None = None,
    tuned: Mapping[str, str] | None = None,
    *,
    answers: Mapping[str, Any] | None = None,
    machine: Machine | None = None,
) -> RunConfiguration:
    """Return the configuration of one run. Raises ConfigurationError for the first problem.

    `arguments`: parsed options of `mine`. `config_path`: the file to read (see `find_config`) or None. `console` and
    `tuned`: key to text. `answers`: as `arguments`, from the first run's questions.
    """
    inspection = inspect(arguments, environ, config_path, console, tuned, answers=answers, machine=machine)
    if inspection.problems:
        raise inspection.problems[0]
    return inspection.configuration


def inspect(
    arguments: Mapping[str, Any],
    environ: Mapping[str, str],
    config_path: Path | None,
    console: Mapping[str, str] | None = None,
    tuned: Mapping[str, str] | None = None,
    *,
    answers: Mapping[str, Any] | None = None,
    machine: Machine | None = None,
    config_text: str | None = None,
) -> Inspection:
    """Read all sources and collect every problem. `config_text` stands in for the content of the file."""
    sources = [gather.from_arguments(arguments), gather.from_arguments(answers or {}, Level.ANSWERS)]
    sources.append(gather.from_environment(environ))
    if config_path is not None:
        text = env_file.read_text(config_path) if config_text is None else config_text
        sources.append(gather.from_file(env_file.parse(text, config_path.name)))
    sources += [gather.from_mapping(console, Level.CONSOLE), gather.from_mapping(tuned, Level.TUNED)]
    given = [item for source in sources for item in source.given]
    problems = [problem for source in sources for problem in source.problems]
    chosen, contradictions = gather.strongest(given)
    chosen = endpoint_keys.without_strangers(chosen)
    problems += endpoint_keys.orphan_problems(given)
    reading = _read_values(given, config_path, machine or read_machine())
    problems += [*reading.problems, *contradictions]
    configuration = _configuration(chosen, reading, environ, config_path)
    cross = checks.find_problems(configuration, environ, _bad_keys(reading, problems))
    return Inspection(configuration, tuple(problems), tuple(cross))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Typed values by given item; items that could not be read are absent and named in `bad`."""

    values: dict[Given, object]
    problems: list[ConfigurationError]
    bad: frozenset[str]


def _read_values(given: list[Given], config_path: Path | None, machine: Machine) -> _Reading:
    values: dict[Given, object] = {}
    problems: list[ConfigurationError] = []
    bad: set[str] = set()
    for item in given:
        is_from_file = item.origin.level is Level.FILE and config_path is not None
        folder = config_path.resolve().parent if is_from_file and config_path is not None else Path.cwd()
        try:
            values[item] = KEYS[item.key].read(item.text, Context(folder, machine))
        except ValueProblem as problem:
            problems.append(as_error(item.origin, item.text, problem))
            bad.add(KEYS[item.key].exclusive_group)
    return _Reading(values, problems, frozenset(bad))


def _bad_keys(reading: _Reading, problems: list[ConfigurationError]) -> frozenset[str]:
    """Keys no check may judge: unreadable ones, and what an unknown key or line may have been meant to give."""
    if any(problem.code in ("unknown_key", "bad_line") for problem in problems):
        return reading.bad | {"POOL", "WALLET"}
    return reading.bad


class _Chosen:
    """Typed access to the values that won."""

    def __init__(self, chosen: list[Given], values: dict[Given, object]) -> None:
        self._values = {item.key: values[item] for item in chosen if item in values}

    def take(self, key: str, kind: type[_T], default: _T) -> _T:
        value = self.maybe(key, kind)
        return default if value is None else value

    def maybe(self, key: str, kind: type[_T]) -> _T | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{key} was read as {type(value).__name__}, not {kind.__name__}")
        return value

    def pools(self) -> dict[int, Endpoint]:
        numbers = range(1, MOST_POOLS + 1)
        found = {number: self.maybe(f"POOL_{number}", Endpoint) for number in numbers}
        return {
            number: endpoint_keys.with_own_settings(number, endpoint, self._values)
            for number, endpoint in found.items()
            if endpoint is not None
        }


def _configuration(
    items: list[Given], reading: _Reading, environ: Mapping[str, str], config_path: Path | None
) -> RunConfiguration:
    chosen = _Chosen(items, reading.values)
    coin = chosen.take("COIN", str, DEFAULT_COIN)
    pools = {} if chosen.take("OFFLINE", bool, False) else chosen.pools()
    host, port = chosen.take("LISTEN", tuple, ("127.0.0.1", 3333))
    password = chosen.take("POOL_PASSWORD_FILE", str, chosen.take("POOL_PASSWORD", str, "x"))
    return RunConfiguration(
        kind=_kind(tuple(pools.values())),
        coin=coin,
        algorithm=chosen.take("ALGORITHM", str, COINS[coin].algorithm),
        wallet=chosen.take("WALLET", str, ""),
        worker=chosen.take("WORKER", str, _host_name()),
        pools=tuple(pools.values()),
        pool_numbers=tuple(pools),
        pool_password=password,
        tls_fingerprint=chosen.take("TLS_FINGERPRINT", str, ""),
        cores=chosen.maybe("CORES", tuple),
        threads=chosen.maybe("THREADS", int),
        intensity=chosen.take("INTENSITY", int, 100),
        mode=chosen.take("MODE", str, "auto"),
        huge_pages=chosen.take("HUGE_PAGES", str, "auto"),
        priority=chosen.take("PRIORITY", str, "low"),
        web_enabled=chosen.take("WEB_ENABLED", bool, True),
        listen_host=str(host),
        listen_port=int(port),
        ai_enabled=chosen.take("AI_ENABLED", bool, False),
        home=chosen.take("HOME", Path, default_home(environ)),
        difficulty=chosen.take("DIFFICULTY", int, 0),
        duration_s=chosen.maybe("DURATION", float),
        shares=chosen.maybe("SHARES", int),
        payment_id=chosen.take("PAYMENT_ID", str, ""),
        pool_difficulty=chosen.take("POOL_DIFFICULTY", int, 0),
        pool_email=chosen.take("POOL_EMAIL", str, ""),
        is_solo=chosen.take("POOL_SOLO", bool, False),
        pool_profile=chosen.take("POOL_PROFILE", str, AUTO),
        broker=chosen.take("BROKER", str, ""),
        broker_public=chosen.take("BROKER_PUBLIC", str, ""),
        database=chosen.maybe("DATABASE", DatabaseUrl),
        config_path=config_path,
        sources=_sources(items),
    )


def _kind(pools: tuple[Endpoint, ...]) -> str:
    if not pools:
        return "offline"
    return "daemon" if pools[0].scheme == DAEMON_SCHEME else "pool"


def _sources(items: list[Given]) -> dict[str, Origin]:
    given = {item.key: item.origin for item in items}
    return {key: given.get(key) or by_default(key) for key in KEYS}


def _host_name() -> str:
    """The host name as a worker name that every pool's grammar lets through."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", socket.gethostname().partition(".")[0]).strip("-")
    return name[:64] or "miner"
