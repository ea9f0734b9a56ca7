"""What is read of cores, classes and caches."""

from __future__ import annotations

import pytest

from mining.hardware.cpus import read_topology
from mining.hardware.sysfs import parse_cpu_list
from tests.unit.hardware.fake_machine import FakeMachine


def test_unequal_capacities_make_big_and_little_cores(empty: FakeMachine) -> None:
    empty.write("proc/cpuinfo", "processor\t: 0\nFeatures\t: aes asimd\n")
    for number in range(4):
        empty.cpu(number, (number,))
        empty.write(f"sys/devices/system/cpu/cpu{number}/cpu_capacity", 430 if number < 2 else 1024)
    empty.online(4)
    found = read_topology(empty.root)
    assert [cpu.kind for cpu in found.cpus] == ["efficiency"] * 2 + ["performance"] * 2


def test_small_turbo_differences_do_not_make_efficiency_cores(machine: FakeMachine) -> None:
    machine.write("sys/devices/system/cpu/cpu0/cpu_capacity", 1024)
    machine.write("sys/devices/system/cpu/cpu1/cpu_capacity", 980)
    assert not read_topology(machine.root).is_hybrid


def test_core_ids_that_repeat_in_two_packages_stay_two_cores(empty: FakeMachine) -> None:
    for number in range(2):
        empty.cpu(number, (number,), package=number, core_id=0)
    empty.online(2)
    assert read_topology(empty.root).core_count == 2


def test_an_offline_cpu_is_left_out(machine: FakeMachine) -> None:
    machine.write("sys/devices/system/cpu/online", "0,2-3")
    assert [cpu.number for cpu in read_topology(machine.root).cpus] == [0, 2, 3]


@pytest.mark.parametrize(
    ("vendor", "family", "model", "inclusive"),
    [
        ("AuthenticAMD", 23, 49, False),
        ("GenuineIntel", 6, 158, True),
        ("GenuineIntel", 6, 85, False),
        ("GenuineIntel", 6, 0xB7, False),
        ("Unheard", 1, 1, None),
    ],
)
def test_an_inclusive_l3_is_known_by_the_model(
    empty: FakeMachine, vendor: str, family: int, model: int, inclusive: bool | None
) -> None:
    empty.cpuinfo(vendor, family, model, "x")
    assert read_topology(empty.root).is_l3_inclusive is inclusive


def test_a_cpu_list_is_read_in_every_form() -> None:
    assert parse_cpu_list("0-3,8,10-11\n") == (0, 1, 2, 3, 8, 10, 11)
    assert parse_cpu_list("") == ()
    assert parse_cpu_list("nonsense,2") == (2,)
