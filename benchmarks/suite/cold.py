"""Cold starts: a process of awslambdaric from its start to its first answer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from benchmarks.aws import Aws, aws_on_loopback
from benchmarks.benchmark import Benchmark, event_of
from benchmarks.environment import Environment
from benchmarks.function import Function
from benchmarks.goals import RUNTIME
from benchmarks.sampling import in_turn
from benchmarks.staging import PROCESSORS, Stage, stage

METHOD = (
    "AWS's runtime client, awslambdaric, with a Runtime API on loopback, from the process's start "
    "until it asks for its second event; user and system time of that process."
)
OVER_TLS = (
    " AWS is a server on loopback over TLS, with one certificate beside botocore's own list of "
    "authorities. Init alone: until it asks for its first event. The no-op handler is the part of "
    "the runtime; the goal is for that of the handler, without it. botocore's models: what a "
    "function reads under another version of botocore than that which its own are made of."
)

type Starts = Mapping[str, Callable[[Stage], Start]]


@dataclass(frozen=True)
class Start:
    """A function that is started; with `handles`, it is given its first event too."""

    function: Function
    handles: bool = True

    def cpu_milliseconds(self, aws: Aws, event: object) -> float:
        """Start a process, and end it when it has answered."""
        environment = Environment(self.function, aws.variables)
        try:
            if self.handles:
                environment.invoke(event)
        finally:
            seconds = environment.close()
        return seconds * 1000


def _rival(module: str, *, compiled: bool = True) -> Callable[[Stage], Start]:
    return lambda staged: Start(staged.rival(module, compiled=compiled))


def _benchmark(title: str, function: str, method: str, ours: Starts, rivals: Starts) -> Benchmark:
    def measure(repetitions: int) -> Iterator[tuple[str, float]]:
        event = event_of(function)
        with aws_on_loopback() as aws, stage() as staged:
            variants = {
                name: partial(start(staged).cpu_milliseconds, aws, event)
                for name, start in {**ours, **rivals}.items()
            }
            yield from in_turn(variants, repetitions)

    return Benchmark(title, "ms CPU", method, tuple(ours), tuple(rivals), measure)


def _with_aws(title: str, function: str, rivals: Mapping[str, str]) -> Benchmark:
    ours: Starts = {
        function: lambda staged: Start(staged.ours(function)),
        f"{function}, init alone": lambda staged: Start(staged.ours(function), handles=False),
        f"{function}, botocore's models": lambda staged: Start(staged.ours(function, models=False)),
    }
    modules = {RUNTIME: "no_op", **rivals}
    theirs = {name: _rival(module) for name, module in modules.items()}
    return _benchmark(title, function, METHOD + OVER_TLS, ours, theirs)


VALIDATOR = _benchmark(
    "Cold start of the validator",
    "validator",
    METHOD + " Not compiled: as `sam build` packs it, without bytecode.",
    {
        "validator": lambda staged: Start(staged.ours("validator")),
        "validator, not compiled": lambda staged: Start(staged.ours("validator", compiled=False)),
    },
    {
        RUNTIME: _rival("no_op"),
        f"{RUNTIME}, not compiled": _rival("no_op", compiled=False),
        "pydantic": _rival("validator_pydantic"),
        "Powertools": _rival("validator_powertools"),
    },
)
PROCESSOR = _with_aws(
    "Cold start of the processor: import, clients, first transaction",
    "processor",
    PROCESSORS,
)
NOTIFIER = _with_aws(
    "Cold start of the notifier: import, client, first notification",
    "notifier",
    {"plain boto3": "notifier_boto3", "Powertools": "notifier_powertools"},
)
