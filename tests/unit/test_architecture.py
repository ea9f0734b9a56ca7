"""The rules of the tree, held by reading the imports: what is pure, what knows Django, and which way imports point."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPURE = frozenset({"django", "channels", "socket", "ssl", "http", "asyncio", "time", "datetime", "random", "secrets"})
WITHOUT_DJANGO = (
    "engine", "hardware", "terminal", "solo", "algorithms", "telemetry", "addresses", "configuration", "fleet",
)  # fmt: skip
WITH_DJANGO = ("telemetry/recorder/**/*.py",)  # the one part of telemetry that writes rows
PURE = (
    "stratum/**/*.py",
    "solo/monero_block.py",
    "solo/monero_work.py",
    "solo/litecoin_*.py",
    "solo/block.py",
    "solo/daemon_kind.py",
    "solo/won_blocks.py",
    "solo/http_digest.py",
    "addresses/**/*.py",
    "algorithms/**/*.py",
    "engine/reconcile.py",
    "engine/leases.py",
    "engine/tally.py",
    "engine/totals.py",
    "engine/intensity.py",
    "engine/jobs.py",
    "engine/plan.py",
    "engine/plan_change.py",
    "engine/supervisor/run.py",
    "telemetry/rates.py",
    "telemetry/luck.py",
    "telemetry/achieved.py",
    "telemetry/frame.py",
    "telemetry/history.py",
    "telemetry/sampling.py",
    "telemetry/series.py",
    "engine/supervisor/session_book.py",
    "fleet/acl.py",
    "fleet/clones.py",
    "fleet/commands.py",
    "fleet/enrolment.py",
    "fleet/keys.py",
    "fleet/presence.py",
    "fleet/rollout.py",
    "fleet/clock.py",
    "fleet/gist.py",
    "errors.py",
    "coins.py",
)


def _modules(*patterns: str) -> list[str]:
    """Names of the modules of `mining` that match the patterns."""
    found = {path for pattern in patterns for path in (ROOT / "mining").glob(pattern)}
    return sorted(_name_of(path) for path in found)


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _path_of(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.exists():
            return path
    return None


def _is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes, also inside functions, but not what only a type checker imports."""
    for child in ast.iter_child_nodes(node):
        if not _is_for_types_only(child):
            yield child
            yield from _walk(child)


@cache
def _imports(module: str) -> frozenset[str]:
    """Full names that a module imports; a package also stands for the names taken from it."""
    path = _path_of(module)
    if path is None:
        return frozenset()
    found = set()
    for node in _walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            assert node.module is not None
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def _reached(module: str) -> dict[str, str]:
    """Every module of the project that `module` imports, also through others, with who imports it."""
    reached, left = {module: module}, [module]
    while left:
        by = left.pop()
        for name in _imports(by):
            if name.split(".")[0] in ("mining", "minerconsole") and _path_of(name) and name not in reached:
                reached[name] = by
                left.append(name)
    return reached


def _top(names: frozenset[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def test_the_rules_find_their_modules() -> None:
    assert len(_modules(*PURE)) > 25 and "mining.engine.tally" in _modules(*PURE)
    assert {"time", "asyncio"} <= _top(_imports("mining.engine.dispatcher"))
    assert "mining.engine.jobs" in _reached("mining.engine.dispatcher")


@pytest.mark.parametrize("module", _modules(*PURE))
def test_a_pure_module_uses_no_django_socket_clock_or_chance(module: str) -> None:
    for name, by in _reached(module).items():
        assert not _top(_imports(name)) & IMPURE, f"{name}, imported by {by}, is not pure"


def _without_django() -> list[str]:
    return sorted({*_modules(*(f"{package}/**/*.py" for package in WITHOUT_DJANGO))} - {*_modules(*WITH_DJANGO)})


@pytest.mark.parametrize("module", _without_django())
def test_nothing_around_the_hash_loop_knows_django(module: str) -> None:
    for name, by in _reached(module).items():
        assert not _top(_imports(name)) & {"django", "channels"}, f"{name}, imported by {by}, knows Django"


@pytest.mark.parametrize("module", _modules("**/*.py"))
def test_mining_never_imports_the_project_around_it(module: str) -> None:
    assert not _top(_imports(module)) & {"minerconsole", "optimizer", "tests"}


@pytest.mark.parametrize("module", _modules("algorithms/**/*.py", "hardware/**/*.py", "addresses/**/*.py"))
def test_what_the_engine_stands_on_does_not_know_the_engine(module: str) -> None:
    assert not [name for name in _reached(module) if name.startswith("mining.engine")]


@pytest.mark.parametrize("module", _modules("solo/*.py", "stratum/**/*.py"))
def test_sources_know_the_engine_s_values_only(module: str) -> None:
    known = {"mining.engine", "mining.engine.jobs", "mining.engine.plan", "mining.engine.sources"}
    known |= {"mining.engine.sources.base"}
    assert {name for name in _reached(module) if name.startswith("mining.engine")} <= known


@pytest.mark.parametrize("module", _modules("terminal/*.py"))
def test_the_terminal_knows_events_and_frames_but_not_the_engine(module: str) -> None:
    assert not [name for name in _imports(module) if name.startswith("mining.engine")]


@pytest.mark.parametrize("package", ["mining", "minerconsole"])
def test_there_are_no_drawers_for_everything(package: str) -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not [path for path in (ROOT / package).rglob("*.py") if path.stem in drawers]


def test_host_and_supervisor_start_without_django() -> None:
    program = (
        "import sys; import mining.engine.host; "
        "early = sorted({'django', 'asyncio', 'rich'} & set(sys.modules)); "
        "import mining.engine.supervisor_process; "
        "print(early, 'django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout == "[] False\n", done.stderr
