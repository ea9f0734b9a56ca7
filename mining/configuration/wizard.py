"""The questions of a first run: coin, where work comes from, wallet. Enter means the offline demonstration.

Owns the conversation only: reading and printing are handed in, and every answer is checked by the same code as the
configuration file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from mining.coins import COINS
from mining.configuration import env_file
from mining.configuration.example import example_text
from mining.configuration.questions import Questions
from mining.configuration.wizard_pools import ask_pool

__all__ = ["OFFLINE", "Questions", "ask_first_run", "is_yes", "save_answers"]

_DAEMON, _POOL = "1", "2"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
OFFLINE: dict[str, object] = {"offline": True}


def ask_first_run(questions: Questions) -> dict[str, object]:
    """Ask, and return the answers in the form of parsed options; {"offline": True} for the demonstration."""
    questions.say("Nothing is configured yet. Press Enter for the offline demonstration (real hashing, no earnings).")
    coin = _ask_coin(questions)
    source = _ask_source(questions, coin) if coin else None
    if coin is None or source is None:
        return dict(OFFLINE)
    place = {"coin": coin, "pool": [_ask_url(questions, coin)]} if source == _DAEMON else ask_pool(questions, coin)
    wallet = _ask_wallet(questions, place) if place else None
    return {**place, "wallet": wallet} if place and wallet else dict(OFFLINE)


def save_answers(answers: Mapping[str, object], path: Path) -> None:
    """Write the answers into a configuration file; a new one starts as the documented example."""
    text = env_file.read_text(path) if path.exists() else example_text()
    pools = answers.get("pool")
    url = str(pools[0]) if isinstance(pools, list) else ""
    values = {"COIN": str(answers["coin"]), "POOL_1": url, "WALLET": str(answers["wallet"])}
    if "pool_profile" in answers:
        values["POOL_PROFILE"] = str(answers["pool_profile"])
    for key, value in values.items():
        text = env_file.with_value(text, key, value)
    env_file.write_text(path, text)


def is_yes(answer: str) -> bool:
    """Whether an answer to "[Y/n]" is a yes."""
    return answer.strip().lower() in ("", "y", "yes")


def _ask_coin(questions: Questions) -> str | None:
    while True:
        answer = questions.ask(f"Coin ({', '.join(COINS)}) [Enter = offline demonstration]: ").strip()
        if not answer:
            return None
        problem = questions.problem_of({"coin": answer, "offline": True}, "COIN", "ALGORITHM")
        if problem is None:
            return answer.upper()
        questions.say(problem.sentence)


def _ask_source(questions: Questions, coin: str) -> str | None:
    """A daemon or a pool; a pool without asking for a coin that this version does not mine at its daemon."""
    row = COINS[coin]
    if not row.is_mined_solo:
        return _POOL
    while True:
        answer = questions.ask(f"Work from: 1 your own node ({row.daemon}), 2 a pool [Enter = offline demonstration]: ")
        match answer.strip():
            case "":
                return None
            case "1" | "2" as choice:
                return choice
            case other:
                questions.say(f'"{other[:20]}" is not one of the choices. Type 1 or 2, or press Enter.')


def _ask_url(questions: Questions, coin: str) -> str:
    row = COINS[coin]
    usual = f"daemon+http://127.0.0.1:{row.daemon_port}"
    while True:
        question = f"Address of {row.daemon}, [user:password@]host:port [Enter = {usual}]: "
        answer = questions.ask(question).strip() or usual
        url = answer if _SCHEME.match(answer) else f"daemon+http://{_quoted(answer)}"
        problem = questions.problem_of({"coin": coin, "pool": [url]}, "POOL_1", "Mining at")
        if problem is None:
            return url
        questions.say(problem.sentence)


def _quoted(answer: str) -> str:
    """`user:password@host:port` as a person types it, without a scheme, in the form of a URL, where % has a meaning."""
    login, at, place = answer.rpartition("@")
    user, colon, password = login.partition(":")
    return f"{quote(user, safe='')}{colon}{quote(password, safe='')}{at}{place}"


def _ask_wallet(questions: Questions, place: Mapping[str, object]) -> str | None:
    while True:
        answer = questions.ask("Your public wallet address [Enter = offline demonstration]: ").strip()
        if not answer:
            return None
        problem = questions.problem_of({**place, "wallet": answer}, "WALLET")
        if problem is None:
            return answer
        questions.say(problem.sentence)
