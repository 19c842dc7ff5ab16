"""What is wrong with a link, or with a path that is mentioned."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.docs.reading import ROOT, Document, Found

_is_path = re.compile(r"[A-Za-z_][\w.-]*(/[\w.*-]+)*/?").fullmatch


def link_fault(link: Found, document: Document) -> str | None:
    """Say what is wrong with a link; addresses elsewhere are looked at, not fetched."""
    url = urlsplit(link.text)
    if url.scheme or url.netloc:
        good = url.scheme == "https" and re.fullmatch(r"[\w-]+(\.[\w-]+)+", url.netloc)
        return None if good else link.fault("is no https:// address")
    target = (document.path.parent / url.path).resolve() if url.path else document.path
    if not target.is_relative_to(ROOT):
        return link.fault("leads out of the repository")
    if target != document.path and not target.exists():
        return link.fault(f"there is no {target.relative_to(ROOT)}")
    if not url.fragment:
        return None
    anchors = (document if target == document.path else Document.read(target)).anchors()
    if url.fragment in anchors:
        return None
    return link.fault(
        f"{target.relative_to(ROOT)} has no heading for it, only {', '.join(sorted(anchors))}"
    )


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
