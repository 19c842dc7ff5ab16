"""The benchmarks, by name, the quick ones first."""

from benchmarks.benchmark import Benchmark
from benchmarks.suite import calls, cold, durations, loop, synth, validate, warm

BENCHMARKS: dict[str, Benchmark] = {
    "validate-good": validate.GOOD,
    "validate-bad": validate.BAD,
    "validator-cold": cold.VALIDATOR,
    "processor-cold": cold.PROCESSOR,
    "notifier-cold": cold.NOTIFIER,
    "processor-warm": warm.PROCESSOR,
    "calls": calls.TRANSACTION,
    "durations": durations.FUNCTIONS,
    "template": synth.TEMPLATE,
    "loop": loop.LOOP,
}
