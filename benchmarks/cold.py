"""Cold starts: a process of awslambdaric from its start to its first result."""

from collections.abc import Iterator, Mapping
from functools import partial

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.benchmark import NEWEST, OLDEST, Benchmark, event_of, in_turn
from benchmarks.execution_environment import ExecutionEnvironment
from benchmarks.goals import INIT, PLAIN, RUNTIME
from benchmarks.staging import PROCESSORS, Function, staged_code

METHOD = (
    "AWS's runtime client, awslambdaric, with a Runtime API on loopback, from the process's start "
    "until it asks for its second event; user and system time of that process."
)
OVER_TLS = (
    " AWS is a server on loopback over TLS, with one certificate beside botocore's own list of "
    "authorities. Init alone: until the process asks for its first event. The no-op handler shows "
    "the part of the runtime. Our functions have the environment variables of the template, the "
    "baselines the defaults of boto3."
)
NOT_COMPILED = ", not compiled"
BASELINES = {
    "processor": PROCESSORS,
    "notifier": {PLAIN: "notifier_boto3", "Powertools": "notifier_powertools"},
}


def _cpu_milliseconds(function: Function, aws: Aws, event: object | None) -> float:
    environment = ExecutionEnvironment(function, aws.variables)
    try:
        if event is not None:
            environment.invoke(event)
    finally:
        seconds = environment.close()
    return seconds * 1000


def _benchmark(
    title: str, function: str, method: str, modules: Mapping[str, str], venv: str = NEWEST
) -> Benchmark:
    def measure(repetitions: int) -> Iterator[tuple[str, float]]:
        event = event_of(function)
        with aws_on_loopback() as aws, staged_code(venv) as staged:
            starts = {
                variant: partial(
                    _cpu_milliseconds,
                    staged.function(module, compiled=not variant.endswith(NOT_COMPILED)),
                    aws,
                    None if variant.endswith(INIT) else event,
                )
                for variant, module in modules.items()
            }
            yield from in_turn(starts, repetitions)

    return Benchmark(title, "ms CPU", method, tuple(modules), measure, venv)


def _with_aws(title: str, function: str, venv: str) -> Benchmark:
    baselines = BASELINES[function]
    with_init = {function: function, RUNTIME: "no_op", PLAIN: baselines[PLAIN]}
    modules = {f"{name}{part}": with_init[name] for name in with_init for part in ("", INIT)}
    if venv == NEWEST:
        modules |= baselines
    else:
        title += ", oldest botocore"
    return _benchmark(title, function, METHOD + OVER_TLS, modules, venv)


VALIDATOR = _benchmark(
    "Cold start of the validator",
    "validator",
    METHOD + " Not compiled: as `sam build` packs the handler, without bytecode.",
    {
        "validator": "validator",
        f"validator{NOT_COMPILED}": "validator",
        RUNTIME: "no_op",
        f"{RUNTIME}{NOT_COMPILED}": "no_op",
        "pydantic": "validator_pydantic",
        "Powertools": "validator_powertools",
    },
)
PROCESSOR, PROCESSOR_OLDEST = (
    _with_aws("Cold start of the processor: import, clients, first transaction", "processor", venv)
    for venv in (NEWEST, OLDEST)
)
NOTIFIER, NOTIFIER_OLDEST = (
    _with_aws("Cold start of the notifier: import, clients, first notification", "notifier", venv)
    for venv in (NEWEST, OLDEST)
)
