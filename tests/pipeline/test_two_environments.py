"""Two environments in one account share no resources and do not affect each other."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from click.testing import CliRunner

from cli.main import cli
from local import deployment
from local.lifecycle import Engine
from ops import evidence
from ops.logged_outcomes import logged_outcomes
from ops.outcomes import outcome_pages
from ops.stack import Stack
from ops.submission import submit
from ops.subscriber import Subscriber, subscribe
from template.api import STAGE

SECONDS = 60


@pytest.fixture(scope="module")
def other(engine: Engine) -> Stack:
    return deployment.deploy(engine, "beside")


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


def test_a_transaction_in_one_leaves_the_other_untouched(
    pipeline: Stack,
    notifications: Subscriber,
    other: Stack,
    a_transaction: Callable[..., dict[str, Any]],
) -> None:
    with subscribe(other) as other_notifications:
        request_id = submit(pipeline, a_transaction()).request_id
        assert notifications.wait_for({request_id}, seconds=SECONDS) == set()
        assert other_notifications.wait_for({request_id}, seconds=1) == {request_id}

    assert other.dynamodb.scan(TableName=other.outputs.table_name)["Items"] == []
    assert not any(outcome_pages(other))
    assert "Versions" not in other.s3.list_object_versions(Bucket=other.outputs.bucket_name)
    assert evidence.dead_letters(other) == []
    assert list(logged_outcomes(other, other.stage("validator").function_name)) == []


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


@pytest.mark.usefixtures("_as_on_aws")
def test_one_is_destroyed_by_its_name_without_a_question(
    other: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/stack.json").write_text("of another stack")

    result = CliRunner().invoke(cli, ["destroy", "--stack-name", other.name, "--yes", "--json"])

    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {"stack": other.name, "versionsDeleted": 0},
    )
    assert (tmp_path / ".local/stack.json").exists()
