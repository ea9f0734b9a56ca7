"""What is read of huge pages, and the arithmetic of pages."""

from __future__ import annotations

from mining.hardware.huge_pages import dataset_pages, pages_for_run, read_huge_pages, thp_available
from tests.unit.hardware.fake_machine import FakeMachine

NODE_POOL = "sys/devices/system/node/node1/hugepages/hugepages-2048kB"


def test_the_dataset_takes_1040_pages_and_each_core_two() -> None:
    assert dataset_pages() == 1040
    assert pages_for_run(2) == 1044


def test_pools_of_both_sizes_and_of_nodes_are_read(machine: FakeMachine) -> None:
    machine.pool(total=10, free=7, reserved=2, surplus=3, overcommit=9)
    machine.pool(total=3, free=3, folder="sys/kernel/mm/hugepages/hugepages-1048576kB")
    machine.pool(total=5, free=4, folder=NODE_POOL)
    state = read_huge_pages(machine.root)
    assert state.small is not None and state.small.usable == 5 + 6
    assert state.large is not None and state.large.free == 3
    assert state.nodes[1].free == 4


def test_a_kernel_without_huge_pages_reads_as_none(empty: FakeMachine) -> None:
    state = read_huge_pages(empty.root)
    assert (state.small, state.large, state.thp_enabled) == (None, None, "")


def test_transparent_pages_are_judged_for_private_and_shared_memory(machine: FakeMachine) -> None:
    machine.write("sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size advise [never] deny force")
    assert thp_available(machine.root)
    assert not thp_available(machine.root, shared=True)
    machine.write("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]")
    machine.write("sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size [advise] never deny force")
    assert not thp_available(machine.root)
    assert thp_available(machine.root, shared=True)
