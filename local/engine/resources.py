"""Behavior of CloudFormation and DynamoDB that the engine lacks."""

import functools
import json
from collections.abc import Callable
from decimal import Decimal

from localemu.services.cloudformation.resource_provider import OperationStatus, ProgressEvent

from local.engine.patching import Untyped, patch

SERVICES = "localemu.services"
CLOUDFORMATION = f"{SERVICES}.cloudformation.engine.v2"
THROTTLE = {"rateLimit": "ThrottlingRateLimit", "burstLimit": "ThrottlingBurstLimit"}


@patch(
    f"{CLOUDFORMATION}.change_set_model_transform:ChangeSetModelTransform._execute_local_transforms"
)
def resolve_sam_references(original: Callable[[Untyped], None], self: Untyped) -> None:
    """Leave `!Ref Api.Stage` to SAM; the engine resolves every Ref before SAM does."""
    if "Fn::Transform" in json.dumps(self._after_template, default=str):
        original(self)


@patch(f"{CLOUDFORMATION}.change_set_model_preproc:PreprocResource.__init__")
def retain_except_on_create(
    original: Callable[..., None], self: Untyped, *arguments: Untyped, **named: Untyped
) -> None:
    """Retain resources with RetainExceptOnCreate, which the engine deletes with the stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    original(self, *arguments, **named)
    if self.deletion_policy == "RetainExceptOnCreate":
        self.deletion_policy = "Retain"


def afterwards(
    finish: Callable[[Untyped, dict[str, Untyped]], None],
) -> Callable[..., ProgressEvent]:
    """Return a replacement of a resource's `create` in which `finish` follows a success."""

    @functools.wraps(finish)
    def create(
        original: Callable[..., ProgressEvent], self: Untyped, request: Untyped
    ) -> ProgressEvent:
        event = original(self, request)
        if event.status == OperationStatus.SUCCESS:
            finish(request.aws_client_factory, event.resource_model)
        return event

    return create


@patch(f"{SERVICES}.dynamodb.resource_providers.aws_dynamodb_table:DynamoDBTableProvider.create")
@afterwards
def protect_table(clients: Untyped, properties: dict[str, Untyped]) -> None:
    """Set the table's point-in-time recovery and deletion protection."""
    name = properties["TableName"]
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        clients.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=recovery
        )
    if protected := properties.get("DeletionProtectionEnabled"):
        clients.dynamodb.update_table(TableName=name, DeletionProtectionEnabled=protected)


@patch(f"{SERVICES}.s3.resource_providers.aws_s3_bucket:S3BucketProvider.create")
@afterwards
def protect_bucket(clients: Untyped, properties: dict[str, Untyped]) -> None:
    """Set the bucket's encryption, lifecycle, public access block and ownership."""
    name, s3 = properties["BucketName"], clients.s3
    if encryption := properties.get("BucketEncryption"):
        rules = [
            {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
            for rule in encryption["ServerSideEncryptionConfiguration"]
        ]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if lifecycle := properties.get("LifecycleConfiguration"):
        s3.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={
                "Rules": [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
            },
        )
    if blocked := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)
    if ownership := properties.get("OwnershipControls"):
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=ownership)


def _lifecycle_rule(rule: dict[str, Untyped]) -> dict[str, Untyped]:
    transitions = [
        {"StorageClass": item["StorageClass"], "Days": int(item["TransitionInDays"])}
        for item in rule.get("Transitions", [])
    ]
    return {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
        "Transitions": transitions,
    }


@patch(f"{SERVICES}.logs.resource_providers.aws_logs_loggroup:LogsLogGroupProvider.create")
@afterwards
def retain_logs(clients: Untyped, properties: dict[str, Untyped]) -> None:
    """Set the log group's retention."""
    if days := properties.get("RetentionInDays"):
        clients.logs.put_retention_policy(
            logGroupName=properties["LogGroupName"], retentionInDays=int(days)
        )


@patch(
    f"{SERVICES}.apigateway.resource_providers.aws_apigateway_stage:ApiGatewayStageProvider.create"
)
@afterwards
def throttle_stage(clients: Untyped, properties: dict[str, Untyped]) -> None:
    """Set the throttle of the stage's methods."""
    for setting in properties.get("MethodSettings", []):
        path = f"{setting['ResourcePath']}/{setting['HttpMethod']}/throttling"
        clients.apigateway.update_stage(
            restApiId=properties["RestApiId"],
            stageName=properties["StageName"],
            patchOperations=[
                {"op": "replace", "path": f"{path}/{name}", "value": str(setting[key])}
                for name, key in THROTTLE.items()
            ],
        )


@patch(f"{SERVICES}.dynamodb.provider:DynamoDBProvider.forward_request")
def trim_numbers(
    original: Callable[..., Untyped],
    self: Untyped,
    context: Untyped,
    service_request: Untyped = None,
) -> Untyped:
    """Trim zeros of DynamoDB's numbers: 100.50 is returned as 100.5.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    response = original(self, context, service_request)
    items = [*(response.get("Items") or []), response.get("Item"), response.get("Attributes")]
    for item in filter(None, items):
        for value in item.values():
            if "N" in value:
                value["N"] = trimmed(value["N"])
    return response


def trimmed(number: str) -> str:
    """Return the number without insignificant zeros."""
    digits = f"{Decimal(number):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
