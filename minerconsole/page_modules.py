"""Which script modules a page needs, found by their imports: the browser can fetch them all at once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePosixPath

from django.conf import settings

FOLDER = "minerconsole/js"
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*?from\s*"(\.[^"]+)";|^import\s*"(\.[^"]+)";', re.MULTILINE)


@cache
def page_modules(entry: str) -> tuple[str, ...]:
    """Return the static names of all modules that `entry` ("dashboard.js") imports, not itself, in a fixed order."""
    root: Path = settings.PACKAGE / "static"
    first = PurePosixPath(FOLDER, entry)
    found, waiting = [first], [first]
    while waiting:
        module = waiting.pop()
        for one, other in _IMPORT.findall((root / module).read_text()):
            imported = _joined(module.parent, one or other)
            if imported not in found:
                found.append(imported)
                waiting.append(imported)
    return tuple(str(module) for module in found[1:])


def _joined(folder: PurePosixPath, relative: str) -> PurePosixPath:
    parts = list(folder.parts)
    for part in PurePosixPath(relative).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)
