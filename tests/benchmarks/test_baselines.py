"""The baselines do the same work by the same rules, so that the comparison is fair."""

import json
from collections import Counter
from typing import Any

import pytest

from benchmarks.aws import Aws
from benchmarks.benchmark import event_of
from benchmarks.execution_environment import ExecutionEnvironment, HandlerFailed
from benchmarks.staging import StagedCode
from benchmarks.validate import JUDGED, start
from contract import FIELDS, OPTIONAL
from validator import validator

VALIDATORS = ["validator_pydantic", "validator_powertools"]
PROCESSORS = ["processor_boto3", "processor_idempotency", "processor_powertools"]
NOTIFIERS = ["notifier_boto3", "notifier_powertools"]


def ours(body: Any) -> str | None:
    try:
        return validator.validate(body)
    except validator.InvalidTransaction:
        return None


def test_every_validator_returns_the_same_for_every_body() -> None:
    with start() as worker:
        output, _ = worker.communicate()
    expected = [ours(body) for body, _ in JUDGED]
    assert {name: found for name, found in json.loads(output).items() if found != expected} == {}
    assert [amount is not None for amount in expected] == [good for _, good in JUDGED]


@pytest.mark.parametrize("name", VALIDATORS)
def test_a_baseline_validator_returns_the_same_as_ours(
    name: str, staged: StagedCode, aws: Aws
) -> None:
    event = event_of("validator")
    with ExecutionEnvironment(staged.function(name), aws.variables) as baseline:
        for body, good in JUDGED:
            request = {**event, "transaction": body}
            if good:
                assert baseline.invoke(request).payload == validator.lambda_handler(request, None)
            else:
                with pytest.raises(HandlerFailed):
                    baseline.invoke(request)


@pytest.mark.parametrize("name", PROCESSORS)
def test_a_baseline_processor_returns_the_same_as_ours(
    name: str, staged: StagedCode, aws: Aws
) -> None:
    assert_alike("processor", name, staged, aws)


@pytest.mark.parametrize("name", NOTIFIERS)
def test_a_baseline_notifier_returns_the_same_as_ours(
    name: str, staged: StagedCode, aws: Aws
) -> None:
    assert_alike("notifier", name, staged, aws)


def assert_alike(function: str, name: str, staged: StagedCode, aws: Aws) -> None:
    event = event_of(function)
    payload = event["responsePayload"] | {name: FIELDS[name].example for name in OPTIONAL}
    event["responsePayload"] = payload
    malformed = {**event, "responsePayload": {**payload, "amount": "1e3"}}
    with (
        ExecutionEnvironment(staged.function(function), aws.variables) as original,
        ExecutionEnvironment(staged.function(name), aws.variables) as baseline,
    ):
        aws.calls.clear()
        expected, needed = original.invoke(event).payload, Counter(aws.calls)
        aws.calls.clear()
        assert baseline.invoke(event).payload == expected
        assert needed <= Counter(aws.calls)
        for environment in (original, baseline):
            with pytest.raises(HandlerFailed, match="amount"):
                environment.invoke(malformed)
