"""The files of docker/, judged as Docker would, without Docker: what is started, who reaches what, what is mined."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "docker"
SERVICES = {"migrate", "console", "worker", "beat", "postgres", "redis", "node-1", "node-2"}
OURS = SERVICES - {"postgres", "redis"}
# The keys of the compose specification that these files use; anything else would be a typing error.
SERVICE_KEYS = {
    "image", "build", "restart", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "environment", "volumes",
    "depends_on", "profiles", "command", "stop_grace_period", "healthcheck", "networks", "ports", "shm_size",
    "entrypoint", "user", "hostname",
}  # fmt: skip
DURATION = re.compile(r"[0-9]+(ms|s|m|h)")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file with its variables filled in as docker/.env.example has them."""
    text = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: _filled(found[1], found[2]), _text("compose.yaml"))
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def _text(name: str) -> str:
    return (DOCKER / name).read_text(encoding="utf-8")


def _filled(name: str, default: str | None) -> str:
    return "secret" if name.endswith("PASSWORD") else default or ""


def _settings() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", _text(".env.example"), re.MULTILINE))


def test_every_service_is_written_with_words_of_the_specification(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == SERVICES
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "networks", "volumes"}
    for name, service in compose["services"].items():
        assert set(service) <= SERVICE_KEYS, name
        assert isinstance(service.get("command", []), list), name
        for word in ("interval", "timeout", "start_period"):
            assert DURATION.fullmatch(service.get("healthcheck", {}).get(word, "1s")), name


def test_what_services_name_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service["networks"]) <= set(compose["networks"])
        for needed, how in service.get("depends_on", {}).items():
            has_check = "healthcheck" in services[needed]
            assert how["condition"] == ("service_healthy" if has_check else "service_completed_successfully")
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (DOCKER / source).exists() if source.startswith(".") else source in compose["volumes"]


def test_only_the_page_has_a_port_and_only_for_this_computer(compose: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports == {"console": ["127.0.0.1:3333:3333"]}
    assert compose["networks"]["inside"]["internal"] and compose["networks"]["fleet"]["internal"]
    assert compose["services"]["redis"]["networks"] == ["fleet"]
    assert "fleet" not in compose["services"]["postgres"]["networks"]


def test_nodes_reach_broker_and_page_and_never_the_database(compose: dict[str, Any]) -> None:
    for name in ("node-1", "node-2"):
        node = compose["services"][name]
        assert "inside" not in node["networks"] and "fleet" in node["networks"]
        assert "environment" not in node  # no password of console or database
        assert node["profiles"] == ["nodes"] and node["command"] == ["node", "run"]
    assert len({compose["services"][name]["volumes"][0] for name in ("node-1", "node-2")}) == 2


def test_services_of_ours_may_do_little_and_every_lasting_one_but_beat_has_a_health_check(
    compose: dict[str, Any],
) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert service["cap_drop"] == ["ALL"] and service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    unchecked = {name for name, service in compose["services"].items() if "healthcheck" not in service}
    assert unchecked == {"migrate", "beat"}  # the worker's check sees whether beat lives


def test_nothing_mines_by_itself(compose: dict[str, Any]) -> None:
    assert _text("Dockerfile").rstrip().endswith('CMD ["console"]')
    for name, service in compose["services"].items():
        words = " ".join(service.get("command", []))
        assert not re.search(r"\bmine\b|--offline|--wallet|--pool", words), name
    assert not {name for name in _settings() if re.search("WALLET|POOL|COIN", name)}


def test_every_variable_is_in_the_example_and_passwords_have_no_default() -> None:
    used = dict(re.findall(r"\$\{(\w+)(:[-?][^}]*)?\}", _text("compose.yaml")))
    assert set(used) == _settings()
    assert all(rest.startswith(":?") for name, rest in used.items() if name.endswith("PASSWORD"))
    assert re.findall(r"^(\w+PASSWORD)=(.+)$", _text(".env.example"), re.MULTILINE) == []


def test_the_image_is_not_root_s_has_no_compiler_and_takes_debian_s_library() -> None:
    last = _text("Dockerfile").rpartition("\nFROM ")[2]
    assert "librandomx0" in last and "gcc" not in last
    assert last.index("USER miner") < last.index("ENTRYPOINT") and "USER root" not in last
    assert "--require-hashes" in _text("Dockerfile") and "!/^cyrx==/" in _text("Dockerfile")


def test_what_the_image_copies_is_let_through_to_the_build() -> None:
    allowed = {line[1:] for line in _text("Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    copied = {
        word.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.+)$", _text("Dockerfile"), re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert copied <= allowed and all((ROOT / name).exists() for name in copied)
    assert not any(name.endswith(".env") for name in allowed)


def test_the_lock_without_the_wheel_of_randomx_is_still_whole(tmp_path: Path) -> None:
    program = re.search(r"awk '([^']+)'", _text("Dockerfile"))
    assert program is not None
    lock = ROOT / "requirements/fleet.lock"
    kept = subprocess.run(["awk", program[1], lock], capture_output=True, text=True, check=True).stdout
    assert "cyrx" not in kept and kept.count("\n") > 0.9 * lock.read_text().count("\n")
    assert all(re.match(r"[a-z0-9_.-]+(\[\w+\])?==|    --hash=", line) for line in kept.splitlines())


@pytest.mark.parametrize("script", ["start.sh", "redis-start.sh"])
def test_the_scripts_are_sound(script: str) -> None:
    subprocess.run(["sh", "-n", DOCKER / script], check=True)
    assert os.access(DOCKER / script, os.X_OK)


def test_the_broker_s_script_keeps_the_users_of_nodes_and_changes_the_console_s_password(tmp_path: Path) -> None:
    """Run it twice as the container does, with something in place of the server."""
    server = tmp_path / "redis-server"
    server.write_text('#!/bin/sh\necho "$@" >"$0.words"; env >"$0.env"\n')
    server.chmod(0o755)
    script = tmp_path / "start.sh"
    script.write_text(_text("redis-start.sh").replace("/data", str(tmp_path)))
    users = tmp_path / "users.acl"

    def start(password: str) -> list[str]:
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "BROKER_PASSWORD": password}
        subprocess.run(["sh", script], env=environment, check=True)
        return users.read_text().splitlines()

    first = start("one")
    assert first[0] == "user default off resetchannels -@all" and first[1].startswith("user console on #7692c3ad35")
    users.write_text("\n".join([*first, "user node-A on #00 %RW~mc:node:A:frames"]) + "\n")
    second = start("two")
    assert second[2] == "user node-A on #00 %RW~mc:node:A:frames" and second[1] != first[1] and len(second) == 3
    assert "one" not in users.read_text() and users.stat().st_mode & 0o077 == 0
    assert f"--aclfile {users}" in (tmp_path / "redis-server.words").read_text()
    assert "PASSWORD" not in (tmp_path / "redis-server.env").read_text()


def _compose_command() -> list[str]:
    """Compose itself: Docker's plugin, or the older program of its own; the test is skipped by name without both."""
    plugin = ["docker", "compose"]
    if shutil.which("docker") and subprocess.run([*plugin, "version"], capture_output=True).returncode == 0:
        return plugin
    if shutil.which("docker-compose") is None:
        pytest.skip("neither Docker's compose plugin nor docker-compose is installed")
    return ["docker-compose"]


def test_compose_itself_takes_the_file(tmp_path: Path) -> None:
    command, file = _compose_command(), tmp_path / "compose.yaml"
    text = _text("compose.yaml")
    if command == ["docker-compose"]:  # version 1 does not know that a project can have a name
        text = re.sub(r"^name: .*\n", "", text, flags=re.MULTILINE)
    file.write_text(text)
    words = [*command, "--project-directory", str(DOCKER), "-f", str(file), "--profile", "nodes", "config"]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    def config(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, env=environment | more, capture_output=True, text=True, timeout=60)

    done = config(POSTGRES_PASSWORD="secret", BROKER_PASSWORD="secret")
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == SERVICES
    without = config(POSTGRES_PASSWORD="secret")
    assert without.returncode != 0 and "docker/.env" in without.stderr
