"""The harness: an execution environment, the AWS on loopback, the suite's command."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import BENCHMARKS, cli
from benchmarks.aws import Aws
from benchmarks.benchmark import event_of
from benchmarks.execution_environment import ExecutionEnvironment, HandlerFailed
from benchmarks.staging import StagedCode


def test_an_environment_returns_the_result_and_its_cost(staged: StagedCode) -> None:
    environment = ExecutionEnvironment(staged.function("no_op"), {})
    result = environment.invoke({"any": "event"})
    assert result.payload == {"any": "event"}
    assert result.seconds > 0
    assert environment.init_seconds > 0
    assert environment.close() > 0


def test_a_function_takes_the_interpreter_that_runs_it(staged: StagedCode, tmp_path: Path) -> None:
    missing = replace(staged.function("no_op"), python=tmp_path / "python")
    with pytest.raises(FileNotFoundError):
        ExecutionEnvironment(missing, {})


def test_our_functions_have_the_variables_of_the_template(staged: StagedCode) -> None:
    name = "AWS_REQUEST_CHECKSUM_CALCULATION"
    assert staged.function("processor").variables[name] == "when_required"
    assert name not in staged.function("validator").variables
    assert name not in staged.function("processor_boto3").variables


def test_an_environment_without_a_handler_says_why(staged: StagedCode) -> None:
    with pytest.raises(HandlerFailed, match="No module named 'missing'"):
        ExecutionEnvironment(replace(staged.function("no_op"), handler="missing.handler"), {})


def test_every_call_to_aws_is_counted_over_kept_alive_tls(staged: StagedCode, aws: Aws) -> None:
    event = event_of("processor")
    with ExecutionEnvironment(staged.function("processor"), aws.variables) as processor:
        processor.invoke(event)
        connections = aws.connections
        aws.calls.clear()
        for _ in range(3):
            processor.invoke(event)
    assert aws.calls == ["PutObject", "PutItem"] * 3
    assert aws.connections == connections


def test_a_new_transaction_is_four_calls() -> None:
    calls = BENCHMARKS["calls"]
    samples = list(calls.measure(2))
    assert {name for name, _ in samples} == set(calls.variants)
    assert dict(samples)["a new transaction"] == 4


@pytest.mark.parametrize("arguments", [["run", "nothing"], ["run", "--repetitions", "14"]])
def test_rejects_unknown_names_and_few_repetitions(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert arguments[-1] in result.output
