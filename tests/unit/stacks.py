"""A stack that nobody deployed, and clients of it that answer what a test queued."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from typing import Any

from botocore.stub import Stubber

from ops.stack import Connection, Stack
from template.outputs import StackOutputs, StageOutputs

CONNECTION = Connection(
    endpoint_url="http://127.0.0.1:9",
    region_name="ap-southeast-1",
    aws_access_key_id="none",
    aws_secret_access_key="none",  # noqa: S106 - there is nothing behind it
)


STAGES = ("validator", "processor", "fraud-check", "notifier")
"""One more than the template has: nothing may count on three."""


def a_stage(name: str) -> StageOutputs[str]:
    """Return a stage whose outputs are named for it."""
    return StageOutputs(name, f"{name}_function_name", f"{name}_queue_name")


def a_stack() -> Stack:
    """Return a stack whose every output is the name of that output."""
    named: dict[str, Any] = {item.name: item.name for item in fields(StackOutputs)}
    outputs = StackOutputs[str](**named | {"stages": [a_stage(name) for name in STAGES]})
    return Stack(
        outputs,
        "http://127.0.0.1:9/transaction",
        "key",
        CONNECTION,
        name="transactions-local",
        pid=1,
    )


@contextmanager
def answering(*clients: Any) -> Iterator[list[Stubber]]:
    """Queue answers for clients; all of them are to be used."""
    with ExitStack() as entered:
        stubs = [entered.enter_context(Stubber(client)) for client in clients]
        yield stubs
        for stub in stubs:
            stub.assert_no_pending_responses()
