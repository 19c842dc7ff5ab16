"""Where the time goes, from the medians of single benchmarks."""

from benchmarks.goals import RUNTIME
from benchmarks.numbers import number
from benchmarks.results import Data

NEEDED = {"validator-cold", "processor-cold", "notifier-cold", "processor-warm", "validate-good"}


def dominates(data: Data) -> str:
    """Write the section; nothing while one of the benchmarks was not run."""
    found = data["benchmarks"]
    if not found.keys() >= NEEDED:
        return ""
    runtime = _median(found, "validator-cold", RUNTIME)
    validator = _median(found, "validator-cold", "validator")
    warm = _median(found, "processor-warm", "processor")
    validate = _median(found, "validate-good", "validator")
    lines = [
        f"A cold validator: of {number(validator)} ms, {number(runtime)} are the runtime's own.",
        _cold(found, "processor"),
        _cold(found, "notifier"),
        f"A warm transaction: {number(warm)} ms of CPU for the processor's two calls.",
        f"A good body: {number(validate)} µs to validate it.",
    ]
    return "## What dominates\n\n" + "".join(f"- {line}\n" for line in lines)


def _cold(found: Data, function: str) -> str:
    runtime = _median(found, f"{function}-cold", RUNTIME)
    ready = _median(found, f"{function}-cold", f"{function}, init alone")
    total = _median(found, f"{function}-cold", function)
    return (
        f"A cold {function}: of {number(total)} ms, {number(runtime)} are the runtime's, "
        f"{number(ready - runtime)} its imports and clients, "
        f"{number(total - ready)} the first event."
    )


def _median(found: Data, benchmark: str, variant: str) -> float:
    median: float = found[benchmark]["variants"][variant]["median"]
    return median
