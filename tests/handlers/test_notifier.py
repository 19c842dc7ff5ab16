"""The notifier: one message for each outcome, whichever stage failed and whatever it holds."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from clients import MissingConfiguration
from contract import RECORD, RETURNED
from destination import InvalidRecord
from notifier import notifier
from ops.transaction import a_body
from tests.handlers.builders import (
    API_KEY_ID,
    RECEIVED_AT,
    REQUEST_ID,
    a_gateway_event,
    a_log_line,
    a_processed_record,
    a_record,
    a_rejection,
    a_transaction,
    a_validated_record,
    an_error,
)
from tests.handlers.conftest import Log
from tests.handlers.goldens import MESSAGE

type Published = Callable[..., None]

NOW = 1_767_225_600
TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:transaction-events-dev"
KNOWN = a_transaction()
REASON = "amount: has more than the 2 decimals of USD"


def handle(event: Any) -> dict[str, Any]:
    return notifier.lambda_handler(event, None)


@pytest.fixture
def published(
    sns: Stubber, outcomes: Stubber, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Return a function that expects a message, and its outcome if the request is known."""
    monkeypatch.setattr(time, "time", lambda: NOW + 0.9)

    def expect(message: dict[str, Any], **attributes: str) -> None:
        if "requestId" in message:
            outcomes.add_response("put_item", {}, a_put(message))
        sns.add_response("publish", {"MessageId": "m"}, a_publish(message, attributes))

    return expect


def a_put(message: dict[str, Any]) -> dict[str, Any]:
    """Return the request that stores the outcome of a message."""
    kept = {**message, "expiresAt": NOW + 30 * 86_400}
    return {
        "TableName": "outcomes-dev",
        "Item": {
            name: {"N" if name in {"timestamp", "expiresAt"} else "S": str(kept[name])}
            for name in (
                *("requestId", "transactionId", "status", "reason"),
                *("function", "timestamp", "apiKeyId", "expiresAt"),
            )
            if name in kept
        },
        "ConditionExpression": (
            "attribute_not_exists(requestId) OR (apiKeyId = :own AND #status = :failed)"
        ),
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":own": {"S": message.get("apiKeyId", "")},
            ":failed": {"S": "FAILED"},
        },
    }


def a_publish(message: dict[str, Any], attributes: dict[str, str]) -> dict[str, Any]:
    """Return the request that publishes a message."""
    return {
        "TopicArn": TOPIC,
        "Subject": f"Transaction {message['status']}",
        "Message": json.dumps(message),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value}
            for name, value in {"status": message["status"], **attributes}.items()
        },
    }


def an_old_rejection(transaction: object = None) -> dict[str, Any]:
    """Return the record of a validator that still raises for a rejection."""
    response = {"errorMessage": REASON, "errorType": "InvalidTransaction"}
    request = a_gateway_event(transaction)
    return a_record("validator", request, response, condition="RetriesExhausted")


def a_failure(response: object, condition: str = "RetriesExhausted") -> dict[str, Any]:
    """Return the record of a processor whose retries are exhausted."""
    return a_record("processor", a_validated_record(), response, condition=condition, invocations=3)


def a_message(
    status: str, reason: str, condition: str = "RetriesExhausted", **known: object
) -> dict[str, Any]:
    """Return the message about a failure."""
    function = "validator-dev" if status == "REJECTED" else "processor-dev"
    cause = {"function": function, "condition": condition, "reason": reason}
    return {"status": status, **cause, **known}


def test_publishes_these_bytes(published: Published) -> None:
    published(json.loads(MESSAGE), currency="USD", source="web")
    assert json.dumps(handle(a_processed_record())) == MESSAGE


@pytest.mark.parametrize("status", ["PROCESSED", "DUPLICATE", "CONFLICT"])
def test_tells_the_processors_outcome(status: str, published: Published, log: Log) -> None:
    message = {"status": status, **KNOWN}
    published(message, currency="USD", source="web")
    record = a_processed_record() | {"responsePayload": {**KNOWN, "status": status}}
    assert handle(record) == message
    assert log() == [a_log_line(status)]


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"amount": "100.005"},
        {"apiKeyId": None},
        dict.fromkeys(a_body()),
        {"transactionId": "a\nb", "currency": None, "function": "forged", "condition": "forged"},
    ],
)
def test_publishes_a_rejection_with_its_reason_and_what_is_well_formed(
    known: dict[str, Any], published: Published, log: Log
) -> None:
    rejection = a_rejection(REASON, **known)
    message = {name: rejection[name] for name in ("status", "reason", *RECORD) if name in rejection}
    if message.get("transactionId") == "a\nb":
        del message["transactionId"]
    published(
        message, **{name: message[name] for name in ("currency", "source") if name in message}
    )
    record = a_processed_record() | {"responsePayload": rejection}
    assert handle(record) == message
    assert [line["status"] for line in log()] == ["REJECTED"]


@pytest.mark.parametrize("reason", [None, 7, ["no"]])
def test_refuses_a_rejection_without_a_reason(reason: object) -> None:
    record = a_processed_record() | {"responsePayload": a_rejection(REASON) | {"reason": reason}}
    assert refusal(record) == "responsePayload.reason: must be a text"


def test_tells_what_an_older_validator_raised_as_a_rejection(
    published: Published, log: Log
) -> None:
    message = a_message("REJECTED", REASON, **{**KNOWN, "amount": "100.005"})
    published(message, currency="USD", source="web")
    record = an_old_rejection(a_body(amount=100.005))
    assert handle(record) == message
    failed = record["requestContext"]["requestId"]
    assert log() == [a_log_line("REJECTED", failedInvocation=failed)]


def test_publishes_though_the_request_has_an_outcome_that_must_stay(
    outcomes: Stubber, sns: Stubber, log: Log
) -> None:
    outcomes.add_client_error("put_item", "ConditionalCheckFailedException")
    sns.add_response("publish", {"MessageId": "m"})
    assert handle(a_processed_record())["status"] == "PROCESSED"
    assert log() == [a_log_line("PROCESSED")]


def test_publishes_nothing_that_cannot_be_asked_for(outcomes: Stubber, log: Log) -> None:
    outcomes.add_client_error("put_item", "ProvisionedThroughputExceededException")
    with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
        handle(a_processed_record())
    assert log() == []


def test_tells_a_failure_of_the_processor(published: Published) -> None:
    message = a_message("FAILED", "no answer", **KNOWN)
    published(message, currency="USD", source="web")
    assert handle(a_failure(an_error("processor", TimeoutError("no answer")))) == message


@pytest.mark.parametrize("condition", ["EventAgeExceeded", "ZeroReservedConcurrency"])
def test_tells_an_event_that_was_never_executed(condition: str, published: Published) -> None:
    record = a_failure(None, condition)
    del record["responsePayload"], record["responseContext"]
    message = a_message("FAILED", condition, condition, **KNOWN)
    published(message, currency="USD", source="web")
    assert handle(record) == message


@pytest.mark.parametrize("message", ["", {"a": 1}, ["no"], 7, None])
def test_the_condition_is_the_reason_of_an_error_without_a_text(message: object) -> None:
    record = a_failure({"errorMessage": message})
    assert notifier.message_of(record)["reason"] == "RetriesExhausted"


@pytest.mark.parametrize("response", ["text", ["a"], {}])
def test_the_condition_is_the_reason_of_a_response_that_is_no_error(response: object) -> None:
    assert notifier.message_of(a_failure(response))["reason"] == "RetriesExhausted"


@pytest.mark.parametrize(
    ("message", "reason"),
    [("x" * 1_001, "x" * 1_000), ("no\r\nway \x00\ud800\U0001f4a9~", "no??way ???~")],
)
def test_a_reason_is_short_and_in_plain_ascii(message: str, reason: str) -> None:
    assert notifier.message_of(a_failure({"errorMessage": message}))["reason"] == reason


@pytest.mark.parametrize("request_payload", [None, [], {}, {"responsePayload": None}])
def test_tells_a_failure_whose_transaction_is_unknown(
    request_payload: object, published: Published, log: Log
) -> None:
    message = a_message("FAILED", "no")
    published(message)
    record = a_failure({"errorMessage": "no"}) | {"requestPayload": request_payload}
    assert handle(record) == message
    failed = {"failedInvocation": record["requestContext"]["requestId"]}
    assert log() == [{"level": "INFO", "status": "FAILED", "requestId": None, **failed}]


@pytest.mark.parametrize(
    ("invocation", "logged"),
    [
        ("card-4111-1111-1111-1111", {"failedInvocation": "card-(card-like)"}),
        ("a\nb", {}),
        (7, {}),
        (None, {}),
    ],
)
def test_logs_no_malformed_id_of_the_invocation_that_failed(
    invocation: object, logged: dict[str, str], published: Published, log: Log
) -> None:
    published(a_message("FAILED", "no", **KNOWN), currency="USD", source="web")
    record = a_failure({"errorMessage": "no"})
    record["requestContext"]["requestId"] = invocation
    handle(record)
    assert log() == [a_log_line("FAILED", **logged)]


@pytest.mark.parametrize(
    ("transaction", "told"),
    [
        ([], dict.fromkeys(a_body())),
        (a_body(transactionId="a\nb", source=7), {"transactionId": None, "source": None}),
        (a_body(amount="1", currency="usd"), {"amount": None, "currency": None}),
        (a_body(amount=True, currency="€€€"), {"amount": None, "currency": None}),
        (a_body(amount=0, source=""), {"amount": "0", "source": None}),
        (a_body(amount=0.5, currency=""), {"amount": "0.5", "currency": None}),
        (a_body(amount=10**12 - 1), {"amount": "999999999999"}),
        (a_body(amount=10**12, currency=""), {"amount": None, "currency": None}),
        (a_body(amount=-1), {"amount": None}),
        (a_body(amount=10**5_000, source=""), {"amount": None, "source": None}),
        (a_body(amount=1e20), {"amount": None}),
        # A body cannot pretend to be the gateway.
        (a_body(requestId="forged", apiKeyId="forged", timestamp=1, receivedAt=1), {}),
    ],
)
def test_repeats_of_a_rejected_transaction_what_is_well_formed(
    transaction: object, told: dict[str, str | None], published: Published
) -> None:
    """`told` is what becomes of the good body's fields; None is not told."""
    sent: dict[str, Any] = a_body(amount="100.5") | told
    known = {name: value for name, value in sent.items() if value is not None}
    provenance: dict[str, Any] = {
        "timestamp": RECEIVED_AT,
        "requestId": REQUEST_ID,
        "apiKeyId": API_KEY_ID,
    }
    message = a_message("REJECTED", REASON, **known, **provenance)
    attributes = {name: known[name] for name in ("currency", "source") if name in known}
    published(message, **attributes)
    assert handle(an_old_rejection(transaction)) == message


def test_lets_a_failed_notification_be_retried(outcomes: Stubber, sns: Stubber, log: Log) -> None:
    outcomes.add_response("put_item", {})
    sns.add_client_error("publish", "Throttled", http_status_code=429)
    with pytest.raises(ClientError, match="Throttled"):
        handle(a_processed_record())
    assert log() == []


def refusal(event: Any) -> str:
    with pytest.raises(InvalidRecord) as caught:
        handle(event)
    return str(caught.value)


def test_refuses_what_is_not_a_destination_record() -> None:
    assert refusal({}) == "version: must be 1.0, that of a destination record"


@pytest.mark.parametrize(
    "context",
    [None, [], {}, *({"condition": c} for c in (1, "", "a b", "Success\n", "a" * 65))],
)
def test_refuses_a_record_without_a_condition(context: object) -> None:
    record = a_processed_record() | {"requestContext": context}
    assert refusal(record) == "requestContext.condition: must be a word of letters"


def test_refuses_a_success_without_an_outcome_of_the_processor() -> None:
    record = a_processed_record() | {"responsePayload": a_transaction()}
    assert refusal(record) == f"responsePayload.status: must be one of {', '.join(RETURNED)}"


@pytest.mark.parametrize(
    "arn", [None, 7, "", "validator-dev", "::::::", "::::::a b", f"::::::{'a' * 65}"]
)
def test_refuses_a_failure_that_names_no_function(arn: object) -> None:
    record = a_failure({})
    record["requestContext"]["functionArn"] = arn
    assert refusal(record) == "requestContext.functionArn: must be the ARN of a function"


@pytest.mark.parametrize("name", ["processor-dev", "F", "AZ_az-09"])
def test_names_the_function_of_an_arn_without_qualifier(name: str) -> None:
    record = a_failure({})
    record["requestContext"]["functionArn"] = (
        f"arn:aws:lambda:ap-southeast-1:000000000000:function:{name}"
    )
    assert notifier.message_of(record)["function"] == name


@pytest.mark.parametrize("condition", ["E", "EventAgeExceeded", "a" * 64])
def test_gives_any_word_as_the_condition(condition: str) -> None:
    assert notifier.message_of(a_failure({}, condition))["condition"] == condition


@pytest.mark.parametrize("variable", ["SNS_TOPIC_ARN", "OUTCOMES_TABLE", "OUTCOME_RETENTION_DAYS"])
def test_names_a_missing_environment_variable_before_anything_is_written(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(MissingConfiguration, match=variable):
        handle(a_processed_record())
