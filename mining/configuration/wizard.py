"""The questions of a first run: coin, where work comes from, wallet. Enter means the offline demonstration.

Owns the conversation only: reading and printing are handed in, and every answer is checked by the same code as the
configuration file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mining.coins import COINS, DEFAULT_COIN
from mining.configuration import env_file
from mining.configuration.cores import Machine
from mining.configuration.example import example_text
from mining.configuration.resolve import inspect
from mining.errors import ConfigurationError

Ask = Callable[[str], str]
Say = Callable[[str], None]

OFFLINE: dict[str, object] = {"offline": True}


@dataclass(frozen=True, slots=True)
class Questions:
    """What the conversation needs: how to ask and say, and the sources that stay as they are."""

    ask: Ask
    say: Say
    arguments: Mapping[str, object]
    environ: Mapping[str, str]
    config_path: Path | None
    machine: Machine | None = None

    def problem_of(self, answers: Mapping[str, object], *names: str) -> ConfigurationError | None:
        """Return the first problem of these answers, among the ones that concern `names`."""
        found = inspect(self.arguments, self.environ, self.config_path, answers=answers, machine=self.machine)
        return next((problem for problem in found.problems if problem.thing.startswith(names)), None)


def ask_first_run(questions: Questions) -> dict[str, object]:
    """Ask, and return the answers in the form of parsed options; {"offline": True} for the demonstration."""
    questions.say("Nothing is configured yet. Press Enter for the offline demonstration (real hashing, no earnings).")
    coin = _ask_coin(questions)
    if coin is None or not _ask_for_daemon(questions):
        return dict(OFFLINE)
    url = _ask_url(questions, coin)
    wallet = _ask_wallet(questions, coin, url) if url else None
    if not url or not wallet:
        return dict(OFFLINE)
    return {"coin": coin, "pool": [url], "wallet": wallet}


def save_answers(answers: Mapping[str, object], path: Path) -> None:
    """Write the answers into a configuration file; a new one starts as the documented example."""
    text = env_file.read_text(path) if path.exists() else example_text()
    pools = answers.get("pool")
    url = str(pools[0]) if isinstance(pools, list) else ""
    for key, value in (("COIN", str(answers["coin"])), ("POOL_1", url), ("WALLET", str(answers["wallet"]))):
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


def _ask_for_daemon(questions: Questions) -> bool:
    while True:
        answer = questions.ask("Work from: 1 your own node (monerod), 2 a pool [Enter = offline demonstration]: ")
        match answer.strip():
            case "":
                return False
            case "1":
                return True
            case "2":
                questions.say("Pool mining is not available yet in this version. Choose 1, or press Enter.")
            case other:
                questions.say(f'"{other[:20]}" is not one of the choices. Type 1 or 2, or press Enter.')


def _ask_url(questions: Questions, coin: str) -> str:
    row = COINS.get(coin, COINS[DEFAULT_COIN])
    usual = f"daemon+http://127.0.0.1:{row.daemon_port}"
    while True:
        answer = questions.ask(f"Address of {row.daemon} [Enter = {usual}]: ").strip() or usual
        url = answer if "://" in answer else f"daemon+http://{answer}"
        problem = questions.problem_of({"coin": coin, "pool": [url]}, "POOL_1", "Mining at")
        if problem is None:
            return url
        questions.say(problem.sentence)


def _ask_wallet(questions: Questions, coin: str, url: str) -> str | None:
    while True:
        answer = questions.ask("Your public wallet address [Enter = offline demonstration]: ").strip()
        if not answer:
            return None
        problem = questions.problem_of({"coin": coin, "pool": [url], "wallet": answer}, "WALLET")
        if problem is None:
            return answer
        questions.say(problem.sentence)
