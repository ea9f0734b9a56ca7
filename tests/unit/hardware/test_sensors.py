"""Temperatures, frequencies and load, from whatever the machine offers."""

from __future__ import annotations

from mining.hardware.sensors import CpuReading, Sensors, SystemStats
from tests.unit.hardware.fake_machine import FakeMachine

HWMON = "sys/class/hwmon/hwmon2"


def chip(fake: FakeMachine, name: str, *sensors: tuple[str, int], folder: str = HWMON) -> None:
    fake.write(f"{folder}/name", name)
    for number, (label, value) in enumerate(sensors, 1):
        fake.write(f"{folder}/temp{number}_input", value)
        if label:
            fake.write(f"{folder}/temp{number}_label", label)


def temperatures(fake: FakeMachine) -> list[float | None]:
    sensors = Sensors(root=fake.root)
    readings = sensors.read().per_cpu
    sensors.close()
    return [reading.temperature_c for reading in readings.values()]


def test_a_virtual_machine_without_sensors_reads_none(empty: FakeMachine) -> None:
    sensors = Sensors((0, 1), empty.root)
    assert sensors.read().per_cpu == {0: CpuReading(None, None), 1: CpuReading(None, None)}


def test_coretemp_gives_each_core_its_own_temperature(machine: FakeMachine) -> None:
    cores = [(f"Core {number}", 50000 + number * 1000) for number in range(3)]
    chip(machine, "coretemp", ("Package id 0", 60000), *cores)
    assert temperatures(machine) == [50.0, 51.0, 52.0, 60.0]


def test_k10temp_prefers_the_die_to_the_control_value(machine: FakeMachine) -> None:
    chip(machine, "k10temp", ("Tctl", 90000), ("Tdie", 70000), ("Tccd1", 65000))
    assert temperatures(machine) == [70.0] * 4


def test_an_unlabelled_cpu_thermal_sensor_counts_for_all(machine: FakeMachine) -> None:
    chip(machine, "nvme", ("Composite", 33000), folder="sys/class/hwmon/hwmon0")
    chip(machine, "cpu_thermal", ("", 48312))
    assert temperatures(machine) == [48.312] * 4


def test_two_packages_read_their_own_chip(empty: FakeMachine) -> None:
    for number in range(2):
        empty.cpu(number, (number,), package=number)
        chip(empty, "k10temp", ("Tctl", 40000 + number * 5000), folder=f"sys/class/hwmon/hwmon{number}")
    empty.online(2)
    assert temperatures(empty) == [40.0, 45.0]


def test_a_sensor_that_disappears_reads_none_and_a_new_value_is_seen(machine: FakeMachine) -> None:
    chip(machine, "cpu_thermal", ("", 48000))
    sensors = Sensors((0,), machine.root)
    assert sensors.read().per_cpu[0].temperature_c == 48.0
    machine.write(f"{HWMON}/temp1_input", 51000)
    assert sensors.read().per_cpu[0].temperature_c == 51.0
    (machine.root / HWMON / "temp1_input").write_text("")
    assert sensors.read().per_cpu[0].temperature_c is None


def test_frequency_comes_from_cpufreq_else_from_cpuinfo(machine: FakeMachine) -> None:
    machine.write("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2596.150\n\nprocessor\t: 1\ncpu MHz\t\t: 2600.5")
    assert Sensors((0, 1), machine.root).read().per_cpu[1].frequency_mhz == 2600.5
    machine.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", 4700123)
    assert Sensors((0, 1), machine.root).read().per_cpu[1].frequency_mhz == 4700.123


def test_system_load_is_the_difference_of_two_readings(machine: FakeMachine) -> None:
    machine.write("proc/loadavg", "1.25 0.5 0.1 1/100 999")
    stats = SystemStats(machine.root)
    machine.write("proc/stat", "cpu  1080 0 100 8010 0 0 0 10 0 0\ncpu0 1 2 3")
    reading = stats.read()
    assert (reading.cpu_percent, reading.steal_percent) == (90.0, 10.0)
    assert reading.load1 == 1.25
    assert reading.ram_free_bytes == 16000 << 20
    assert stats.read().cpu_percent is None
    stats.close()


def test_the_real_machine_can_be_read() -> None:
    sensors, stats = Sensors(), SystemStats()
    assert sensors.read().per_cpu
    assert (stats.read().ram_free_bytes or 0) > 0
    sensors.close()
    stats.close()
