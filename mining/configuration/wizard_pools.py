"""The questions about a pool: one of the catalogue by its number, or a URL of one's own. Nothing is preselected."""

from __future__ import annotations

from mining.configuration.questions import Questions
from mining.stratum.presets import PoolPreset, presets_of


def ask_pool(questions: Questions, coin: str) -> dict[str, object] | None:
    """Return coin, pool and (where the host does not tell it) pool_profile; None for the offline demonstration."""
    presets = presets_of(coin)
    questions.say("Pools (for typing only, not a recommendation; hosts and ports as far as known):")
    for number, preset in enumerate(presets, start=1):
        questions.say(f"  {number:2} {preset.name}, {preset.host} ({preset.note})")
    while True:
        answer = questions.ask("Pool: a number, or a URL such as stratum+ssl://host:port [Enter = offline]: ").strip()
        if not answer:
            return None
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(presets):
            place = _of_preset(questions, coin, presets[int(answer) - 1])
        elif "://" in answer or ":" in answer:
            place = {"coin": coin, "pool": [answer if "://" in answer else f"stratum+tcp://{answer}"]}
        else:
            questions.say(f'"{answer[:20]}" is neither one of the numbers nor a URL. Type 1 to {len(presets)}.')
            continue
        problem = questions.problem_of(place, "POOL_1", "POOL_PROFILE", "Mining at")
        if problem is None:
            return place
        questions.say(problem.sentence)


def _of_preset(questions: Questions, coin: str, preset: PoolPreset) -> dict[str, object]:
    is_tls = bool(preset.tls)
    if preset.tls and preset.plain:
        ports = f"TLS port {preset.tls[0]}, plain port {preset.plain[0]}"
        answer = questions.ask(f"Encrypted connection ({ports})? [Y/n]: ").strip().lower()
        is_tls = answer in ("", "y", "yes")
    place: dict[str, object] = {"coin": coin, "pool": [preset.url(is_tls=is_tls)]}
    return place if preset.is_recognised else {**place, "pool_profile": preset.profile}
