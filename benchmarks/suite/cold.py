"""Cold starts: a process of awslambdaric from its start to its first answer."""

from collections.abc import Callable, Iterator, Mapping

from benchmarks.aws import aws_on_loopback
from benchmarks.benchmark import Benchmark, event_of
from benchmarks.environment import Environment, Function
from benchmarks.sampling import in_turn
from benchmarks.staging import Stage, stage

METHOD = (
    "`python -m awslambdaric` against a Runtime API on loopback, from the start of the process "
    "until it asks for its second event; user and system time of that process."
)
OVER_TLS = (
    " AWS is a server on loopback over TLS, with one certificate beside botocore's own list of "
    "authorities."
)


def cold_starts(
    function: str, functions: Callable[[Stage], Mapping[str, Function]]
) -> Callable[[int], Iterator[tuple[str, float]]]:
    """Measure the ms of CPU of variants of a function."""

    def measure(repetitions: int) -> Iterator[tuple[str, float]]:
        event = event_of(function)
        with aws_on_loopback() as aws, stage() as staged:

            def sample(variant: Function) -> Callable[[], float]:
                def cpu_milliseconds() -> float:
                    environment = Environment(variant, aws.variables)
                    try:
                        environment.invoke(event)
                    finally:
                        seconds = environment.close()
                    return seconds * 1000

                return cpu_milliseconds

            variants = {name: sample(variant) for name, variant in functions(staged).items()}
            yield from in_turn(variants, repetitions)

    return measure


def _benchmark(title: str, function: str, method: str, rivals: dict[str, str]) -> Benchmark:
    def functions(staged: Stage) -> dict[str, Function]:
        ours = {function: staged.ours(function)}
        if function == "validator":
            ours["validator, not compiled"] = staged.ours(function, compiled=False)
        return {**ours, **{name: staged.rival(module) for name, module in rivals.items()}}

    variants = [function, *(["validator, not compiled"] if function == "validator" else []), *rivals]
    return Benchmark(title, "ms CPU", method, tuple(variants), cold_starts(function, functions))


VALIDATOR = _benchmark(
    "Cold start of the validator",
    "validator",
    METHOD,
    {
        "no-op handler": "no_op",
        "pydantic": "validator_pydantic",
        "Powertools": "validator_powertools",
    },
)
PROCESSOR = _benchmark(
    "Cold start of the processor: import, clients, first transaction",
    "processor",
    METHOD + OVER_TLS,
    {
        "plain boto3": "processor_boto3",
        "Powertools Idempotency": "processor_idempotency",
        "Powertools, all": "processor_powertools",
    },
)
NOTIFIER = _benchmark(
    "Cold start of the notifier: import, client, first notification",
    "notifier",
    METHOD + OVER_TLS,
    {"plain boto3": "notifier_boto3", "Powertools": "notifier_powertools"},
)
