"""Whatever arrives, a handler raises nothing but its named errors, before it calls AWS."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import UnStubbedResponseError
from hypothesis import given, settings
from hypothesis import strategies as st

import notifier
import processor
import validator
from tests.unit.builders import (
    REQUEST_ID,
    a_body,
    a_gateway_event,
    a_processed_record,
    a_record,
    a_transaction,
    a_validated_record,
)

TEXT = st.text(st.characters(exclude_categories=()))  # JSON can hold halves of surrogates
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def a_proxy_event() -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "body": json.dumps(a_body()),
        "requestContext": {"requestId": REQUEST_ID, "requestTimeEpoch": 1},
    }


def a_failed_record() -> dict[str, Any]:
    error = {"errorType": "InvalidTransaction", "errorMessage": "amount: is missing"}
    return a_record("validator", a_gateway_event(), error, condition="RetriesExhausted")


@st.composite
def events(draw: st.DrawFn, *builders: Callable[[], dict[str, Any]]) -> Any:  # noqa: ANN401
    """Make anything at all, or replace, delete or add something somewhere in a good event."""
    build = draw(st.sampled_from((*builders, None)))
    if build is None:
        return draw(ANYTHING)
    event = place = build()
    key = draw(st.sampled_from(sorted(place)))
    while isinstance(place[key], dict) and place[key] and draw(st.booleans()):
        place = place[key]
        key = draw(st.sampled_from(sorted(place)))
    change = draw(st.sampled_from(["replace", "delete", "add"]))
    if change == "delete":
        del place[key]
    else:
        place[key if change == "replace" else draw(TEXT)] = draw(ANYTHING)
    return event


many = settings(max_examples=1_200, deadline=None)


@many
@given(events(a_gateway_event, a_proxy_event))
def test_the_validator_returns_or_raises_invalid_transaction(event: Any) -> None:  # noqa: ANN401
    with suppress(validator.InvalidTransaction):
        result = validator.lambda_handler(event, None)
        assert result.keys() in ({"statusCode", "headers", "body"}, a_transaction().keys())


@many
@given(events(a_validated_record))
def test_the_processor_calls_aws_or_raises_invalid_record(event: Any) -> None:  # noqa: ANN401
    with pytest.raises((processor.InvalidRecord, UnStubbedResponseError)) as caught:
        processor.lambda_handler(event, None)
    if caught.type is UnStubbedResponseError:
        assert processor.transaction_of(event).keys() == a_transaction().keys()


@many
@given(events(a_processed_record, a_failed_record))
def test_the_notifier_calls_aws_or_raises_invalid_record(event: Any) -> None:  # noqa: ANN401
    with pytest.raises((notifier.InvalidRecord, UnStubbedResponseError)) as caught:
        notifier.lambda_handler(event, None)
    if caught.type is UnStubbedResponseError:
        assert "status" in notifier.message_of(event)
