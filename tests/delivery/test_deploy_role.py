"""GitHub's role: its trust policy, and exactly the permissions that a deployment needs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from click.testing import CliRunner

from cli.main import cli
from ops.fixed_names import FIXED_NAMES
from ops.plan import Plan
from template.deploy_role import deploy_role
from tests.template.reading import ROOT, STAGES, Json, sub
from tests.template.test_sam import translated

ISSUER = "token.actions.githubusercontent.com"
ENVIRONMENT = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": "ap-southeast-1",
    "${AWS::AccountId}": "0" * 12,
    "${EnvironmentSuffix}": "prod",
}
HERE = "ap-southeast-1:000000000000"
API = "apigateway:ap-southeast-1::/"
TAGS = f"{API}tags/arn%3Aaws%3Aapigateway%3Aap-southeast-1%3A%3A%2F"
ROLES = "iam::000000000000:role/"
ARNS: dict[str, tuple[str, list[str]]] = {
    "AWS::ApiGateway::ApiKey": ("", [f"{API}apikeys", f"{API}apikeys/i", f"{TAGS}apikeys%2Fi"]),
    "AWS::ApiGateway::Deployment": (
        "",
        [f"{API}restapis/i/deployments", f"{API}restapis/i/deployments/d"],
    ),
    "AWS::ApiGateway::RestApi": (
        "",
        [
            f"{API}restapis",
            f"{API}restapis/i",
            f"{TAGS}restapis%2Fi",
            f"{ROLES}api-role-prod",
        ],
    ),
    "AWS::ApiGateway::Stage": (
        "",
        [
            f"{API}restapis/i/stages",
            f"{API}restapis/i/stages/prod",
            f"{TAGS}restapis%2Fi%2Fstages%2Fprod",
        ],
    ),
    "AWS::ApiGateway::UsagePlan": (
        "",
        [f"{API}usageplans", f"{API}usageplans/i", f"{TAGS}usageplans%2Fi"],
    ),
    "AWS::ApiGateway::UsagePlanKey": (
        "",
        [f"{API}usageplans/i/keys", f"{API}usageplans/i/keys/k"],
    ),
    "AWS::CloudWatch::Alarm": ("AlarmName", [f"cloudwatch:{HERE}:alarm:{{name}}"]),
    "AWS::CloudWatch::Dashboard": (
        "DashboardName",
        ["cloudwatch::000000000000:dashboard/{name}"],
    ),
    "AWS::DynamoDB::Table": ("TableName", [f"dynamodb:{HERE}:table/{{name}}"]),
    "AWS::IAM::Role": ("RoleName", [f"{ROLES}{{name}}"]),
    "AWS::Lambda::EventInvokeConfig": ("FunctionName", [f"lambda:{HERE}:function:{{name}}"]),
    "AWS::Lambda::Function": (
        "FunctionName",
        [
            f"lambda:{HERE}:function:{{name}}",
            f"{ROLES}validator-role-prod",
            "s3:::aws-sam-cli-managed-default-samclisourcebucket-1a2b/3c4d",
        ],
    ),
    "AWS::Lambda::Permission": ("FunctionName", [f"lambda:{HERE}:function:{{name}}"]),
    # With and without the suffix that CloudFormation's Arn has.
    "AWS::Logs::LogGroup": (
        "LogGroupName",
        [f"logs:{HERE}:log-group:{{name}}", f"logs:{HERE}:log-group:{{name}}:*"],
    ),
    "AWS::Logs::MetricFilter": ("LogGroupName", [f"logs:{HERE}:log-group:{{name}}:*"]),
    "AWS::S3::Bucket": ("BucketName", ["s3:::{name}"]),
    "AWS::S3::BucketPolicy": ("Bucket", ["s3:::{name}"]),
    "AWS::SNS::Subscription": ("TopicArn", [f"sns:{HERE}:{{name}}"]),
    "AWS::SNS::Topic": ("TopicName", [f"sns:{HERE}:{{name}}"]),
    "AWS::SQS::Queue": ("QueueName", [f"sqs:{HERE}:{{name}}"]),
    "AWS::XRay::SamplingRule": ("", [f"xray:{HERE}:sampling-rule/pipeline-prod"]),
    "AWS::SQS::QueuePolicy": ("Queues", [f"sqs:{HERE}:{{name}}"]),
}
"""For each type, the property with its name or with references, and the ARNs of what it handles."""
NOT_NEEDED = {
    "deletion of data is left to an administrator": r"Table dynamodb:DeleteTable|"
    r"Bucket s3:Delete(Bucket|Object)|LogGroup logs:Delete(LogGroup|DataProtectionPolicy)|"
    r"Queue sqs:DeleteQueue",
    "would read or write items, to import or to replicate": r"Table (dynamodb:("
    r"(Scan|Query|BatchWriteItem|(Get|Put|Update|Delete)Item)|"
    r"(Associate|Create)TableReplica|(Describe)?Import(Table)?)|s3:.*|"
    r"logs:(CreateLog.*|DescribeLogStreams|Put.*)|"
    r"iam:CreateServiceLinkedRole)",
    "would change who may use the table, beside the roles": r"Table dynamodb:"
    r"(Put|Delete)ResourcePolicy",
    "streams and insights: the tables have none": r"Table (dynamodb:("
    r"(En|Dis)ableKinesisStreamingDestination|UpdateKinesisStreamingDestination|"
    r"UpdateContributorInsights)|kinesis:.*)",
    "customer keys: nothing has one": r"\w+ (kms:.*|logs:(Dis)?[Aa]ssociateKmsKey)",
    "managed policies and boundaries: the roles have none": r"Role iam:("
    r"(At|De)tachRolePolicy|(Put|Delete)RolePermissionsBoundary)",
    "masking, indexes, deliveries: the log groups have none": r"LogGroup (firehose:.*|s3:.*|logs:("
    r"(Put|Delete)(DataProtection|Index|Resource)Policy|"
    r"CreateLogDelivery|PutLogGroupDeletionProtection|PutBearerTokenAuthentication))",
    "what the bucket does not do": r"Bucket (s3tables:.*|iam:PassRole|"
    r"s3:((Put|Delete|Create|Update)(Bucket)?("
    r"Abac|Acl|Accelerate|Analytics|CORS|Cors|Inventory|IntelligentTiering|Metrics|Notification|"
    r"Replication|Website|ObjectAcl|ObjectLock|Logging|Metadata).*|PutReplicationConfiguration))",
    "would take away what protects the bucket": r"Bucket s3:DeleteBucket(Encryption|Lifecycle)",
    "IAM has no such action; PutBucketTagging covers it": r"Bucket s3:DeleteBucketTagging",
    "masking and delivery logs: the topics have none": r"Topic sns:PutDataProtectionPolicy|"
    r"(Topic|Subscription) iam:(GetRole|PassRole)",
    "networks, file systems, versions, layers, signing, recursion and scaling: the functions use "
    "none": r"Function (ec2:.*|elasticfilesystem:.*|s3files:.*|lambda:("
    r"(Put|Delete)FunctionCodeSigningConfig|GetCodeSigningConfig|GetLayerVersion|"
    r"PutFunction(Recursion|Scaling)Config|PublishVersion|PassCapacityProvider|"
    r"PutRuntimeManagementConfig|AssociateRuntimeAlias))",
    "the API has neither a resource policy nor a body in a bucket": r"RestApi (s3:GetObject|"
    r"apigateway:UpdateRestApiPolicy)",
}
"""What CloudFormation's handlers name and this role does not have, with the reasons."""
DESCRIBES_ALL = {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    "cloudwatch:DescribeAlarms",
    # A template in a file belongs to no stack.
    "cloudformation:GetTemplateSummary",
}
EVALUATION = """
import json, sys
from moto.iam.access_control import IAMPolicy, PermissionResult
policy, requests = json.load(sys.stdin)
evaluator = IAMPolicy(json.dumps(policy))
for action, resource, context in requests:
    found = evaluator.is_action_permitted(action, resource, incoming_condition_values=context)
    print(json.dumps(found is PermissionResult.PERMITTED))
"""

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
ACTIONS = {"head_bucket": "ListBucket"}

type Request = tuple[str, str, str]
"""A resource type, an action and an ARN or `*`."""


def resolved(value: object, names: dict[str, str] | None = None) -> Any:
    """Return a part of a template as it is in the environment prod, or with other names."""
    text = json.dumps(value)
    for name, known in {**ENVIRONMENT, **(names or {})}.items():
        text = text.replace(name, known)
    return json.loads(text, object_hook=lambda found: found.get("Fn::Sub", found))


@pytest.fixture(scope="module")
def role() -> Json:
    content: Json = json.loads(deploy_role(STAGES).to_json())
    properties: Json = content["Resources"]["DeployRole"]["Properties"]
    return properties


@pytest.fixture(scope="module")
def policy(role: Json) -> Json:
    (found,) = resolved(role["Policies"])
    document: Json = found["PolicyDocument"]
    return document


@pytest.fixture(scope="module")
def actions_of_iam() -> dict[str, list[str]]:
    """Return the patterns of the ARNs that each action takes: AWS's authorization reference."""
    return {
        f"{service}:{action}": [
            re.sub(r"\$\{\w+\}", "[^:/]*", pattern)
            for resource in described.get("Resources", [])
            for pattern in content["Resources"][resource.lower()]["ARNFormats"]
        ]
        for service, content in load_resource(AdditionalSpecs, "Policies.json").items()
        for action, described in content["Actions"].items()
    }


def handlers(kind: str) -> set[str]:
    """Return the actions in CloudFormation's schema of a type, those for tags included."""
    schema: Any = PROVIDER_SCHEMA_MANAGER.get_resource_schema("ap-southeast-1", kind).schema
    found = [
        schema["handlers"].get(name, {}).get("permissions", [])
        for name in ("create", "read", "update", "delete")
    ]
    return {*chain(*found, schema.get("tagging", {}).get("permissions", []))}


def arns(resources: Json, resource: Json) -> list[str]:
    """Return the ARNs of what the handlers of a resource act on."""
    name, patterns = ARNS[resource["Type"]]
    return [
        f"arn:aws:{pattern.replace('{name}', value)}"
        for value in (names(resources, resource["Properties"][name]) if name else [""])
        for pattern in patterns
    ]


def names(resources: Json, value: Any) -> list[str]:
    """Return a name, or those of the resources that a property refers to."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [*chain.from_iterable(names(resources, one) for one in value)]
    referred = resources[value["Ref"]]
    return names(resources, referred["Properties"][ARNS[referred["Type"]][0]])


@pytest.fixture(scope="module")
def requests(actions_of_iam: dict[str, list[str]]) -> set[Request]:
    """Return what CloudFormation requests: each action on each ARN that takes it."""
    resources = resolved(translated())

    def made() -> Iterator[Request]:
        for resource in resources.values():
            own = arns(resources, resource)
            for action in handlers(resource["Type"]):
                taken = actions_of_iam.get(action.lower(), [])
                found = [arn for arn in own if any(re.fullmatch(one, arn) for one in taken)]
                for arn in found or ["*"]:
                    yield resource["Type"], action, arn

    return {*made()}


def explanation(request: Request) -> str | None:
    """Return why the role does not need this permission, if that is so."""
    kind, action, _ = request
    text = f"{kind.rpartition('::')[2]} {action}"
    reasons = [reason for reason, pattern in NOT_NEEDED.items() if re.fullmatch(pattern, text)]
    return reasons[0] if reasons else None


def evaluated(policy: Json, asked: list[tuple[str, str, dict[str, str]]]) -> list[bool]:
    """Return whether moto's evaluator of IAM policies permits each action on an ARN."""
    result = subprocess.run(
        [ROOT / ".venv-engine/bin/python", "-c", EVALUATION],
        input=json.dumps([policy, asked]),
        capture_output=True,
        text=True,
        check=True,
    )
    return [*map(json.loads, result.stdout.splitlines())]


@pytest.fixture(scope="module")
def permitted(policy: Json, requests: set[Request]) -> set[Request]:
    """Return the requests that the policy permits."""
    ordered = sorted(requests)
    services = {"RestApi": "apigateway", "Function": "lambda"}
    asked = [
        (action, arn, {"iam:PassedToService": f"{service}.amazonaws.com"})
        for kind, action, arn in ordered
        for service in [services.get(kind.rpartition("::")[2], "other")]
    ]
    verdicts = evaluated(policy, asked)
    return {request for request, verdict in zip(ordered, verdicts, strict=True) if verdict}


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
def test_a_pattern_is_not_a_repository(repository: str) -> None:
    pattern = deploy_role(STAGES).to_dict()["Parameters"]["Repository"]["AllowedPattern"]
    assert re.fullmatch(pattern, "owner/name")
    assert re.fullmatch(pattern, "owner@123/name@456")
    assert not re.fullmatch(pattern, repository)


def test_it_may_do_what_cloudformation_does_to_each_resource(
    requests: set[Request], permitted: set[Request]
) -> None:
    assert {one for one in requests - permitted if not explanation(one)} == set()


def test_it_may_not_do_what_is_explained_as_not_needed(
    requests: set[Request], permitted: set[Request]
) -> None:
    assert {one for one in permitted if explanation(one)} == set()
    assert {explanation(one) for one in requests} == {None, *NOT_NEEDED}


def test_it_tags_the_api_its_stage_its_key_and_its_usage_plan(permitted: set[Request]) -> None:
    tagged = {(kind, arn) for kind, action, arn in permitted if action == "apigateway:PUT"}
    for kind in ("RestApi", "Stage", "ApiKey", "UsagePlan"):
        assert any(one == f"AWS::ApiGateway::{kind}" and "::/tags/" in arn for one, arn in tagged)


def test_it_may_do_nothing_that_cloudformation_and_sam_do_not(
    policy: Json, requests: set[Request]
) -> None:
    handled = {action for _, action, _ in requests}
    others = {
        statement["Sid"]: {*statement["Action"]} - handled
        for statement in policy["Statement"]
        if not {*statement["Action"]} <= handled
    }
    assert others == {
        "DeployAndRepairStack": {
            f"cloudformation:{action}"
            for action in (
                "ContinueUpdateRollback",
                "CreateChangeSet",
                "DeleteChangeSet",
                "DescribeChangeSet",
                "DescribeStackEvents",
                "DescribeStacks",
                "ExecuteChangeSet",
                "GetTemplate",
                "ListStackResources",
            )
        },
        "TransformTemplate": {"cloudformation:CreateChangeSet"},
        "FindArtifacts": {"cloudformation:DescribeStacks"},
        "KeepArtifacts": {"s3:PutObject"},
        # pipeline preflight reads the functions and their concurrency.
        "ReadAccount": {"cloudformation:GetTemplateSummary", "lambda:GetAccountSettings"},
        "ManageFunctions": {"lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration"},
    }


def test_it_may_look_up_every_name_that_preflight_looks_up(policy: Json) -> None:
    found = [*Plan.read(ROOT, "prod").names("0" * 12)]
    asked: list[tuple[str, str, dict[str, str]]] = [
        (f"{fixed.service}:{action}", f"arn:aws:{ARNS[kind][1][0].format(name=name)}", {})
        for kind, name in found
        for fixed in [FIXED_NAMES[kind]]
        for action in [ACTIONS.get(fixed.operation, fixed.operation.title().replace("_", ""))]
    ]
    verdicts = evaluated(policy, asked)
    assert [one for one, verdict in zip(asked, verdicts, strict=True) if not verdict] == []


def test_an_action_has_arns_exactly_if_it_takes_resources(
    policy: Json, actions_of_iam: dict[str, list[str]]
) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html."""
    for statement in policy["Statement"]:
        taken = {action: actions_of_iam[action.lower()] for action in statement["Action"]}
        if statement["Resource"] == ["*"]:
            assert {action for action in taken if taken[action]} == DESCRIBES_ALL
        elif statement["Sid"] != "TransformTemplate":  # the reference leaves transforms out
            pairs = {
                (action, arn)
                for action in taken
                for arn in statement["Resource"]
                if any(re.fullmatch(pattern, arn) for pattern in taken[action])
            }
            assert {action for action, _ in pairs} == {*statement["Action"]}
            assert {arn for _, arn in pairs} == {*statement["Resource"]}


def test_every_arn_is_of_the_environment_or_shared_by_all(policy: Json) -> None:
    shared = {
        arn
        for statement in policy["Statement"]
        for arn in statement["Resource"]
        if not re.search(r"-prod(?![a-z0-9])", arn)
    }
    assert shared == {
        "*",
        *(
            f"arn:aws:{API}{path}"
            for path in (
                *("apikeys", "apikeys/*", "restapis", "restapis/*"),
                *("usageplans", "usageplans/*", "tags/*"),
            )
        ),
        "arn:aws:cloudformation:ap-southeast-1:aws:transform/LanguageExtensions",
        "arn:aws:cloudformation:ap-southeast-1:aws:transform/Serverless-2016-10-31",
        f"arn:aws:cloudformation:{HERE}:stack/aws-sam-cli-managed-default/*",
        "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-*/*",
        f"arn:aws:{ROLES}aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway",
    }


def test_it_passes_the_pipelines_roles_only_to_services_they_trust(policy: Json) -> None:
    roles = [
        resource["Properties"]
        for resource in resolved(translated()).values()
        if resource["Type"] == "AWS::IAM::Role"
    ]
    trusted = {
        service
        for one in roles
        for statement in one["AssumeRolePolicyDocument"]["Statement"]
        for service in statement["Principal"]["Service"]
    }
    (passed,) = (one for one in policy["Statement"] if one["Sid"] == "PassRoles")
    assert {*passed["Resource"]} == {f"arn:aws:{ROLES}{one['RoleName']}" for one in roles}
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": sorted(trusted)}}


def test_it_fits_into_a_role_with_a_fourth_stage_the_longest_suffix_and_partition() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    properties = deploy_role([*STAGES, "fraud-check"]).to_dict()["Resources"]["DeployRole"]
    longest = {"${AWS::Partition}": "aws-us-gov", "${EnvironmentSuffix}": "s" * 20}
    (policy,) = resolved(properties["Properties"]["Policies"], longest)
    text = json.dumps(policy["PolicyDocument"], separators=(",", ":"))
    assert len(text) <= 10_240


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
