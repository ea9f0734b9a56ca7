"""Virtual machines: the hypervisor, the time it steals, the clock it offers."""

from __future__ import annotations

from mining.hardware.findings import Finding
from mining.hardware.machine import Machine
from mining.hardware.sysfs import read_text

STEAL_INFO_PERCENT, STEAL_WARN_PERCENT = 1.0, 5.0
_SLOW_CLOCKS = ("hpet", "acpi_pm", "jiffies", "pit", "refined-jiffies")


def check_hypervisor(machine: Machine) -> Finding:
    """Whether this is a virtual machine."""
    code, title = "virtual_machine", "Virtual machine"
    if machine.hypervisor is None:
        return Finding(code, title, "ok", "Bare metal, as far as the CPU tells.")
    name = f" ({machine.hypervisor})" if machine.hypervisor else ""
    sentence = f"This is a virtual machine{name}: sensors, registers and the true cache share are hidden."
    return Finding(code, title, "info", sentence, effect="neighbours on the same host make the rate vary")


def check_steal(machine: Machine) -> Finding:
    """Share of CPU time the hypervisor gave to others since boot."""
    code, title = "steal", "Stolen CPU time"
    if machine.hypervisor is None:
        return Finding(code, title, "ok", "No hypervisor takes CPU time.")
    words = (read_text(machine.root / "proc/stat") or "").partition("\n")[0].split()[1:9]
    ticks = [int(word) for word in words if word.isdigit()]
    busy = sum(ticks[:3]) + sum(ticks[5:]) if len(ticks) == 8 else 0
    if not busy:
        return Finding(code, title, "unknown", "/proc/stat does not tell.")
    percent = 100 * ticks[7] / busy
    sentence = f"{percent:.1f} % of the busy time since boot went to other guests."
    if percent < STEAL_INFO_PERCENT:
        return Finding(code, title, "ok", sentence)
    effect = f"about {percent:.0f} % less than on an idle host"
    return Finding(code, title, "warn" if percent >= STEAL_WARN_PERCENT else "info", sentence, effect=effect)


def check_clock(machine: Machine) -> Finding:
    """The kernel's clock source: a slow one makes every reading of the time a trap into the hypervisor."""
    code, title = "clock", "Clock source"
    folder = "sys/devices/system/clocksource/clocksource0"
    word = read_text(machine.root / folder / "current_clocksource")
    if not word:
        return Finding(code, title, "unknown", "The kernel does not tell its clock source.")
    if word not in _SLOW_CLOCKS:
        return Finding(code, title, "ok", f"{word}, cheap to read.")
    choices = (read_text(machine.root / folder / "available_clocksource") or "").split()
    better = next((choice for choice in ("tsc", "kvm-clock") if choice in choices), "")
    command = f"echo {better} | {machine.sudo}tee /{folder}/current_clocksource" if better else ""
    return Finding(code, title, "warn", f"{word}, slow to read.", command, "below 1 % (estimate)")
