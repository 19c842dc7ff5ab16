"""The workflows call make targets with minimal permissions."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.reading import ROOT, Json

FOLDER = ROOT / ".github/workflows"
FILES = sorted(FOLDER.glob("*.yml"))
IMAGE = "docker pull public.ecr.aws/lambda/python:3.13-x86_64"


def workflow(path: Path) -> Json:
    """Return a workflow; YAML 1.1 reads its key `on` as a boolean."""
    content: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in content.items()}


def steps(path: Path) -> list[Json]:
    jobs = workflow(path)["jobs"].values()
    return [step for job in jobs for step in job.get("steps", [])]


def targets() -> set[str]:
    """Return the phony targets of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)).split()
    return {name for name in phony if re.search(rf"^{name}:", text, flags=re.MULTILINE)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_is_a_target_of_make(path: Path) -> None:
    commands = [step["run"] for step in steps(path) if "run" in step]
    called = [command.split()[1] for command in commands if command != IMAGE]
    assert called
    assert all(command == IMAGE or command.startswith("make ") for command in commands)
    assert {*called} <= targets()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_command_contains_untrusted_input(path: Path) -> None:
    """https://docs.github.com/en/actions/concepts/security/script-injections."""
    assert not any("${{" in step.get("run", "") for step in steps(path))


def test_every_action_is_of_github_or_aws_and_pinned_to_the_commit_of_one_version() -> None:
    pinned = re.compile(r"((?:actions|aws-actions)/[a-z-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    used = [
        line.partition("uses: ")[2]
        for path in FILES
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses: " in line and "uses: ./" not in line
    ]
    assert [text for text in used if not pinned.fullmatch(text)] == []
    assert len({*used}) == len({pinned.sub(r"\1", text) for text in used}) == 3


def test_only_the_job_with_an_oidc_token_has_write_permission() -> None:
    assert [workflow(path)["permissions"] for path in FILES] == [{"contents": "read"}] * 3
    jobs = {name: job for path in FILES for name, job in workflow(path)["jobs"].items()}
    asking = {name: job["permissions"] for name, job in jobs.items() if "permissions" in job}
    assert asking == {"deploy": {"contents": "read", "id-token": "write"}}


def test_a_version_tag_deploys_what_was_checked_to_prod_after_preflight() -> None:
    content = workflow(FOLDER / "deploy.yml")
    deploy = content["jobs"]["deploy"]
    assert content["on"] == {"push": {"tags": ["v*"]}}
    assert content["jobs"]["check"] == {"uses": "./.github/workflows/check.yml"}
    assert (deploy["needs"], deploy["environment"]) == ("check", "prod")
    assert deploy["steps"][-2:] == [
        {"run": "make preflight ENVIRONMENT=prod"},
        {"run": "make deploy ENVIRONMENT=prod"},
    ]
    assert deploy["steps"][-3]["with"]["role-to-assume"] == "${{ vars.DEPLOY_ROLE_ARN }}"
