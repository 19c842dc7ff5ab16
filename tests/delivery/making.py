"""A runner of make that never renews the environment of the tests."""

import os
import subprocess

from tests.template.reading import ROOT

READY = [f"--old-file=.venv{suffix}/ready" for suffix in ("", "-engine", "-functions")]
SECONDS = 240


def make(
    *arguments: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        ["make", "--no-print-directory", *READY, *arguments],
        cwd=ROOT,
        env={**inherited, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
