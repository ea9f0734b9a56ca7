"""Which cores a machine hashes on by default: real machines as their /sys shows them."""

from __future__ import annotations

import pytest

from mining.errors import ConfigurationError
from mining.hardware.topology import core_preference, default_cores, machine_cores_for_threads, read_topology
from tests.unit.hardware.fake_machine import MIB, FakeMachine

SCRATCHPAD = 2 * MIB


def defaults(fake: FakeMachine, cpus: int, quota: float | None = None, scratchpad: int = SCRATCHPAD) -> tuple[int, ...]:
    return default_cores(read_topology(fake.root), tuple(range(cpus)), quota, scratchpad)


def amd(fake: FakeMachine, *, cores: int, per_l3: int, l2: str, l3: str, model: int, family: int = 25) -> FakeMachine:
    """An SMT machine numbered as Linux does: threads of core n are n and n + cores."""
    fake.cpuinfo("AuthenticAMD", family, model, "AMD")
    for core in range(cores):
        first = core // per_l3 * per_l3
        shared = [*range(first, first + per_l3), *range(first + cores, first + cores + per_l3)]
        for number in (core, core + cores):
            fake.cpu(number, (core, core + cores))
            fake.cache(number, 2, l2, (core, core + cores), ways=8)
            fake.cache(number, 3, l3, shared)
    fake.online(2 * cores)
    return fake


def alder_lake(fake: FakeMachine) -> FakeMachine:
    """i9-12900K: 8 performance cores with SMT (0..15), 8 efficiency cores in two clusters (16..23), 30 MiB of L3."""
    fake.cpuinfo("GenuineIntel", 6, 0x97, "12th Gen Intel(R) Core(TM) i9-12900K")
    for number in range(24):
        is_fast = number < 16
        pair = (number // 2 * 2, number // 2 * 2 + 1) if is_fast else (number,)
        cluster = pair if is_fast else tuple(range(number // 4 * 4, number // 4 * 4 + 4))
        fake.cpu(number, pair)
        fake.cache(number, 2, "1280K" if is_fast else "2048K", cluster)
        fake.cache(number, 3, "30720K", range(24))
    fake.write("sys/devices/cpu_core/cpus", "0-15")
    fake.write("sys/devices/cpu_atom/cpus", "16-23")
    fake.online(24)
    return fake


def test_a_two_core_virtual_epyc_uses_both_cores(empty: FakeMachine) -> None:
    empty.cpuinfo("AuthenticAMD", 25, 17, "AMD EPYC", flags="aes hypervisor")
    for number in range(2):
        empty.cpu(number, (number,))
        empty.cache(number, 2, "1024K", (number,), ways=8)
        empty.cache(number, 3, "32768K", (0, 1))
    empty.online(2)
    assert defaults(empty, 2) == (0, 1)


def test_a_5950x_uses_all_32_threads(empty: FakeMachine) -> None:
    fake = amd(empty, cores=16, per_l3=8, l2="512K", l3="32768K", model=0x21)
    assert defaults(fake, 32) == tuple(range(32))


def test_a_7950x_uses_all_32_threads(empty: FakeMachine) -> None:
    fake = amd(empty, cores=16, per_l3=8, l2="1024K", l3="32768K", model=0x61)
    assert defaults(fake, 32) == tuple(range(32))


def test_a_zen4_l2_adds_half_of_itself_to_a_small_l3(empty: FakeMachine) -> None:
    fake = amd(empty, cores=8, per_l3=8, l2="1024K", l3="16384K", model=0x75)
    assert len(defaults(fake, 16)) == 10  # (16 + 8 x 0.5 + 1) / 2


def test_an_i7_8700_uses_one_thread_of_each_core(empty: FakeMachine) -> None:
    empty.cpuinfo("GenuineIntel", 6, 158, "Intel(R) Core(TM) i7-8700")
    for number in range(12):
        pair = (number % 6, number % 6 + 6)
        empty.cpu(number, pair)
        empty.cache(number, 2, "256K", pair, ways=4)
        empty.cache(number, 3, "12288K", range(12))
    empty.online(12)
    assert defaults(empty, 12) == (0, 1, 2, 3, 4, 5)


def test_a_hybrid_12900k_uses_every_core_and_then_siblings_from_the_last_backwards(empty: FakeMachine) -> None:
    chosen = defaults(alder_lake(empty), 24)
    assert len(chosen) == 22  # (30 + 8 x 1.25 + 2 x 2) / 2
    assert set(range(24)) - set(chosen) == {1, 3}


def test_a_quota_on_a_hybrid_keeps_the_performance_cores(empty: FakeMachine) -> None:
    assert defaults(alder_lake(empty), 24, quota=4.9) == (0, 2, 4, 6)


def test_an_epyc_7742_in_four_nodes_uses_all_128_threads(empty: FakeMachine) -> None:
    fake = amd(empty, cores=64, per_l3=4, l2="512K", l3="16384K", family=23, model=49)
    for node in range(4):
        fake.node(node, [*range(node * 16, node * 16 + 16), *range(64 + node * 16, 80 + node * 16)])
    found = read_topology(fake.root)
    assert found.nodes == (0, 1, 2, 3)
    assert found.core_count == 64
    assert defaults(fake, 128) == tuple(range(128))


def test_a_skylake_server_counts_its_private_l2_twice(empty: FakeMachine) -> None:
    empty.cpuinfo("GenuineIntel", 6, 85, "Intel(R) Xeon(R) Gold 6130")
    for number in range(32):
        pair = (number % 16, number % 16 + 16)
        empty.cpu(number, pair)
        empty.cache(number, 2, "1024K", pair, ways=16)
        empty.cache(number, 3, "22528K", range(32), ways=11)
    empty.online(32)
    assert defaults(empty, 32) == tuple(range(16))


def test_a_raspberry_pi_4_without_l3_uses_its_four_cores(empty: FakeMachine) -> None:
    empty.write("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd\nCPU part\t: 0xd08\n")
    for number in range(4):
        empty.cpu(number, (number,))
        empty.cache(number, 2, "1024K", range(4))
    empty.online(4)
    found = read_topology(empty.root)
    assert found.machine == "aarch64"
    assert found.cpus[0].l3 is None
    assert defaults(empty, 4) == (0, 1, 2, 3)


def test_an_x86_without_l3_shares_its_l2(empty: FakeMachine) -> None:
    empty.cpuinfo("GenuineIntel", 6, 0x17, "Intel(R) Core(TM)2 Quad")
    for number in range(4):
        empty.cpu(number, (number,))
        empty.cache(number, 2, "6144K", (number // 2 * 2, number // 2 * 2 + 1))
    empty.online(4)
    assert defaults(empty, 4) == (0, 1, 2, 3)


def test_a_virtual_machine_without_cache_files_uses_one_thread_per_core(empty: FakeMachine) -> None:
    empty.cpuinfo("GenuineIntel", 6, 85, "QEMU Virtual CPU", flags="aes hypervisor")
    for number in range(8):
        empty.cpu(number, (number // 2 * 2, number // 2 * 2 + 1))
    empty.online(8)
    assert defaults(empty, 8) == (0, 2, 4, 6)


def test_a_tree_without_files_is_one_cpu(empty: FakeMachine) -> None:
    assert defaults(empty, 1) == (0,)


def test_cpus_that_are_not_allowed_are_not_used(machine: FakeMachine) -> None:
    assert default_cores(read_topology(machine.root), (2, 3), None, SCRATCHPAD) == (2, 3)


@pytest.mark.parametrize(("quota", "cores"), [(0.2, (0,)), (1.5, (0,)), (2.0, (0, 1)), (9.0, (0, 1, 2, 3))])
def test_a_quota_caps_the_cores_but_leaves_one(machine: FakeMachine, quota: float, cores: tuple[int, ...]) -> None:
    assert defaults(machine, 4, quota=quota) == cores


def test_a_quota_spreads_the_cores_over_the_caches(empty: FakeMachine) -> None:
    fake = amd(empty, cores=16, per_l3=8, l2="512K", l3="32768K", model=0x21)
    assert defaults(fake, 32, quota=4) == (0, 1, 8, 9)


def test_a_bigger_scratchpad_means_fewer_cores(machine: FakeMachine) -> None:
    assert defaults(machine, 4, scratchpad=16 * MIB) == (0, 1)


def test_the_preference_lists_every_allowed_cpu_once_and_siblings_last(empty: FakeMachine) -> None:
    order = core_preference(read_topology(alder_lake(empty).root), tuple(range(24)))
    assert sorted(order) == list(range(24))
    assert order[:8] == (0, 2, 4, 6, 8, 10, 12, 14)
    assert order[16:] == (15, 13, 11, 9, 7, 5, 3, 1)


def test_more_threads_than_cpus_are_refused_with_both_numbers(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3})
    with pytest.raises(ConfigurationError) as caught:
        machine_cores_for_threads(5, machine.root)
    assert "5 threads" in caught.value.sentence
    assert "4 CPU(s)" in caught.value.sentence
    assert machine_cores_for_threads(4, machine.root) == (0, 1, 2, 3)
    with pytest.raises(ConfigurationError):
        machine_cores_for_threads(0, machine.root)
