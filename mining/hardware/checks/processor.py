"""The processor: AES, JIT, frequency governor, model-specific registers."""

from __future__ import annotations

from pathlib import Path

from mining.hardware.findings import Change, Finding, Fix
from mining.hardware.machine import Machine
from mining.hardware.sysfs import read_text

_MSR_EFFECT = "up to 15 % (xmrig docs), 0.5-5 % on older Intel (reports)"
_SELF_SCALING = ("intel_pstate", "amd-pstate-epp", "amd_pstate_epp")


def check_aes(machine: Machine) -> Finding:
    """Hardware AES of the CPU."""
    code, title = "aes", "Hardware AES"
    if not machine.flags:
        return Finding(code, title, "unknown", "/proc/cpuinfo lists no CPU features.")
    if "aes" in machine.flags:
        return Finding(code, title, "ok", "The CPU has AES instructions.")
    hidden = " (the hypervisor may hide it: CPU type 'host')" if machine.hypervisor is not None else ""
    sentence = f"The CPU shows no AES instructions{hidden}; software AES is used."
    return Finding(code, title, "bad", sentence, effect="software AES costs about 40 % (RandomX README)")


def check_jit(machine: Machine) -> Finding:
    """Whether memory can be made executable, tried in this process."""
    code, title = "jit", "JIT compiler"
    if machine.jit == "writable":
        return Finding(code, title, "ok", "Memory may be writable and executable (tried).")
    if machine.jit == "switched":
        sentence = "Memory may be writable or executable, not both at once (SELinux, PaX or a service sandbox)."
        return Finding(code, title, "warn", sentence, effect="the interpreter or the secure JIT is used instead")
    cause = "a service sandbox (MemoryDenyWriteExecute) or a seccomp profile"
    command = ""
    if (read_text(machine.root / "sys/fs/selinux/enforce") or "") == "1":
        cause, command = "SELinux without execmem", f"{machine.sudo}setsebool deny_execmem 0"
    sentence = f"Memory cannot be made executable: {cause}. The interpreter is used."
    return Finding(code, title, "bad", sentence, command, "the interpreter is many times slower than the JIT")


def check_governor(machine: Machine) -> Finding:
    """The frequency governor of the CPUs that may be used."""
    code, title = "governor", "Frequency governor"
    base = Path("sys/devices/system/cpu")
    words = {n: read_text(machine.root / base / f"cpu{n}/cpufreq/scaling_governor") for n in machine.allowed}
    known = {number: word for number, word in words.items() if word}
    if not known:
        return Finding(code, title, "info", "No frequency control is visible; firmware or hypervisor decides.")
    others = {number: word for number, word in known.items() if word != "performance"}
    if not others:
        return Finding(code, title, "ok", "performance on every CPU.")
    driver = read_text(machine.root / base / f"cpu{min(others)}/cpufreq/scaling_driver") or "unknown driver"
    names = ", ".join(sorted(set(others.values())))
    command = f"echo performance | {machine.sudo}tee /{base}/cpu*/cpufreq/scaling_governor"
    changes = tuple(Change(f"/{base}/cpu{n}/cpufreq/scaling_governor", "performance") for n in sorted(others))
    fix = Fix(code, f"Set the governor of {len(changes)} CPU(s) to performance until the next boot", changes)
    if "powersave" in others.values() and driver not in _SELF_SCALING:
        sentence = f"powersave under {driver} keeps the lowest clock on {len(others)} CPU(s)."
        return Finding(code, title, "bad", sentence, command, "the clock's full range, often twice the rate", fix)
    sentence = f"{names} ({driver}) on {len(others)} CPU(s); under constant load it mostly clocks up anyway."
    return Finding(code, title, "info", sentence, command, "usually 0-5 % (estimate, not measured here)", fix)


def check_msr(machine: Machine) -> Finding:
    """Access to the prefetcher registers. Reads nothing from them and never writes."""
    code, title = "msr", "Prefetcher registers (MSR)"
    if machine.topology.machine != "x86_64":
        return Finding(code, title, "info", "Only x86 CPUs have them.")
    if machine.hypervisor is not None:
        return Finding(code, title, "info", "A virtual machine cannot set them; the host can.", effect=_MSR_EFFECT)
    sentence = f"{_msr_obstacle(machine)} This version never writes them (planned for later)."
    return Finding(code, title, "info", sentence, effect=_MSR_EFFECT)


def _msr_obstacle(machine: Machine) -> str:
    lockdown = read_text(machine.root / "sys/kernel/security/lockdown") or ""
    if "[integrity]" in lockdown or "[confidentiality]" in lockdown:
        return "Kernel lockdown (Secure Boot) forbids writing them."
    if not (machine.root / "sys/module/msr").exists() and not (machine.root / "dev/cpu/0/msr").exists():
        return "The kernel module msr is not loaded."
    if (read_text(machine.root / "sys/module/msr/parameters/allow_writes") or "on") != "on":
        return "The kernel module msr does not allow writes quietly (allow_writes)."
    return "They could be set." if machine.is_root else "They could be set by root."
