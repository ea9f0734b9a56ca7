"""What an xmrig config.json says beside its pools: what becomes a setting here, and a sentence for the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mining.configuration.cores import format_cores

NO_COUNTERPART = "has no counterpart here"
_ALGORITHMS = ("rx/0", "rx")
_MODES = ("auto", "fast", "light")


@dataclass(frozen=True, slots=True)
class Said:
    """One key of the file: what it became (a configuration key and its text), or why nothing."""

    source: str
    sentence: str
    key: str = ""
    value: str = ""


_SENTENCES = {
    "donate-level": "is not taken over: MinerConsole takes no donation",
    "donate-over-proxy": "is not taken over: MinerConsole takes no donation",
    "api": "is not taken over: the page and its API stand in for it",
    "http": "is not taken over: the page and its API stand in for it",
    "autosave": "is not taken over: nothing here rewrites your files",
    "user-agent": "is not taken over: MinerConsole always says what it is",
    "background": "is not taken over: start runs in the background",
    "log-file": "is not taken over: the log is in the home folder",
    "retries": "is not taken over: a pool is tried again for ever",
    "retry-pause": "is not taken over: the pauses grow by themselves",
    "keepalive": "is not needed: connections are always kept alive",
}
_GPU = ("opencl", "cuda")
_CPU_DONE = ("enabled", "huge-pages", "max-threads-hint", *_ALGORITHMS)


def said_of(sections: Mapping[str, Any], default_threads: int) -> list[Said]:
    """Return one sentence for each key beside `pools`. `default_threads`: how many this computer would use alone."""
    found: list[Said] = []
    for name, section in sections.items():
        if name == "cpu" and isinstance(section, Mapping):
            found += _cpu(section, default_threads)
        elif name == "randomx" and isinstance(section, Mapping):
            found += _randomx(section)
        elif name in _GPU:
            if isinstance(section, Mapping) and section.get("enabled"):
                found.append(Said(name, "is not taken over: only CPUs mine here"))
        elif section is not None:
            found.append(Said(name, _SENTENCES.get(name, f"is not taken over: it {NO_COUNTERPART}")))
    return found


def said_of_pool_key(name: str) -> str:
    """The sentence for a key of a pool that nothing becomes of."""
    if name == "nicehash":
        return "is not needed: what the pool keeps of the nonce is seen in its jobs"
    return _SENTENCES.get(name, f"is not taken over: it {NO_COUNTERPART}")


def _cpu(section: Mapping[str, Any], default_threads: int) -> Iterator[Said]:
    if section.get("enabled") is False:
        yield Said("cpu.enabled", "is off there; here the CPU is what mines")
    pages = section.get("huge-pages")
    if isinstance(pages, bool):
        yield Said("cpu.huge-pages", "becomes HUGE_PAGES", "HUGE_PAGES", "auto" if pages else "off")
    threads = next((_threads(f"cpu.{name}", section[name]) for name in _ALGORITHMS if name in section), None)
    hint = section.get("max-threads-hint")
    if threads is not None:
        yield threads
    if type(hint) is int and 0 < hint < 100:
        yield _hint(hint, default_threads, is_needed=threads is None or not threads.key)
    for name in section:
        if name not in _CPU_DONE and section[name] is not None:
            yield Said(f"cpu.{name}", f"is not taken over: it {NO_COUNTERPART}")


def _threads(source: str, value: Any) -> Said:
    """The cores of a list of affinities, each a number or [intensity, affinity]; -1 pins to no core."""
    if isinstance(value, Mapping):
        value = value.get("threads")
    if type(value) is int and value > 0:
        return Said(source, "becomes THREADS", "THREADS", str(value))
    if not isinstance(value, list) or not value:
        return Said(source, "is not taken over: it is no list of threads, so this computer chooses its cores")
    cores = [each[-1] if isinstance(each, list) and each else each for each in value]
    if not all(type(core) is int and -1 <= core < 8192 for core in cores):
        return Said(source, "is not taken over: it is no list of cores, so this computer chooses its cores")
    if -1 in cores or len(set(cores)) < len(cores):
        return Said(source, f"becomes THREADS: {len(cores)} of them, not all on cores of their own", "THREADS",
                    str(len(cores)))  # fmt: skip
    return Said(source, "becomes CORES", "CORES", format_cores(cores))


def _hint(hint: int, default_threads: int, *, is_needed: bool) -> Said:
    if not is_needed:
        return Said("cpu.max-threads-hint", "is not needed: the threads are listed")
    threads = max(1, default_threads * hint // 100)
    return Said(
        "cpu.max-threads-hint", f"becomes THREADS: {hint} % of the {default_threads} that this computer would use",
        "THREADS", str(threads),
    )  # fmt: skip


def _randomx(section: Mapping[str, Any]) -> Iterator[Said]:
    for name, value in section.items():
        if name == "mode" and value in _MODES:
            yield Said("randomx.mode", "becomes MODE", "MODE", value)
        elif value is not None:
            yield Said(f"randomx.{name}", f"is not taken over: it {NO_COUNTERPART}")
