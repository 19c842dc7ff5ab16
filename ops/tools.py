"""The tools that a deployment needs: the SAM CLI and the functions' Python."""

import re
import shutil
import subprocess
from collections.abc import Iterator

from ops.plan import Plan
from ops.preflight import Check

SAM_MINIMUM = (1, 170)
"""As in requirements/project.in; older versions are untested."""
SECONDS = 60


def checks(plan: Plan) -> Iterator[Check]:
    """Yield the checks of this machine's tools."""
    yield _sam()
    for runtime in plan.runtimes():
        yield _python(runtime)


def _sam() -> Check:
    version = _version("sam")
    wanted = ".".join(map(str, SAM_MINIMUM))
    if version is None:
        return Check("sam", "the SAM CLI cannot be run", f"install {wanted} or later: make setup")
    found = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if found < SAM_MINIMUM:
        return Check("sam", version, f"install {wanted} or later: make setup")
    return Check("sam", version)


def _python(runtime: str) -> Check:
    version = _version(runtime)
    if version is None:
        return Check(
            "python",
            f"{runtime} cannot be run, and `sam build` needs it for the functions",
            f"install {runtime} and put it on the PATH",
        )
    return Check("python", f"{runtime} is {version}")


def _version(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    result = subprocess.run(
        [path, "--version"], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    return result.stdout.strip() if result.returncode == 0 else None
