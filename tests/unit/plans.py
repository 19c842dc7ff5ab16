"""A folder with a deployable template."""

from pathlib import Path

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
