"""What lint/README.md says holds, in this repository and in another."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lint.linting import ROOT, lint

README = (ROOT / "lint" / "README.md").read_text(encoding="utf-8")
EXAMPLES = {
    (section[:5], quality): body
    for section in README.split("\n## ")
    for quality, body in re.findall(r"```yaml\n# (bad|good)\n(.*?)```", section, re.DOTALL)
}


def run(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run cfn-lint as a person would; return its exit status and all it said."""
    finished = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), *arguments],
        check=False,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return finished.returncode, finished.stdout


def test_each_rule_has_a_bad_example_and_a_good_one() -> None:
    rules = ["E9321", "W9322", "W9323", "W9324", "E9325"]
    assert list(EXAMPLES) == [(rule, quality) for rule in rules for quality in ("bad", "good")]


def test_an_example_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    for (rule, quality), body in EXAMPLES.items():
        template = tmp_path / f"{rule}-{quality}.yaml"
        template.write_text(f"Transform: AWS::Serverless-2016-10-31\n{body}", encoding="utf-8")
    assert [(found.file, found.rule) for found in lint(*sorted(tmp_path.iterdir()))] == [
        ("E9321-bad.yaml", "E9321"),
        ("E9325-bad.yaml", "E9325"),
        ("W9322-bad.yaml", "W9322"),
        ("W9323-bad.yaml", "W9323"),
        ("W9324-bad.yaml", "W9324"),
    ]


def test_another_repository_needs_the_folder_and_the_arithmetic(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "lint", tmp_path / "lint")
    (tmp_path / "template").mkdir()
    shutil.copy(ROOT / "template" / "concurrency.py", tmp_path / "template")
    (configuration,) = re.findall(r"```yaml\n(append_rules.*?)```", README, re.DOTALL)
    (tmp_path / ".cfnlintrc").write_text(configuration, encoding="utf-8")
    shutil.copy(ROOT / "tests" / "lint" / "fixtures" / "bad" / "api_key.yaml", tmp_path)
    shutil.copy(ROOT / "tests" / "lint" / "fixtures" / "bad" / "reserved_sam.yaml", tmp_path)
    said = "No output tells the id of the API key Key: add one with !Ref Key"
    assert run("--format", "parseable", "api_key.yaml", "reserved_sam.yaml", folder=tmp_path) == (
        4,
        f"api_key.yaml:3:3:3:6:W9323:{said}\n",
    )


def test_this_repository_uses_them() -> None:
    template = "tests/lint/fixtures/bad/api_key.yaml"
    said = "No output tells the id of the API key Key: add one with !Ref Key"
    assert run("--format", "parseable", template, folder=ROOT) == (
        4,
        f"{template}:3:3:3:6:W9323:{said}\n",
    )
