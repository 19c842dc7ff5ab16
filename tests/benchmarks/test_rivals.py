"""The rivals do the same work by the same rules, or there is nothing to compare."""

import json
from typing import Any

import pytest

import validator
from benchmarks import bodies
from benchmarks.aws import Aws
from benchmarks.benchmark import event_of
from benchmarks.environment import Environment
from benchmarks.runtime_api import HandlerFailed
from benchmarks.staging import Stage
from benchmarks.suite.validate import command

VALIDATORS = ["validator_pydantic", "validator_powertools"]
PROCESSORS = ["processor_boto3", "processor_idempotency", "processor_powertools"]
NOTIFIERS = ["notifier_boto3", "notifier_powertools"]


def ours(body: Any) -> str | None:  # noqa: ANN401 - wrong bodies too
    try:
        return validator.validate(body)
    except validator.InvalidTransaction:
        return None


def test_every_validator_judges_every_body_alike() -> None:
    with command() as worker:
        output, _ = worker.communicate()
    expected = [ours(body) for body in (*bodies.GOOD, *bodies.BAD)]
    assert {name: judged for name, judged in json.loads(output).items() if judged != expected} == {}
    assert None not in expected[: len(bodies.GOOD)]
    assert set(expected[len(bodies.GOOD) :]) == {None}


@pytest.mark.parametrize("name", VALIDATORS)
def test_a_rival_validator_answers_as_ours(name: str, staged: Stage, aws: Aws) -> None:
    event = event_of("validator")
    with Environment(staged.rival(name), aws.variables) as rival:
        assert rival.invoke(event).payload == validator.lambda_handler(event, None)
        for body in bodies.BAD:
            with pytest.raises(HandlerFailed):
                rival.invoke({**event, "transaction": body})


@pytest.mark.parametrize("name", PROCESSORS)
def test_a_rival_processor_answers_as_ours(name: str, staged: Stage, aws: Aws) -> None:
    assert_alike("processor", name, staged, aws, {"PutObject", "PutItem"})


@pytest.mark.parametrize("name", NOTIFIERS)
def test_a_rival_notifier_answers_as_ours(name: str, staged: Stage, aws: Aws) -> None:
    assert_alike("notifier", name, staged, aws, {"Publish"})


def assert_alike(function: str, name: str, staged: Stage, aws: Aws, calls: set[str]) -> None:
    event = event_of(function)
    malformed = {**event, "responsePayload": {**event["responsePayload"], "amount": "1e3"}}
    with (
        Environment(staged.ours(function), aws.variables) as original,
        Environment(staged.rival(name), aws.variables) as rival,
    ):
        aws.calls.clear()
        answer = rival.invoke(event).payload
        assert calls <= set(aws.calls)
        assert answer == original.invoke(event).payload
        for environment in (original, rival):
            with pytest.raises(HandlerFailed, match="amount"):
                environment.invoke(malformed)
