"""What IAM denied, as CloudTrail would tell it (with roles enforced).

GET    /_local/denials   principal, action and resource of each call that was denied
DELETE /_local/denials   forget them
"""

from collections import deque
from collections.abc import Callable
from http import HTTPStatus

from localemu.http import Request, Resource, Response
from localemu.services.iam_enforcement.evaluator import Decision
from localemu.services.internal import get_internal_apis

from local.engine.patching import Patch, Untyped

PATH = "/_local/denials"
MOST = 1_000

_denials: deque[dict[str, str]] = deque(maxlen=MOST)


def remember(original: Callable[..., Decision]) -> Callable[..., Decision]:
    """Remember each call that no policy allows, or that one denies."""

    def evaluate(
        self: Untyped, caller: Untyped, action: str, resource: str, **rest: Untyped
    ) -> Decision:
        decision = original(self, caller, action, resource, **rest)
        if decision != Decision.ALLOW:
            _denials.append({"principal": caller.arn, "action": action, "resource": resource})
        return decision

    return evaluate


class Denials:
    """The denials so far, the oldest first."""

    def on_get(self, _request: Request) -> Response:
        """List them."""
        return Response.for_json(list(_denials))

    def on_delete(self, _request: Request) -> Response:
        """Forget them."""
        _denials.clear()
        return Response(status=HTTPStatus.NO_CONTENT)


def serve() -> None:
    """Answer at the path."""
    get_internal_apis().add(Resource(PATH, Denials()))


PATCHES = (Patch("localemu.services.iam_enforcement.evaluator:PolicyEvaluator.evaluate", remember),)
