"""The state of source files: which exist, and when each was last written."""

import contextlib
from pathlib import Path

type Revision = dict[Path, int]
"""The modification time of each file, in nanoseconds."""


def revision(*roots: Path) -> Revision:
    """Return the modification times of files, and of the Python files in folders."""
    found = {}
    for root in roots:
        for path in root.rglob("*.py") if root.is_dir() else [root]:
            with contextlib.suppress(FileNotFoundError):  # an editor may just replace it
                found[path] = path.stat().st_mtime_ns
    return found


def changed(before: Revision, after: Revision) -> list[Path]:
    """Return the files that were written, added or deleted."""
    return [path for path in before | after if before.get(path) != after.get(path)]
