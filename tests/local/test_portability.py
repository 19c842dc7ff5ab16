"""The local AWS runs on Linux and macOS: Linux-only calls have an alternative."""

import ast
from collections.abc import Iterator

import pytest

from local.launch import ROOT

LINUX_ONLY = {
    "epoll",
    "eventfd",
    "getrandom",
    "inotify_init",
    "memfd_create",
    "pidfd_open",
    "pidfd_send_signal",
    "prctl",
    "sched_getaffinity",
    "sched_setaffinity",
    "setns",
    "signalfd",
    "sigtimedwait",
    "splice",
    "unshare",
    "AF_NETLINK",
    "SO_BINDTODEVICE",
    "PR_SET_PDEATHSIG",
}
FOLDERS = ("/proc", "/sys/", "/dev/shm", "/run/")  # noqa: S108 - none of them is used
WITH_ANOTHER_WAY = {("local/engine/runtime.py", "/proc/self/status")}
"""Read only if it exists; otherwise getrusage is used."""

SOURCES = sorted(path for folder in ("local", "ops") for path in (ROOT / folder).rglob("*.py"))


def linux_only(code: str) -> Iterator[str]:
    """Yield names and files that exist only on Linux."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Attribute(attr=name) if name in LINUX_ONLY:
                yield name
            case ast.Constant(value=str(text)) if text.startswith(FOLDERS):
                yield text


def test_every_linux_only_call_has_an_alternative() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in SOURCES
        for name in linux_only(path.read_text(encoding="utf-8"))
    }
    assert found == WITH_ANOTHER_WAY


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import os\nos.sched_getaffinity(0)", {"sched_getaffinity"}),
        ("open('/proc/cpuinfo')", {"/proc/cpuinfo"}),
        ("import os\nos.getpid()", set()),
    ],
)
def test_the_search_finds_such_calls(code: str, found: set[str]) -> None:
    assert {*linux_only(code)} == found
