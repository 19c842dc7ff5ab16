"""The permissions of the deployment role: those of sam, and of CloudFormation for sam."""

from collections import defaultdict
from typing import Any

from awacs.aws import Action, Allow, Condition, Statement, StringEquals
from troposphere import Sub, Template

from template.deploy_kinds import HERE, KINDS

STACK = "transaction-pipeline-${EnvironmentSuffix}"
SAM_STACK = "aws-sam-cli-managed-default"


class UnknownType(ValueError):
    """A resource of the pipeline has a type without a description of its deployment."""


def run_sam() -> list[Statement]:
    """Return what sam itself needs: its bucket, the change set and the stack's events."""
    return [
        _allow(
            "DeployStack",
            "cloudformation",
            "CreateChangeSet DeleteChangeSet DescribeChangeSet DescribeStackEvents DescribeStacks "
            "ExecuteChangeSet GetTemplate ListStackResources",
            [f"cloudformation:{HERE}:stack/{STACK}/*"],
        ),
        _allow(
            "TransformTemplate",
            "cloudformation",
            "CreateChangeSet",
            [
                "cloudformation:${AWS::Region}:aws:transform/LanguageExtensions",
                "cloudformation:${AWS::Region}:aws:transform/Serverless-2016-10-31",
            ],
        ),
        _allow(
            "FindArtifacts",
            "cloudformation",
            "DescribeStacks",
            [f"cloudformation:{HERE}:stack/{SAM_STACK}/*"],
        ),
        _allow(
            "KeepArtifacts",
            "s3",
            "GetObject GetObjectVersion PutObject",
            [f"s3:::{SAM_STACK}-samclisourcebucket-*/*"],
        ),
        _everywhere("ReadTemplates", "cloudformation", "GetTemplateSummary"),
        _everywhere("ListLogGroups", "logs", "DescribeLogGroups DescribeResourcePolicies"),
    ]


def manage_resources(pipeline: Template) -> list[Statement]:
    """Return what CloudFormation needs to manage the pipeline's resources, by name."""
    resources = pipeline.to_dict()["Resources"]
    actions: dict[str, set[str]] = defaultdict(set)
    arns: dict[str, set[str]] = defaultdict(set)
    for resource in resources.values():
        if resource["Type"] not in KINDS:
            raise UnknownType(
                f"{resource['Type']}: add its actions and ARNs to template/deploy_kinds.py"
            )
        kind = KINDS[resource["Type"]]
        actions[kind.service] |= {*kind.actions.split()}
        for name in _names(resources, resource):
            arns[kind.service] |= {arn.replace("{name}", name) for arn in kind.arns}
    return [
        _allow(
            f"Manage{service.capitalize()}",
            service,
            " ".join(sorted(actions[service])),
            sorted(arns[service]),
        )
        for service in sorted(arns)
    ]


def pass_roles(pipeline: Template) -> Statement:
    """Return the permission to pass the pipeline's roles to the services that they trust."""
    roles = [
        resource["Properties"]
        for resource in pipeline.to_dict()["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
    ]
    services = {
        service
        for role in roles
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        for service in statement["Principal"]["Service"]
    }
    names = sorted(role["RoleName"]["Fn::Sub"] for role in roles)
    statement = _allow(
        "PassRoles", "iam", "PassRole", [f"iam::${{AWS::AccountId}}:role/{name}" for name in names]
    )
    statement.Condition = Condition(StringEquals({"iam:PassedToService": sorted(services)}))
    return statement


def allow_api_gateway_traces() -> Statement:
    """Return the permission to create the role by which API Gateway sends traces.

    The account's first API needs it:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
    """
    service = "ops.apigateway.amazonaws.com"
    role = f"aws-service-role/{service}/AWSServiceRoleForAPIGateway"
    statement = _allow(
        "LetApiGatewayTrace",
        "iam",
        "CreateServiceLinkedRole",
        [f"iam::${{AWS::AccountId}}:role/{role}"],
    )
    statement.Condition = Condition(StringEquals({"iam:AWSServiceName": service}))
    return statement


def _names(resources: dict[str, Any], resource: dict[str, Any]) -> list[str]:
    """Return the names of a resource or of the resources that it belongs to."""
    name = KINDS[resource["Type"]].name
    if not name:
        return [""]
    value = resource["Properties"][name]
    found: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        found += [one["Fn::Sub"]] if "Fn::Sub" in one else _names(resources, resources[one["Ref"]])
    return found


def _allow(sid: str, service: str, actions: str, arns: list[str]) -> Statement:
    return Statement(
        Sid=sid,
        Effect=Allow,
        Action=[Action(service, action) for action in actions.split()],
        Resource=[Sub(f"arn:${{AWS::Partition}}:{arn}") for arn in arns],
    )


def _everywhere(sid: str, service: str, actions: str) -> Statement:
    """Return a statement for actions without resource-level permissions."""
    return Statement(
        Sid=sid,
        Effect=Allow,
        Action=[Action(service, action) for action in actions.split()],
        Resource=["*"],
    )
