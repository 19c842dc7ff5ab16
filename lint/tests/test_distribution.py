"""The wheel works beside cfn-lint alone, in a bare environment made without a network."""

import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

LINT = Path(__file__).parents[1]
BAD = LINT / "tests/fixtures/bad"
README = (LINT / "README.md").read_text(encoding="utf-8")
NAME = "cfn-lint-async-pipelines"
PACKAGE = "cfn_lint_async_pipelines"
# More than the default limit admits, but not more than the README's.
RESERVED = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      {Handler: a.b, Runtime: python3.13, CodeUri: src/, ReservedConcurrentExecutions: 1000}
"""
CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())"


def uv(*arguments: str) -> None:
    program = str(Path(sys.executable).with_name("uv"))
    subprocess.run([program, *arguments, "--quiet", "--offline"], check=True)


def with_dependencies(name: str) -> dict[str, metadata.Distribution]:
    """Find an installed distribution and all that it needs on this machine."""
    found: dict[str, metadata.Distribution] = {}
    names = {name}
    while names:
        distribution = metadata.distribution(names.pop())
        found[distribution.name] = distribution
        for text in distribution.requires or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                names.add(metadata.distribution(needed.name).name)
        names -= found.keys()
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist."""
    folder = tmp_path_factory.mktemp("built")
    uv(
        *("build", "--no-build-isolation", "--python", sys.executable),
        *("--out-dir", str(folder), str(LINT)),
    )
    return folder


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of cfn-lint as it is installed here, and install the wheel there."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for distribution in with_dependencies("cfn-lint").values():
        for name in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
            (packages / name).symlink_to(str(distribution.locate_file(name)))
    (wheel,) = built.glob("*.whl")
    uv("pip", "install", "--no-deps", "--python", str(folder / "bin/python"), str(wheel))
    return folder / "bin/python"


def run(python: Path, code: str, *arguments: str, folder: Path) -> tuple[int, str]:
    """Run code in isolation from PYTHONPATH and the folder; return status and output."""
    finished = subprocess.run(
        [str(python), "-I", "-c", code, *arguments],
        check=False,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return finished.returncode, finished.stdout


def test_the_environment_has_cfn_lint_and_the_wheel_alone(python: Path, tmp_path: Path) -> None:
    listed = (
        "from importlib import metadata as m; print(*sorted(d.name for d in m.distributions()))"
    )
    names = " ".join(sorted([*with_dependencies("cfn-lint"), NAME]))
    assert run(python, listed, folder=tmp_path) == (0, f"{names}\n")
    where = f"import {PACKAGE} as p; print(p.__file__.startswith(__import__('sys').prefix))"
    assert run(python, where, folder=tmp_path) == (0, "True\n")
    project = "import importlib.util as u; print(*map(u.find_spec, ['template', 'troposphere']))"
    assert run(python, project, folder=LINT) == (0, "None None\n")


def test_the_configuration_of_the_readme_works(python: Path, tmp_path: Path) -> None:
    (configuration,) = re.findall(r"```yaml\n(append_rules.*?)```", README, re.DOTALL)
    (tmp_path / ".cfnlintrc").write_text(configuration, encoding="utf-8")
    (tmp_path / "api_key.yaml").write_bytes((BAD / "api_key.yaml").read_bytes())
    (tmp_path / "reserved.yaml").write_text(RESERVED, encoding="utf-8")
    options = ("--format", "parseable", "api_key.yaml", "reserved.yaml")
    message = "No output tells the id of the API key Key: add one with !Ref Key"
    assert run(python, CFN_LINT, *options, folder=tmp_path) == (
        4,
        f"api_key.yaml:3:3:3:6:W9323:{message}\n",
    )


def test_concurrency_loads_nothing_of_cfn_lint(python: Path, tmp_path: Path) -> None:
    code = f"import sys, {PACKAGE}.concurrency; print('cfnlint' in sys.modules)"
    assert run(python, code, folder=tmp_path) == (0, "False\n")


def test_the_wheel_has_the_package_its_license_and_one_requirement(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.split("/")[0] for name in archive.namelist()} - {PACKAGE}
        lines = archive.read(f"{info}/METADATA").decode().splitlines()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
        assert f"{PACKAGE}/py.typed" in archive.namelist()
    assert "License-Expression: MIT" in lines
    assert [line for line in lines if line.startswith("Requires-Dist")] == [
        "Requires-Dist: cfn-lint>=1.54"
    ]


def test_the_sdist_has_the_tests_and_the_changelog(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = [str(path.relative_to(LINT)) for path in LINT.glob("tests/**/*.yaml")]
    tests += [str(path.relative_to(LINT)) for path in LINT.glob("tests/*.py")]
    assert {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", *tests} <= names
