"""Two environments in one account share no resources and do not affect each other."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests

from local import deployment
from local.lifecycle import Engine
from ops import evidence
from ops.logged_outcomes import outcomes
from ops.stack import Stack
from ops.submission import submit
from ops.subscriber import Subscriber, subscribe
from template.api import STAGE

SECONDS = 60


@pytest.fixture(scope="module")
def other(engine: Engine) -> Stack:
    return deployment.deploy(engine, "beside")


@pytest.fixture
def elsewhere(other: Stack) -> Iterator[tuple[Stack, Subscriber]]:
    reached = other
    with subscribe(reached) as notifications:
        yield reached, notifications


def resources(engine: Engine, stack: Stack) -> dict[str, tuple[str, str]]:
    """Return the type and physical ID of each resource by logical ID."""
    client = boto3.client("cloudformation", **engine.connection)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    return {
        item["LogicalResourceId"]: (item["ResourceType"], item["PhysicalResourceId"])
        for page in pages
        for item in page["StackResourceSummaries"]
    }


def kinds(found: dict[str, tuple[str, str]]) -> list[str]:
    return sorted(kind for kind, _ in found.values())


def test_share_no_resources(engine: Engine, stack: Stack, other: Stack) -> None:
    one, two = resources(engine, stack), resources(engine, other)
    assert kinds(one) == kinds(two)
    assert len(one) > 40
    # A stage's ID is its name, which is unique within its API.
    both = {*one.values()} & {*two.values()}
    assert both == {("AWS::ApiGateway::Stage", STAGE)}
    assert one["TransactionApi"] != two["TransactionApi"]


def test_have_no_name_in_common(stack: Stack, other: Stack) -> None:
    one, two = stack.outputs.flat(), other.outputs.flat()
    assert one.pop("Stages") == two.pop("Stages")
    assert one.keys() == two.keys()
    assert {*one.values()} & {*two.values()} == set()
    assert stack.api_key != other.api_key


def test_a_transaction_in_one_leaves_the_other_untouched(
    pipeline: Stack,
    notifications: Subscriber,
    elsewhere: tuple[Stack, Subscriber],
    a_transaction: Callable[..., dict[str, Any]],
) -> None:
    there, other_notifications = elsewhere
    body = a_transaction(transactionId="two-environments")
    response = submit(pipeline, body)
    assert notifications.wait_for({response.request_id}, seconds=SECONDS) == set()
    assert evidence.record_of(pipeline, body["transactionId"])

    assert other_notifications.wait_for({response.request_id}, seconds=1) == {response.request_id}
    assert there.dynamodb.scan(TableName=there.outputs.table_name)["Items"] == []
    assert "Versions" not in there.s3.list_object_versions(Bucket=there.outputs.bucket_name)
    assert evidence.dead_letters(there) == []
    assert list(outcomes(there, there.stage("validator").function_name)) == []


def test_a_key_works_in_one_environment_only(
    pipeline: Stack, other: Stack, a_transaction: Callable[..., dict[str, Any]]
) -> None:
    response = requests.post(
        other.api_endpoint,
        json=a_transaction(),
        headers={"x-api-key": pipeline.api_key},
        timeout=SECONDS,
    )
    assert response.status_code == 403
