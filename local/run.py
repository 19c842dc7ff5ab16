"""The main job: submit transactions to the local stack, follow each to its end."""

from collections.abc import Sequence
from dataclasses import asdict

from local.stack import LocalStack
from ops import following
from ops.journey import Journey
from ops.sending import Sending
from ops.stack import Stack
from ops.submission import Submission


def reach(stack: LocalStack) -> Stack:
    """Reach the local stack as any deployed stack is reached."""
    return Stack.described(asdict(stack))


def follow(stack: LocalStack, submissions: Sequence[Submission]) -> list[Journey]:
    """Submit all and follow each to its end."""
    return following.follow(Sending(reach(stack), submissions))
