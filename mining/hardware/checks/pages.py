"""Huge pages: 2 MB, 1 GB, transparent."""

from __future__ import annotations

import os

from mining.hardware.findings import Change, Finding, Fix, State
from mining.hardware.huge_pages import PAGE_2M, pages_for_run
from mining.hardware.machine import Machine
from mining.hardware.overcommit import overcommit_command, overcommit_file

_EFFECT = (
    "171-180 H/s against 118-136 on 4 KiB pages and 163-166 on transparent ones (measured on one machine); "
    "up to 50 % (xmrig docs)"
)


def check_small_pages(machine: Machine) -> Finding:
    """2 MB pages for the dataset and the scratchpads."""
    code, title, need, pool = "huge_pages_2m", "Huge pages 2 MB", pages_for_run(len(machine.cores)), machine.pages.small
    worse: State = "warn" if machine.pages.thp_enabled in ("always", "madvise") else "bad"
    if pool is None:
        return Finding(code, title, worse, "This kernel offers no 2 MB huge pages.", effect=_EFFECT)
    unreserved = max(0, pool.free - pool.reserved)
    if machine.hugetlb_limit is not None and machine.hugetlb_limit < need * PAGE_2M:
        limit = f"The container's hugetlb limit is {machine.hugetlb_limit >> 20} MiB, {need * 2} MiB are needed."
        return Finding(code, title, worse, limit, effect=_EFFECT)
    in_use = pool.total - pool.free
    if in_use >= need:
        return Finding(code, title, "ok", f"{in_use} pages are in use (is a miner running?), {need} are needed.")
    if pool.usable >= need:
        return Finding(code, title, "ok", f"{pool.usable} pages can be had, {need} are needed.")
    new_pages = need - unreserved
    if machine.memory_available < new_pages * PAGE_2M:
        free = machine.memory_available >> 20
        sentence = f"{pool.usable} of {need} pages can be had, and {free} MiB of free memory are too few for the rest."
        return Finding(code, title, worse, sentence, effect=_EFFECT)
    target = pool.surplus + new_pages
    command = overcommit_command(machine.root, target, machine.sudo)
    path = overcommit_file(machine.root)
    change = Change(f"/{path}", str(target), is_number=True)
    fix = Fix(code, f"Allow {target} huge pages of 2 MB on demand until the next boot", (change,))
    if machine.is_root and os.access(machine.root / path, os.W_OK):
        sentence = f"{pool.usable} of {need} pages can be had; run as root, the miner raises the limit itself."
        return Finding(code, title, "info", sentence + " It takes that back at exit.", command, _EFFECT, fix)
    sentence = f"{pool.usable} of {need} pages can be had, and only root may raise the limit."
    return Finding(code, title, worse, sentence, command, _EFFECT, fix)


def check_large_pages(machine: Machine) -> Finding:
    """1 GB pages: state only, nothing here uses them yet."""
    code, title, pool = "huge_pages_1g", "Huge pages 1 GB", machine.pages.large
    effect = "1-3 % over 2 MB pages (xmrig docs)"
    if pool is None:
        return Finding(code, title, "info", "This CPU or kernel has no 1 GB pages; they are not used yet anyway.")
    sentence = f"{pool.free} of {pool.total} reserved pages are free; this version uses 2 MB pages only."
    return Finding(code, title, "info", sentence, effect=effect)


def check_transparent_pages(machine: Machine) -> Finding:
    """Transparent huge pages: what helps when the 2 MB pool cannot be used."""
    code, title, word = "transparent_pages", "Transparent huge pages", machine.pages.thp_enabled
    effect = "163-166 H/s against 118-136 on 4 KiB pages, needs no root (measured on one machine)"
    if word in ("always", "madvise"):
        shared = "" if machine.pages.thp_shmem not in ("never", "deny", "") else ", private memory only"
        return Finding(code, title, "ok", f"Available as the fallback (enabled={word}{shared}).")
    if not word:
        return Finding(code, title, "info", "This kernel has none, so there is no fallback for 2 MB pages.")
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    command = f"echo madvise | {machine.sudo}tee {path}"
    fix = Fix(code, "Allow transparent huge pages on request until the next boot", (Change(path, "madvise"),))
    return Finding(code, title, "info", "Switched off, so there is no fallback for 2 MB pages.", command, effect, fix)
