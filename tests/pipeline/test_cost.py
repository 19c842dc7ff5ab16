"""The cost model predicts exactly the calls that the engine counts."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from local.lifecycle import Engine
from ops.cost.usage import Month, pipeline
from ops.stack import Stack
from ops.stage_durations import StageDurations
from ops.submission import submit
from ops.subscriber import Subscriber
from tests.polling import eventually

type Builder = Callable[..., dict[str, Any]]

TRANSACTIONS = 8
HTTP_SECONDS = 30
MANY = 1_000_000
PRICED = {
    ("s3", "PutObject"): "s3_put",
    ("dynamodb", "PutItem"): "dynamodb_write",
    ("dynamodb", "Query"): "dynamodb_read",
    ("sns", "Publish"): "sns_publish",
}
FREE = [("s3", "HeadObject"), ("s3", "GetObject")]
"""Calls that the roles permit, and which only duplicates and conflicts make."""


@pytest.fixture
def calls(engine: Engine) -> Iterator[Callable[[], dict[tuple[str, str], int]]]:
    """Return a function that counts calls: with faults that do nothing, many times."""
    url = f"{engine.endpoint_url}/_local/faults"
    for service, operation in [*PRICED, *FREE]:
        fault = {"service": service, "operation": operation, "times": MANY, "containing": "costs-"}
        assert requests.post(url, json=fault, timeout=HTTP_SECONDS).ok

    def counted() -> dict[tuple[str, str], int]:
        faults = requests.get(url, timeout=HTTP_SECONDS).json()
        return {(one["service"], one["operation"]): MANY - one["times"] for one in faults}

    yield counted
    assert requests.delete(url, timeout=HTTP_SECONDS).ok


def test_a_transaction_makes_exactly_the_calls_that_are_priced(
    stack: Stack,
    notifications: Subscriber,
    a_transaction: Builder,
    calls: Callable[[], dict[tuple[str, str], int]],
) -> None:
    def executions() -> dict[str, int]:
        """Return the executions of each stage so far."""
        pages = stack.logs.get_paginator("filter_log_events")
        return {
            stage.name: sum(
                "platform.report" in event["message"]
                for page in pages.paginate(logGroupName=f"/aws/lambda/{stage.function_name}")
                for event in page["events"]
            )
            for stage in stack.stages
        }

    before = executions()
    accepted = {
        submit(stack, a_transaction(transactionId=f"costs-{number}")).request_id
        for number in range(TRANSACTIONS)
    }
    assert notifications.wait_for(accepted, seconds=60) == set()

    count = Decimal(TRANSACTIONS)
    usage = pipeline(Month(transactions=count, measured=StageDurations.default()))
    assert calls() == {
        **{operation: usage[item] for operation, item in PRICED.items()},
        **dict.fromkeys(FREE, 0),
    }
    eventually(lambda: sum(executions().values()) >= sum(before.values()) + usage["lambda_request"])
    assert {name: ran - before[name] for name, ran in executions().items()} == dict.fromkeys(
        before, TRANSACTIONS
    )
    assert usage["lambda_request"] == len(stack.stages) * TRANSACTIONS
    assert usage["api_gateway_request"] == len(accepted)
