"""The calls that IAM denied, as CloudTrail would show them.

GET    /_local/denials   principal, action and resource of each denied call
DELETE /_local/denials   clear the list
"""

from collections import deque
from collections.abc import Callable
from http import HTTPStatus

from localemu.http import Request, Resource, Response
from localemu.services.iam_enforcement.evaluator import Decision
from localemu.services.internal import get_internal_apis

from local.engine.patching import Patch, Untyped

PATH = "/_local/denials"
MAX_DENIALS = 1_000

_denials: deque[dict[str, str]] = deque(maxlen=MAX_DENIALS)


def remember(original: Callable[..., Decision]) -> Callable[..., Decision]:
    """Record each call that is not allowed."""

    def evaluate(
        self: Untyped, caller: Untyped, action: str, resource: str, **rest: Untyped
    ) -> Decision:
        decision = original(self, caller, action, resource, **rest)
        if decision != Decision.ALLOW:
            _denials.append({"principal": caller.arn, "action": action, "resource": resource})
        return decision

    return evaluate


class Denials:
    """The denied calls, oldest first."""

    def on_get(self, _request: Request) -> Response:
        """Return the denied calls."""
        return Response.for_json(list(_denials))

    def on_delete(self, _request: Request) -> Response:
        """Clear the denied calls."""
        _denials.clear()
        return Response(status=HTTPStatus.NO_CONTENT)


def serve() -> None:
    """Register the endpoint."""
    get_internal_apis().add(Resource(PATH, Denials()))


PATCHES = (Patch("localemu.services.iam_enforcement.evaluator:PolicyEvaluator.evaluate", remember),)
