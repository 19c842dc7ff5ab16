"""The check of paths that documents mention."""

import re
from pathlib import Path

from tests.docs.reading import ROOT, Found

_is_path = re.compile(r"[A-Za-z_][\w.-]*(/[\w.*-]+)*/?").fullmatch


def path_fault(mentioned: Found) -> str | None:
    """Say that a file is missing; only what is below a folder of the project is its file."""
    path = mentioned.text
    folder, slash, inside = path.partition("/")
    if not slash or not _is_path(path) or folder.startswith(".") or not (ROOT / folder).is_dir():
        return None
    if not inside or any(ROOT.glob(path.rstrip("/"))):
        return None
    return mentioned.fault(f"{_nearest(Path(path))} holds no such file")


def _nearest(path: Path) -> Path:
    return next(parent for parent in path.parents if (ROOT / parent).is_dir())
