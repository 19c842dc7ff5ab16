"""The make targets for delivery, and the hooks of make lint."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.delivery.making import SECONDS, make
from tests.template.reading import ROOT

CONFIG = ROOT / ".pre-commit-config.yaml"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    alone = {"PRE_COMMIT_HOME": str(folder / "home"), "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **alone},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def linted() -> list[str]:
    """Return the targets that `make lint` depends on."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (parts,) = re.findall(r"^lint: (.*?) ##", makefile, flags=re.MULTILINE)
    return str(parts).split()


def test_the_hooks_are_the_parts_of_make_lint() -> None:
    (repo,) = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repos"]
    assert [hook["entry"] for hook in repo["hooks"]] == [f"make {part}" for part in linted()]
    assert all(hook["always_run"] and not hook["pass_filenames"] for hook in repo["hooks"])


def test_the_hooks_run_before_a_commit_and_stop_it(tmp_path: Path) -> None:
    (tmp_path / CONFIG.name).write_bytes(CONFIG.read_bytes())
    (tmp_path / "Makefile").write_text(
        "lint-python lint-templates lint-workflows:\n\t@echo checked\nlint-docs:\n\t@false\n"
    )
    assert run(tmp_path, "git", "init", "-q").returncode == 0
    assert run(tmp_path, "git", "add", "Makefile", CONFIG.name).returncode == 0
    assert run(tmp_path, "pre-commit", "validate-config", CONFIG.name).returncode == 0
    result = run(tmp_path, "pre-commit", "run", "--all-files")
    ends = [line for line in result.stdout.splitlines() if "..." in line]
    assert (result.returncode, [line.rsplit(".", 1)[1] for line in ends]) == (
        1,
        ["Passed", "Passed", "Failed", "Passed"],
    )


def test_cfn_lint_uses_the_rules_of_this_repository(tmp_path: Path) -> None:
    bad = ROOT / "lint/tests/fixtures/bad/api_key.yaml"
    (tmp_path / ".cfnlintrc").write_bytes((ROOT / ".cfnlintrc").read_bytes())
    result = run(tmp_path, "cfn-lint", "--format", "parseable", "--", str(bad))
    message = "No output tells the id of the API key Key: add one with !Ref Key"
    assert (result.returncode, result.stdout) == (4, f"{bad}:3:3:3:6:W9323:{message}\n")


def test_no_setting_of_pip_installs_elsewhere() -> None:
    kinds = ["USER", "TARGET", "PREFIX", "ROOT"]
    show = "show:; @env | grep -E '^PIP_(USER|TARGET|PREFIX|ROOT)='"
    result = make(f"--eval={show}", "show", variables={f"PIP_{kind}": "1" for kind in kinds})

    assert result.stdout == "PIP_USER=0\n"


def test_deploy_does_not_prompt_without_a_terminal() -> None:
    here, there = (
        make("-n", "deploy", "ENVIRONMENT=prod", variables=ci).stdout.splitlines()[-2:]
        for ci in ({}, {"CI": "true"})
    )
    assert here == ['sam build --config-env "prod"', 'sam deploy --config-env "prod" ']
    assert there == [here[0], 'sam deploy --config-env "prod" --no-confirm-changeset']


def test_preflight_checks_the_environment_that_deploy_deploys() -> None:
    given, default = (
        make("-n", "preflight", *arguments).stdout.splitlines()[-1]
        for arguments in (["ENVIRONMENT=prod"], [])
    )
    assert given == 'pipeline preflight --config-env "prod"'
    assert default == 'pipeline preflight --config-env "default"'


def test_deploy_requires_an_environment() -> None:
    result = make("deploy")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Which environment? make deploy ENVIRONMENT=...\n")


def test_changes_compares_with_a_commit() -> None:
    result = make("changes", "BASE=HEAD")
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "## template.yaml")
    assert make("changes", "BASE=none").returncode == 2


@pytest.mark.parametrize("target", ["changes", "deploy", "new-environment", "preflight"])
def test_help_lists_it(target: str) -> None:
    assert f"  make {target} " in make("help").stdout
