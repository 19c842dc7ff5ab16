"""Cold starts: a process of awslambdaric from its start to its first result."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.benchmark import NEWEST, OLDEST, Benchmark, event_of, in_turn
from benchmarks.execution_environment import ExecutionEnvironment
from benchmarks.goals import INIT, PLAIN, RUNTIME
from benchmarks.staging import PROCESSORS, Function, StagedCode, staged_code

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
BASELINES = {
    "processor": PROCESSORS,
    "notifier": {PLAIN: "notifier_boto3", "Powertools": "notifier_powertools"},
}

type Select = Callable[[StagedCode], Function]


def cpu_milliseconds(function: Function, aws: Aws, event: object | None) -> float:
    """Start a process, send it the event, if any, and end it after the result."""
    environment = ExecutionEnvironment(function, aws.variables)
    try:
        if event is not None:
            environment.invoke(event)
    finally:
        seconds = environment.close()
    return seconds * 1000


def _baseline(module: str, *, compiled: bool = True) -> Select:
    return lambda staged: staged.baseline(module, compiled=compiled)


def _benchmark(
    title: str, function: str, method: str, variants: Mapping[str, Select], venv: str = NEWEST
) -> Benchmark:
    def measure(repetitions: int) -> Iterator[tuple[str, float]]:
        event = event_of(function)
        with aws_on_loopback() as aws, staged_code(venv) as staged:
            starts = {
                name: partial(
                    cpu_milliseconds, select(staged), aws, None if name.endswith(INIT) else event
                )
                for name, select in variants.items()
            }
            yield from in_turn(starts, repetitions)

    return Benchmark(title, "ms CPU", method, tuple(variants), measure, venv)


def _with_aws(title: str, function: str, venv: str) -> Benchmark:
    selected: dict[str, Select] = {
        function: lambda staged: staged.ours(function),
        RUNTIME: _baseline("no_op"),
        PLAIN: _baseline(BASELINES[function][PLAIN]),
    }
    variants = {f"{name}{part}": select for name, select in selected.items() for part in ("", INIT)}
    if venv == NEWEST:
        variants |= {
            name: _baseline(module)
            for name, module in BASELINES[function].items()
            if name not in selected
        }
    else:
        title += ", oldest botocore"
    return _benchmark(title, function, METHOD + OVER_TLS, variants, venv)


VALIDATOR = _benchmark(
    "Cold start of the validator",
    "validator",
    METHOD + " Not compiled: as `sam build` packs the handler, without bytecode.",
    {
        "validator": lambda staged: staged.ours("validator"),
        "validator, not compiled": lambda staged: staged.ours("validator", compiled=False),
        RUNTIME: _baseline("no_op"),
        f"{RUNTIME}, not compiled": _baseline("no_op", compiled=False),
        "pydantic": _baseline("validator_pydantic"),
        "Powertools": _baseline("validator_powertools"),
    },
)
PROCESSOR, PROCESSOR_OLDEST = (
    _with_aws("Cold start of the processor: import, clients, first transaction", "processor", venv)
    for venv in (NEWEST, OLDEST)
)
NOTIFIER, NOTIFIER_OLDEST = (
    _with_aws("Cold start of the notifier: import, client, first notification", "notifier", venv)
    for venv in (NEWEST, OLDEST)
)
