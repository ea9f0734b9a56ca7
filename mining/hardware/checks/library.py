"""The RandomX library: where it comes from, whether it passes its known answers, what it can do."""

from __future__ import annotations

from mining.errors import MinerConsoleError
from mining.hardware.findings import Finding
from mining.hardware.machine import Machine

_ORIGINS = {"environment": "named by MINERCONSOLE_RANDOMX_LIBRARY", "system": "of the system", "wheel": "from a wheel"}


def check_library(machine: Machine) -> Finding:
    """Ask the loader, which runs the known answers in a process of its own."""
    code, title = "library", "RandomX library"
    if machine.find_library is None:
        return Finding(code, title, "unknown", "The library was not looked for.")
    try:
        library = machine.find_library()
    except MinerConsoleError as error:
        command = f"{machine.sudo}apt-get install librandomx0" if error.code == "library_missing" else ""
        return Finding(code, title, "bad", error.sentence, command, "nothing can be mined without it")
    knows = "rx/0 and rx/2" if library.has_v2 else "rx/0 (rx/2 needs a newer library)"
    origin = _ORIGINS.get(library.origin, library.origin)
    sentence = f"{library.path} ({origin}) passes its known answers; computes {knows}."
    if not library.has_jit:
        return Finding(code, title, "bad", f"{sentence} It has no JIT for this CPU.", effect="many times slower")
    if not library.has_hard_aes and "aes" in machine.flags:
        effect = "software AES costs about 40 % (RandomX README)"
        return Finding(code, title, "warn", f"{sentence} It does not use this CPU's AES.", effect=effect)
    return Finding(code, title, "ok", sentence)
