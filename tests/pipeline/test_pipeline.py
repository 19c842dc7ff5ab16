"""Every transaction is tracked from its POST to its record, audit object and notification."""

import json
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from contract import PROVENANCE, audit_key
from ops import evidence
from ops.entries import audit_object_of
from ops.outcomes import Outcome, outcomes_of, retention_of
from ops.stack import Stack
from ops.submission import ApiResponse, submit
from ops.subscriber import Notification, Subscriber
from template.settings import Settings
from tests.polling import eventually

type Builder = Callable[..., dict[str, Any]]

SECONDS = 30


def notification_of(notifications: Subscriber, response: ApiResponse) -> Notification:
    assert response.accepted, response
    assert notifications.wait_for({response.request_id}, seconds=SECONDS) == set()
    (notification,) = notifications.seen[response.request_id]
    return notification


def audit_versions(pipeline: Stack, transaction_id: str) -> int:
    return len(
        pipeline.s3.list_object_versions(
            Bucket=pipeline.outputs.bucket_name, Prefix=f"transactions/{transaction_id}.json"
        )["Versions"]
    )


def provenance(pipeline: Stack, response: ApiResponse, timestamp: int) -> dict[str, Any]:
    """Return the fields that the gateway adds to a transaction."""
    values = (timestamp, response.request_id, pipeline.outputs.api_key_id)
    return dict(zip(PROVENANCE, values, strict=True))


def test_an_accepted_transaction_is_audited_recorded_and_published(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction(amount=100.5)
    before = time.time() * 1_000
    response = submit(pipeline, body)
    notification = notification_of(notifications, response)

    assert response.http_status == 202
    record = notification.message
    assert record == {
        **body,
        "amount": "100.50",
        "status": "PROCESSED",
        **provenance(pipeline, response, record["timestamp"]),
    }
    # The gateway's clock at acceptance; engine and test share it.
    assert before - 1 <= record["timestamp"] <= notification.received_at * 1_000
    assert notification.attributes == {
        "status": "PROCESSED",
        "currency": "USD",
        "source": "point of sale",
    }
    del record["status"]
    stored = pipeline.s3.get_object(
        Bucket=pipeline.outputs.bucket_name, Key=audit_key(body["transactionId"])
    )
    assert json.load(stored["Body"]) == record
    (item,) = evidence.record_of(pipeline, body["transactionId"])
    assert Decimal(item.pop("amount")["N"]) == Decimal("100.50")
    del record["amount"]
    assert item == {
        name: {"N": str(value)} if name == "timestamp" else {"S": value}
        for name, value in record.items()
    }


def test_the_same_transaction_twice_is_a_duplicate_of_the_first(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction()
    first = notification_of(notifications, submit(pipeline, body)).message
    again = submit(pipeline, body)
    second = notification_of(notifications, again).message
    assert first["status"] == "PROCESSED"
    # The message has its own request ID and the timestamp of the existing record.
    assert second == {**first, "status": "DUPLICATE", "requestId": again.request_id}
    assert len(evidence.record_of(pipeline, body["transactionId"])) == 1
    assert audit_versions(pipeline, body["transactionId"]) == 1


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction()
    notification_of(notifications, submit(pipeline, body))
    records = evidence.record_of(pipeline, body["transactionId"])
    audited = audit_object_of(pipeline, body["transactionId"])

    notification = notification_of(notifications, submit(pipeline, {**body, "amount": 100.51}))

    assert notification.message["status"] == notification.attributes["status"] == "CONFLICT"
    assert evidence.record_of(pipeline, body["transactionId"]) == records
    assert audit_object_of(pipeline, body["transactionId"]) == audited
    assert audit_versions(pipeline, body["transactionId"]) == 1


def test_a_semantic_fault_is_published_as_rejected_and_leaves_nothing_but_the_outcome(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    body = a_transaction(amount=1.005)
    response = submit(pipeline, body)
    notification = notification_of(notifications, response)

    reason = "amount: has more than the 2 decimals of USD"
    assert response.http_status == 202
    assert notification.message == {
        **body,
        "amount": "1.005",
        "status": "REJECTED",
        "reason": reason,
        **provenance(pipeline, response, notification.message["timestamp"]),
    }
    (outcome,) = outcomes_of(pipeline, {response.request_id}).values()
    assert outcome == Outcome(
        response.request_id,
        "REJECTED",
        body["transactionId"],
        reason,
        expires_at=outcome.expires_at,
        timestamp=notification.message["timestamp"],
    )
    assert response.request_id not in {one.request_id for one in evidence.dead_letters(pipeline)}
    assert evidence.record_of(pipeline, body["transactionId"]) == []
    assert audit_object_of(pipeline, body["transactionId"]) is None
    read = pipeline.http.get(f"{pipeline.api_endpoint}/{body['transactionId']}", timeout=SECONDS)
    assert read.status_code == 404


def test_an_outcome_is_kept_for_as_long_as_the_template_says(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    before = time.time()
    response = submit(pipeline, a_transaction())
    notification_of(notifications, response)

    (outcome,) = outcomes_of(pipeline, {response.request_id}).values()

    retention = retention_of(pipeline) / 1_000
    assert retention == Settings().outcome_retention * 86_400
    assert int(before) <= outcome.expires_at - retention <= time.time()


def test_writes_one_json_log_line_for_each_outcome(
    pipeline: Stack, notifications: Subscriber, a_transaction: Builder
) -> None:
    response = submit(pipeline, a_transaction(transactionId="4111-1111-1111-1111"))
    notification_of(notifications, response)
    statuses = ("VALIDATED", "PROCESSED", "PROCESSED")
    for stage, status in zip(pipeline.stages, statuses, strict=True):
        lines = partial(logged, pipeline, stage.function_name, response.request_id)
        assert [json.loads(line) for line in eventually(lines, SECONDS)] == [
            {
                "level": "INFO",
                "status": status,
                "transactionId": "(card-like)",
                "requestId": response.request_id,
            }
        ]


def logged(pipeline: Stack, function: str, request_id: str) -> list[str]:
    events = pipeline.logs.filter_log_events(
        logGroupName=f"/aws/lambda/{function}", filterPattern=f'"{request_id}"'
    )
    return [event["message"] for event in events["events"]]


def test_runs_with_the_reserved_concurrency_of_the_template(pipeline: Stack) -> None:
    for stage in pipeline.stages:
        reserved = pipeline.functions.get_function_concurrency(FunctionName=stage.function_name)
        expected = Settings().reserved_concurrency
        assert reserved.get("ReservedConcurrentExecutions") == expected
