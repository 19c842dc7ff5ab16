"""A new environment: one more section, and everything else unchanged."""

import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from ops.samconfig import add_environment
from tests.template.reading import ROOT

GUIDED = 'EnvironmentSuffix="staging" AlertEmail="a@example.com"'
"""The format that `sam deploy --guided` writes."""


@pytest.fixture
def samconfig(tmp_path: Path) -> Path:
    path = tmp_path / "samconfig.toml"
    shutil.copy(ROOT / "samconfig.toml", path)
    return path


def environment(samconfig: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["new-environment", "--config-file", str(samconfig), "--", *arguments]
    )


def test_adds_a_section_and_preserves_the_rest_of_the_file(samconfig: Path) -> None:
    before = samconfig.read_text()

    assert add_environment(samconfig, "review-42", "default") == ("review-42", True)

    assert samconfig.read_text().startswith(before)
    assert tomllib.loads(samconfig.read_text())["review-42"] == {
        "global": {
            "parameters": {
                "stack_name": "transaction-pipeline-review-42",
                "region": "ap-southeast-1",
            }
        },
        "build": {"parameters": {"cached": True, "parallel": True}},
        "validate": {"parameters": {"lint": True}},
        "deploy": {
            "parameters": {
                "capabilities": "CAPABILITY_NAMED_IAM",
                "resolve_s3": True,
                "confirm_changeset": False,
                "fail_on_empty_changeset": False,
                "parameter_overrides": ["EnvironmentSuffix=review-42"],
            }
        },
    }


def test_a_copy_of_prod_differs_only_in_names(samconfig: Path) -> None:
    add_environment(samconfig, "prod-eu", "prod")

    sections = tomllib.loads(samconfig.read_text())
    renamed = str(sections["prod"]).replace("-prod'", "-prod-eu'").replace("=prod'", "=prod-eu'")
    assert str(sections["prod-eu"]) == renamed


@pytest.mark.parametrize(("suffix", "name"), [("again", "again"), ("dev", "default")])
def test_an_existing_environment_is_unchanged(samconfig: Path, suffix: str, name: str) -> None:
    add_environment(samconfig, "again", "default")
    before = samconfig.read_bytes()

    assert add_environment(samconfig, suffix, "default") == (name, False)

    assert samconfig.read_bytes() == before


@pytest.mark.parametrize(
    "given", ["EnvironmentSuffix=staging AlertEmail=a@example.com", GUIDED], ids=["plain", "guided"]
)
def test_preserves_other_parameters_and_reads_them_as_one_string(
    samconfig: Path, given: str
) -> None:
    text = samconfig.read_text().replace('["EnvironmentSuffix=staging"]', f"'{given}'")
    samconfig.write_text(text)

    add_environment(samconfig, "load", "staging")

    added = tomllib.loads(samconfig.read_text())["load"]["deploy"]["parameters"]
    assert added["parameter_overrides"] == ["EnvironmentSuffix=load", "AlertEmail=a@example.com"]


def test_preserves_quotes_and_rejects_unterminated_ones(
    samconfig: Path,
) -> None:
    text = samconfig.read_text()
    given = """'EnvironmentSuffix="staging" Name="a b"'"""
    samconfig.write_text(text.replace('["EnvironmentSuffix=staging"]', given))

    add_environment(samconfig, "load", "staging")

    added = tomllib.loads(samconfig.read_text())["load"]["deploy"]["parameters"]
    assert added["parameter_overrides"] == ["EnvironmentSuffix=load", 'Name="a b"']

    samconfig.write_text(text.replace('["EnvironmentSuffix=staging"]', "'A=\"x'"))
    result = environment(samconfig, "new")
    assert result.exit_code == 2
    assert 'Error: parameter_overrides: A="x is not a valid format.' in result.output


@pytest.mark.parametrize("suffix", ["", "-a", "A", "a_b", "a b", "a\n", "a" * 21])
def test_a_suffix_that_the_template_would_reject_is_rejected(samconfig: Path, suffix: str) -> None:
    before = samconfig.read_bytes()

    result = environment(samconfig, suffix)

    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == (
        f"Error: Invalid value for 'SUFFIX': {suffix!r} "
        "must be 1 to 20 of a-z, 0-9 and -, not starting with -"
    )
    assert samconfig.read_bytes() == before


@pytest.mark.parametrize(
    ("suffix", "reason"),
    [
        ("default", "is sam's name for the default environment"),
        ("version", "is a reserved key"),
        ("other", "is a section that deploys another suffix; choose another name"),
    ],
)
def test_a_reserved_name_is_rejected(samconfig: Path, suffix: str, reason: str) -> None:
    with samconfig.open("a") as file:
        file.write("[other.global.parameters]\nregion = 'eu-west-1'\n")

    result = environment(samconfig, suffix)

    assert result.exit_code == 2
    assert result.output.endswith(f"'SUFFIX': {suffix!r}: in samconfig.toml it {reason}\n")


def test_lists_the_known_environments(samconfig: Path) -> None:
    result = CliRunner().invoke(
        cli, ["new-environment", "new", "--config-file", str(samconfig), "--like", "none"]
    )

    assert (result.exit_code, result.output) == (
        2,
        f"Error: {samconfig}: no environment none; known environments: default, staging, prod\n",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file or directory"), (b"[", "Unexpected"), (b"\xff", "invalid start byte")],
)
def test_reports_an_unreadable_file(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "samconfig.toml"
    if content is not None:
        path.write_bytes(content)

    result = environment(path, "new")

    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {path}: ")
    assert reason in result.output


def test_prints_the_commands_to_run_next(samconfig: Path) -> None:
    commands = "sam build --config-env new && sam deploy --config-env new\n"
    first, second = environment(samconfig, "new"), environment(samconfig, "new")
    assert first.output == f"new: added to {samconfig} as new\n{commands}"
    assert second.output == f"new: already in {samconfig} as new\n{commands}"
    as_json = CliRunner().invoke(
        cli, ["new-environment", "new", "--config-file", str(samconfig), "--json"]
    )
    assert '"added": false' in as_json.output
