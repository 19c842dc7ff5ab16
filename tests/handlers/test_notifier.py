"""The notifier: one message for each outcome, whichever stage failed and whatever it holds."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from clients import MissingConfiguration
from contract import RECORD, RETURNED, InvalidRecord
from notifier import notifier
from ops.transaction import a_body
from tests.handlers.builders import (
    API_KEY_ID,
    RECEIVED_AT,
    REQUEST_ID,
    a_gateway_event,
    a_processed_record,
    a_record,
    a_transaction,
    a_validated_record,
    an_error,
)
from tests.handlers.conftest import Log
from tests.handlers.goldens import MESSAGE

TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:transaction-events-dev"


def handle(event: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong events too
    return notifier.lambda_handler(event, None)


def published(sns: Stubber, message: dict[str, Any], **attributes: str) -> None:
    """Expect this message with these attributes."""
    sns.add_response(
        "publish",
        {"MessageId": "m"},
        {
            "TopicArn": TOPIC,
            "Subject": f"Transaction {message['status']}",
            "Message": json.dumps(message),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in {"status": message["status"], **attributes}.items()
            },
        },
    )


def a_rejection(transaction: object = None, **error: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the record of a validator that raised."""
    response = {
        "errorMessage": "amount: has more than the 2 decimals of USD",
        "errorType": "InvalidTransaction",
        "requestId": "a",
        "stackTrace": [],
    } | error
    return a_record(
        "validator", a_gateway_event(transaction), response, condition="RetriesExhausted"
    )


def a_failure(response: object, condition: str = "RetriesExhausted") -> dict[str, Any]:
    """Return the record of a processor whose retries are exhausted."""
    return a_record("processor", a_validated_record(), response, condition=condition, invocations=3)


KNOWN = a_transaction()


def test_publishes_these_bytes(sns: Stubber) -> None:
    published(sns, json.loads(MESSAGE), currency="USD", source="web")
    assert json.dumps(handle(a_processed_record())) == MESSAGE


@pytest.mark.parametrize("status", RETURNED)
def test_tells_the_processors_outcome(status: str, sns: Stubber, log: Log) -> None:
    message = {"status": status, **KNOWN}
    published(sns, message, currency="USD", source="web")
    assert handle(a_processed_record() | {"responsePayload": {**KNOWN, "status": status}}) == (
        message
    )
    assert log() == [
        {
            "level": "INFO",
            "status": status,
            "requestId": REQUEST_ID,
            "transactionId": "order-1001",
        }
    ]


def test_tells_a_rejection_with_its_reason_and_the_amount_as_it_was_sent(
    sns: Stubber, log: Log
) -> None:
    message = {
        "status": "REJECTED",
        "function": "validator-dev",
        "condition": "RetriesExhausted",
        "reason": "amount: has more than the 2 decimals of USD",
        **KNOWN,
        "amount": "100.005",
    }
    published(sns, message, currency="USD", source="web")
    assert handle(a_rejection(a_body(amount=100.005))) == message
    assert log() == [
        {
            "level": "INFO",
            "status": "REJECTED",
            "requestId": REQUEST_ID,
            "transactionId": "order-1001",
        }
    ]


def test_tells_a_failure_of_the_processor(sns: Stubber) -> None:
    error = an_error("processor", TimeoutError("no answer"))
    message = {
        "status": "FAILED",
        "function": "processor-dev",
        "condition": "RetriesExhausted",
        "reason": "no answer",
        **KNOWN,
    }
    published(sns, message, currency="USD", source="web")
    assert handle(a_failure(error)) == message


@pytest.mark.parametrize("condition", ["EventAgeExceeded", "ZeroReservedConcurrency"])
def test_tells_an_event_that_was_never_executed(condition: str, sns: Stubber) -> None:
    record = a_failure(None, condition)
    del record["responsePayload"], record["responseContext"]
    message = {
        "status": "FAILED",
        "function": "processor-dev",
        "condition": condition,
        "reason": condition,
        **KNOWN,
    }
    published(sns, message, currency="USD", source="web")
    assert handle(record) == message


@pytest.mark.parametrize("response", ["text", ["a"], {}, {"errorMessage": ""}])
def test_gives_the_condition_as_reason_of_an_error_without_message(
    response: object, sns: Stubber
) -> None:
    sns.add_response("publish", {})
    assert handle(a_failure(response))["reason"] == "RetriesExhausted"


def test_cuts_a_long_reason(sns: Stubber) -> None:
    sns.add_response("publish", {})
    assert handle(a_failure({"errorMessage": "x" * 1_001}))["reason"] == "x" * 1_000


def test_tells_a_reason_in_plain_ascii(sns: Stubber) -> None:
    sns.add_response("publish", {})
    error = {"errorMessage": "no\r\nway \x00\ud800\U0001f4a9~"}
    assert handle(a_failure(error))["reason"] == "no??way ???~"


@pytest.mark.parametrize("message", [{"a": 1}, ["no"], 7])
def test_tells_no_reason_that_is_no_text(message: object, sns: Stubber) -> None:
    sns.add_response("publish", {})
    assert handle(a_failure({"errorMessage": message}))["reason"] == "RetriesExhausted"


@pytest.mark.parametrize("request_payload", [None, [], {}, {"responsePayload": None}])
def test_tells_a_failure_whose_transaction_is_unknown(
    request_payload: object, sns: Stubber, log: Log
) -> None:
    record = a_failure({"errorMessage": "no"}) | {"requestPayload": request_payload}
    message = {
        "status": "FAILED",
        "function": "processor-dev",
        "condition": "RetriesExhausted",
        "reason": "no",
    }
    published(sns, message)
    assert handle(record) == message
    assert log() == [{"level": "INFO", "status": "FAILED", "requestId": None}]


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
    ],
)
def test_repeats_of_a_rejected_transaction_what_is_well_formed(
    transaction: object, told: dict[str, str | None], sns: Stubber
) -> None:
    """`told` is what becomes of the good body's fields; None is not told."""
    known = {
        name: value for name, value in (a_body(amount="100.5") | told).items() if value is not None
    }
    sns.add_response("publish", {})
    assert handle(a_rejection(transaction)) == {
        "status": "REJECTED",
        "function": "validator-dev",
        "condition": "RetriesExhausted",
        "reason": "amount: has more than the 2 decimals of USD",
        **known,
        "requestId": REQUEST_ID,
        "apiKeyId": API_KEY_ID,
        "timestamp": RECEIVED_AT,
    }


def test_a_body_cannot_pretend_to_be_the_gateway(sns: Stubber) -> None:
    sns.add_response("publish", {})
    forged = a_body(requestId="forged", apiKeyId="forged", timestamp=1, receivedAt=1)
    message = handle(a_rejection(forged))
    assert message["requestId"] == REQUEST_ID
    assert message["apiKeyId"] == API_KEY_ID
    assert message["timestamp"] == RECEIVED_AT


def test_publishes_no_attribute_that_is_not_well_formed(sns: Stubber) -> None:
    sns.add_response(
        "publish",
        {},
        {
            "TopicArn": TOPIC,
            "Subject": "Transaction REJECTED",
            "Message": json.dumps(notifier.message_of(record := a_rejection([]))),
            "MessageAttributes": {"status": {"DataType": "String", "StringValue": "REJECTED"}},
        },
    )
    handle(record)


@pytest.mark.parametrize(
    ("code", "status"), [("Throttled", 429), ("InternalError", 500), ("AuthorizationError", 403)]
)
def test_lets_a_failed_notification_be_retried(
    code: str, status: int, sns: Stubber, log: Log
) -> None:
    sns.add_client_error("publish", code, http_status_code=status)
    with pytest.raises(ClientError, match=code):
        handle(a_processed_record())
    assert log() == []


def refusal(event: Any) -> str:  # noqa: ANN401 - wrong events too
    with pytest.raises(InvalidRecord) as caught:
        handle(event)
    return str(caught.value)


def test_refuses_what_is_not_a_destination_record() -> None:
    reason = "version: must be 1.0, that of a destination record"
    assert refusal([]) == reason
    assert refusal({}) == reason
    assert refusal(a_processed_record() | {"version": "2.0"}) == reason


@pytest.mark.parametrize(
    "context",
    [None, [], {}, *({"condition": c} for c in (1, "", "a b", "Success\n", "a" * 65))],
)
def test_refuses_a_record_without_a_condition(context: object) -> None:
    record = a_processed_record() | {"requestContext": context}
    assert refusal(record) == "requestContext.condition: must be a word of letters"


@pytest.mark.parametrize("payload", [None, [], a_transaction(), a_transaction(status="VALIDATED")])
def test_refuses_a_success_without_an_outcome_of_the_processor(payload: object) -> None:
    record = a_processed_record() | {"responsePayload": payload}
    reason = f"responsePayload.status: must be one of {', '.join(RETURNED)}"
    assert refusal(record) == reason


@pytest.mark.parametrize("name", RECORD)
@pytest.mark.parametrize("value", [None, "\n"])
def test_refuses_a_success_with_a_malformed_field(name: str, value: object) -> None:
    reason = refusal(a_processed_record(**{name: value}))
    assert reason == f"responsePayload.{name}: is missing or malformed"


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


@pytest.mark.parametrize("value", ["", None])
def test_names_the_environment_variable_that_is_missing(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv("SNS_TOPIC_ARN")
    else:
        monkeypatch.setenv("SNS_TOPIC_ARN", value)
    with pytest.raises(MissingConfiguration) as caught:
        handle(a_processed_record())
    assert str(caught.value) == "SNS_TOPIC_ARN: the environment variable is not set"
