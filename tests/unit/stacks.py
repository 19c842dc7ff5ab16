"""A fake stack, and clients that return queued responses."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from botocore.stub import Stubber

from ops.stack import Connection, Stack
from template.outputs import StackOutputs, StageOutputs

CONNECTION = Connection(
    endpoint_url="http://127.0.0.1:9",
    region_name="ap-southeast-1",
    aws_access_key_id="none",
    aws_secret_access_key="none",
)


STAGES = ("validator", "processor", "fraud-check", "notifier")
"""One more than in the template: nothing may assume three."""


def a_stage(name: str) -> StageOutputs[str]:
    """Return a stage whose outputs contain its name."""
    return StageOutputs(name, f"{name}_function_name", f"{name}_queue_name")


def a_stack() -> Stack:
    """Return a stack whose outputs are their own names."""
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


def a_local_file(folder: Path) -> str:
    """Write the description of the stack, as `pipeline up` does, and return its path."""
    path = folder / "stack.json"
    a_stack().save(path)
    return str(path)


@contextmanager
def stubbing(*clients: Any) -> Iterator[list[Stubber]]:
    """Queue responses of clients, all of which must be used."""
    with ExitStack() as entered:
        stubs = [entered.enter_context(Stubber(client)) for client in clients]
        yield stubs
        for stub in stubs:
            stub.assert_no_pending_responses()
