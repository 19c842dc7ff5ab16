"""The calls to AWS that a new transaction makes, counted where they arrive."""

from collections import Counter
from collections.abc import Iterator

from benchmarks.aws import aws_on_loopback
from benchmarks.benchmark import Benchmark, event_of
from benchmarks.environment import Environment
from benchmarks.staging import stage

OPERATIONS = ("PutObject", "PutItem", "Publish")


def _measure(repetitions: int) -> Iterator[tuple[str, float]]:
    with (
        aws_on_loopback() as aws,
        stage() as staged,
        Environment(staged.ours("validator"), aws.variables) as validator,
        Environment(staged.ours("processor"), aws.variables) as processor,
        Environment(staged.ours("notifier"), aws.variables) as notifier,
    ):
        while_initialising = len(aws.calls)
        for number in range(repetitions):
            aws.calls.clear()
            request = event_of("validator")
            request["transaction"]["transactionId"] = f"order-{number}"
            validated = validator.invoke(request).payload
            to_processor = {**event_of("processor"), "responsePayload": validated}
            recorded = processor.invoke(to_processor).payload
            notifier.invoke({**event_of("notifier"), "responsePayload": recorded})
            counted = Counter(aws.calls)
            yield from ((operation, counted.pop(operation, 0)) for operation in OPERATIONS)
            yield "any other", counted.total()
            yield "a new transaction", len(aws.calls)
            yield "while the three initialise", while_initialising


TRANSACTION = Benchmark(
    "Calls to AWS for a new transaction, all three functions",
    "calls",
    "The three functions under awslambdaric, each given what the one before returned; counted by "
    "the server that stands for AWS.",
    (*OPERATIONS, "any other", "a new transaction", "while the three initialise"),
    (),
    _measure,
)
