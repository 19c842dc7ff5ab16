"""Retained data is never deleted; other data is deleted with every version."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import click
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from cli.main import cli
from ops.deletion import (
    WAY_OUT,
    DataRetained,
    DeletionFailed,
    check_deletable,
    empty,
    remove,
)
from ops.stack import Stack
from tests.unit.stacks import a_local_file, a_stack, stubbing

STACK = {
    "StackName": "transactions-local",
    "CreationTime": "2026-01-01T00:00:00Z",
    "StackStatus": "CREATE_COMPLETE",
}
NO_STACK = "Stack with id transactions-local does not exist"


def deployed(
    cloudformation: Stubber, dynamodb: Stubber, template: str, *, protected: bool = False
) -> None:
    cloudformation.add_response(
        "describe_stacks", {"Stacks": [{**STACK, "EnableTerminationProtection": protected}]}
    )
    cloudformation.add_response("get_template", {"TemplateBody": template})
    dynamodb.add_response("describe_table", {"Table": {"DeletionProtectionEnabled": protected}})


def retention_error(template: str, *, protected: bool = False) -> str | None:
    stack = a_stack()
    with stubbing(stack.cloudformation, stack.dynamodb) as (cloudformation, dynamodb):
        deployed(cloudformation, dynamodb, template, protected=protected)
        try:
            check_deletable(stack)
        except DataRetained as error:
            return str(error)
    return None


def a_template(policy: str) -> str:
    template = {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": policy},
            "Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": policy},
            "Topic": {"Type": "AWS::SNS::Topic"},
        }
    }
    return json.dumps(template)


def test_a_stack_that_retains_nothing_can_be_deleted() -> None:
    assert retention_error(a_template("Delete")) is None


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate", "Snapshot"])
def test_a_template_that_retains_data_is_not_deleted(policy: str) -> None:
    assert retention_error(a_template(policy)) == (
        f"transactions-local retains its data: the template retains Bucket, Table. {WAY_OUT}"
    )


def test_a_template_that_is_not_json_is_read_too() -> None:
    template = "Resources:\n  Bucket:\n    Type: !Sub AWS::S3::Bucket\n    DeletionPolicy: Retain\n"
    assert retention_error(template) == (
        f"transactions-local retains its data: the template retains Bucket. {WAY_OUT}"
    )


def test_protected_stacks_and_tables_are_not_deleted() -> None:
    assert retention_error(a_template("Delete"), protected=True) == (
        "transactions-local retains its data: the stack has termination protection; "
        f"the table table_name has deletion protection. {WAY_OUT}"
    )


def versions(s3: Stubber, numbers: range, *, markers: range = range(0), more: str = "") -> None:
    page: dict[str, Any] = {
        "Versions": [{"Key": f"k{n}", "VersionId": f"v{n}"} for n in numbers],
        "DeleteMarkers": [{"Key": f"k{n}", "VersionId": f"m{n}"} for n in markers],
        "IsTruncated": bool(more),
    }
    if more:
        page |= {"NextKeyMarker": more, "NextVersionIdMarker": more}
    s3.add_response("list_object_versions", page)


def deletion(s3: Stubber, *ids: str, errors: list[dict[str, str]] | None = None) -> None:
    objects = [{"Key": f"k{one[1:]}", "VersionId": one} for one in ids]
    s3.add_response(
        "delete_objects",
        {"Errors": errors} if errors else {},
        {"Bucket": "bucket_name", "Delete": {"Objects": objects, "Quiet": True}},
    )


def test_every_version_and_delete_marker_goes_in_batches() -> None:
    stack, emptied = a_stack(), list[int]()
    with stubbing(stack.s3) as (s3,):
        versions(s3, range(998), markers=range(1), more="k997")
        versions(s3, range(998, 1_000))
        deletion(s3, *(f"v{n}" for n in range(998)), "m0", "v998")
        deletion(s3, "v999")
        empty(stack, emptied.append)

    assert emptied == [1_000, 1]


def test_a_version_that_cannot_be_deleted_is_named() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        versions(s3, range(1))
        deletion(s3, "v0", errors=[{"Key": "k0", "Message": "Access Denied"}])
        with pytest.raises(DeletionFailed, match=r"^k0 cannot be deleted: Access Denied$"):
            empty(stack, lambda _: None)


def test_a_bucket_that_is_gone_is_empty() -> None:
    stack = a_stack()
    with stubbing(stack.s3) as (s3,):
        s3.add_client_error("list_object_versions", "NoSuchBucket", http_status_code=404)
        empty(stack, lambda _: None)


def attempt(s3: Stubber, cloudformation: Stubber, status: str | None) -> None:
    versions(s3, range(1))
    deletion(s3, "v0")
    cloudformation.add_response("delete_stack", {}, {"StackName": "transactions-local"})
    if status is None:
        cloudformation.add_client_error("describe_stacks", "ValidationError", NO_STACK)
    else:
        found = {"Stacks": [{**STACK, "StackStatus": status}]}
        cloudformation.add_response("describe_stacks", found)


def test_a_bucket_written_to_meanwhile_is_emptied_again() -> None:
    stack, emptied = a_stack(), list[int]()
    with stubbing(stack.apigateway, stack.s3, stack.cloudformation) as (
        gateway,
        s3,
        cloudformation,
    ):
        gateway.add_response("get_api_keys", {"items": []})
        attempt(s3, cloudformation, "DELETE_FAILED")
        attempt(s3, cloudformation, None)
        remove(stack, emptied.append)

    assert emptied == [1, 1]


def not_removed(stack: Stack, *events: dict[str, str]) -> str:
    with stubbing(stack.apigateway, stack.s3, stack.cloudformation) as (
        gateway,
        s3,
        cloudformation,
    ):
        gateway.add_response("get_api_keys", {"items": []})
        for _ in range(2):
            attempt(s3, cloudformation, "DELETE_FAILED")
        events_found = [
            {"StackId": "s", "EventId": "e", "StackName": "transactions-local", "Timestamp": 0}
            | event
            for event in events
        ]
        cloudformation.add_response("describe_stack_events", {"StackEvents": events_found})
        with pytest.raises(DeletionFailed) as raised:
            remove(stack, lambda _: None)
    return str(raised.value)


def test_a_failed_deletion_has_a_reason() -> None:
    failed = {
        "ResourceStatus": "DELETE_FAILED",
        "LogicalResourceId": "AuditBucket",
        "ResourceStatusReason": "The bucket you tried to delete is not empty",
    }
    started = {"ResourceStatus": "DELETE_IN_PROGRESS", "LogicalResourceId": "AuditBucket"}
    assert not_removed(a_stack(), started, failed, {**failed, "LogicalResourceId": "older"}) == (
        "transactions-local was not deleted: AuditBucket: "
        "The bucket you tried to delete is not empty"
    )


def test_a_failed_deletion_without_a_reason_says_so() -> None:
    assert not_removed(a_stack()).startswith(
        "transactions-local was not deleted: Waiter StackDeleteComplete failed: "
    )


def test_a_stack_whose_name_is_not_typed_is_not_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.destroy.check_deletable", Mock())
    monkeypatch.setattr("click.prompt", Mock(side_effect=click.Abort))

    result = CliRunner().invoke(cli, ["destroy", "--local", a_local_file(tmp_path)])

    assert result.exit_code == 2
    assert result.output.endswith("Error: No name was typed; nothing was deleted.\n")
