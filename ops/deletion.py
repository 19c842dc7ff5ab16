"""Deletes a stack and its data, unless the data is to be retained."""

from collections.abc import Callable, Iterator
from itertools import batched, chain
from typing import TYPE_CHECKING

from botocore.exceptions import WaiterError

from ops.client_keys import client_keys, delete_keys
from ops.plan import read_template, retained
from ops.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import WaiterConfigTypeDef
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

BATCH = 1_000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
WAY_OUT = (
    "Nothing was deleted. To delete the data too, first deploy a template that retains nothing: "
    "see docs/operations.md."
)
POLLING: "WaiterConfigTypeDef" = {"Delay": 2, "MaxAttempts": 450}


class DataRetained(Exception):
    """The stack retains data; the message lists it and the remedy."""


class DeletionFailed(Exception):
    """The stack was not deleted; the message contains the reason."""


def check_deletable(stack: Stack) -> None:
    """Raise DataRetained if the template or a setting protects the stack or its data."""
    found = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    reasons = []
    if found.get("EnableTerminationProtection"):
        reasons.append("the stack has termination protection")
    template = stack.cloudformation.get_template(StackName=stack.name)["TemplateBody"]
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}
    if kept := sorted(retained(read_template(template), parameters)):
        reasons.append(f"the template retains {', '.join(kept)}")
    table = stack.dynamodb.describe_table(TableName=stack.outputs.table_name)["Table"]
    if table.get("DeletionProtectionEnabled"):
        reasons.append(f"the table {stack.outputs.table_name} has deletion protection")
    if reasons:
        raise DataRetained(f"{stack.name} retains its data: {'; '.join(reasons)}. {WAY_OUT}")


def remove(stack: Stack, emptied: Callable[[int], None]) -> None:
    """Delete the clients' keys, the objects and the stack; `emptied` receives sizes of batches.

    A transaction in progress can write one more object before its function is deleted. The bucket
    then remains and the stack is not deleted, so the last two steps are tried twice.
    """
    delete_keys(stack, client_keys(stack))
    waiter = stack.cloudformation.get_waiter("stack_delete_complete")
    for last in (False, True):
        empty(stack, emptied)
        stack.cloudformation.delete_stack(StackName=stack.name)
        try:
            waiter.wait(StackName=stack.name, WaiterConfig=POLLING)
        except WaiterError as error:
            if last:
                raise DeletionFailed(_reason(stack, error)) from error
        else:
            return


def empty(stack: Stack, emptied: Callable[[int], None]) -> None:
    """Delete every object version and delete marker in the audit bucket."""
    bucket = stack.outputs.bucket_name
    try:
        for versions in batched(_versions(stack, bucket), BATCH, strict=False):
            response = stack.s3.delete_objects(
                Bucket=bucket, Delete={"Objects": list(versions), "Quiet": True}
            )
            for error in response.get("Errors", []):
                raise DeletionFailed(f"{error['Key']} cannot be deleted: {error['Message']}")
            emptied(len(versions))
    except stack.s3.exceptions.NoSuchBucket:
        return


def _versions(stack: Stack, bucket: str) -> Iterator["ObjectIdentifierTypeDef"]:
    for page in stack.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in chain(page.get("Versions", []), page.get("DeleteMarkers", [])):
            yield {"Key": version["Key"], "VersionId": version["VersionId"]}


def _reason(stack: Stack, error: WaiterError) -> str:
    pages = stack.cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=stack.name
    )
    for event in chain.from_iterable(page["StackEvents"] for page in pages):  # the newest first
        if event.get("ResourceStatus") == "DELETE_FAILED":
            cause = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            return f"{stack.name} was not deleted: {cause}"
    return f"{stack.name} was not deleted: {error}"
