"""Behavior of CloudFormation that the engine lacks."""

import json
from collections.abc import Callable

from localemu.services.cloudformation.resource_provider import OperationStatus, ProgressEvent

from local.engine.patching import Patch, Untyped

SERVICES = "localemu.services"
CLOUDFORMATION = "localemu.services.cloudformation.engine.v2"


def resolve_sam_references(original: Callable[[Untyped], None]) -> Callable[[Untyped], None]:
    """Leave `!Ref Api.Stage` to SAM; the engine resolves every Ref before SAM does."""

    def execute_local_transforms(self: Untyped) -> None:
        if "Fn::Transform" in json.dumps(self._after_template, default=str):
            original(self)

    return execute_local_transforms


def retain_except_on_create(original: Callable[..., None]) -> Callable[..., None]:
    """Retain resources with RetainExceptOnCreate, which the engine deletes with the stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """

    def init(self: Untyped, *arguments: Untyped, **named: Untyped) -> None:
        original(self, *arguments, **named)
        if self.deletion_policy == "RetainExceptOnCreate":
            self.deletion_policy = "Retain"

    return init


def afterwards(
    finish: Callable[[Untyped, dict[str, Untyped]], None],
) -> Callable[[Callable[..., ProgressEvent]], Callable[..., ProgressEvent]]:
    """Wrap a resource's `create` so that `finish(clients, properties)` follows a success."""

    def wrapper(original: Callable[..., ProgressEvent]) -> Callable[..., ProgressEvent]:
        def create(self: Untyped, request: Untyped) -> ProgressEvent:
            event = original(self, request)
            if event.status == OperationStatus.SUCCESS:
                finish(request.aws_client_factory, event.resource_model)
            return event

        return create

    return wrapper


def protect_table(clients: Untyped, properties: dict[str, Untyped]) -> None:
    """Set the table's point-in-time recovery and deletion protection."""
    name = properties["TableName"]
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        clients.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=recovery
        )
    if protected := properties.get("DeletionProtectionEnabled"):
        clients.dynamodb.update_table(TableName=name, DeletionProtectionEnabled=protected)


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


def retain_logs(clients: Untyped, properties: dict[str, Untyped]) -> None:
    """Set the log group's retention."""
    if days := properties.get("RetentionInDays"):
        clients.logs.put_retention_policy(
            logGroupName=properties["LogGroupName"], retentionInDays=int(days)
        )


PATCHES = (
    Patch(
        f"{CLOUDFORMATION}.change_set_model_transform:"
        "ChangeSetModelTransform._execute_local_transforms",
        resolve_sam_references,
    ),
    Patch(
        f"{CLOUDFORMATION}.change_set_model_preproc:PreprocResource.__init__",
        retain_except_on_create,
    ),
    Patch(
        f"{SERVICES}.dynamodb.resource_providers.aws_dynamodb_table:DynamoDBTableProvider.create",
        afterwards(protect_table),
    ),
    Patch(
        f"{SERVICES}.s3.resource_providers.aws_s3_bucket:S3BucketProvider.create",
        afterwards(protect_bucket),
    ),
    Patch(
        f"{SERVICES}.logs.resource_providers.aws_logs_loggroup:LogsLogGroupProvider.create",
        afterwards(retain_logs),
    ),
)
