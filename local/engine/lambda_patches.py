"""Behavior of Lambda that the engine lacks: dead-letter messages, log groups, concurrency, updates.

When a function is updated with events in progress, the engine loses events and logs.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from localemu.aws.connect import connect_to
from localemu.runtime.events import infra_stopping
from localemu.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localemu.services.lambda_.invocation.event_manager import get_sqs_client
from localemu.services.lambda_.invocation.execution_environment import RuntimeStatus
from localemu.utils.aws import arns

from local.engine.development import timeout_seconds
from local.engine.patching import Untyped, patch

INVOCATION = "localemu.services.lambda_.invocation"
PROVIDERS = "localemu.services.lambda_.resource_providers"
ERROR_MESSAGE_BYTES = 1024
POLL_SECONDS = 0.05
LAST_LOGS_SECONDS = 2

_reserved: dict[str, int] = {}


@patch(f"{INVOCATION}.execution_environment:ExecutionEnvironment.get_log_group_name")
def name_log_group(original: Callable[..., str], self: Untyped) -> str:
    """Use the log group in LoggingConfig, which the engine ignores."""
    named = self.function_version.config.logging_config.get("LogGroup")
    return named or original(self)


@patch(f"{PROVIDERS}.aws_lambda_function:LambdaFunctionProvider.create")
def reserve_concurrency(
    original: Callable[..., ProgressEvent], self: Untyped, request: Untyped
) -> ProgressEvent:
    """Apply a template's ReservedConcurrentExecutions, which the engine ignores."""
    reserved = request.desired_state.get("ReservedConcurrentExecutions")
    name = request.desired_state.get("FunctionName")
    if reserved is not None and name:
        _reserved[name] = reserved  # before its poller starts
    event = original(self, request)
    if reserved is not None and event.status == OperationStatus.SUCCESS:
        request.aws_client_factory.lambda_.put_function_concurrency(
            FunctionName=event.resource_model["FunctionName"],
            ReservedConcurrentExecutions=reserved,
        )
    return event


@patch(f"{INVOCATION}.event_manager:Poller.__init__")
def size_poller(
    original: Callable[..., None], self: Untyped, version_manager: Untyped, event_queue_url: str
) -> None:
    """Run as many asynchronous events at once as reserved; the engine's limit is cores + 4."""
    original(self, version_manager, event_queue_url)
    name = version_manager.function_version.id.function_name
    reserved = version_manager.function.reserved_concurrent_executions  # loaded with saved state
    if workers := _reserved.get(name, reserved):
        self.invoker_pool = ThreadPoolExecutor(workers, thread_name_prefix=f"lambda-{name}")


@patch(f"{PROVIDERS}.aws_lambda_eventinvokeconfig:LambdaEventInvokeConfigProvider.update")
def update_event_invoke_config(
    _original: Callable[..., Untyped], _self: Untyped, request: Untyped
) -> ProgressEvent:
    """Update an EventInvokeConfig, which the engine cannot."""
    model = request.desired_state
    settings = {name: value for name, value in model.items() if name != "Id"}
    request.aws_client_factory.lambda_.put_function_event_invoke_config(**settings)
    model["Id"] = request.previous_state["Id"]
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


@patch(f"{INVOCATION}.event_manager:Poller.process_dead_letter_queue")
def deliver_dead_letter(
    original: Callable[..., None], self: Untyped, queued: Untyped, result: Untyped
) -> None:
    """Send the raw event with the request ID, even if the event has no result.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    version = self.version_manager.function_version
    queue_arn = version.config.dead_letter_arn or ""
    if ":sqs:" not in queue_arn:
        original(self, queued, result)
        return
    # An event without a result never ran: it expired while throttled, or was denied.
    code, message = "429", "Rate Exceeded."
    if result.payload is not None:
        code, message = "200", json.loads(result.payload).get("errorMessage", "")
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": queued.invocation.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": code},
    }
    if message:
        cut = message.encode()[:ERROR_MESSAGE_BYTES].decode(errors="ignore")
        attributes["ErrorMessage"] = {"DataType": "String", "StringValue": cut}
    clients = connect_to.with_assumed_role(
        role_arn=version.config.role, service_principal="lambda", region_name=version.id.region
    )
    sender = clients.sqs.request_metadata(
        source_arn=version.id.unqualified_arn(), service_principal="lambda"
    )
    sender.send_message(
        QueueUrl=arns.sqs_queue_url_for_arn(queue_arn),
        MessageBody=queued.invocation.payload.decode(),
        MessageAttributes=attributes,
    )


@patch(f"{INVOCATION}.event_manager:Poller.run")
def poll_until_stopped(
    _original: Callable[..., None], self: Untyped, *_: Untyped, **__: Untyped
) -> None:
    """Process every received message; the engine drops them for minutes after an update."""
    version = self.version_manager.function_version
    queue = get_sqs_client(version)
    while not self._shutdown_event.is_set():
        received = queue.receive_message(
            QueueUrl=self.event_queue_url,
            WaitTimeSeconds=1,
            MaxNumberOfMessages=10,
            VisibilityTimeout=timeout_seconds(version) + 60,
        )
        for message in received.get("Messages") or []:
            self.invoker_pool.submit(self.handle_message, message)


@patch(f"{INVOCATION}.event_manager:Poller.stop")
def stop_polling(_original: Callable[..., None], self: Untyped) -> None:
    """Stop only the polling: an event without a worker is queued again for the new version."""
    self._shutdown_event.set()


@patch(f"{INVOCATION}.version_manager:LambdaVersionManager.stop")
def finish_invocations(original: Callable[[Untyped], None], self: Untyped) -> None:
    """Let a replaced version finish its invocations, unless the engine stops."""
    self.shutdown_event.set()
    deadline = time.monotonic() + self.function_version.config.timeout
    for environment in list(self.assignment_service.environments[self.id].values()):
        while (
            environment.status == RuntimeStatus.INVOKING
            and time.monotonic() < deadline
            and not infra_stopping.wait(POLL_SECONDS)
        ):
            continue
    original(self)


@patch(f"{INVOCATION}.logs:LogHandler.stop")
def write_last_logs(original: Callable[[Untyped], None], self: Untyped) -> None:
    """Write the queued log lines, which the engine drops when a function changes."""
    deadline = time.monotonic() + LAST_LOGS_SECONDS
    while not self.log_queue.empty() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    original(self)
