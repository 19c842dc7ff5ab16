"""What the entries of a request show besides its waterfall: its cost and its tracebacks."""

from collections.abc import Sequence

from console.activity import Entry
from console.console import Shown
from ops.cost.estimate import Prices
from ops.cost.request import Execution, RequestCost, cost_of_request
from ops.evidence import DeadLetter
from template.outputs import StageOutputs

REGION = "us-east-1"


def cost_of(shown: Shown, entries: Sequence[Entry]) -> RequestCost | None:
    """Price what a request did; None if its entries do not show its executions."""
    executions: list[Execution] = []
    calls: list[tuple[str, str]] = []
    initialized: dict[str, float] = {}
    for entry in entries:
        match entry["event"]:
            case "started":
                initialized[entry["invocationId"]] = entry.get("initMilliseconds") or 0.0
            case "ended":
                init = initialized.pop(entry["invocationId"], 0.0)
                memory = shown.memory[entry["function"]]
                executions.append(Execution(entry["milliseconds"], init, memory))
            case "call":
                calls.append((entry["service"], entry["operation"]))
    if not executions:
        return None
    return cost_of_request(executions, calls, shown.architecture, Prices.read(REGION))


def traceback_of(shown: Shown, stage: StageOutputs[str], message: DeadLetter) -> Sequence[str]:
    """Return the lines of the last traceback of a stage for a dead-letter message's request."""
    for entry in reversed(shown.source.entries_of(message.request_id or "")):
        if entry.get("function") == stage.function_name and entry.get("stackTrace"):
            found: Sequence[str] = entry["stackTrace"]
            return found
    return ()
