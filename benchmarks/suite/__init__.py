"""The benchmarks, by name, the quick ones first."""

from benchmarks.benchmark import Benchmark
from benchmarks.suite import cold, invocations, loop, synth, validate, warm

BENCHMARKS: dict[str, Benchmark] = {
    "validate-good": validate.GOOD,
    "validate-bad": validate.BAD,
    "validator-cold": cold.VALIDATOR,
    "processor-cold": cold.PROCESSOR,
    "processor-cold-oldest": cold.PROCESSOR_OLDEST,
    "notifier-cold": cold.NOTIFIER,
    "notifier-cold-oldest": cold.NOTIFIER_OLDEST,
    "processor-warm": warm.PROCESSOR,
    "calls": invocations.CALLS,
    "durations": invocations.DURATIONS,
    "template": synth.TEMPLATE,
    "loop": loop.LOOP,
}
