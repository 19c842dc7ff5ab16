"""What would be deployed, as samconfig.toml and the committed templates say."""

from pathlib import Path

import pytest

from local.launch import ROOT
from ops.plan import NoPlan, Plan

CONFIGURED = """
[default.global.parameters]
stack_name = "pipeline-dev"
region = "eu-west-1"
[default.build.parameters]
{build}
[default.deploy.parameters]
parameter_overrides = ["EnvironmentSuffix=dev", "AlertEmail=a@b.example"]
"""
TEMPLATE = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "logs-${EnvironmentSuffix}-${AWS::AccountId}-${AWS::Region}"}
  Named: {Type: AWS::IAM::Role, Properties: {RoleName: always-the-same}}
  Unnamed: {Type: AWS::IAM::Role, Properties: {}}
  Bare: {Type: AWS::SNS::Topic}
  Function:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, ReservedConcurrentExecutions: 7}
  Free: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12}}
"""


def a_folder(folder: Path, build: str = "", template: str = "template.yaml") -> Path:
    (folder / "samconfig.toml").write_text(CONFIGURED.format(build=build))
    (folder / template).write_text(TEMPLATE)
    return folder


def test_reads_what_the_environment_says(tmp_path: Path) -> None:
    plan = Plan.read(a_folder(tmp_path), "default")

    assert (plan.stack_name, plan.suffix, plan.region) == ("pipeline-dev", "dev", "eu-west-1")
    assert list(plan.names("000000000000")) == [
        ("AWS::S3::Bucket", "logs-dev-000000000000-eu-west-1"),
        ("AWS::IAM::Role", "always-the-same"),
    ]
    assert plan.reservations() == [7]
    assert plan.runtimes() == ["python3.12", "python3.13"]


def test_another_suffix_is_another_stack(tmp_path: Path) -> None:
    plan = Plan.read(a_folder(tmp_path), "default", "blue")

    assert (plan.stack_name, plan.suffix) == ("pipeline-blue", "blue")


def test_an_environment_may_have_a_template_of_its_own(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, 'template_file = "other.yaml"', "other.yaml")

    assert "Bucket" in Plan.read(folder, "default").resources


def test_says_where_to_run_it_when_there_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(NoPlan) as raised:
        Plan.read(tmp_path, "default")

    assert str(raised.value) == (
        f"{tmp_path}/samconfig.toml: No such file or directory; "
        "run it in the folder of samconfig.toml"
    )


@pytest.mark.parametrize(
    ("environment", "text", "sentence"),
    [
        ("nothing", CONFIGURED.format(build=""), "nothing has no 'nothing'"),
        ("default", "[default.global.parameters]\n", "default has no 'deploy'"),
        (
            "default",
            CONFIGURED.format(build="").replace("EnvironmentSuffix", "Other"),
            "default has no 'EnvironmentSuffix'",
        ),
        ("default", "[default", "Expected ']' at the end of a table declaration"),
    ],
)
def test_says_what_the_configuration_lacks(
    tmp_path: Path, environment: str, text: str, sentence: str
) -> None:
    (a_folder(tmp_path) / "samconfig.toml").write_text(text)

    with pytest.raises(NoPlan) as raised:
        Plan.read(tmp_path, environment)

    assert str(raised.value).startswith(f"{tmp_path}/samconfig.toml: {sentence}")


@pytest.mark.parametrize("environment", ["default", "staging", "prod"])
def test_every_environment_of_ours_can_be_planned(environment: str) -> None:
    plan = Plan.read(ROOT, environment)

    suffix = "dev" if environment == "default" else environment
    assert (plan.stack_name, plan.suffix) == (f"transaction-pipeline-{suffix}", suffix)
    assert sum(plan.reservations()) == 30
    assert plan.runtimes() == ["python3.13"]
    names = list(plan.names("000000000000"))
    assert ("AWS::IAM::Role", f"validator-role-{suffix}") in names
    assert (
        "AWS::S3::Bucket",
        f"audit-logs-{suffix}-000000000000-ap-southeast-1",
    ) in names
