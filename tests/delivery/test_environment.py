"""A new environment: one more section, and everything else unchanged."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from samcli.cli.types import CfnParameterOverridesType
from samcli.lib.config.samconfig import SamConfig

from cli.main import cli
from ops.samconfig import Section, add_environment, find_section, read
from tests.template.reading import ROOT

GUIDED = 'EnvironmentSuffix="staging" AlertEmail="a@example.com"'
"""The format that `sam deploy --guided` writes."""
AFTER_GUIDED = """
version = 0.1
[default.global.parameters]
stack_name = "payments"
region = "ap-southeast-1"
[default.deploy.parameters]
stack_name = "payments-dev"
s3_prefix = "payments-dev"
parameter_overrides = "EnvironmentSuffix=\\"dev\\" AlertEmail=\\"\\" Architecture=\\"arm64\\""
image_repositories = []
"""
DEPLOY_ONLY = """
version = 0.1
[default.deploy.parameters]
stack_name = "transaction-pipeline-dev"
region = "eu-west-1"
parameter_overrides = "EnvironmentSuffix=\\"dev\\""
"""
ALL_GLOBAL = """
version = 0.1
[default.global.parameters]
stack_name = "transaction-pipeline-dev"
s3_prefix = "pipelines"
parameter_overrides = ["EnvironmentSuffix=dev", "AlertEmail=ops@example.com"]
[default.local_invoke.parameters]
debug = true
"""
NO_OVERRIDES = """
version = 0.1
[default.deploy.parameters]
stack_name = "transaction-pipeline-dev"
"""
# sam reads no backslash back as it was.
VALUES = st.characters(codec="utf-8", exclude_characters="\\")


@pytest.fixture
def samconfig(tmp_path: Path) -> Path:
    path = tmp_path / "samconfig.toml"
    shutil.copy(ROOT / "samconfig.toml", path)
    return path


def environment(samconfig: Path, *arguments: str) -> Result:
    suffix, *options = arguments
    return CliRunner().invoke(
        cli, ["new-environment", "--config-file", str(samconfig), *options, "--", suffix]
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
    result = environment(samconfig, "new", "--like", "staging")
    assert result.exit_code == 2
    assert result.output.startswith(
        f'Error: {samconfig}: [staging]: parameter_overrides: A="x is not a valid format.'
    )


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (
            AFTER_GUIDED,
            {
                "global": {"stack_name": "{stack}", "region": "ap-southeast-1"},
                "deploy": {
                    "stack_name": "{stack}",
                    "s3_prefix": "{stack}",
                    "parameter_overrides": [
                        "EnvironmentSuffix={suffix}",
                        'AlertEmail=""',
                        "Architecture=arm64",
                    ],
                    "image_repositories": [],
                },
            },
        ),
        (
            DEPLOY_ONLY,
            {
                "deploy": {
                    "stack_name": "{stack}",
                    "region": "eu-west-1",
                    "parameter_overrides": ["EnvironmentSuffix={suffix}"],
                }
            },
        ),
        (
            ALL_GLOBAL,
            {
                "global": {
                    "stack_name": "{stack}",
                    "s3_prefix": "pipelines",
                    "parameter_overrides": [
                        "EnvironmentSuffix={suffix}",
                        "AlertEmail=ops@example.com",
                    ],
                }
            },
        ),
        (
            NO_OVERRIDES,
            {
                "deploy": {
                    "stack_name": "{stack}",
                    "parameter_overrides": ["EnvironmentSuffix={suffix}"],
                }
            },
        ),
    ],
    ids=["after --guided", "deploy only", "all global", "no overrides"],
)
def test_each_new_environment_has_its_names_wherever_its_model_has_them(
    samconfig: Path, text: str, tables: dict[str, dict[str, Any]]
) -> None:
    samconfig.write_text(text)

    for suffix in ("first", "second"):
        assert add_environment(samconfig, suffix, "default") == (suffix, True)

    sections = tomllib.loads(samconfig.read_text())
    for suffix in ("first", "second"):
        expected = str({name: {"parameters": table} for name, table in tables.items()})
        expected = expected.replace("{stack}", f"transaction-pipeline-{suffix}")
        assert str(sections[suffix]) == expected.replace("{suffix}", suffix)


@pytest.mark.parametrize("text", [AFTER_GUIDED, DEPLOY_ONLY, ALL_GLOBAL, NO_OVERRIDES])
@pytest.mark.parametrize("command", ["build", "validate", "deploy", "local_invoke"])
def test_reads_the_file_as_sam_does(samconfig: Path, text: str, command: str) -> None:
    samconfig.write_text(text)
    add_environment(samconfig, "new", "default")

    document = read(samconfig)
    for name in ("default", "new"):
        # get_all changes what it has read.
        expected = SamConfig(samconfig.parent).get_all([command], "parameters", name)
        assert find_section(samconfig, document, name).parameters(command) == expected


@given(st.dictionaries(st.from_regex("[A-Za-z]+", fullmatch=True), st.text(VALUES), max_size=3))
def test_sam_reads_each_value_that_a_copy_writes(values: dict[str, str]) -> None:
    content = {
        "deploy": {
            "parameters": {
                "stack_name": "s",
                "parameter_overrides": {name: f'"{value}"' for name, value in values.items()},
            }
        }
    }
    section = Section(Path("samconfig.toml"), "default", content)

    copied = section.copied("t", "new")["deploy"]["parameters"]["parameter_overrides"]

    expected = {**values, "EnvironmentSuffix": "new"}
    assert CfnParameterOverridesType().convert(copied, None, None) == expected


BAD_SECTIONS = [
    ("[bad]\nglobal = 3", "[bad.global.parameters] must be a table"),
    ("[bad]\ndeploy = 'x'", "[bad.deploy.parameters] must be a table"),
    ("[bad.deploy]\nparameters = 'x'", "[bad.deploy.parameters] must be a table"),
    ("[bad.global.parameters]\nregion = 'x'", "[bad.deploy.parameters] has no stack_name"),
    ("[bad]", "[bad.deploy.parameters] has no stack_name"),
    (
        "[bad.deploy.parameters]\nstack_name = 's'\nparameter_overrides = ['x']",
        "[bad]: parameter_overrides: x is not a valid format.",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), BAD_SECTIONS)
def test_a_bad_section_blocks_only_itself(samconfig: Path, text: str, sentence: str) -> None:
    samconfig.write_text(f"{text}\n{samconfig.read_text()}")

    for arguments in (("bad",), ("new", "--like", "bad")):
        result = environment(samconfig, *arguments)
        assert result.exit_code == 2
        assert result.output.startswith(f"Error: {samconfig}: {sentence}")
    assert add_environment(samconfig, "dev", "default") == ("default", False)
    assert add_environment(samconfig, "new", "default") == ("new", True)


def test_does_not_deploy_over_the_stack_of_another_environment(samconfig: Path) -> None:
    before = samconfig.read_text().replace("pipeline-staging", "pipeline-new")
    samconfig.write_text(before)

    result = environment(samconfig, "new")

    assert result.exit_code == 2
    assert result.output.endswith(
        "'new': in samconfig.toml [staging] deploys the stack transaction-pipeline-new; "
        "choose another name\n"
    )
    assert samconfig.read_text() == before


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
        file.write("[other.global.parameters]\nstack_name = 'of-another-project'\n")

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
