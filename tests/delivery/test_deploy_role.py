"""GitHub's role: its trust policy, and exactly the permissions that a deployment needs."""

import json
import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from click.testing import CliRunner
from troposphere import Template, ecs

from cli.main import cli
from template.deploy_policies import UnknownType, manage_resources
from template.deploy_role import deploy_role
from template.pipeline import build_template
from template.settings import Settings
from tests.template.reading import ROOT, Json, sub

ISSUER = "token.actions.githubusercontent.com"
SAM_TYPES = {
    "AWS::Serverless::Api": [
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
    ],
    "AWS::Serverless::Function": [
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
    ],
}
KEEPS_DATA = {"AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::SQS::Queue"}
NOT_NEEDED = {
    "would read or write items, to import or to replicate": r"dynamodb:("
    r"(Scan|Query|BatchWriteItem|(Get|Put|Update|Delete)Item)|"
    r"(Associate|Create)TableReplica|(Describe)?Import(Table)?)",
    "would change who may use a table, beside the roles": r"dynamodb:(Put|Delete)ResourcePolicy",
    "streams and insights: the tables have none": r"dynamodb:("
    r"(En|Dis)ableKinesisStreamingDestination|UpdateKinesisStreamingDestination|"
    r"UpdateContributorInsights)",
    "managed policies and boundaries: the roles have none": r"iam:("
    r"(At|De)tachRolePolicy|(Put|Delete)RolePermissionsBoundary)",
    "customer keys, masking, indexes, deliveries: the log groups have none": r"logs:("
    r"(Dis)?[Aa]ssociateKmsKey|(Put|Delete)(DataProtection|Index|Resource)Policy|"
    r"CreateLogDelivery|PutLogGroupDeletionProtection|PutBearerTokenAuthentication)",
    "what the bucket does not do": r"s3:((Put|Delete|Create|Update)(Bucket)?("
    r"Abac|Acl|Accelerate|Analytics|CORS|Cors|Inventory|IntelligentTiering|Metrics|Notification|"
    r"Replication|Website|ObjectAcl|ObjectLock|Logging|Metadata).*|PutReplicationConfiguration)",
    "would take away what protects the bucket": r"s3:DeleteBucket(Encryption|Lifecycle)",
    "would delete objects": r"s3:DeleteObject",
    "masking: the topics have none": r"sns:PutDataProtectionPolicy",
    "versions, layers, signing, recursion and scaling: the functions use none": r"lambda:("
    r"(Put|Delete)FunctionCodeSigningConfig|GetCodeSigningConfig|GetLayerVersion|"
    r"PutFunction(Recursion|Scaling)Config|PublishVersion|PassCapacityProvider|"
    r"PutRuntimeManagementConfig|AssociateRuntimeAlias)",
    "the API has no resource policy": r"apigateway:UpdateRestApiPolicy",
}
"""Actions of CloudFormation's handlers that this role does not have, with the reasons."""


@pytest.fixture(scope="module")
def pipeline() -> Template:
    return build_template(Settings())


@pytest.fixture(scope="module")
def role(pipeline: Template) -> Json:
    content: Json = json.loads(deploy_role(pipeline).to_json())
    properties: Json = content["Resources"]["DeployRole"]["Properties"]
    return properties


@pytest.fixture(scope="module")
def statements(role: Json) -> dict[str, Json]:
    (policy,) = role["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


@pytest.fixture(scope="module")
def permitted(statements: dict[str, Json]) -> set[str]:
    return {*chain.from_iterable(statement["Action"] for statement in statements.values())}


@pytest.fixture(scope="module")
def types(pipeline: Template) -> set[str]:
    own = {resource["Type"] for resource in pipeline.to_dict()["Resources"].values()}
    return {*chain.from_iterable(SAM_TYPES.get(kind, [kind]) for kind in own)}


def handlers(kind: str, *names: str) -> set[str]:
    """Return the actions of the type's own service in CloudFormation's schema."""
    schema: Any = PROVIDER_SCHEMA_MANAGER.get_resource_schema("ap-southeast-1", kind).schema
    found = chain.from_iterable(
        schema["handlers"].get(name, {}).get("permissions", []) for name in names
    )
    return {action for action in found if action.split(":")[0] == kind.split("::")[1].lower()}


def test_only_one_repository_environment_and_version_tag_can_assume_it(role: Json) -> None:
    provider = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{ISSUER}"
    assert role["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": [sub(provider)]},
                "Action": ["sts:AssumeRoleWithWebIdentity"],
                "Condition": {
                    "StringEquals": {
                        f"{ISSUER}:aud": "sts.amazonaws.com",
                        f"{ISSUER}:sub": sub("repo:${Repository}:environment:${EnvironmentSuffix}"),
                    },
                    "StringLike": {f"{ISSUER}:ref": "refs/tags/v*"},
                },
            }
        ],
    }


@pytest.mark.parametrize("repository", ["*", "owner/*", "owner", "owner/name:ref", ""])
def test_a_pattern_is_not_a_repository(pipeline: Template, repository: str) -> None:
    pattern = deploy_role(pipeline).to_dict()["Parameters"]["Repository"]["AllowedPattern"]
    assert re.fullmatch(pattern, "owner/name")
    assert re.fullmatch(pattern, "owner@123/name@456")
    assert not re.fullmatch(pattern, repository)


def test_it_may_do_what_cloudformation_does_to_each_type(
    types: set[str], permitted: set[str]
) -> None:
    needed = {*chain.from_iterable(handlers(kind, "create", "read", "update") for kind in types)}
    unexplained = {
        action
        for action in needed - permitted
        if not any(re.fullmatch(pattern, action) for pattern in NOT_NEEDED.values())
    }
    assert unexplained == set()


def test_every_explanation_is_needed(types: set[str], permitted: set[str]) -> None:
    needed = {*chain.from_iterable(handlers(kind, "create", "read", "update") for kind in types)}
    for reason, pattern in NOT_NEEDED.items():
        left_out = {action for action in needed if re.fullmatch(pattern, action)}
        assert left_out, reason
        assert left_out & permitted == set(), reason


def test_it_deletes_only_resources_without_data(types: set[str], permitted: set[str]) -> None:
    for kind in types - {"AWS::IAM::Role"}:
        deletions = {action for action in handlers(kind, "delete") if ":Delete" in action}
        wanted = set() if kind in KEEPS_DATA else deletions
        assert deletions & permitted == wanted, kind
    assert "iam:DeleteRole" in permitted


def test_it_may_do_nothing_that_cloudformation_and_sam_do_not(
    types: set[str], permitted: set[str], statements: dict[str, Json]
) -> None:
    sams = chain.from_iterable(
        statement["Action"] for sid, statement in statements.items() if not sid.startswith("Manage")
    )
    known = {
        *sams,
        *chain.from_iterable(
            handlers(kind, "create", "read", "update", "delete") for kind in types
        ),
    }
    assert permitted - known == set()


def test_it_is_limited_to_names_of_the_environment(statements: dict[str, Json]) -> None:
    for sid, statement in statements.items():
        for resource in statement["Resource"]:
            if sid in {"ReadTemplates", "ListLogGroups"}:
                assert resource == "*"
            elif sid == "ManageApigateway":
                assert "::/" in resource["Fn::Sub"]
            elif sid == "LetApiGatewayTrace":
                assert resource["Fn::Sub"].endswith("/AWSServiceRoleForAPIGateway")
            elif sid not in {"TransformTemplate", "FindArtifacts", "KeepArtifacts"}:
                assert "-${EnvironmentSuffix}" in resource["Fn::Sub"]


def test_it_passes_the_pipelines_roles_only_to_services_they_trust(
    statements: dict[str, Json],
) -> None:
    passed = statements["PassRoles"]
    assert {"lambda.amazonaws.com"} <= {*passed["Condition"]["StringEquals"]["iam:PassedToService"]}
    named = {resource["Fn::Sub"].rpartition("/")[2] for resource in passed["Resource"]}
    assert {f"{stage}-role-${{EnvironmentSuffix}}" for stage in ("validator", "notifier")} <= named
    assert {f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{name}" for name in named} == {
        resource["Fn::Sub"] for resource in statements["ManageIam"]["Resource"]
    }


def test_alarms_are_named_as_the_role_expects(pipeline: Template) -> None:
    alarms = [
        resource["Properties"]["AlarmName"]["Fn::Sub"]
        for resource in pipeline.to_dict()["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert alarms
    assert all(name.endswith("-${EnvironmentSuffix}") for name in alarms)


def test_it_fits_into_a_role(role: Json) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    text = json.dumps(role["Policies"])
    for name, value in {
        "${AWS::Partition}": "aws-us-gov",
        "${AWS::Region}": "ap-southeast-1",
        "${AWS::AccountId}": "0" * 12,
        "${EnvironmentSuffix}": "s" * 20,
    }.items():
        text = text.replace(name, value)
    assert len(re.sub(r"\s", "", text)) <= 10_240


def test_a_type_without_a_description_is_rejected() -> None:
    template = Template()
    template.add_resource(ecs.Cluster("Cluster"))
    with pytest.raises(UnknownType, match=r"^AWS::ECS::Cluster: add its actions "):
        manage_resources(template)


def test_the_command_writes_a_template_without_findings(tmp_path: Path) -> None:
    file = tmp_path / "new" / "deploy-role.yaml"
    written = CliRunner().invoke(cli, ["deploy-role", "--output", str(file)])
    assert (written.exit_code, written.output) == (0, "")
    linted = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "-c", "I", "--", file],
        cwd=ROOT,
        env={**os.environ, "AWS_DEFAULT_REGION": "ap-southeast-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")


def test_the_command_prints_json(role: Json) -> None:
    printed = CliRunner().invoke(cli, ["deploy-role", "--json"])
    assert json.loads(printed.stdout)["Resources"]["DeployRole"]["Properties"] == role
    assert "RoleName: !Sub" in CliRunner().invoke(cli, ["deploy-role"]).stdout
