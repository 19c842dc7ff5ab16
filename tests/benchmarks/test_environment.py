"""The harness: an execution environment, the AWS on loopback, the suite's own promises."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import cli
from benchmarks.aws import Aws
from benchmarks.benchmark import event_of
from benchmarks.environment import Environment
from benchmarks.function import Function
from benchmarks.runtime_api import HandlerFailed
from benchmarks.staging import Stage
from benchmarks.suite import BENCHMARKS


def test_an_environment_answers_and_tells_what_it_cost(staged: Stage) -> None:
    environment = Environment(staged.rival("no_op"), {})
    answer = environment.invoke({"any": "event"})
    assert answer.payload == {"any": "event"}
    assert answer.seconds > 0
    assert environment.init_seconds > 0
    assert environment.close() > 0


def test_an_environment_without_a_handler_tells_why(tmp_path: Path) -> None:
    with pytest.raises(HandlerFailed, match="No module named 'missing'"):
        Environment(Function("missing.lambda_handler", tmp_path), {})


def test_every_call_to_aws_is_counted_over_kept_alive_tls(staged: Stage, aws: Aws) -> None:
    event = event_of("processor")
    with Environment(staged.ours("processor"), aws.variables) as processor:
        processor.invoke(event)
        connections = aws.connections
        aws.calls.clear()
        for _ in range(3):
            processor.invoke(event)
    assert aws.calls == ["PutObject", "PutItem"] * 3
    assert aws.connections == connections


def test_a_new_transaction_is_three_calls() -> None:
    calls = BENCHMARKS["calls"]
    samples = list(calls.measure(2))
    assert {name for name, _ in samples} == set(calls.variants)
    assert dict(samples)["a new transaction"] == 3


@pytest.mark.parametrize("arguments", [["run", "nothing"], ["run", "--repetitions", "14"]])
def test_refuses_what_it_cannot_run(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert arguments[-1] in result.output
