"""Each check in each of its states: the state, and the words and command a person gets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mining.errors import CannotStartError
from mining.hardware.checks.layout import check_channels, check_numa, check_smt
from mining.hardware.checks.library import check_library
from mining.hardware.checks.limits import check_cpuset, check_quota
from mining.hardware.checks.memory import check_memory
from mining.hardware.checks.pages import check_large_pages, check_small_pages, check_transparent_pages
from mining.hardware.checks.processor import check_aes, check_governor, check_jit, check_msr
from mining.hardware.checks.virtual import check_clock, check_hypervisor, check_steal
from mining.hardware.jit import JitAccess, jit_access
from mining.hardware.machine import Library
from tests.unit.hardware.fake_machine import MIB, FakeMachine

THP = "sys/kernel/mm/transparent_hugepage/enabled"
VIRTUAL = "aes hypervisor"


@dataclass(frozen=True)
class FakeLibrary:
    path: Path = Path("/usr/lib/librandomx.so")
    origin: str = "system"
    has_v2: bool = False
    has_jit: bool = True
    has_hard_aes: bool = True


def make_virtual(machine: FakeMachine) -> FakeMachine:
    machine.cpuinfo("AuthenticAMD", 25, 33, "AMD EPYC", flags=VIRTUAL)
    return machine


def set_governors(machine: FakeMachine, word: str, driver: str = "acpi-cpufreq", *, cpus: int = 4) -> None:
    for number in range(cpus):
        machine.write(f"sys/devices/system/cpu/cpu{number}/cpufreq/scaling_governor", word)
        machine.write(f"sys/devices/system/cpu/cpu{number}/cpufreq/scaling_driver", driver)


def test_free_huge_pages_are_ok(machine: FakeMachine) -> None:
    assert check_small_pages(machine.read()).state == "ok"


def test_missing_huge_pages_name_the_command_with_the_number(machine: FakeMachine) -> None:
    machine.pool(overcommit=100)
    finding = check_small_pages(machine.read())
    assert finding.state == "warn"
    assert finding.command == "sudo sysctl -w vm.nr_overcommit_hugepages=1048"
    assert finding.fix is not None and finding.fix.changes[0].value == "1048"


def test_missing_huge_pages_without_the_transparent_fallback_are_bad(machine: FakeMachine) -> None:
    machine.pool()
    machine.write(THP, "always madvise [never]")
    assert check_small_pages(machine.read()).state == "bad"


def test_missing_huge_pages_are_only_information_for_root(machine: FakeMachine) -> None:
    machine.pool()
    finding = check_small_pages(machine.read(is_root=True))
    assert (finding.state, finding.command) == ("info", "sysctl -w vm.nr_overcommit_hugepages=1048")


def test_huge_pages_that_a_miner_holds_are_ok(machine: FakeMachine) -> None:
    machine.pool(total=1048, surplus=1048, overcommit=1048)
    finding = check_small_pages(machine.read())
    assert finding.state == "ok" and "in use" in finding.sentence


def test_huge_pages_that_do_not_fit_the_memory_offer_no_fix(machine: FakeMachine) -> None:
    machine.pool()
    machine.memory(available_mib=1000)
    finding = check_small_pages(machine.read())
    assert (finding.state, finding.fix, finding.command) == ("warn", None, "")


def test_a_hugetlb_limit_of_the_container_is_named(machine: FakeMachine) -> None:
    top = machine.group_v2("/app")
    machine.write(f"{top}/app/hugetlb.2MB.max", 64 * MIB)
    assert "64 MiB" in check_small_pages(machine.read()).sentence


def test_a_kernel_without_huge_pages_is_named(empty: FakeMachine) -> None:
    assert "no 2 MB huge pages" in check_small_pages(empty.read()).sentence


def test_large_pages_are_information_only(machine: FakeMachine) -> None:
    assert check_large_pages(machine.read()).state == "info"
    machine.pool(total=3, free=2, folder="sys/kernel/mm/hugepages/hugepages-1048576kB")
    assert "2 of 3" in check_large_pages(machine.read()).sentence


@pytest.mark.parametrize(
    ("text", "state", "fixable"),
    [("[always] madvise never", "ok", False), ("always madvise [never]", "info", True)],
)
def test_transparent_pages_are_reported(machine: FakeMachine, text: str, state: str, fixable: bool) -> None:
    machine.write(THP, text)
    finding = check_transparent_pages(machine.read())
    assert (finding.state, finding.fix is not None) == (state, fixable)


@pytest.mark.parametrize(("flags", "state"), [("sse2 aes", "ok"), ("sse2", "bad"), ("", "unknown")])
def test_aes_is_read_from_the_cpu_flags(machine: FakeMachine, flags: str, state: str) -> None:
    machine.cpuinfo("AuthenticAMD", 25, 33, "AMD", flags=flags)
    assert check_aes(machine.read()).state == state


def test_hidden_aes_in_a_virtual_machine_names_the_cpu_type(machine: FakeMachine) -> None:
    machine.cpuinfo("AuthenticAMD", 25, 33, "QEMU", flags="sse2 hypervisor")
    assert "CPU type 'host'" in check_aes(machine.read()).sentence


@pytest.mark.parametrize(("jit", "state"), [("writable", "ok"), ("switched", "warn"), ("none", "bad")])
def test_jit_is_judged_by_what_was_tried(machine: FakeMachine, jit: JitAccess, state: str) -> None:
    assert check_jit(replace(machine.read(), jit=jit)).state == state


def test_selinux_is_named_when_it_forbids_the_jit(machine: FakeMachine) -> None:
    machine.write("sys/fs/selinux/enforce", 1)
    finding = check_jit(replace(machine.read(), jit="none"))
    assert "SELinux" in finding.sentence and "deny_execmem" in finding.command


def test_trying_the_jit_here_gives_an_answer() -> None:
    assert jit_access() in ("writable", "switched", "none")


@pytest.mark.parametrize(("mib", "state"), [(3000, "ok"), (2000, "bad"), (200, "bad")])
def test_memory_is_judged_for_fast_and_light_mode(machine: FakeMachine, mib: int, state: str) -> None:
    machine.pool()
    machine.memory(available_mib=mib)
    assert check_memory(machine.read()).state == state


def test_too_little_memory_says_which_mode_is_left(machine: FakeMachine) -> None:
    machine.pool()
    machine.memory(available_mib=2000)
    assert "light mode is used" in check_memory(machine.read()).sentence
    machine.memory(available_mib=200)
    assert "cannot start" in check_memory(machine.read()).sentence


def test_free_huge_pages_count_as_memory(machine: FakeMachine) -> None:
    machine.memory(available_mib=500)
    assert check_memory(machine.read()).state == "ok"


def test_the_memory_limit_of_a_container_is_named(machine: FakeMachine) -> None:
    machine.pool()
    top = machine.group_v2("/app")
    machine.write(f"{top}/app/memory.max", 1000 * MIB)
    machine.write(f"{top}/app/memory.current", 100 * MIB)
    finding = check_memory(machine.read())
    assert finding.state == "bad" and "limited to 1000 MiB" in finding.sentence


def test_a_quota_below_the_cpus_warns_with_its_file_and_the_cores_used(machine: FakeMachine) -> None:
    assert check_quota(machine.read()).state == "ok"
    top = machine.group_v2("/app")
    machine.write(f"{top}/app/cpu.max", "150000 100000")
    finding = check_quota(machine.read())
    assert finding.state == "warn"
    assert "1.5 of 4 CPUs (/sys/fs/cgroup/app/cpu.max), so 1 core(s)" in finding.sentence
    machine.write(".dockerenv", "")
    assert check_quota(machine.read()).command.startswith("docker update --cpus=4")
    machine.write(f"{top}/app/cpu.max", "800000 100000")
    assert check_quota(machine.read()).state == "ok"


def test_a_v1_quota_is_found_too(machine: FakeMachine) -> None:
    top = machine.group_v1("/app")
    machine.write(f"{top}/cpu,cpuacct/app/cpu.cfs_period_us", 100000)
    machine.write(f"{top}/cpu,cpuacct/app/cpu.cfs_quota_us", 200000)
    assert check_quota(machine.read()).state == "warn"


def test_cpus_that_may_not_be_used_are_counted(machine: FakeMachine) -> None:
    assert check_cpuset(machine.read()).state == "ok"
    finding = check_cpuset(machine.read(cpus=2))
    assert finding.state == "warn" and "2 of 4" in finding.sentence


def test_a_performance_governor_is_ok(machine: FakeMachine) -> None:
    set_governors(machine, "performance")
    assert check_governor(machine.read()).state == "ok"


def test_powersave_is_bad_where_it_pins_the_lowest_clock(machine: FakeMachine) -> None:
    set_governors(machine, "powersave")
    finding = check_governor(machine.read())
    assert finding.state == "bad" and finding.fix is not None
    assert len(finding.fix.changes) == 4
    assert finding.command.startswith("echo performance | sudo tee ")


@pytest.mark.parametrize(("word", "driver"), [("powersave", "intel_pstate"), ("schedutil", "acpi-cpufreq")])
def test_a_governor_that_scales_by_load_is_information(machine: FakeMachine, word: str, driver: str) -> None:
    set_governors(machine, word, driver)
    assert check_governor(machine.read()).state == "info"


def test_no_frequency_control_is_information(machine: FakeMachine) -> None:
    assert check_governor(machine.read()).state == "info"


def test_registers_are_never_promised(machine: FakeMachine) -> None:
    assert "not loaded" in check_msr(machine.read()).sentence
    machine.write("sys/module/msr/parameters/allow_writes", "off")
    assert "allow_writes" in check_msr(machine.read()).sentence
    machine.write("sys/module/msr/parameters/allow_writes", "on")
    assert "by root" in check_msr(machine.read()).sentence
    assert "never writes them" in check_msr(machine.read(is_root=True)).sentence
    machine.write("sys/kernel/security/lockdown", "none [integrity] confidentiality")
    assert "lockdown" in check_msr(machine.read()).sentence
    assert "virtual machine" in check_msr(make_virtual(machine).read()).sentence


def test_a_virtual_machine_is_named_by_its_firmware(machine: FakeMachine) -> None:
    assert check_hypervisor(machine.read()).state == "ok"
    machine.write("sys/class/dmi/id/sys_vendor", "QEMU")
    assert check_hypervisor(machine.read()).state == "ok"  # the CPU decides on x86
    finding = check_hypervisor(make_virtual(machine).read())
    assert finding.state == "info" and "(QEMU)" in finding.sentence


@pytest.mark.parametrize(("steal", "state"), [(0, "ok"), (30, "info"), (200, "warn")])
def test_stolen_time_is_a_share_of_the_busy_time(machine: FakeMachine, steal: int, state: str) -> None:
    machine.write("proc/stat", f"cpu  {1000 - steal} 0 0 90000 50 0 0 {steal} 0 0")
    assert check_steal(make_virtual(machine).read()).state == state


def test_stolen_time_that_cannot_be_read_is_unknown(machine: FakeMachine) -> None:
    machine.write("proc/stat", "cpu")
    assert check_steal(make_virtual(machine).read()).state == "unknown"


def test_a_slow_clock_names_a_better_one(machine: FakeMachine) -> None:
    assert check_clock(machine.read()).state == "ok"
    folder = "sys/devices/system/clocksource/clocksource0"
    machine.write(f"{folder}/current_clocksource", "hpet")
    machine.write(f"{folder}/available_clocksource", "tsc hpet acpi_pm")
    finding = check_clock(machine.read())
    assert finding.state == "warn" and finding.command.startswith("echo tsc | sudo tee")


def test_several_nodes_warn(machine: FakeMachine) -> None:
    assert check_numa(machine.read()).state == "ok"
    machine.node(0, (0, 1))
    machine.node(1, (2, 3))
    assert check_numa(machine.read()).state == "warn"
    assert check_numa(machine.read(cpus=2)).state == "ok"


def test_smt_says_how_many_threads_are_used(machine: FakeMachine) -> None:
    assert check_smt(machine.read()).state == "ok"
    for number in range(4):
        machine.cpu(number, (number % 2, number % 2 + 2))
    assert "4 threads on 2 cores" in check_smt(machine.read()).sentence


def test_memory_channels_come_from_the_controller(machine: FakeMachine) -> None:
    for number, channel in enumerate((0, 1)):
        folder = f"sys/devices/system/edac/mc/mc0/dimm{number}"
        machine.write(f"{folder}/dimm_location", f"csrow 0 channel {channel}")
        machine.write(f"{folder}/size", 8192 if number == 0 else 0)
    assert check_channels(machine.read()).state == "warn"
    machine.write("sys/devices/system/edac/mc/mc0/dimm1/size", 8192)
    assert check_channels(machine.read()).state == "ok"


def test_memory_modules_come_from_the_firmware_otherwise(machine: FakeMachine) -> None:
    assert check_channels(machine.read()).state == "unknown"
    for number, size in enumerate((0x4000, 0)):
        path = machine.write(f"sys/firmware/dmi/entries/17-{number}/raw", "")
        path.write_bytes(bytes(12) + size.to_bytes(2, "little") + bytes(20))
    finding = check_channels(machine.read())
    assert finding.state == "warn" and "one memory module" in finding.sentence
    assert check_channels(make_virtual(machine).read()).state == "unknown"


@pytest.mark.parametrize(
    ("library", "state"),
    [
        (FakeLibrary(), "ok"),
        (FakeLibrary(has_v2=True), "ok"),
        (FakeLibrary(has_jit=False), "bad"),
        (FakeLibrary(has_hard_aes=False), "warn"),
    ],
)
def test_a_library_is_judged_by_what_it_can_do(machine: FakeMachine, library: FakeLibrary, state: str) -> None:
    finding = check_library(replace(machine.read(), find_library=lambda: library))
    assert finding.state == state
    assert ("needs a newer library" in finding.sentence) is not library.has_v2


def test_a_missing_library_names_the_package(machine: FakeMachine) -> None:
    def find() -> Library:
        raise CannotStartError("No RandomX library was found", code="library_missing")

    finding = check_library(replace(machine.read(), find_library=find))
    assert (finding.state, finding.command) == ("bad", "sudo apt-get install librandomx0")
    assert check_library(machine.read()).state == "unknown"
