"""The wheel works beside cfn-lint alone."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

LINT = Path(__file__).parents[1]
BAD = LINT / "tests/fixtures/bad"
README = (LINT / "README.md").read_text(encoding="utf-8")
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
# The wheel comes first, and what the rules of a project must not need is not there.
ALONE = """
import sys
sys.path.insert(0, {wheel!r})
sys.modules.update(dict.fromkeys(["template", "troposphere"]))
"""
CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist."""
    folder = tmp_path_factory.mktemp("built")
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "build", "--no-build-isolation", "--python", sys.executable]
    options = ["--out-dir", str(folder), "--quiet", "--offline"]
    subprocess.run([*command, *options, str(LINT)], check=True)
    return folder


def run(built: Path, code: str, *arguments: str, folder: Path) -> tuple[int, str]:
    """Run code with the wheel, without this project; return status and output."""
    (wheel,) = built.glob("*.whl")
    finished = subprocess.run(
        [sys.executable, "-I", "-c", f"{ALONE.format(wheel=str(wheel))}{code}", *arguments],
        check=False,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return finished.returncode, finished.stdout


def test_the_configuration_of_the_readme_works(built: Path, tmp_path: Path) -> None:
    (configuration,) = re.findall(r"```yaml\n(append_rules.*?)```", README, re.DOTALL)
    (tmp_path / ".cfnlintrc").write_text(configuration, encoding="utf-8")
    (tmp_path / "api_key.yaml").write_bytes((BAD / "api_key.yaml").read_bytes())
    (tmp_path / "reserved.yaml").write_text(RESERVED, encoding="utf-8")
    options = ("--format", "parseable", "api_key.yaml", "reserved.yaml")
    message = "No output tells the id of the API key Key: add one with !Ref Key"
    assert run(built, CFN_LINT, *options, folder=tmp_path) == (
        4,
        f"api_key.yaml:3:3:3:6:W9323:{message}\n",
    )


def test_concurrency_loads_nothing_of_cfn_lint(built: Path, tmp_path: Path) -> None:
    code = f"import {PACKAGE}.concurrency as c; print('cfnlint' in sys.modules, c.__file__)"
    status, output = run(built, code, folder=tmp_path)
    assert (status, output[:5], ".whl/" in output) == (0, "False", True)


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
