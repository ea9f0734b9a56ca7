"""Shows a configuration to a person: each key, its value (secrets masked), where it came from, how to release it."""

from __future__ import annotations

from mining.addresses import mask_address
from mining.configuration.broker_url import broker_place
from mining.configuration.cores import format_cores
from mining.configuration.keys import ENDPOINT_KEYS, KEYS, MOST_POOLS
from mining.configuration.notices import is_mode_used
from mining.configuration.origins import Level
from mining.configuration.run_configuration import RunConfiguration
from mining.engine.plan import Endpoint

_MASK = "(hidden)"


def explain(configuration: RunConfiguration) -> str:
    """Return one line per key: KEY = value, source, and for given keys how to release it."""
    rows = [(key, *_row(configuration, key)) for key in KEYS if _is_worth_a_row(configuration, key)]
    key_width = max(len(row[0]) for row in rows)
    value_width = min(40, max(len(row[1]) for row in rows))
    lines = [f"Configuration file: {configuration.config_path or 'none'}"]
    for key, value, source, release in rows:
        tail = f"; to release: {release}" if release else ""
        lines.append(f"{key:<{key_width}} = {value:<{value_width}}  # {source}{tail}")
    return "\n".join(lines)


def show_value(configuration: RunConfiguration, key: str) -> str:
    """Return the value of one key as a person reads it, never a password; "-" when there is none."""
    values = {
        "COIN": configuration.coin,
        "ALGORITHM": configuration.algorithm,
        "WALLET": mask_address(configuration.wallet),
        "WORKER": configuration.worker,
        "POOL_PASSWORD": _MASK if configuration.sources["POOL_PASSWORD"].level is not Level.DEFAULT else "x",
        "POOL_PASSWORD_FILE": _MASK if configuration.sources["POOL_PASSWORD_FILE"].level is not Level.DEFAULT else "",
        "POOL_PROFILE": configuration.pool_profile,
        "POOL_DIFFICULTY": str(configuration.pool_difficulty or KEYS["POOL_DIFFICULTY"].default),
        "POOL_EMAIL": configuration.pool_email,
        "POOL_SOLO": _switch(configuration.is_solo),
        "PAYMENT_ID": configuration.payment_id,
        "TLS_FINGERPRINT": configuration.tls_fingerprint,
        "CORES": KEYS["CORES"].default if configuration.cores is None else format_cores(configuration.cores),
        "THREADS": "" if configuration.threads is None else str(configuration.threads),
        "INTENSITY": str(configuration.intensity),
        "MODE": _mode(configuration),
        "HUGE_PAGES": configuration.huge_pages,
        "PRIORITY": configuration.priority,
        "WEB_ENABLED": _switch(configuration.web_enabled),
        "LISTEN": f"{configuration.listen_host}:{configuration.listen_port}",
        "AI_ENABLED": _switch(configuration.ai_enabled),
        "HOME": str(configuration.home),
        "DATABASE": KEYS["DATABASE"].default if configuration.database is None else configuration.database.shown,
        "BROKER": _broker(configuration.broker),
        "BROKER_PUBLIC": _broker(configuration.broker_public) or KEYS["BROKER_PUBLIC"].default,
        "DIFFICULTY": str(configuration.difficulty) if configuration.difficulty else KEYS["DIFFICULTY"].default,
        "OFFLINE": _switch(configuration.offline),
        "DURATION": KEYS["DURATION"].default if configuration.duration_s is None else f"{configuration.duration_s:g}",
        "SHARES": KEYS["SHARES"].default if configuration.shares is None else str(configuration.shares),
    }
    pools = zip(configuration.pool_numbers, configuration.pools, strict=True)
    for number, endpoint in pools:
        values |= {
            f"POOL_{number}": show_endpoint(endpoint),
            f"POOL_{number}_PROFILE": endpoint.profile,
            f"POOL_{number}_PASSWORD": _MASK if endpoint.password_at_pool else "",
            f"POOL_{number}_TLS_FINGERPRINT": endpoint.tls_fingerprint,
        }
    return values.get(key) or "-"


def _broker(url: str) -> str:
    return f"{url.partition('://')[0]}://{broker_place(url)}" if url else ""


def show_endpoint(endpoint: Endpoint) -> str:
    """Return the URL of an endpoint without its password."""
    userinfo = f"{endpoint.user}:{_MASK}@" if endpoint.user or endpoint.password else ""
    return f"{endpoint.scheme}://{userinfo}{endpoint.label}"


def _mode(configuration: RunConfiguration) -> str:
    note = "" if is_mode_used(configuration) else f" (no effect with {configuration.algorithm})"
    return configuration.mode + note


def _row(configuration: RunConfiguration, key: str) -> tuple[str, str, str]:
    origin = configuration.sources[key]
    return show_value(configuration, key), origin.label, origin.release


def _is_worth_a_row(configuration: RunConfiguration, key: str) -> bool:
    """All keys but the pools nobody gave, of which one line is enough, and what nobody gave for one pool alone."""
    if key in ENDPOINT_KEYS:
        return configuration.sources[key].level is not Level.DEFAULT
    number = key.removeprefix("POOL_")
    if not number.isdigit() or int(number) not in range(2, MOST_POOLS + 1):
        return True
    return configuration.sources[key].level is not Level.DEFAULT


def _switch(is_on: bool) -> str:
    return "on" if is_on else "off"
