"""Updates of a function with events in progress, in which the engine loses events and logs."""

import time
from collections.abc import Callable

from localemu.runtime.events import infra_stopping
from localemu.services.lambda_.invocation.event_manager import get_sqs_client
from localemu.services.lambda_.invocation.execution_environment import RuntimeStatus

from local.engine.patching import Untyped, patch

INVOCATION = "localemu.services.lambda_.invocation"
POLL_SECONDS = 0.05
LAST_LOGS_SECONDS = 2


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
            VisibilityTimeout=version.config.timeout + 60,
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
