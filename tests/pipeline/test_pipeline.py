"""Every transaction is followed from its POST to its record, its audit object, its notification."""

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import boto3
import pytest

from contract import PROVENANCE
from ops import evidence
from ops.stack import Stack
from ops.submission import ApiResponse, submit
from ops.subscriber import Notification, Subscriber
from template.settings import Settings

type Builder = Callable[..., dict[str, Any]]

SECONDS = 30


def told(notifications: Subscriber, answer: ApiResponse) -> Notification:
    assert answer.accepted, answer
    assert notifications.wait_for({answer.request_id}, seconds=SECONDS) == set()
    (notification,) = notifications.seen[answer.request_id]
    return notification


def audit_versions(pipeline: Stack, transaction_id: str) -> int:
    return len(
        pipeline.s3.list_object_versions(
            Bucket=pipeline.outputs.bucket_name, Prefix=f"transactions/{transaction_id}.json"
        )["Versions"]
    )


def provenance(pipeline: Stack, answer: ApiResponse, timestamp: int) -> dict[str, Any]:
    """Return what the gateway adds to a transaction."""
    values = (timestamp, answer.request_id, pipeline.outputs.api_key_id)
    return dict(zip(PROVENANCE, values, strict=True))


def test_an_accepted_transaction_is_audited_recorded_and_told(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction(amount=100.5)
    before = time.time() * 1_000
    answer = submit(pipeline, body)
    notification = told(notifications, answer)

    assert answer.http_status == 202
    record = notification.message
    assert record == {
        **body,
        "amount": "100.50",
        "status": "PROCESSED",
        **provenance(pipeline, answer, record["timestamp"]),
    }
    # The gateway's clock at acceptance; engine and test share it.
    assert before - 1 <= record["timestamp"] <= notification.received_at * 1_000
    assert notification.attributes == {
        "status": "PROCESSED",
        "currency": "USD",
        "source": "point of sale",
    }
    del record["status"]
    assert evidence.audit_object_of(pipeline, body["transactionId"]) == record
    (item,) = evidence.record_of(pipeline, body["transactionId"])
    assert Decimal(item.pop("amount")["N"]) == Decimal("100.50")
    del record["amount"]
    assert item == {
        name: {"N": str(value)} if name == "timestamp" else {"S": value}
        for name, value in record.items()
    }


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("JPY", 100, "100"),
        ("KWD", 0.125, "0.125"),
        ("CLF", 0.0001, "0.0001"),
        ("EUR", 999_999_999_999, "999999999999.00"),
        ("EUR", 1e2, "100.00"),
        ("EUR", 0.29, "0.29"),
    ],
)
def test_keeps_the_amount_exactly(
    pipeline: Stack,
    notifications: Subscriber,
    a_transaction: Builder,
    currency: str,
    amount: float,
    text: str,
) -> None:
    body = a_transaction(currency=currency, amount=amount)
    notification = told(notifications, submit(pipeline, body))
    assert notification.message["amount"] == text
    (item,) = evidence.record_of(pipeline, body["transactionId"])
    assert Decimal(item["amount"]["N"]) == Decimal(text)


def test_the_same_transaction_twice_is_a_duplicate_of_the_first(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction()
    first = told(notifications, submit(pipeline, body)).message
    again = submit(pipeline, body)
    second = told(notifications, again).message
    assert first["status"] == "PROCESSED"
    # It is told by its own request id, with the time of the record that there is.
    assert second == {**first, "status": "DUPLICATE", "requestId": again.request_id}
    assert len(evidence.record_of(pipeline, body["transactionId"])) == 1
    assert audit_versions(pipeline, body["transactionId"]) == 1


@pytest.mark.parametrize("change", [{"amount": 100.51}, {"currency": "EUR"}, {"source": "web"}])
def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder, change: dict[str, Any]
) -> None:
    body = a_transaction()
    told(notifications, submit(pipeline, body))
    records = evidence.record_of(pipeline, body["transactionId"])
    audited = evidence.audit_object_of(pipeline, body["transactionId"])

    notification = told(notifications, submit(pipeline, {**body, **change}))

    assert notification.message["status"] == notification.attributes["status"] == "CONFLICT"
    assert evidence.record_of(pipeline, body["transactionId"]) == records
    assert evidence.audit_object_of(pipeline, body["transactionId"]) == audited
    assert audit_versions(pipeline, body["transactionId"]) == 1


def test_a_semantic_fault_is_dead_lettered_and_told_as_rejected(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction(amount=1.005)
    answer = submit(pipeline, body)
    notification = told(notifications, answer)

    reason = "amount: has more than the 2 decimals of USD"
    received_at = notification.message["timestamp"]
    assert answer.http_status == 202
    assert notification.message == {
        **body,
        "amount": "1.005",
        "status": "REJECTED",
        "function": pipeline.stage("validator").function_name,
        "condition": "RetriesExhausted",
        "reason": reason,
        **provenance(pipeline, answer, received_at),
    }
    (letter,) = [
        letter
        for letter in evidence.dead_letters(pipeline)
        if letter.request_id == answer.request_id
    ]
    assert letter == evidence.DeadLetter(
        stage="validator",
        event={
            "requestId": answer.request_id,
            "receivedAt": received_at,
            "apiKeyId": pipeline.outputs.api_key_id,
            "transaction": body,
        },
        error=reason,
    )
    assert evidence.record_of(pipeline, body["transactionId"]) == []
    assert evidence.audit_object_of(pipeline, body["transactionId"]) is None


def test_a_retry_of_the_same_event_makes_no_second_record(
    stack: Stack, pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction()
    answer = submit(pipeline, body)
    first = told(notifications, answer).message
    del first["status"]
    event = {"version": "1.0", "responsePayload": first}

    functions = boto3.client("lambda", **stack.connection)
    retried = functions.invoke(
        FunctionName=pipeline.stage("processor").function_name, Payload=json.dumps(event)
    )

    assert json.load(retried["Payload"]) == {**first, "status": "PROCESSED"}
    assert len(evidence.record_of(pipeline, body["transactionId"])) == 1
    assert audit_versions(pipeline, body["transactionId"]) == 1


def test_whoever_comes_next_heals_a_claim_whose_owner_died(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction()
    owner = told(notifications, submit(pipeline, body)).message
    (record,) = evidence.record_of(pipeline, body["transactionId"])
    key = {name: record[name] for name in ("transactionId", "timestamp")}
    pipeline.dynamodb.delete_item(TableName=pipeline.outputs.table_name, Key=key)

    healer = told(notifications, submit(pipeline, body)).message

    assert healer["status"] == "DUPLICATE"
    assert healer["timestamp"] == owner["timestamp"]
    # The record that is there now is the owner's, down to the request.
    assert evidence.record_of(pipeline, body["transactionId"]) == [record]


def test_writes_one_json_log_line_for_each_outcome(
    stack: Stack, pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction(transactionId="4111-1111-1111-1111")
    answer = submit(pipeline, body)
    told(notifications, answer)
    logs = boto3.client("logs", **stack.connection)
    expected = {
        pipeline.stage("validator").function_name: "VALIDATED",
        pipeline.stage("processor").function_name: "PROCESSED",
        pipeline.stage("notifier").function_name: "PROCESSED",
    }
    for function, status in expected.items():
        deadline = time.monotonic() + SECONDS
        lines: list[str] = []
        while not lines and time.monotonic() < deadline:
            events = logs.filter_log_events(
                logGroupName=f"/aws/lambda/{function}", filterPattern=f'"{answer.request_id}"'
            )["events"]
            lines = [event["message"] for event in events]
            assert not any("4111" in line for line in lines)
        assert [json.loads(line) for line in lines] == [
            {
                "level": "INFO",
                "status": status,
                "transactionId": "(card-like)",
                "requestId": answer.request_id,
            }
        ]


def test_runs_with_the_reserved_concurrency_of_the_template(stack: Stack, pipeline: Stack) -> None:
    functions = boto3.client("lambda", **stack.connection)
    for stage in pipeline.stages:
        reserved = functions.get_function_concurrency(FunctionName=stage.function_name)
        expected = Settings().reserved_concurrency
        assert reserved.get("ReservedConcurrentExecutions") == expected
