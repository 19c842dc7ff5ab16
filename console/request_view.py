"""What the timeline of a request shows besides its waterfall: its cost and its tracebacks."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from console.console import Shown
from ops.cost.price_list import Prices
from ops.cost.request import Execution, RequestCost, cost_of_request
from ops.evidence import DeadLetter
from ops.foreign import Foreign, json_object, parse
from template.outputs import StageOutputs

REGION = "us-east-1"


def cost_of(shown: Shown, request_id: str) -> RequestCost | None:
    """Price what a request did; None if no execution of it is known."""
    timeline = shown.source.timeline_of(request_id)
    executions = [
        Execution(one.milliseconds, one.init_milliseconds or 0.0, shown.memory[invocation.function])
        for invocation in (timeline.invocations.values() if timeline else ())
        for one in invocation.attempts
        if one.milliseconds is not None and invocation.function in shown.memory
    ]
    if timeline is None or not executions:
        return None
    calls = [
        (call["service"], call["operation"])
        for invocation in timeline.invocations.values()
        for attempt in invocation.attempts
        for call in attempt.calls
    ]
    return cost_of_request(executions, calls, shown.architecture, Prices.read(REGION))


def message_of(shown: Shown, request_id: str) -> Mapping[str, Any]:
    """Return the message that was published last for a request; empty if it is not known."""
    timeline = shown.source.timeline_of(request_id)
    published = [
        call["message"]
        for invocation in (timeline.invocations.values() if timeline else ())
        for attempt in invocation.attempts
        for call in attempt.calls
        if call["operation"] == "Publish" and call["status"] < 400
    ]
    found = parse("message", request_id, partial(json_object, published[-1])) if published else {}
    # The journal cuts long ones.
    return {"start": published[-1]} if isinstance(found, Foreign) else found


def traceback_of(shown: Shown, stage: StageOutputs[str], message: DeadLetter) -> Sequence[str]:
    """Return the lines of the last traceback of a stage for a dead-letter message's request."""
    timeline = shown.source.timeline_of(message.request_id or "")
    invocation = timeline.of(stage.function_name) if timeline else None
    return invocation.attempts[-1].stack_trace if invocation and invocation.attempts else ()
