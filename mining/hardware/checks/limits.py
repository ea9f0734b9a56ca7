"""What the control group leaves of the CPUs: quota and cpuset."""

from __future__ import annotations

from mining.hardware.findings import Finding
from mining.hardware.machine import Machine


def check_quota(machine: Machine) -> Finding:
    """CPU quota of the process' control groups, v1 and v2."""
    code, title, quota, count = "cpu_quota", "CPU quota", machine.quota, len(machine.allowed)
    if quota is None:
        return Finding(code, title, "ok", "No control group limits the CPU time.")
    if quota.cpus >= count:
        return Finding(code, title, "ok", f"{quota.cpus:g} CPUs ({quota.source}), enough for {count}.")
    used = len(machine.cores)
    sentence = f"{quota.cpus:g} of {count} CPUs ({quota.source}), so {used} core(s) are used by default."
    return Finding(code, title, "warn", sentence, _container_command(machine), _share(quota.cpus, count))


def check_cpuset(machine: Machine) -> Finding:
    """CPUs that this process may run on, by cpuset or affinity."""
    code, title = "cpuset", "Allowed CPUs"
    count, online = len(machine.allowed), len(machine.topology.cpus)
    if count >= online:
        return Finding(code, title, "ok", f"All {online} CPU(s) of the machine may be used.")
    sentence = f"{count} of {online} CPUs may be used (cpuset or affinity of this process)."
    return Finding(code, title, "warn", sentence, effect=_share(count, online))


def _container_command(machine: Machine) -> str:
    if (machine.root / ".dockerenv").exists():
        return f"docker update --cpus={len(machine.allowed)} CONTAINER   (on the host)"
    if (machine.root / "run/.containerenv").exists():
        return f"podman update --cpus={len(machine.allowed)} CONTAINER   (on the host)"
    return ""


def _share(have: float, all_of: float) -> str:
    return f"about {100 * have / all_of:.0f} % of the CPU time is usable, and the hash rate goes with it"
