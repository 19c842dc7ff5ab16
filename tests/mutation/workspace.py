"""A folder of copies to mutate, in which the handlers lie flat, as Lambda has them."""

import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKSPACE = ROOT / ".mutants"


def lay_out() -> Path:
    """Make the workspace anew, with what mutmut is told to copy."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    WORKSPACE.mkdir()
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name in ("pyproject.toml", "tests", *configuration["tool"]["mutmut"]["also_copy"]):
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, WORKSPACE / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        elif (ROOT / name).exists():
            shutil.copy2(ROOT / name, WORKSPACE)
    for path in (*ROOT.glob("src/*/*.py"), *ROOT.glob("src/*/*.json")):
        shutil.copy2(path, WORKSPACE)
    shutil.copytree(
        ROOT / "lint/src",
        WORKSPACE,
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    return WORKSPACE
