"""The form of the faults says which field is wrong."""

import pytest

from console.fault_form import InvalidFault, read_fault
from console.stack_map import Target
from local.faults import active_faults
from ops.stack import Stack, StackUnavailable
from tests.unit.stacks import a_stack

TARGETS = [Target("processor", "dynamodb", "PutItem", "table")]
FORM = {"target": "dynamodb PutItem table", "kind": "throttle", "seconds": "", "times": ""}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"target": "s3 DeleteBucket all"}, "Call: must be one of the list"),
        ({"kind": "fire"}, "Fault: must be one of throttle, error, denial, latency"),
        ({"times": "many"}, "Number of calls: must be a number above 0, at most 1000"),
        ({"times": "-1"}, "Number of calls: must be a number above 0, at most 1000"),
        ({"times": "nan"}, "Number of calls: must be a number above 0, at most 1000"),
        (
            {"kind": "latency", "seconds": "61"},
            "Delay in seconds: must be a number above 0, at most 60",
        ),
        ({"kind": "latency"}, "Delay in seconds: must be a number above 0, at most 60"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidFault) as raised:
        read_fault({**FORM, **changes}, TARGETS)
    assert str(raised.value) == problem


def test_a_fault_strikes_the_chosen_call_alone() -> None:
    assert read_fault({**FORM, "times": "3"}, TARGETS) == {
        "service": "dynamodb",
        "operation": "PutItem",
        "containing": "table",
        "code": "ThrottlingException",
        "status": 400,
        "message": "Injected by the console: throttle",
        "times": 3,
    }


def test_there_are_no_faults_on_aws() -> None:
    stack = a_stack()
    on_aws = Stack(stack.outputs, stack.api_endpoint, stack.api_key)
    with pytest.raises(StackUnavailable, match="on the local AWS alone"):
        active_faults(on_aws)
