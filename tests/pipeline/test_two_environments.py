"""Two environments in one account: no resource is shared, and what happens in one stays there."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests

from local import deployment
from local.lifecycle import Engine
from local.run import reach
from local.stack import LocalStack
from ops import evidence
from ops.audit import logged
from ops.stack import Stack
from ops.submission import submit
from ops.watch import Watch, watch
from template.api import STAGE

SECONDS = 60


@pytest.fixture(scope="module")
def other(engine: Engine) -> LocalStack:
    return deployment.deploy(engine, "beside")


@pytest.fixture
def elsewhere(other: LocalStack) -> Iterator[tuple[Stack, Watch]]:
    reached = reach(other)
    with watch(reached) as notifications:
        yield reached, notifications


def resources(engine: Engine, stack: LocalStack) -> dict[str, tuple[str, str]]:
    """Give type and physical id of each resource by its logical id."""
    client = boto3.client("cloudformation", **engine.connection)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.stack_name)
    return {
        item["LogicalResourceId"]: (item["ResourceType"], item["PhysicalResourceId"])
        for page in pages
        for item in page["StackResourceSummaries"]
    }


def kinds(found: dict[str, tuple[str, str]]) -> list[str]:
    return sorted(kind for kind, _ in found.values())


def test_share_no_resource(engine: Engine, stack: LocalStack, other: LocalStack) -> None:
    one, two = resources(engine, stack), resources(engine, other)
    assert kinds(one) == kinds(two)
    assert len(one) > 40
    # A stage's id is its name, within its own API.
    both = {*one.values()} & {*two.values()}
    assert both == {("AWS::ApiGateway::Stage", STAGE)}
    assert one["TransactionApi"] != two["TransactionApi"]


def test_have_no_name_in_common(stack: LocalStack, other: LocalStack) -> None:
    assert stack.outputs.keys() == other.outputs.keys()
    both = {*stack.outputs.values()} & {*other.outputs.values()}
    assert both == {stack.outputs["Stages"]}
    assert stack.api_key != other.api_key


def test_a_transaction_in_one_leaves_the_other_untouched(
    pipeline: Stack,
    notifications: Watch,
    elsewhere: tuple[Stack, Watch],
    a_transaction: Callable[..., dict[str, Any]],
) -> None:
    there, heard_there = elsewhere
    body = a_transaction(transactionId="two-environments")
    answer = submit(pipeline, body)
    assert notifications.wait_for({answer.request_id}, seconds=SECONDS) == set()
    assert evidence.record_of(pipeline, body["transactionId"])

    assert heard_there.wait_for({answer.request_id}, seconds=1) == {answer.request_id}
    assert there.dynamodb.scan(TableName=there.outputs.table_name)["Items"] == []
    assert "Versions" not in there.s3.list_object_versions(Bucket=there.outputs.bucket_name)
    assert evidence.dead_letters(there) == []
    assert list(logged(there, there.stage("validator").function_name)) == []


def test_the_key_of_one_opens_no_other(
    pipeline: Stack, other: LocalStack, a_transaction: Callable[..., dict[str, Any]]
) -> None:
    response = requests.post(
        other.api_endpoint,
        json=a_transaction(),
        headers={"x-api-key": pipeline.api_key},
        timeout=SECONDS,
    )
    assert response.status_code == 403
