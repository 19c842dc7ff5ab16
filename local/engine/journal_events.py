"""The journal's entries, recorded where the engine accepts, queues, retries and calls.

The executor records when an attempt starts and ends.
"""

import time
from collections.abc import Callable
from http import HTTPStatus

from localemu import config
from localemu.aws.handlers import preprocess_request, run_custom_finalizers

from local.engine import invocations
from local.engine.invocations import json_object, milliseconds_of, text_in
from local.engine.journal import JOURNAL
from local.engine.patching import Untyped, patch

EVENT_MANAGER = "localemu.services.lambda_.invocation.event_manager"
GATEWAY = "localemu.services.apigateway.next_gen.execute_api.gateway"
RESOURCES = ("TableName", "Key", "Bucket", "TopicArn", "QueueUrl", "FunctionName")


@patch(f"{GATEWAY}:RestApiGateway.process_with_context")
def record_accepted(
    original: Callable[..., None], self: Untyped, context: Untyped, response: Untyped
) -> None:
    """Record each request that API Gateway accepts for later."""
    start = time.monotonic()
    original(self, context, response)
    if response.status_code == HTTPStatus.ACCEPTED and JOURNAL.size:
        sent = json_object((context.integration_request or {}).get("body"))
        transaction = sent.get("transaction")
        if isinstance(transaction, dict):
            JOURNAL.record(
                "accepted",
                text_in(sent, "requestId"),
                transactionId=text_in(transaction, "transactionId"),
                status=response.status_code,
                milliseconds=milliseconds_of(time.monotonic() - start),
            )


@patch(f"{EVENT_MANAGER}:SQSInvocation.encode")
def record_queued(original: Callable[[Untyped], str], self: Untyped) -> str:
    """Record that Lambda queues an event or a retry; that it is throttled is not recorded."""
    if JOURNAL.size:
        event = self.invocation
        known = invocations.queued.get(event.request_id)
        if not known:
            function = event.invoked_arn.split(":")[6]
            invocations.queue(function, event.request_id, event.payload)
        elif self.retries >= known.attempt:
            known.attempt = self.retries + 1
            seconds = self.retries * config.LAMBDA_RETRY_BASE_DELAY_SECONDS
            known.record("retried", attempt=known.attempt, seconds=seconds)
    return original(self)


@patch(f"{EVENT_MANAGER}:Poller.process_failure_destination")
def record_exhausted(
    original: Callable[..., None],
    self: Untyped,
    event: Untyped,
    result: Untyped,
    settings: Untyped,
    condition: str,
) -> None:
    """Record that Lambda stops retrying; an event that never ran has no error but the condition."""
    if known := invocations.queued.pop(event.invocation.request_id, None):
        error = json_object(result.payload)
        known.record(
            "exhausted",
            errorType=text_in(error, "errorType") or condition,
            errorMessage=text_in(error, "errorMessage"),
        )
    original(self, event, result, settings, condition)


def begin_call(_chain: Untyped, context: Untyped, _response: Untyped) -> None:
    """Note the time at which a function's call arrives."""
    if caller := invocations.caller_of(context.request.headers):
        context.call_of = caller, caller.attempt, time.monotonic()


def end_call(_chain: Untyped, context: Untyped, response: Untyped) -> None:
    """Record a function's call, also a denied or failed one."""
    call = context.get("call_of")
    if call and context.operation:
        caller, attempt, start = call
        sent = context.service_request or {}
        caller.record(
            "call",
            attempt=attempt,
            service=context.service.service_name,
            operation=context.operation.name,
            status=response.status_code,
            code=getattr(context.service_exception, "code", ""),
            milliseconds=milliseconds_of(time.monotonic() - start),
            resource=_resource(sent),
            message=text_in(sent, "Message"),
        )


def _resource(request: dict[str, Untyped]) -> str:
    name = next(filter(None, (text_in(request, name) for name in RESOURCES)), "")
    return name.rpartition(":")[2] if name.startswith("arn:") else name


def watch_calls() -> None:
    """Record the calls of functions, unless the journal is off."""
    if JOURNAL.size:
        preprocess_request.append(begin_call)
        run_custom_finalizers.append(end_call)
