"""Quota, cpuset and memory limits of cgroup v1 and v2, nested and seen from inside a container."""

from __future__ import annotations

import pytest

from mining.hardware.cgroups import available_memory, cpu_quota, hugetlb_limit, memory_limit
from mining.hardware.topology import allowed_cpus
from tests.unit.hardware.fake_machine import MIB, FakeMachine


def test_without_groups_there_is_no_limit(empty: FakeMachine) -> None:
    assert cpu_quota(empty.root) is None
    assert memory_limit(empty.root) is None


def test_the_smallest_quota_of_nested_v2_groups_wins(empty: FakeMachine) -> None:
    top = empty.group_v2("/user.slice/app")
    empty.write(f"{top}/user.slice/cpu.max", "150000 100000")
    empty.write(f"{top}/user.slice/app/cpu.max", "400000 100000")
    assert cpu_quota(empty.root) == 1.5


def test_a_v2_quota_of_max_is_none(empty: FakeMachine) -> None:
    top = empty.group_v2("/app")
    empty.write(f"{top}/app/cpu.max", "max 100000")
    assert cpu_quota(empty.root) is None


def test_a_v2_quota_stands_at_the_mount_point_inside_a_container(empty: FakeMachine) -> None:
    top = empty.group_v2("/")
    empty.write(f"{top}/cpu.max", "50000 100000")
    assert cpu_quota(empty.root) == 0.5


def test_the_smallest_quota_of_nested_v1_groups_wins(empty: FakeMachine) -> None:
    top = empty.group_v1("/docker/abc")
    for folder, quota in (("docker", 250000), ("docker/abc", -1)):
        empty.write(f"{top}/cpu,cpuacct/{folder}/cpu.cfs_period_us", 100000)
        empty.write(f"{top}/cpu,cpuacct/{folder}/cpu.cfs_quota_us", quota)
    assert cpu_quota(empty.root) == 2.5


def test_a_v1_container_sees_its_own_group_as_the_mount(empty: FakeMachine) -> None:
    top = empty.group_v1("/docker/abc", mount_root="/docker/abc")
    empty.write(f"{top}/cpu,cpuacct/cpu.cfs_period_us", 100000)
    empty.write(f"{top}/cpu,cpuacct/cpu.cfs_quota_us", 150000)
    assert cpu_quota(empty.root) == 1.5


def test_a_group_outside_the_mount_is_looked_for_at_the_mount_point(empty: FakeMachine) -> None:
    top = empty.group_v2("/../../other", mount_root="/container")
    empty.write(f"{top}/cpu.max", "300000 100000")
    assert cpu_quota(empty.root) == 3.0


@pytest.mark.parametrize(("text", "limit"), [("1073741824", 1 << 30), ("max", None)])
def test_a_v2_memory_limit_is_read(empty: FakeMachine, text: str, limit: int | None) -> None:
    top = empty.group_v2("/app")
    empty.write(f"{top}/app/memory.max", text)
    assert memory_limit(empty.root) == limit


def test_a_v1_memory_limit_as_large_as_can_be_is_none(empty: FakeMachine) -> None:
    top = empty.group_v1("/a/b")
    empty.write(f"{top}/memory/a/b/memory.limit_in_bytes", 9223372036854771712)
    assert memory_limit(empty.root) is None
    empty.write(f"{top}/memory/a/memory.limit_in_bytes", 512 * MIB)
    assert memory_limit(empty.root) == 512 * MIB


def test_available_memory_is_what_the_group_leaves_with_its_page_cache(empty: FakeMachine) -> None:
    empty.memory(available_mib=8000)
    top = empty.group_v2("/app")
    empty.write(f"{top}/app/memory.max", 1000 * MIB)
    empty.write(f"{top}/app/memory.current", 700 * MIB)
    empty.write(f"{top}/app/memory.stat", f"anon 1\ninactive_file {200 * MIB}")
    assert available_memory(empty.root) == 500 * MIB


def test_available_memory_of_a_v1_group_is_counted_alike(empty: FakeMachine) -> None:
    empty.memory(available_mib=8000)
    top = empty.group_v1("/app")
    empty.write(f"{top}/memory/app/memory.limit_in_bytes", 1000 * MIB)
    empty.write(f"{top}/memory/app/memory.usage_in_bytes", 700 * MIB)
    assert available_memory(empty.root) == 300 * MIB


def test_a_cpuset_narrows_the_affinity_in_v1_and_v2(empty: FakeMachine) -> None:
    top = empty.group_v2("/app")
    empty.write(f"{top}/app/cpuset.cpus.effective", "1-2")
    assert allowed_cpus(empty.root, affinity=frozenset({0, 1, 2, 3})) == (1, 2)
    top = empty.group_v1("/app")
    empty.write(f"{top}/cpuset/app/cpuset.cpus", "2-3")
    assert allowed_cpus(empty.root, affinity=frozenset({0, 1, 2})) == (2,)


def test_a_hugetlb_limit_is_read(empty: FakeMachine) -> None:
    top = empty.group_v2("/app")
    empty.write(f"{top}/app/hugetlb.2MB.max", 64 * MIB)
    assert hugetlb_limit(empty.root) == 64 * MIB
