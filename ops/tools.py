"""What must be installed here for a deployment: the SAM CLI, and the Python of the functions."""

import re
import shutil
import subprocess
from collections.abc import Iterator

from ops.plan import Plan
from ops.preflight import Check

SAM_MINIMUM = (1, 170)
"""As in requirements/project.in: older ones were not tried."""
SECONDS = 60


def checks(plan: Plan) -> Iterator[Check]:
    """Check the tools of this machine."""
    yield _sam()
    for runtime in plan.runtimes():
        yield _python(runtime)


def _sam() -> Check:
    version = _version("sam")
    wanted = ".".join(map(str, SAM_MINIMUM))
    if version is None:
        return Check("sam", "the SAM CLI does not run", f"make setup installs {wanted} or later")
    found = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if found < SAM_MINIMUM:
        return Check("sam", version, f"make setup installs {wanted} or later")
    return Check("sam", version)


def _python(runtime: str) -> Check:
    version = _version(runtime)
    if version is None:
        return Check(
            "python",
            f"{runtime} does not run, and `sam build` needs it for the functions",
            f"install it, or put it on the PATH as {runtime}",
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
